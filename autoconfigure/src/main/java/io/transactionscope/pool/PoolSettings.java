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

import java.time.Duration;
import java.util.Objects;

import io.transactionscope.pool.report.ScopeStatistics;

/**
 * How the ledger of a pool behaves. Immutable; start from {@link #defaults()} and change
 * what should differ.
 *
 * @param deadlock what to do about a deadlock; {@link DeadlockPolicy#FAIL} by default
 * @param deadlockGrace how long a deadlock must last that involves connections borrowed
 * outside of scopes and transactions. Such a connection may have been passed to another
 * thread, which the ledger learns only when that thread uses it. Zero or positive; 200 ms
 * by default
 * @param leakThreshold the age at which a lease is reported as a leak, zero for never;
 * one minute by default
 * @param borrowSite whether to take the stack at each borrow, which costs microseconds;
 * {@link BorrowSite#NEVER} by default
 * @param maxWaiting how many threads may wait before the next one is turned away, at
 * least 1; {@link #UNLIMITED} by default
 * @param waitTarget the wait to be kept under overload: once every borrow has waited
 * longer than this for {@code waitInterval}, new ones are turned away after this time;
 * zero, the default, for never
 * @param waitInterval how long waits must have exceeded {@code waitTarget}; positive, two
 * seconds by default
 * @param reports how many reports to keep, at least 1; 10 by default
 * @param scopes how many scopes have figures of their own, at least 1; 100 by default.
 * Those that come later share the name {@link ScopeStatistics#OTHER}
 * @param sampling how often a thread looks at the clock for a lease of a scope that takes
 * neither long nor meets others: once in this time. Zero for always; 100 ms by default
 */
