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

package io.transactionscope.test.assertj;

import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

import io.transactionscope.test.scope.RecordedScope;
import io.transactionscope.test.scope.RecordedScope.State;
import io.transactionscope.test.scope.ScopeRecords;
import org.assertj.core.api.AbstractAssert;

/**
 * AssertJ's assertions of what became of scopes. Beside AssertJ's own,
 *
 * <pre class="code">
 * import static io.transactionscope.test.assertj.ScopeRecordsAssert.assertThat;
 *
 * assertThat(scopes).committed("OrderService.place").joined("Stock.take").hasNoRemoteCalls();
 * </pre>
 *
 * <p>
 * Each lists all that was recorded if it fails.
 *
 * @since 0.1.0
 */
public final class ScopeRecordsAssert extends AbstractAssert<ScopeRecordsAssert, ScopeRecords> {

	private ScopeRecordsAssert(ScopeRecords actual) {
		super(actual, ScopeRecordsAssert.class);
	}

	/**
	 * Begin to assert something of recorded scopes.
	 * @param actual the records
	 * @return the assertions
	 */
	public static ScopeRecordsAssert assertThat(ScopeRecords actual) {
		return new ScopeRecordsAssert(Objects.requireNonNull(actual, "actual must not be null"));
	}

	/**
	 * Verify that a scope has committed, at least once.
	 * @param name the name of the scope
	 * @return this
	 */
	public ScopeRecordsAssert committed(String name) {
		return has(name, State.COMMITTED, "to have committed");
	}

	/**
	 * Verify that a scope was rolled back, at least once.
	 * @param name the name of the scope
	 * @return this
	 */
	public ScopeRecordsAssert rolledBack(String name) {
		return has(name, State.ROLLED_BACK, "to have been rolled back");
	}

	/**
	 * Verify that a scope was rolled back, at least once, and that its caller got such a
	 * failure.
	 * @param name the name of the scope
	 * @param failure the type of the failure
	 * @return this
	 */
	public ScopeRecordsAssert rolledBack(String name, Class<? extends Throwable> failure) {
		Objects.requireNonNull(failure, "failure must not be null");
		return has(name, (each) -> each.state() == State.ROLLED_BACK && failure.isInstance(each.failure()),
				"to have been rolled back with " + failure.getName());
	}

	/**
	 * Verify that a scope has succeeded as a part of another transaction, at least once.
	 * @param name the name of the scope
	 * @return this
	 */
	public ScopeRecordsAssert joined(String name) {
		return has(name, State.JOINED, "to have joined another");
	}

	/**
	 * Verify that no scope of that name has begun.
	 * @param name the name of the scope
	 * @return this
	 */
	public ScopeRecordsAssert neverBegan(String name) {
		Objects.requireNonNull(name, "name must not be null");
		if (!this.actual.named(name).isEmpty()) {
			throw expected(name, "never to have begun");
		}
		return this;
	}

	/**
	 * Verify that each run of a scope has sent so many statements at most.
	 * @param name the name of the scope, which has run
	 * @param most the number
	 * @return this
	 */
	public ScopeRecordsAssert sentAtMost(String name, int most) {
		return each(name, (run) -> run.statements() <= most, "to have sent at most %d statements".formatted(most));
	}

	/**
	 * Verify that each run of a scope has borrowed so many connections at most, those of
	 * scopes inside included. With more than one, a thread waits for a connection while
	 * it holds another.
	 * @param name the name of the scope, which has run
	 * @param most the number
	 * @return this
	 */
	public ScopeRecordsAssert borrowedAtMost(String name, int most) {
		return each(name, (run) -> run.connections() <= most,
				"to have borrowed at most %d connections".formatted(most));
	}

	/**
	 * Verify that no scope has called anything elsewhere while it held a connection.
	 * @return this
	 */
	public ScopeRecordsAssert hasNoRemoteCalls() {
		if (this.actual.all().stream().anyMatch((each) -> !each.remoteCalls().isEmpty())) {
			throw failure("Expected no scope to have made remote calls with a connection in hand, but recorded:%n%s",
					this.actual);
		}
		return this;
	}

	private ScopeRecordsAssert has(String name, State state, String what) {
		return has(name, (each) -> each.state() == state, what);
	}

	private ScopeRecordsAssert has(String name, Predicate<RecordedScope> condition, String what) {
		Objects.requireNonNull(name, "name must not be null");
		if (this.actual.named(name).stream().noneMatch(condition)) {
			throw expected(name, what);
		}
		return this;
	}

	private ScopeRecordsAssert each(String name, Predicate<RecordedScope> condition, String what) {
		Objects.requireNonNull(name, "name must not be null");
		List<RecordedScope> runs = this.actual.named(name);
		if (runs.isEmpty() || !runs.stream().allMatch(condition)) {
			throw expected(name, what);
		}
		return this;
	}

	private AssertionError expected(String name, String what) {
		return failure("Expected scope '%s' %s, but recorded:%n%s", name, what, this.actual);
	}

}
