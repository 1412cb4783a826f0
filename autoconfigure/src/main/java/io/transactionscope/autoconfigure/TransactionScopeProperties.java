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

package io.transactionscope.autoconfigure;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.core.Ordered;

/**
 * Configuration of scopes.
 *
 * @since 0.1.0
 */
@ConfigurationProperties("transaction-scope")
public class TransactionScopeProperties {

	private static final Duration MAX_SLOW_THRESHOLD = Duration.ofDays(365);

	/**
	 * Whether to auto-configure scopes at all. Where it is not, Boot's own transaction
	 * manager and data source are left as they are.
	 */
	private boolean enabled = true;

	/**
	 * Duration from which on a scope is logged at WARN, with the split of its time. None
	 * is logged by default.
	 */
	private @Nullable Duration slowThreshold;

	private final Advisor advisor = new Advisor();

	private final Commit commit = new Commit();

	/**
	 * Create the properties with their defaults.
	 */
	public TransactionScopeProperties() {
	}

	/**
	 * Return whether to auto-configure scopes at all.
	 * @return {@code true} by default
	 */
	public boolean isEnabled() {
		return this.enabled;
	}

	/**
	 * Set whether to auto-configure scopes at all.
	 * @param enabled {@code false} to leave everything to Boot
	 */
	public void setEnabled(boolean enabled) {
		this.enabled = enabled;
	}

	/**
	 * Return from which duration on a scope is logged.
	 * @return the threshold, or {@code null} for none
	 */
	public @Nullable Duration getSlowThreshold() {
		return this.slowThreshold;
	}

	/**
	 * Set from which duration on a scope is logged.
	 * @param slowThreshold the threshold, positive and at most 365 days, or {@code null}
	 * for none
	 */
	public void setSlowThreshold(@Nullable Duration slowThreshold) {
		if (slowThreshold != null && (slowThreshold.isNegative() || slowThreshold.isZero()
				|| slowThreshold.compareTo(MAX_SLOW_THRESHOLD) > 0)) {
			throw new IllegalArgumentException(
					"Invalid transaction-scope.slow-threshold %s: must be positive and at most %s; leave it out to log no slow scopes."
						.formatted(slowThreshold, MAX_SLOW_THRESHOLD));
		}
		this.slowThreshold = slowThreshold;
	}

	/**
	 * Return what is to be said of annotated methods.
	 * @return the properties of what runs them
	 */
	public Advisor getAdvisor() {
		return this.advisor;
	}

	/**
	 * Return what is to be said of commits.
	 * @return the properties of the end of a transaction
	 */
	public Commit getCommit() {
		return this.commit;
	}

	/**
	 * How transactions are committed.
	 *
	 * @since 0.1.0
	 */
	public static class Commit {

		/**
		 * Whether to ask PostgreSQL what became of a COMMIT that it has not answered, at
		 * the cost of one round trip before each COMMIT.
		 */
		private boolean resolve;

		/**
		 * Create the properties with their defaults.
		 */
		public Commit() {
		}

		/**
		 * Return whether to ask what became of a COMMIT.
		 * @return {@code false} by default
		 */
		public boolean isResolve() {
			return this.resolve;
		}

		/**
		 * Set whether to ask what became of a COMMIT, for scopes and for the transaction
		 * managers of this library.
		 * @param resolve {@code true} to ask
		 */
		public void setResolve(boolean resolve) {
			this.resolve = resolve;
		}

	}

	/**
	 * What runs annotated methods in their scopes.
	 *
	 * @since 0.1.0
	 */
	public static class Advisor {

		/**
		 * Order of the advisor of @ScopedTransaction: aspects of a higher order run in
		 * the scope. That of @WithResource comes immediately before it.
		 */
		private int order = Ordered.LOWEST_PRECEDENCE;

		/**
		 * Create the properties with their defaults.
		 */
		public Advisor() {
		}

		/**
		 * Return the order of the advisor.
		 * @return the lowest precedence by default
		 */
		public int getOrder() {
			return this.order;
		}

		/**
		 * Set the order of the advisor.
		 * @param order the order, which is read when the advisor is created
		 * @see AdvisorOrder
		 */
		public void setOrder(int order) {
			this.order = order;
		}

	}

}
