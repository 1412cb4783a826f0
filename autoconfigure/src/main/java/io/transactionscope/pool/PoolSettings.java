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
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

import io.transactionscope.pool.snapshot.ScopeStatistics;
import org.jspecify.annotations.Nullable;

/**
 * How the ledger of a pool behaves. Immutable; start from {@link #defaults()} and change
 * what should differ.
 *
 * @since 0.1.0
 */
public final class PoolSettings {

	/** The value of {@link #maxWaiting()} that lets any number of threads wait. */
	public static final int UNLIMITED = Integer.MAX_VALUE;

	/** So that it can be counted in nanoseconds. */
	private static final Duration LONGEST = Duration.ofDays(365);

	private static final PoolSettings DEFAULTS = new PoolSettings(new Values());

	private final Values values;

	private PoolSettings(Values values) {
		this.values = values;
	}

	/**
	 * {@return the settings that suit most applications}
	 */
	public static PoolSettings defaults() {
		return DEFAULTS;
	}

	/**
	 * {@return what to do about a deadlock; {@link DeadlockPolicy#FAIL} by default}
	 */
	public DeadlockPolicy deadlock() {
		return this.values.deadlock;
	}

	/**
	 * {@return how long a deadlock must last that involves connections which no
	 * transaction has borrowed as it began} Such a connection may have been passed to
	 * another thread, which the ledger learns only when that thread uses it. Zero or
	 * positive; 5 seconds by default.
	 */
	public Duration deadlockGrace() {
		return this.values.deadlockGrace;
	}

	/**
	 * {@return the age at which a lease is reported, zero for never; one minute by
	 * default: as a leak if nobody has used the connection for as long and its holder has
	 * turned to something else, as a long lease otherwise}
	 */
	public Duration leakThreshold() {
		return this.values.leakThreshold;
	}

	/**
	 * {@return the names of those who may keep their connections: scopes, or pools with
	 * all their leases} None of these is a leak, or a long lease. Empty by default.
	 */
	public Set<String> longLived() {
		return this.values.longLived;
	}

	/**
	 * {@return whether to take the stack at a borrow, which costs microseconds;
	 * {@link BorrowSite#UNSCOPED} by default}
	 */
	public BorrowSite borrowSite() {
		return this.values.borrowSite;
	}

	/**
	 * {@return what to do about calls elsewhere that are made with a connection in hand;
	 * {@link RemoteCallPolicy#NOTE} by default}
	 */
	public RemoteCallPolicy remoteCalls() {
		return this.values.remoteCalls;
	}

	/**
	 * {@return how many threads may wait before the next one is turned away, at least 1;
	 * {@link #UNLIMITED} by default}
	 */
	public int maxWaiting() {
		return this.values.maxWaiting;
	}

	/**
	 * {@return the wait to be kept under overload: once every borrow has waited longer
	 * than this for {@link #waitInterval()}, new ones are turned away after this time;
	 * zero, the default, for never}
	 */
	public Duration waitTarget() {
		return this.values.waitTarget;
	}

	/**
	 * {@return how long waits must have exceeded {@link #waitTarget()}; positive, two
	 * seconds by default}
	 */
	public Duration waitInterval() {
		return this.values.waitInterval;
	}

	/**
	 * {@return how many reports to keep, at least 1; 10 by default}
	 */
	public int reports() {
		return this.values.reports;
	}

	/**
	 * {@return how many scopes have figures of their own, at least 1; 100 by default}
	 * Those that come later share the name {@link ScopeStatistics#OTHER}.
	 */
	public int scopes() {
		return this.values.scopes;
	}

	/**
	 * {@return how often a thread times a lease of a scope that takes neither long nor
	 * meets others: once in this time, at random} Zero for always, as it is where a
	 * histogram is wanted; 1 ms by default.
	 */
	public Duration sampling() {
		return this.values.sampling;
	}

	/**
	 * {@return whether to ask the database when a report is made on a dry pool whose
	 * statements take long: who has the lock that they wait for, and whether it answers
	 * at all} It is asked over a connection of its own, opened past the pool and closed
	 * at once, one at a time; {@code true} by default.
	 */
	public boolean inquiry() {
		return this.values.inquiry;
	}