public record PoolSettings(DeadlockPolicy deadlock, Duration deadlockGrace, Duration leakThreshold,
		BorrowSite borrowSite, int maxWaiting, Duration waitTarget, Duration waitInterval, int reports, int scopes,
		Duration sampling) {

	/**
	 * The value of {@link #maxWaiting()} that lets any number of threads wait.
	 */
	public static final int UNLIMITED = Integer.MAX_VALUE;

	/** So that it can be counted in nanoseconds. */
	private static final Duration LONGEST = Duration.ofDays(365);

	private static final PoolSettings DEFAULTS = new PoolSettings(DeadlockPolicy.FAIL, Duration.ofMillis(200),
			Duration.ofMinutes(1), BorrowSite.NEVER, UNLIMITED, Duration.ZERO, Duration.ofSeconds(2), 10, 100,
			Duration.ofMillis(100));

	/**
	 * Check each value.
	 * @throws IllegalArgumentException if a duration is negative or longer than 365 days,
	 * or a number not positive
	 */
	public PoolSettings {
		Objects.requireNonNull(deadlock, "deadlock must not be null");
		Objects.requireNonNull(deadlockGrace, "deadlockGrace must not be null");
		Objects.requireNonNull(leakThreshold, "leakThreshold must not be null");
		Objects.requireNonNull(borrowSite, "borrowSite must not be null");
		Objects.requireNonNull(waitTarget, "waitTarget must not be null");
		Objects.requireNonNull(waitInterval, "waitInterval must not be null");
		Objects.requireNonNull(sampling, "sampling must not be null");
		requireNotNegative("deadlockGrace", deadlockGrace);
		requireNotNegative("leakThreshold", leakThreshold);
		requireAtLeastOne("maxWaiting", maxWaiting);
		requireNotNegative("waitTarget", waitTarget);
		requirePositive("waitInterval", waitInterval);
		requireAtLeastOne("reports", reports);
		requireAtLeastOne("scopes", scopes);
		requireNotNegative("sampling", sampling);
	}

	/**
	 * Return the settings that suit most applications.
	 */
	public static PoolSettings defaults() {
		return DEFAULTS;
	}

	/**
	 * Return these settings with another {@link #deadlock()}.
	 */
	public PoolSettings withDeadlock(DeadlockPolicy deadlock) {
		return new PoolSettings(deadlock, this.deadlockGrace, this.leakThreshold, this.borrowSite, this.maxWaiting,
				this.waitTarget, this.waitInterval, this.reports, this.scopes, this.sampling);
	}

	/**
	 * Return these settings with another {@link #deadlockGrace()}.
	 */
	public PoolSettings withDeadlockGrace(Duration deadlockGrace) {
		return new PoolSettings(this.deadlock, deadlockGrace, this.leakThreshold, this.borrowSite, this.maxWaiting,
				this.waitTarget, this.waitInterval, this.reports, this.scopes, this.sampling);
	}

	/**
	 * Return these settings with another {@link #leakThreshold()}.
	 */
	public PoolSettings withLeakThreshold(Duration leakThreshold) {
		return new PoolSettings(this.deadlock, this.deadlockGrace, leakThreshold, this.borrowSite, this.maxWaiting,
				this.waitTarget, this.waitInterval, this.reports, this.scopes, this.sampling);
	}

	/**
	 * Return these settings with another {@link #borrowSite()}.
	 */
	public PoolSettings withBorrowSite(BorrowSite borrowSite) {
		return new PoolSettings(this.deadlock, this.deadlockGrace, this.leakThreshold, borrowSite, this.maxWaiting,
				this.waitTarget, this.waitInterval, this.reports, this.scopes, this.sampling);
	}

	/**
	 * Return these settings with another {@link #maxWaiting()}.
	 */
	public PoolSettings withMaxWaiting(int maxWaiting) {
		return new PoolSettings(this.deadlock, this.deadlockGrace, this.leakThreshold, this.borrowSite, maxWaiting,
				this.waitTarget, this.waitInterval, this.reports, this.scopes, this.sampling);
	}

	/**
	 * Return these settings with another {@link #waitTarget()}.
	 */
	public PoolSettings withWaitTarget(Duration waitTarget) {
		return new PoolSettings(this.deadlock, this.deadlockGrace, this.leakThreshold, this.borrowSite, this.maxWaiting,
				waitTarget, this.waitInterval, this.reports, this.scopes, this.sampling);
	}

	/**
	 * Return these settings with another {@link #waitInterval()}.
	 */
	public PoolSettings withWaitInterval(Duration waitInterval) {
		return new PoolSettings(this.deadlock, this.deadlockGrace, this.leakThreshold, this.borrowSite, this.maxWaiting,
				this.waitTarget, waitInterval, this.reports, this.scopes, this.sampling);
	}

	/**
	 * Return these settings with another {@link #reports()}.
	 */
	public PoolSettings withReports(int reports) {
		return new PoolSettings(this.deadlock, this.deadlockGrace, this.leakThreshold, this.borrowSite, this.maxWaiting,
				this.waitTarget, this.waitInterval, reports, this.scopes, this.sampling);
	}

	/**
	 * Return these settings with another {@link #scopes()}.
	 */
	public PoolSettings withScopes(int scopes) {
		return new PoolSettings(this.deadlock, this.deadlockGrace, this.leakThreshold, this.borrowSite, this.maxWaiting,
				this.waitTarget, this.waitInterval, this.reports, scopes, this.sampling);
	}

	/**
	 * Return these settings with another {@link #sampling()}.
	 */
	public PoolSettings withSampling(Duration sampling) {
		return new PoolSettings(this.deadlock, this.deadlockGrace, this.leakThreshold, this.borrowSite, this.maxWaiting,
				this.waitTarget, this.waitInterval, this.reports, this.scopes, sampling);
	}

	private static void requireNotNegative(String name, Duration value) {
		if (value.isNegative()) {
			throw new IllegalArgumentException("Invalid %s (%s): must be positive or zero.".formatted(name, value));
		}
		if (value.compareTo(LONGEST) > 0) {
			throw new IllegalArgumentException("Invalid %s (%s): must be at most %s.".formatted(name, value, LONGEST));
		}
	}

	private static void requirePositive(String name, Duration value) {
		if (value.isNegative() || value.isZero()) {
			throw new IllegalArgumentException("Invalid %s (%s): must be positive.".formatted(name, value));
		}
		requireNotNegative(name, value);
	}

	private static void requireAtLeastOne(String name, int value) {
		if (value < 1) {
			throw new IllegalArgumentException("Invalid %s (%d): must be at least 1.".formatted(name, value));
		}
	}

	/**
	 * What to do when threads that hold connections wait for each other.
	 */
	public enum DeadlockPolicy {

		/**
		 * Fail the last of them to arrive, so that its connections set the others free.
		 */
		FAIL,

		/**
		 * Log it and keep a report, but let them wait until they time out.
		 */
		REPORT,

		/**
		 * Do not look.
		 */
		OFF

	}

	/**
	 * When to remember where a connection was borrowed.
	 */
	public enum BorrowSite {

		/**
		 * At no borrow. The current stack of a holder tells more in most cases, and costs
		 * nothing until somebody asks.
		 */
		NEVER,

		/**
		 * For the leases that are timed as a sample.
		 */
		SAMPLED,

		/**
		 * At each borrow.
		 */
		ALWAYS;

		boolean isDue(boolean sampled) {
			return this == ALWAYS || (this == SAMPLED && sampled);
		}

	}

}
