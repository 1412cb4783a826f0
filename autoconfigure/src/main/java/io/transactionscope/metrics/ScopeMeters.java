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

package io.transactionscope.metrics;

import java.time.Duration;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;

import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.transactionscope.metrics.PoolMeterDocumentation.IdleKeys;
import io.transactionscope.metrics.PoolMeterDocumentation.ScopeKeys;
import io.transactionscope.pool.snapshot.RemoteCall;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.Usage;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one scope in one pool.
 */
final class ScopeMeters {

	private static final Set<PoolMeterDocumentation> RECORDED = EnumSet.of(PoolMeterDocumentation.WAIT,
			PoolMeterDocumentation.HOLD, PoolMeterDocumentation.BUSY);

	private final Tags tags;

	private final Set<MeterRegistry> bound = new HashSet<>();

	private volatile Times times = Times.NONE;

	private volatile @Nullable RemoteCall calls;

	private volatile Duration longestWait = Duration.ZERO;

	private volatile Duration longestHold = Duration.ZERO;

	private final Runnable look;

	private final Histograms histograms;

	/** Those that are recorded lease by lease, as somebody wants to have histograms. */
	private final Collection<Timer> waits = new CopyOnWriteArrayList<>();

	private final Collection<Timer> holds = new CopyOnWriteArrayList<>();

	private final Collection<Timer> busy = new CopyOnWriteArrayList<>();

	/**
	 * Create the meters of a scope.
	 * @param look tells what there is to be told, if that was not done just now
	 */
	ScopeMeters(Tags pool, String scope, Runnable look, Histograms histograms) {
		this.tags = tags(pool, scope);
		this.look = look;
		this.histograms = histograms;
	}

	private static Tags tags(Tags pool, String scope) {
		return pool.and(ScopeKeys.SCOPE.asString(), scope);
	}

	/**
	 * Return whether any of the meters of a scope are to be recorded lease by lease.
	 */
	static boolean areRecorded(Tags pool, String scope, Histograms histograms) {
		return RECORDED.stream().anyMatch((meter) -> histograms.areAskedFor(meter, tags(pool, scope)));
	}

	void tell(ScopeStatistics scope, @Nullable RemoteCall calls) {
		this.times = Times.of(scope.sinceStart()).butNotLessThan(this.times);
		this.calls = calls;
		this.longestWait = scope.lastMinute().longestWait();
		this.longestHold = scope.lastMinute().longestHold();
	}

	/**
	 * Register the meters, unless they have been. Where that fails, it may be tried
	 * again.
	 * @return those that were not
	 */
	List<Meter> bindTo(MeterRegistry registry) {
		if (this.bound.contains(registry)) {
			return List.of();
		}
		List<Meter> meters = List.of(
				recordedOr(this.waits, registry, PoolMeterDocumentation.WAIT, "Waiting for a connection", Times::waits,
						Times::waited),
				recordedOr(this.holds, registry, PoolMeterDocumentation.HOLD, "Holding a connection", Times::leases,
						Times::held),
				recordedOr(this.busy, registry, PoolMeterDocumentation.BUSY, "Holding a connection that works",
						Times::leases, Times::busy),
				idle(registry, "before_first_statement", Times::beforeFirst),
				idle(registry, "between_statements", Times::between),
				idle(registry, "after_last_statement", Times::afterLast), calls(registry),
				longest(registry, PoolMeterDocumentation.LONGEST_WAIT, "The longest wait of the last minute",
						(scope) -> scope.longestWait),
				longest(registry, PoolMeterDocumentation.LONGEST_HOLD, "The longest hold of the last minute",
						(scope) -> scope.longestHold));
		this.bound.add(registry);
		return meters;
	}

	/**
	 * Have a timer that is recorded, or, unless somebody wants to have more of it than
	 * its count and its sum, one that tells those.
	 */
	private Meter recordedOr(Collection<Timer> recorded, MeterRegistry registry, PoolMeterDocumentation meter,
			String description, ToLongFunction<Times> count, Function<Times, Duration> time) {
		if (!this.histograms.areAskedFor(meter, this.tags)) {
			return timer(registry, meter, description, this.tags, count, time);
		}
		Timer timer = Timer.builder(meter.getName()).tags(this.tags).description(description).register(registry);
		// Those of two registries are equal.
		if (recorded.stream().noneMatch((known) -> known == timer)) {
			recorded.add(timer);
		}
		return timer;
	}

