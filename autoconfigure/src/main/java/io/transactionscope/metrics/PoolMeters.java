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
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.transactionscope.metrics.PoolMeterDocumentation.PoolKeys;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.snapshot.LeaseRecorder;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.PoolSnapshot.Events;
import io.transactionscope.pool.snapshot.RemoteCall;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The meters of one pool.
 */
final class PoolMeters implements LeaseRecorder {

	private static final Logger logger = LoggerFactory.getLogger(PoolMetrics.class);

	/** Longer than it takes to read all meters. */
	private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

	private final PoolLedger ledger;

	private final Histograms histograms;

	/** Of whoever binds. */
	private final Lock binding = new ReentrantLock();

	private final Map<MeterRegistry, List<Meter>> bound = new HashMap<>();

	private volatile Collection<MeterRegistry> registries = List.of();

	private final Map<String, ScopeMeters> scopes = new ConcurrentHashMap<>();

	/** Whether the ledger tells of each lease. */
	private final AtomicBoolean recording = new AtomicBoolean();

	/** By the names that the ledger counts by, which may have a package. */
	private final Map<String, ScopeMeters> recorded = new ConcurrentHashMap<>();

	private final DiagnosisMeters diagnosis = new DiagnosisMeters(this::look);

	private volatile @Nullable Duration sinceDatabaseAnswered;

	/** Of whoever tells the meters. */
	private final Lock telling = new ReentrantLock();

	/** When they were told last. Written under the lock. */
	private volatile long told = System.nanoTime() - FRESH_NANOS;

	PoolMeters(PoolLedger ledger, Histograms histograms) {
		this.ledger = ledger;
		this.histograms = histograms;
	}

	void refresh(Collection<MeterRegistry> registries) {
		this.registries = registries;
		// Before the pool starts, so that nothing is missed.
		recordIfAskedTo(ScopeStatistics.UNNAMED);
		PoolSnapshot snapshot = examine();
		// Before anybody has tried to start it, the pool may have no name.
		if (snapshot.state() == PoolSnapshot.State.NOT_STARTED && !this.diagnosis.tells(CannotConnect.class)) {
			return;
		}
		snapshot.scopes().forEach((scope) -> of(scope.scope()));
		tell(snapshot);
		this.binding.lock();
		try {
			this.registries.forEach(this::bindTo);
		}
		finally {
			this.binding.unlock();
		}
	}

	private void bindTo(MeterRegistry registry) {
		List<Meter> meters = this.bound.computeIfAbsent(registry, (added) -> bindPoolTo(added, tags()));
		this.scopes.values().forEach((scope) -> meters.addAll(scope.bindTo(registry)));
	}

	/**
	 * Return the meters of a scope, which may be new.
	 */
	private ScopeMeters of(String scope) {
		ScopeMeters known = this.scopes.get(scope);
		if (known != null) {
			return known;
		}
		recordIfAskedTo(scope);
		return this.scopes.computeIfAbsent(scope, (name) -> new ScopeMeters(tags(), name, this::look, this.histograms));
	}

	private Tags tags() {
		return Tags.of(PoolKeys.POOL.asString(), this.ledger.pool());
	}

	private void recordIfAskedTo(String scope) {
		if (ScopeMeters.areRecorded(tags(), scope, this.histograms) && this.recording.compareAndSet(false, true)) {
			this.ledger.record(this);
		}
	}

	@Override
	public void waitEnds(String scope, long waited) {
		recorded(scope).waitEnds(waited);
	}

	@Override
	public void leaseEnds(String scope, long held, long busy) {
		recorded(scope).leaseEnds(held, busy);
	}

	private ScopeMeters recorded(String scope) {
		ScopeMeters known = this.recorded.get(scope);
		return (known != null) ? known : this.recorded.computeIfAbsent(scope, this::boundAtOnce);
	}

	/**
	 * Return the meters of a scope whose first lease is recorded before anybody looks.
	 */
	private ScopeMeters boundAtOnce(String scope) {
		this.binding.lock();
		try {
			ScopeMeters meters = of(Words.withoutPackage(scope));
			this.registries.forEach(this::bindTo);
			return meters;
		}
		finally {
			this.binding.unlock();
		}
	}

