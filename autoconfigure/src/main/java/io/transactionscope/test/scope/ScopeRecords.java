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

package io.transactionscope.test.scope;

import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.transactionscope.TransactionScope;
import io.transactionscope.engine.ScopeSettings;
import io.transactionscope.engine.Telemetry;

/**
 * Which scopes have run, and what became of them. In a test of Spring's TestContext
 * framework it is injected: see
 * {@link io.transactionscope.test.spring.RecordScopes @RecordScopes}. Elsewhere,
 *
 * <pre class="code">
 * try (ScopeRecords scopes = ScopeRecords.of(transactions)) {
 *     this.orders.place(order);
 *     assertThat(scopes.committed()).extracting(RecordedScope::name).containsExactly("OrderService.place");
 * }
 * </pre>
 *
 * <p>
 * Recorded are the scopes that are recorded themselves and those made of them, as with
 * {@code named(…)}, on all threads; not savepoints inside of them, plain
 * {@code @Transactional} methods, and reactive scopes. It is safe for use by any number
 * of threads.
 *
 * @since 0.1.0
 */
public final class ScopeRecords implements AutoCloseable {

	private final List<RecordedBlock> blocks = new CopyOnWriteArrayList<>();

	private final Deque<Runnable> stops = new ConcurrentLinkedDeque<>();

	/**
	 * Create records of no scopes yet.
	 */
	public ScopeRecords() {
	}

	/**
	 * Begin to record.
	 * @param scopes what to record
	 * @return the records, to be closed when the test ends
	 * @throws IllegalArgumentException if one of them is not of this library
	 */
	public static ScopeRecords of(TransactionScope... scopes) {
		Objects.requireNonNull(scopes, "scopes must not be null");
		ScopeRecords records = new ScopeRecords();
		try {
			List.of(scopes).forEach(records::record);
		}
		catch (Throwable ex) {
			records.close();
			throw ex;
		}
		return records;
	}

	/**
	 * Begin to record a scope, until these records are closed.
	 * @param scope what to record
	 * @throws IllegalArgumentException if it is not of this library
	 */
	public void record(TransactionScope scope) {
		Objects.requireNonNull(scope, "scope must not be null");
		if (!(scope instanceof ScopeSettings.Source source)) {
			throw new IllegalArgumentException("Cannot record scope %s: it is none of this library.".formatted(scope));
		}
		ScopeSettings settings = source.settings();
		Telemetry.Recorder previous = settings.exchangeRecorder((name, measurement) -> {
			RecordedBlock block = new RecordedBlock(name, measurement);
			this.blocks.add(block);
			return block;
		});
		this.stops.addFirst(() -> settings.exchangeRecorder(previous));
	}

	/**
	 * Return all, in the order in which they began.
	 * @return the records as of now
	 */
	public List<RecordedScope> all() {
		return this.blocks.stream().map(RecordedBlock::record).toList();
	}

	/**
	 * Return those of one name.
	 * @param name the name of the scope
	 * @return the records, in the order in which they began
	 */
	public List<RecordedScope> named(String name) {
		Objects.requireNonNull(name, "name must not be null");
		return all().stream().filter((each) -> each.name().equals(name)).toList();
	}

	/**
	 * Return those that have committed.
	 * @return the records, in the order in which they began
	 */
	public List<RecordedScope> committed() {
		return in(RecordedScope.State.COMMITTED).toList();
	}

	/**
	 * Return those that were rolled back.
	 * @return the records, in the order in which they began
	 */
	public List<RecordedScope> rolledBack() {
		return in(RecordedScope.State.ROLLED_BACK).toList();
	}

	/**
	 * Return those that succeeded as a part of another transaction.
	 * @return the records, in the order in which they began
	 */
	public List<RecordedScope> joined() {
		return in(RecordedScope.State.JOINED).toList();
	}

	private Stream<RecordedScope> in(RecordedScope.State state) {
		return all().stream().filter((each) -> each.state() == state);
	}

	/**
	 * Forget what was recorded so far.
	 */
	public void clear() {
		this.blocks.clear();
	}

	/**
	 * End the recording. What was recorded stays, and scopes may be recorded again.
	 */
	@Override
	public void close() {
		this.stops.forEach(Runnable::run);
		this.stops.clear();
	}

	/**
	 * Return a line for each.
	 */
	@Override
	public String toString() {
		List<RecordedScope> all = all();
		return all.isEmpty() ? "no scopes" : all.stream().map((each) -> "- " + each).collect(Collectors.joining("\n"));
	}

}