	void waitEnds(long nanos) {
		this.waits.forEach((timer) -> timer.record(nanos, TimeUnit.NANOSECONDS));
	}

	void leaseEnds(long held, long busy) {
		this.holds.forEach((timer) -> timer.record(held, TimeUnit.NANOSECONDS));
		this.busy.forEach((timer) -> timer.record(busy, TimeUnit.NANOSECONDS));
	}

	private Meter idle(MeterRegistry registry, String part, Function<Times, Duration> time) {
		return timer(registry, PoolMeterDocumentation.IDLE, "Holding a connection that is idle",
				this.tags.and(IdleKeys.PART.asString(), part), Times::leases, time);
	}

	private Meter timer(MeterRegistry registry, PoolMeterDocumentation meter, String description, Tags tags,
			ToLongFunction<Times> count, Function<Times, Duration> time) {
		return FunctionTimer
			.builder(meter.getName(), this, (scope) -> count.applyAsLong(scope.latest()),
					(scope) -> time.apply(scope.latest()).toNanos(), TimeUnit.NANOSECONDS)
			.tags(tags)
			.description(description)
			.register(registry);
	}

	private Meter calls(MeterRegistry registry) {
		return FunctionTimer
			.builder(PoolMeterDocumentation.CALLS.getName(), this, (scope) -> scope.latestCalls(RemoteCall::count),
					(scope) -> scope.latestCalls((calls) -> calls.total().toNanos()), TimeUnit.NANOSECONDS)
			.tags(this.tags)
			.description("Calls elsewhere while holding a connection")
			.register(registry);
	}

	private long latestCalls(ToLongFunction<RemoteCall> figure) {
		this.look.run();
		RemoteCall calls = this.calls;
		return (calls != null) ? figure.applyAsLong(calls) : 0;
	}

	private Times latest() {
		this.look.run();
		return this.times;
	}

	private Meter longest(MeterRegistry registry, PoolMeterDocumentation meter, String description,
			Function<ScopeMeters, Duration> time) {
		return TimeGauge.builder(meter.getName(), this, TimeUnit.NANOSECONDS, (scope) -> {
			scope.look.run();
			return time.apply(scope).toNanos();
		}).tags(this.tags).description(description).register(registry);
	}

	/**
	 * Sums since the start.
	 */
	private record Times(long waits, long leases, Duration waited, Duration held, Duration busy, Duration beforeFirst,
			Duration between, Duration afterLast) {

		private static final Times NONE = new Times(0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO,
				Duration.ZERO, Duration.ZERO);

		static Times of(Usage usage) {
			return new Times(usage.waits(), usage.leases(), usage.waited(), usage.held(), usage.busy(),
					usage.beforeFirst(), usage.between(), usage.afterLast());
		}

		/**
		 * A sum over a sample may turn out to have been too large, but a counter that
		 * falls looks like a restart. What was told as between statements or after the
		 * last one, and turned out to be the other, is not told once more as that.
		 */
		Times butNotLessThan(Times earlier) {
			Duration betweenTooMuch = longer(this.between, earlier.between).minus(this.between);
			Duration afterLastTooMuch = longer(this.afterLast, earlier.afterLast).minus(this.afterLast);
			return new Times(Math.max(this.waits, earlier.waits), Math.max(this.leases, earlier.leases),
					longer(this.waited, earlier.waited), longer(this.held, earlier.held),
					longer(this.busy, earlier.busy), longer(this.beforeFirst, earlier.beforeFirst),
					longer(this.between.minus(afterLastTooMuch), earlier.between),
					longer(this.afterLast.minus(betweenTooMuch), earlier.afterLast));
		}

		private static Duration longer(Duration one, Duration other) {
			return (one.compareTo(other) >= 0) ? one : other;
		}

	}

}
