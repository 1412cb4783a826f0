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

import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * What is known of one run of a scope.
 *
 * @param name the name of the scope
 * @param state what became of it
 * @param failure what its caller got, with all that it suppresses, or {@code null} if it
 * returned
 * @param connections how many connections its thread has borrowed meanwhile, scopes
 * inside included; of pools that have a ledger
 * @param statements how many statements its thread has sent over those
 * @param remoteCalls what its thread has called elsewhere while it held a connection, as
 * the ledger takes notice of it ({@code transaction-scope.pool.remote-calls})
 * @since 0.1.0
 */
public record RecordedScope(String name, State state, @Nullable Throwable failure, int connections, int statements,
		List<String> remoteCalls) {

	/**
	 * Create one from its facts, and copy {@code remoteCalls}.
	 * @param name the name of the scope
	 * @param state what became of it
	 * @param failure what its caller got, with all that it suppresses, or {@code null} if
	 * it returned
	 * @param connections how many connections its thread has borrowed meanwhile
	 * @param statements how many statements its thread has sent over those
	 * @param remoteCalls what its thread has called elsewhere while it held a connection
	 */
	public RecordedScope {
		Objects.requireNonNull(name, "name must not be null");
		Objects.requireNonNull(state, "state must not be null");
		remoteCalls = List.copyOf(Objects.requireNonNull(remoteCalls, "remoteCalls must not be null"));
	}

	/**
	 * Return the later failures, which the one that its caller got has suppressed.
	 * @return the failures, in order
	 */
	public List<Throwable> suppressed() {
		return (this.failure != null) ? List.of(this.failure.getSuppressed()) : List.of();
	}

	/**
	 * Return a line for people.
	 */
	@Override
	public String toString() {
		StringBuilder text = new StringBuilder("'%s' %s".formatted(this.name, this.state.words));
		if (this.failure != null) {
			text.append(": ").append(this.failure);
		}
		suppressed().forEach((each) -> text.append(", which suppresses ").append(each));
		text.append(" (connections: %d, statements: %d".formatted(this.connections, this.statements));
		if (!this.remoteCalls.isEmpty()) {
			text.append(", remote calls: ").append(String.join(", ", this.remoteCalls));
		}
		return text.append(')').toString();
	}

	/**
	 * What became of a scope.
	 *
	 * @since 0.1.0
	 */
	public enum State {

		/** It has not ended yet. */
		RUNNING("is running"),

		/**
		 * Its transaction was committed; or its savepoint released, as is that of the
		 * outermost scope in a {@code @Transactional} test.
		 */
		COMMITTED("committed"),

		/** It was rolled back, doomed what it had joined, or was refused at its begin. */
		ROLLED_BACK("rolled back"),

		/** It succeeded as a part of what was there before. */
		JOINED("joined"),

		/** Nobody but the database knows. */
		UNKNOWN("ended in an unknown state");

		private final String words;

		State(String words) {
			this.words = words;
		}

	}

}
