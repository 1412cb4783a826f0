/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.transactionscope.pool;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The ledgers of an application, one for each of its pools. The ledger of a pool that is
 * closed leaves by itself.
 *
 * <pre class="code">
 * for (PoolLedger ledger : ledgers.all()) {
 *     if (ledger.snapshot().waiting() &gt; 0) {
 *         log.info("Nobody gets a connection of {}: {}", ledger.pool(), ledger.diagnosis().summary());
 *     }
 * }
 * </pre>
 *
 * <p>
 * Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
public final class PoolLedgers {

	private final CopyOnWriteArrayList<PoolLedger> ledgers = new CopyOnWriteArrayList<>();

	private final Borrower.Occasion occasion;

	/**
	 * Create a collection without ledgers.
	 */
	public PoolLedgers() {
		this(() -> null);
	}

	/**
	 * Create a collection without ledgers.
	 * @param occasion names those who borrow in no scope, and in no transaction that has
	 * a name
	 */
	public PoolLedgers(Borrower.Occasion occasion) {
		this.occasion = Objects.requireNonNull(occasion, "occasion must not be null");
	}

	/**
	 * Add the ledger of another pool, unless it is there already.
	 * @param ledger the ledger
	 */
	public void add(PoolLedger ledger) {
		Objects.requireNonNull(ledger, "ledger must not be null");
		if (this.ledgers.addIfAbsent(ledger)) {
			ledger.nameUnscopedBy(this.occasion);
		}
	}

	/**
	 * Take out the ledger of a pool that others may go on using, as when its context is
	 * closed. Does nothing if it is not there.
	 * @param ledger the ledger
	 */
	public void remove(PoolLedger ledger) {
		this.ledgers.remove(Objects.requireNonNull(ledger, "ledger must not be null"));
	}

	/**
	 * Return the ledgers of all pools that have not been closed.
	 * @return the ledgers, sorted by the names of their pools
	 */
	public List<PoolLedger> all() {
		this.ledgers.removeIf(PoolLedger::isOfClosedPool);
		return this.ledgers.stream().sorted(Comparator.comparing(PoolLedger::pool)).toList();
	}

	/**
	 * {@return the pools whose connections the current thread holds at this moment, if a
	 * call elsewhere that it made now were to be noticed}
	 */
	public List<RemoteCalls> calledFromByCurrentThread() {
		Borrower borrower = Borrower.current();
		return (borrower.holds() > 0) ? calledFromBy(List.of(borrower)) : List.of();
	}

	/**
	 * {@return the pools whose connections are held at this moment, if a call elsewhere
	 * that is made now were to be noticed}
	 * @param callers those who make it, or wait for it
	 */
	public List<RemoteCalls> calledFromBy(Collection<? extends Party> callers) {
		Objects.requireNonNull(callers, "callers must not be null");
		return callers.isEmpty() ? List.of()
				: all().stream().map(PoolLedger::calls).filter((calls) -> calls.areMadeBy(callers)).toList();
	}

	/**
	 * Return the ledger of a pool.
	 * @param pool the pool's name
	 * @return the ledger, or nothing if there is no open pool of that name
	 */
	public Optional<PoolLedger> find(String pool) {
		Objects.requireNonNull(pool, "pool must not be null");
		return all().stream().filter((ledger) -> ledger.pool().equals(pool)).findFirst();
	}

}