	/**
	 * {@return these settings with another {@link #deadlock()}}
	 * @param deadlock what to do when threads that hold connections wait for each other
	 */
	public PoolSettings withDeadlock(DeadlockPolicy deadlock) {
		Objects.requireNonNull(deadlock, "deadlock must not be null");
		return with((values) -> values.deadlock = deadlock);
	}

	/**
	 * {@return these settings with another {@link #deadlockGrace()}}
	 * @param deadlockGrace how long it must last, zero or positive
	 * @throws IllegalArgumentException if it is negative or longer than 365 days
	 */
	public PoolSettings withDeadlockGrace(Duration deadlockGrace) {
		Objects.requireNonNull(deadlockGrace, "deadlockGrace must not be null");
		requireNotNegative("deadlockGrace", deadlockGrace);
		return with((values) -> values.deadlockGrace = deadlockGrace);
	}

	/**
	 * {@return these settings with another {@link #leakThreshold()}}
	 * @param leakThreshold the age, zero for never
	 * @throws IllegalArgumentException if it is negative or longer than 365 days
	 */
	public PoolSettings withLeakThreshold(Duration leakThreshold) {
		Objects.requireNonNull(leakThreshold, "leakThreshold must not be null");
		requireNotNegative("leakThreshold", leakThreshold);
		return with((values) -> values.leakThreshold = leakThreshold);
	}

	/**
	 * {@return these settings with others in {@link #longLived()}}
	 * @param longLived names of scopes or pools; the set is copied
	 */
	public PoolSettings withLongLived(Set<String> longLived) {
		Objects.requireNonNull(longLived, "longLived must not be null");
		return with((values) -> values.longLived = Set.copyOf(longLived));
	}

	/**
	 * {@return these settings with another {@link #borrowSite()}}
	 * @param borrowSite when to take the stack
	 */
	public PoolSettings withBorrowSite(BorrowSite borrowSite) {
		Objects.requireNonNull(borrowSite, "borrowSite must not be null");
		return with((values) -> values.borrowSite = borrowSite);
	}

	/**
	 * {@return these settings with another {@link #remoteCalls()}}
	 * @param remoteCalls what to do about them
	 */
	public PoolSettings withRemoteCalls(RemoteCallPolicy remoteCalls) {
		Objects.requireNonNull(remoteCalls, "remoteCalls must not be null");
		return with((values) -> values.remoteCalls = remoteCalls);
	}

	/**
	 * {@return these settings with another {@link #maxWaiting()}}
	 * @param maxWaiting how many, at least 1
	 * @throws IllegalArgumentException if it is less than 1
	 */
	public PoolSettings withMaxWaiting(int maxWaiting) {
		requireAtLeastOne("maxWaiting", maxWaiting);
		return with((values) -> values.maxWaiting = maxWaiting);
	}

	/**
	 * {@return these settings with another {@link #waitTarget()}}
	 * @param waitTarget the wait to keep, zero for any
	 * @throws IllegalArgumentException if it is negative or longer than 365 days
	 */
	public PoolSettings withWaitTarget(Duration waitTarget) {
		Objects.requireNonNull(waitTarget, "waitTarget must not be null");
		requireNotNegative("waitTarget", waitTarget);
		return with((values) -> values.waitTarget = waitTarget);
	}

	/**
	 * {@return these settings with another {@link #waitInterval()}}
	 * @param waitInterval how long, positive
	 * @throws IllegalArgumentException if it is not positive or longer than 365 days
	 */
	public PoolSettings withWaitInterval(Duration waitInterval) {
		Objects.requireNonNull(waitInterval, "waitInterval must not be null");
		requirePositive("waitInterval", waitInterval);
		return with((values) -> values.waitInterval = waitInterval);
	}

	/**
	 * {@return these settings with another {@link #reports()}}
	 * @param reports how many, at least 1
	 * @throws IllegalArgumentException if it is less than 1
	 */
	public PoolSettings withReports(int reports) {
		requireAtLeastOne("reports", reports);
		return with((values) -> values.reports = reports);
	}

	/**
	 * {@return these settings with another {@link #scopes()}}
	 * @param scopes how many, at least 1
	 * @throws IllegalArgumentException if it is less than 1
	 */
	public PoolSettings withScopes(int scopes) {
		requireAtLeastOne("scopes", scopes);
		return with((values) -> values.scopes = scopes);
	}

