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

package io.transactionscope.autoconfigure.pool;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;

import io.transactionscope.autoconfigure.PropertyRules;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.PoolSettings.BorrowSite;
import io.transactionscope.pool.PoolSettings.DeadlockPolicy;
import io.transactionscope.pool.RemoteCallPolicy;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Configuration of the ledgers of connection pools.
 *
 * @param enabled Whether to keep a ledger of each pool of HikariCP and of r2dbc-pool.
 * Without it, a scope's deadline does not bound the wait for a connection.
 * @param deadlock What to do when those who hold all connections wait for more.
 * @param deadlockGrace Time that a deadlock must last if it involves connections that no
 * transaction has borrowed as it began.
 * @param leakThreshold Age from which on a lease is reported: as a leak if its holder has
 * turned to something else, as a long lease otherwise. Zero for never.
 * @param longLived Names of scopes that may keep their connections, or of pools whose
 * leases may all last. None by default.
 * @param captureBorrowSite When to remember where a connection was borrowed, which takes
 * microseconds at each borrow.
 * @param remoteCalls What to do about calls elsewhere, such as to another service, that
 * are made with a connection in hand.
 * @param maxWaiting Number of threads, or of subscriptions, that may wait for a
 * connection before the next one is turned away. Unlimited by default.
 * @param waitTarget Wait to be kept under overload, beyond which borrowers are turned
 * away. Nobody is turned away by default.
 * @param waitInterval Time for which waits must have exceeded the target before borrowers
 * are turned away.
 * @param reports Number of reports on failed borrows to keep, each the first of its
 * reason in an incident.
 * @param scopes Number of scopes that have figures of their own.
 * @param sampling Interval in which a thread times, at random, one of the leases that
 * neither take long nor meet others. Zero to time all of them, as where a histogram is
 * asked for.
 * @param inquiry Whether to ask the database who has the locks that statements wait for,
 * and whether it answers at all, over a connection of its own that is opened for a moment
 * when a report is made on a dry pool.
 * @since 0.1.0
 */
@ConfigurationProperties("transaction-scope.pool")
public record PoolProperties(@DefaultValue("true") boolean enabled, @DefaultValue("fail") DeadlockPolicy deadlock,
		@DefaultValue("5s") Duration deadlockGrace, @DefaultValue("1m") Duration leakThreshold,
		@DefaultValue Set<String> longLived, @DefaultValue("unscoped") BorrowSite captureBorrowSite,
		@DefaultValue("note") RemoteCallPolicy remoteCalls, @Nullable Integer maxWaiting, @Nullable Duration waitTarget,
		@DefaultValue("2s") Duration waitInterval, @DefaultValue("10") int reports, @DefaultValue("100") int scopes,
		@DefaultValue("1ms") Duration sampling, @DefaultValue("true") boolean inquiry) {

	private static final PropertyRules RULES = new PropertyRules("transaction-scope.pool");

	/**
	 * Create them from what is bound, each by its default if nothing is.
	 * @param enabled Whether to keep a ledger of each pool of HikariCP and of r2dbc-pool.
	 * Without it, a scope's deadline does not bound the wait for a connection.
	 * @param deadlock What to do when those who hold all connections wait for more.
	 * @param deadlockGrace Time that a deadlock must last if it involves connections that
	 * no transaction has borrowed as it began.
	 * @param leakThreshold Age from which on a lease is reported: as a leak if its holder
	 * has turned to something else, as a long lease otherwise. Zero for never.
	 * @param longLived Names of scopes that may keep their connections, or of pools whose
	 * leases may all last. None by default.
	 * @param captureBorrowSite When to remember where a connection was borrowed, which
	 * takes microseconds at each borrow.
	 * @param remoteCalls What to do about calls elsewhere, such as to another service,
	 * that are made with a connection in hand.
	 * @param maxWaiting Number of threads, or of subscriptions, that may wait for a
	 * connection before the next one is turned away. Unlimited by default.
	 * @param waitTarget Wait to be kept under overload, beyond which borrowers are turned
	 * away. Nobody is turned away by default.
	 * @param waitInterval Time for which waits must have exceeded the target before
	 * borrowers are turned away.
	 * @param reports Number of reports on failed borrows to keep, each the first of its
	 * reason in an incident.
	 * @param scopes Number of scopes that have figures of their own.
	 * @param sampling Interval in which a thread times, at random, one of the leases that
	 * neither take long nor meet others. Zero to time all of them, as where a histogram
	 * is asked for.
	 * @param inquiry Whether to ask the database who has the locks that statements wait
	 * for, and whether it answers at all, over a connection of its own that is opened for
	 * a moment when a report is made on a dry pool.
	 */
	public PoolProperties {
		Objects.requireNonNull(deadlock, "deadlock must not be null");
		Objects.requireNonNull(deadlockGrace, "deadlockGrace must not be null");
		Objects.requireNonNull(leakThreshold, "leakThreshold must not be null");
		Objects.requireNonNull(longLived, "longLived must not be null");
		Objects.requireNonNull(captureBorrowSite, "captureBorrowSite must not be null");
		Objects.requireNonNull(remoteCalls, "remoteCalls must not be null");
		Objects.requireNonNull(waitInterval, "waitInterval must not be null");
		Objects.requireNonNull(sampling, "sampling must not be null");
	}

	/**
	 * {@return the same for a ledger}
	 * @throws RuntimeException if one of them is not possible, which names it, its value
	 * and the rule
	 */
	public PoolSettings settings() {
		RULES.requireNotNegative("deadlock-grace", this.deadlockGrace, "the default is 5s");
		RULES.requireNotNegative("leak-threshold", this.leakThreshold, "0 reports none; the default is 1m");
		if (this.longLived.stream().anyMatch(String::isBlank)) {
			throw RULES.refusal("long-lived", this.longLived, "Each must be the name of a scope or of a pool",
					"take the blank one out");
		}
		if (this.waitTarget != null) {
			RULES.requirePositive("wait-target", this.waitTarget, "leave it out to turn nobody away");
		}
		RULES.requirePositive("wait-interval", this.waitInterval, "the default is 2s");
		RULES.requireNotNegative("sampling", this.sampling, "0 times each lease; the default is 1ms");
		if (this.maxWaiting != null) {
			RULES.requireAtLeastOne("max-waiting", this.maxWaiting, "leave it out to let any number wait");
		}
		RULES.requireAtLeastOne("reports", this.reports, "the default is 10");
		RULES.requireAtLeastOne("scopes", this.scopes, "the default is 100");
		return PoolSettings.defaults()
			.withDeadlock(this.deadlock)
			.withDeadlockGrace(this.deadlockGrace)
			.withLeakThreshold(this.leakThreshold)
			.withLongLived(this.longLived)
			.withBorrowSite(this.captureBorrowSite)
			.withRemoteCalls(this.remoteCalls)
			.withMaxWaiting((this.maxWaiting != null) ? this.maxWaiting : PoolSettings.UNLIMITED)
			.withWaitTarget((this.waitTarget != null) ? this.waitTarget : Duration.ZERO)
			.withWaitInterval(this.waitInterval)
			.withReports(this.reports)
			.withScopes(this.scopes)
			.withSampling(this.sampling)
			.withInquiry(this.inquiry);
	}

}
