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
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.transactionscope.metrics.PoolMeterDocumentation.PoolKeys;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.PoolSnapshot.Events;
import io.transactionscope.pool.snapshot.ScopeStatistics;

/**
 * The meters of one pool.
 */
final class PoolMeters {

	/** Longer than it takes to read all meters. */
	private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

	private final PoolLedger ledger;

	private final Map<MeterRegistry, List<Meter>> bound = new HashMap<>();

	private final Map<String, ScopeMeters> scopes = new ConcurrentHashMap<>();

	/** Of whoever tells the scopes' meters. */
	private final Lock telling = new ReentrantLock();

	/** When they were told last. Written under the lock. */
	private volatile long told = System.nanoTime() - FRESH_NANOS;

	PoolMeters(PoolLedger ledger) {
		this.ledger = ledger;
	}

	void refresh(Collection<MeterRegistry> registries) {
		PoolSnapshot snapshot = this.ledger.snapshot();
		// Before, the pool may have no name.
		if (snapshot.state() == PoolSnapshot.State.NOT_STARTED) {
			return;
		}
		Tags tags = Tags.of(PoolKeys.POOL.asString(), snapshot.pool());
		snapshot.scopes()
			.forEach((scope) -> this.scopes.computeIfAbsent(scope.scope(),
					(name) -> new ScopeMeters(tags, name, this::look)));
		tell(snapshot);
		for (MeterRegistry registry : registries) {
			List<Meter> meters = this.bound.computeIfAbsent(registry, (added) -> bindTo(added, tags));
			this.scopes.values().forEach((scope) -> meters.addAll(scope.bindTo(registry)));
		}
	}

	/**
	 * Tell the meters of the scopes what there is now, unless that was done just now: all
	 * that are read together are told by one snapshot.
	 */
	private void look() {
		// Others that read at the same time take what there is.
		if (isStale() && this.telling.tryLock()) {
			try {
				if (isStale()) {
					tell(this.ledger.snapshot());
				}
			}
			finally {
				this.telling.unlock();
			}
		}
	}

	private boolean isStale() {
		return System.nanoTime() - this.told >= FRESH_NANOS;
	}

	private void tell(PoolSnapshot snapshot) {
		this.telling.lock();
		try {
			for (ScopeStatistics scope : snapshot.scopes()) {
				ScopeMeters meters = this.scopes.get(scope.scope());
				if (meters != null) {
					meters.tell(scope);
				}
			}
			this.told = System.nanoTime();
		}
		finally {
			this.telling.unlock();
		}
	}

	private List<Meter> bindTo(MeterRegistry registry, Tags tags) {
		List<Meter> meters = new ArrayList<>();
		meters.add(counter(registry, tags, PoolMeterDocumentation.EXHAUSTIONS,
				"Waits for a connection that ended without one", Events::exhaustions));
		meters.add(counter(registry, tags, PoolMeterDocumentation.DEADLOCKS, "Deadlocks over connections",
				Events::deadlocks));
		meters.add(counter(registry, tags, PoolMeterDocumentation.LEAKS, "Leases reported as leaks", Events::leaks));
		meters.add(counter(registry, tags, PoolMeterDocumentation.LONG_LEASES,
				"Leases that lasted long without being leaks", Events::longLeases));
		meters.add(counter(registry, tags, PoolMeterDocumentation.SHEDS, "Borrowers turned away to keep waits short",
				Events::sheds));
		return meters;
	}

	/**
	 * Take the meters out of all registries.
	 */
	void remove() {
		this.bound.forEach((registry, meters) -> meters.forEach(registry::remove));
		this.bound.clear();
	}

	private Meter counter(MeterRegistry registry, Tags tags, PoolMeterDocumentation meter, String description,
			ToLongFunction<Events> count) {
		return FunctionCounter.builder(meter.getName(), this.ledger, (ledger) -> count.applyAsLong(ledger.events()))
			.tags(tags)
			.description(description)
			.register(registry);
	}

}