	/**
	 * {@return these settings with another {@link #sampling()}}
	 * @param sampling the time, zero for always
	 * @throws IllegalArgumentException if it is negative or longer than 365 days
	 */
	public PoolSettings withSampling(Duration sampling) {
		Objects.requireNonNull(sampling, "sampling must not be null");
		requireNotNegative("sampling", sampling);
		return with((values) -> values.sampling = sampling);
	}

	/**
	 * {@return these settings with another {@link #inquiry()}}
	 * @param inquiry whether to ask it
	 */
	public PoolSettings withInquiry(boolean inquiry) {
		return with((values) -> values.inquiry = inquiry);
	}

	private PoolSettings with(Consumer<Values> change) {
		Values changed = new Values(this.values);
		change.accept(changed);
		return new PoolSettings(changed);
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof PoolSettings that && this.values.all().equals(that.values.all());
	}

	@Override
	public int hashCode() {
		return this.values.all().hashCode();
	}

	@Override
	public String toString() {
		return ("PoolSettings[deadlock=%s, deadlockGrace=%s, leakThreshold=%s, longLived=%s, borrowSite=%s, remoteCalls=%s, maxWaiting=%s, "
				+ "waitTarget=%s, waitInterval=%s, reports=%s, scopes=%s, sampling=%s, inquiry=%s]")
			.formatted(this.values.all().toArray());
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
	 *
	 * @since 0.1.0
	 */
	public enum DeadlockPolicy {

		/**
		 * Fail the last of them to arrive, so that its connections set the others free.
		 */
		FAIL,

		/** Log it and keep a report, but let them wait until they time out. */
		REPORT,

		/** Do not look. */
		OFF

	}

	/**
	 * When to remember where a connection was borrowed.
	 *
	 * @since 0.1.0
	 */
	public enum BorrowSite {

		/**
		 * At no borrow. The current stack of a holder tells more in most cases, and costs
		 * nothing until somebody asks.
		 */
		NEVER,

		/**
		 * For leases that no transaction has borrowed as it began, a hundred of them a
		 * second at most: these are what leaks, and the stack shows where, and whether
		 * the code that has borrowed is still at work.
		 */
		UNSCOPED,

		/**
		 * For some of the leases that are timed as a sample, ten in a second at most for
		 * each thread and scope.
		 */
		SAMPLED,

		/** At each borrow. */
		ALWAYS

	}

	/**
	 * All of them. Never changed once it is in somebody's settings, where it is final.
	 */
	private static final class Values {

		private DeadlockPolicy deadlock = DeadlockPolicy.FAIL;

		private Duration deadlockGrace = Duration.ofSeconds(5);

		private Duration leakThreshold = Duration.ofMinutes(1);

		private Set<String> longLived = Set.of();

		private BorrowSite borrowSite = BorrowSite.UNSCOPED;

		private RemoteCallPolicy remoteCalls = RemoteCallPolicy.NOTE;

		private int maxWaiting = UNLIMITED;

		private Duration waitTarget = Duration.ZERO;

		private Duration waitInterval = Duration.ofSeconds(2);

		private int reports = 10;

		private int scopes = 100;

		private Duration sampling = Duration.ofMillis(1);

		private boolean inquiry = true;

		Values() {
		}

		Values(Values others) {
			this.deadlock = others.deadlock;
			this.deadlockGrace = others.deadlockGrace;
			this.leakThreshold = others.leakThreshold;
			this.longLived = others.longLived;
			this.borrowSite = others.borrowSite;
			this.remoteCalls = others.remoteCalls;
			this.maxWaiting = others.maxWaiting;
			this.waitTarget = others.waitTarget;
			this.waitInterval = others.waitInterval;
			this.reports = others.reports;
			this.scopes = others.scopes;
			this.sampling = others.sampling;
			this.inquiry = others.inquiry;
		}

		List<Object> all() {
			return List.of(this.deadlock, this.deadlockGrace, this.leakThreshold, this.longLived, this.borrowSite,
					this.remoteCalls, this.maxWaiting, this.waitTarget, this.waitInterval, this.reports, this.scopes,
					this.sampling, this.inquiry);
		}

	}

}
