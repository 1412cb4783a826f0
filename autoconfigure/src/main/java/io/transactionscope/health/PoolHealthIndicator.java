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

package io.transactionscope.health;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;

import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Leak;
import io.transactionscope.pool.diagnosis.Suspended;
import io.transactionscope.pool.diagnosis.TurnedAway;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.snapshot.Frames;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.Waiter;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/**
 * Tells how a pool is doing, from its ledger. Never borrows a connection. Only if
 * somebody waits while statements take long, the database is asked why, as
 * {@link PoolLedger#report()} says.
 *
 * <p>
 * The status is
 * <ul>
 * <li>{@code UP} as long as nobody has to wait for long,</li>
 * <li>{@link #DEGRADED} once somebody does or has been turned away lately, if connections
 * have leaked, and while the pool is suspended,</li>
 * <li>{@code OUT_OF_SERVICE} once that has lasted and waits are still long, and when the
 * pool is closed,</li>
 * <li>{@code DOWN} if the pool cannot be started.</li>
 * </ul>
 * After strain, the pool is up again when there has been none for a while. Durations are
 * those of the {@link PoolHealthPolicy}, by a clock that nobody sets. Strain is noticed
 * when somebody looks: a monitor should do so more often than the policy's durations.
 *
 * <p>
 * Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
public final class PoolHealthIndicator extends AbstractHealthIndicator {

	/**
	 * The status of a pool that works, but not well. Boot does not know it: it answers
	 * with 200, and does not change the status of what the pool is a part of, unless
	 * {@code management.endpoint.health.status.order} names it or all other parts are
	 * degraded or unknown, too.
	 */
	public static final Status DEGRADED = Strain.DEGRADED;

	private static final int LONGEST = 5;

	private final PoolLedger ledger;

	private final Strain strain;

	private final Duration recovery;

	private final LongSupplier nanoTime;

	/**
	 * Create an indicator with the default policy.
	 * @param ledger the ledger of the pool
	 */
	public PoolHealthIndicator(PoolLedger ledger) {
		this(ledger, PoolHealthPolicy.defaults());
	}

	/**
	 * Create an indicator.
	 * @param ledger the ledger of the pool
	 * @param policy from when on the pool is not up
	 */
	public PoolHealthIndicator(PoolLedger ledger, PoolHealthPolicy policy) {
		this(ledger, policy, System::nanoTime);
	}

	PoolHealthIndicator(PoolLedger ledger, PoolHealthPolicy policy, LongSupplier nanoTime) {
		super("The health of a connection pool could not be told");
		Objects.requireNonNull(policy, "policy must not be null");
		this.ledger = Objects.requireNonNull(ledger, "ledger must not be null");
		this.strain = new Strain(policy, ledger.snapshot().events());
		this.recovery = policy.recovery();
		this.nanoTime = nanoTime;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		PoolReport report = this.ledger.report();
		builder.status(status(report)).withDetails(details(report));
	}

	private Status status(PoolReport report) {
		Status status = this.strain.look(report.snapshot(), this.nanoTime.getAsLong());
		PoolSnapshot.State state = report.snapshot().state();
		if (state == PoolSnapshot.State.CLOSED) {
			return Status.OUT_OF_SERVICE;
		}
		if (state == PoolSnapshot.State.NOT_STARTED && report.diagnosis() instanceof CannotConnect) {
			return Status.DOWN;
		}
		return (isImpaired(report.diagnosis()) && status.equals(Status.UP)) ? DEGRADED : status;
	}

	private boolean isImpaired(Diagnosis diagnosis) {
		return diagnosis instanceof Leak || diagnosis instanceof Suspended
				|| (diagnosis instanceof TurnedAway past && past.ago().compareTo(this.recovery) < 0);
	}

	private static Map<String, Object> details(PoolReport report) {
		PoolSnapshot snapshot = report.snapshot();
		Map<String, @Nullable Object> details = new LinkedHashMap<>();
		details.put("pool", snapshot.pool());
		details.put("state", snapshot.state().name().toLowerCase(Locale.ROOT).replace('_', '-'));
		details.put("connections", facts("maximum", snapshot.maximum(), "total", snapshot.total(), "active",
				snapshot.active(), "idle", snapshot.idle()));
		details.put("waiting", snapshot.waiting());
		details.put("diagnosis", facts("kind", report.diagnosis().getClass().getSimpleName(), "summary",
				report.summary(), "advice", report.advice()));
		details.put("longestHolders",
				report.holders().stream().limit(LONGEST).map(PoolHealthIndicator::holder).toList());
		details.put("longestWaiters",
				snapshot.waiters().stream().limit(LONGEST).map(PoolHealthIndicator::waiter).toList());
		details.put("sinceDatabaseAnswered", text(snapshot.sinceDatabaseAnswered()));
		details.put("events",
				facts("exhaustions", snapshot.events().exhaustions(), "deadlocks", snapshot.events().deadlocks(),
						"leaks", snapshot.events().leaks(), "longLeases", snapshot.events().longLeases(), "sheds",
						snapshot.events().sheds()));
		return known(details);
	}

	private static Map<String, Object> holder(Holder holder) {
		List<String> frames = holder.applicationFrames().stream().map(Frames::describe).toList();
		return facts("scope", holder.lease().scope(), "thread", holder.lease().thread(), "age",
				text(holder.lease().age()), "phase", holder.lease().phase().description(), "at",
				frames.isEmpty() ? null : frames);
	}

	private static Map<String, Object> waiter(Waiter waiter) {
		return facts("scope", waiter.scope(), "thread", waiter.thread(), "waited", text(waiter.waited()), "holds",
				waiter.holds());
	}

	private static @Nullable String text(@Nullable Duration duration) {
		return (duration != null) ? duration.truncatedTo(ChronoUnit.MILLIS).toString() : null;
	}

	private static Map<String, Object> facts(@Nullable Object... namesAndValues) {
		Map<String, @Nullable Object> facts = new LinkedHashMap<>();
		for (int i = 0; i < namesAndValues.length; i += 2) {
			facts.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
		}
		return known(facts);
	}

	private static Map<String, Object> known(Map<String, @Nullable Object> facts) {
		Map<String, Object> known = new LinkedHashMap<>();
		facts.forEach((name, value) -> {
			if (value != null) {
				known.put(name, value);
			}
		});
		return known;
	}

}
