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

package io.transactionscope.pool.report;

import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * A pool at one moment. To take it borrows no connection and asks the database nothing.
 * The parts are read one after the other while the pool goes on, so they may differ by
 * the borrows and returns of those microseconds.
 *
 * @param pool the name of the pool
 * @param at when it was taken
 * @param state what the pool does
 * @param maximum how many connections the pool may have
 * @param total how many it has
 * @param active how many of them are lent
 * @param idle how many are free
 * @param waiting how many threads wait for one, as the pool counts them
 * @param leases the connections lent through the ledger, the oldest lease first
 * @param waiters the threads that wait, the longest wait first
 * @param scopes the figures of each scope, the one with the most connections first
 * @param events what has happened since the ledger was opened
 * @param sinceDatabaseAnswered the time since the database is known to have answered
 * last, or {@code null} if it never has. It may have answered since
 */
public record PoolSnapshot(String pool, Instant at, State state, int maximum, int total, int active, int idle,
		int waiting, List<Lease> leases, List<Waiter> waiters, List<ScopeStatistics> scopes, Events events,
		@Nullable Duration sinceDatabaseAnswered) implements Serializable {

	static final Comparator<Lease> OLDEST_LEASE_FIRST = Comparator.comparing(Lease::age).reversed();

	static final Comparator<Waiter> LONGEST_WAIT_FIRST = Comparator.comparing(Waiter::waited).reversed();

	public PoolSnapshot {
		Objects.requireNonNull(pool, "pool must not be null");
		Objects.requireNonNull(at, "at must not be null");
		Objects.requireNonNull(state, "state must not be null");
		Objects.requireNonNull(leases, "leases must not be null");
		Objects.requireNonNull(waiters, "waiters must not be null");
		Objects.requireNonNull(scopes, "scopes must not be null");
		Objects.requireNonNull(events, "events must not be null");
		leases = leases.stream().sorted(OLDEST_LEASE_FIRST).toList();
		waiters = waiters.stream().sorted(LONGEST_WAIT_FIRST).toList();
		scopes = List.copyOf(scopes);
	}

	/**
	 * Return how long the thread has been waiting that waits longest.
	 * @return the wait, empty if no thread waits
	 */
	public Optional<Duration> longestWait() {
		return this.waiters.stream().findFirst().map(Waiter::waited);
	}

	/**
	 * Return how many connections are lent of which the ledger knows nothing, because
	 * they were borrowed from the pool directly.
	 */
	public int unknown() {
		return Math.max(0, this.active - this.leases.size());
	}

	/**
	 * What a pool does.
	 */
	public enum State {

		/**
		 * It starts when the first connection is asked for.
		 */
		NOT_STARTED,

		/**
		 * It lends connections.
		 */
		RUNNING,

		/**
		 * It lends none until it is resumed.
		 */
		SUSPENDED,

		/**
		 * It lends none any more.
		 */
		CLOSED

	}

	/**
	 * How often something happened since the ledger was opened.
	 *
	 * @param exhaustions a wait for a connection timed out
	 * @param deadlocks threads were found that waited for each other
	 * @param leaks a lease was reported as a leak
	 * @param sheds a borrower was turned away to keep waits short
	 */
	public record Events(long exhaustions, long deadlocks, long leaks, long sheds) implements Serializable {
	}

}
