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

package io.transactionscope.pool.snapshot;

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * A thread that waits for a connection.
 *
 * @since 0.1.0
 */
public final class Waiter implements Serializable {

	private final Facts facts;

	private Waiter(Facts facts) {
		this.facts = facts;
	}

	/**
	 * {@return a builder that is told the facts} What is not told is zero, empty or
	 * unknown.
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Return the name of the scope or transaction that asks, or else that of what its
	 * thread is at, such as a web request.
	 * @return the name, or {@code null} if none is known
	 */
	public @Nullable String scope() {
		return this.facts.scope;
	}

	/**
	 * Return which code of the application asks, for who was turned away outside of any
	 * scope.
	 * @return the innermost frame of its own, or {@code null} where that is not known or
	 * a scope tells as much
	 */
	public @Nullable StackTraceElement code() {
		return this.facts.code;
	}

	/**
	 * {@return the name of the thread}
	 */
	public String thread() {
		return this.facts.thread;
	}

	/**
	 * {@return how long it has been waiting}
	 */
	public Duration waited() {
		return this.facts.waited;
	}

	/**
	 * {@return how many connections it holds already, of this pool and of others}
	 */
	public int holds() {
		return this.facts.holds;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Waiter that && this.facts.equals(that.facts);
	}

	@Override
	public int hashCode() {
		return this.facts.hashCode();
	}

	@Override
	public String toString() {
		return this.facts.toString().replaceFirst("Facts", "Waiter");
	}

	private record Facts(@Nullable String scope, @Nullable StackTraceElement code, String thread, Duration waited,
			int holds) implements Serializable {
	}

	/**
	 * Tells the facts, each by the method that has its name.
	 *
	 * @since 0.1.0
	 */
	public static final class Builder {

		private @Nullable String scope;

		private @Nullable StackTraceElement code;

		private String thread = "";

		private Duration waited = Duration.ZERO;

		private int holds;

		private Builder() {
		}

		/**
		 * {@return this builder with {@link Waiter#scope()} set}
		 * @param scope the name of the scope or transaction that asks, or else that of
		 * what its thread is at, such as a web request, or {@code null}
		 */
		public Builder scope(@Nullable String scope) {
			this.scope = scope;
			return this;
		}

		/**
		 * {@return this builder with {@link Waiter#code()} set}
		 * @param code which code of the application asks, for who was turned away outside
		 * of any scope, or {@code null}
		 */
		public Builder code(@Nullable StackTraceElement code) {
			this.code = code;
			return this;
		}

		/**
		 * {@return this builder with {@link Waiter#thread()} set}
		 * @param thread the name of the thread
		 */
		public Builder thread(String thread) {
			this.thread = Objects.requireNonNull(thread, "thread must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link Waiter#waited()} set}
		 * @param waited how long it has been waiting
		 */
		public Builder waited(Duration waited) {
			this.waited = Objects.requireNonNull(waited, "waited must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link Waiter#holds()} set}
		 * @param holds how many connections it holds already, of this pool and of others
		 */
		public Builder holds(int holds) {
			this.holds = holds;
			return this;
		}

		/**
		 * {@return the facts that have been set}
		 */
		public Waiter build() {
			return new Waiter(new Facts(this.scope, this.code, this.thread, this.waited, this.holds));
		}

	}

}