	/**
	 * Tell the meters what there is now, unless that was done just now: all that are read
	 * together are told by one snapshot.
	 */
	private void look() {
		// Others that read at the same time take what there is.
		if (isStale() && this.telling.tryLock()) {
			try {
				if (isStale()) {
					tell(examine());
				}
			}
			catch (RuntimeException ex) {
				// Who reads a meter is not to miss all others. The next refresh says it.
				this.told = System.nanoTime();
			}
			finally {
				this.telling.unlock();
			}
		}
	}

	private boolean isStale() {
		return System.nanoTime() - this.told >= FRESH_NANOS;
	}

	/**
	 * Tell what is the matter.
	 * @return the snapshot which tells that, or one without, if that cannot be told
	 */
	private PoolSnapshot examine() {
		try {
			PoolReport report = this.ledger.glance();
			this.diagnosis.tell(report.diagnosis());
			return report.snapshot();
		}
		catch (RuntimeException ex) {
			this.diagnosis.failToTell();
			logger.debug("The diagnosis of {} could not be told", this.ledger.pool(), ex);
			return this.ledger.snapshot();
		}
	}

	private void tell(PoolSnapshot snapshot) {
		Map<String, RemoteCall> calls = calls();
		this.telling.lock();
		try {
			for (ScopeStatistics scope : snapshot.scopes()) {
				ScopeMeters meters = this.scopes.get(scope.scope());
				if (meters != null) {
					meters.tell(scope, calls.get(scope.scope()));
				}
			}
			this.sinceDatabaseAnswered = snapshot.sinceDatabaseAnswered();
			this.told = System.nanoTime();
		}
		finally {
			this.telling.unlock();
		}
	}

	/**
	 * Return the calls elsewhere by the scopes that have meters: those of other scopes
	 * are among the others'.
	 */
	private Map<String, RemoteCall> calls() {
		Map<String, RemoteCall> calls = new HashMap<>();
		this.ledger.calls().sinceStart().forEach((scope, ofScope) -> {
			String name = this.scopes.containsKey(scope) ? scope : ScopeStatistics.OTHER;
			calls.merge(name, ofScope.named(name), RemoteCall::plus);
		});
		return calls;
	}

	private List<Meter> bindPoolTo(MeterRegistry registry, Tags tags) {
		List<Meter> meters = new ArrayList<>();
		meters.add(counter(registry, tags, PoolMeterDocumentation.EXHAUSTIONS,
				"Waits for a connection that a timeout or a deadline ended", Events::exhaustions));
		meters.add(counter(registry, tags, PoolMeterDocumentation.DEADLOCKS, "Deadlocks over connections",
				Events::deadlocks));
		meters.add(counter(registry, tags, PoolMeterDocumentation.LEAKS, "Leases reported as leaks", Events::leaks));
		meters.add(counter(registry, tags, PoolMeterDocumentation.LONG_LEASES,
				"Leases that lasted long without being leaks", Events::longLeases));
		meters.add(counter(registry, tags, PoolMeterDocumentation.SHEDS, "Borrowers turned away to keep waits short",
				Events::sheds));
		meters.addAll(this.diagnosis.bindTo(registry, tags));
		meters.add(sinceDatabaseAnswered(registry, tags));
		return meters;
	}

	private Meter sinceDatabaseAnswered(MeterRegistry registry, Tags tags) {
		return TimeGauge
			.builder(PoolMeterDocumentation.SINCE_DATABASE_ANSWERED.getName(), this, TimeUnit.NANOSECONDS, (pool) -> {
				pool.look();
				Duration answered = pool.sinceDatabaseAnswered;
				return (answered != null) ? answered.toNanos() : Double.NaN;
			})
			.tags(tags)
			.description("How long ago the database is known to have answered")
			.register(registry);
	}

	/**
	 * Take the meters out of all registries.
	 */
	void remove() {
		this.binding.lock();
		try {
			// Those who still return a connection are not to bring them back.
			this.registries = List.of();
			this.bound.forEach((registry, meters) -> meters.forEach(registry::remove));
			this.bound.clear();
		}
		finally {
			this.binding.unlock();
		}
	}

	private Meter counter(MeterRegistry registry, Tags tags, PoolMeterDocumentation meter, String description,
			ToLongFunction<Events> count) {
		return FunctionCounter.builder(meter.getName(), this.ledger, (ledger) -> count.applyAsLong(ledger.events()))
			.tags(tags)
			.description(description)
			.register(registry);
	}

}
