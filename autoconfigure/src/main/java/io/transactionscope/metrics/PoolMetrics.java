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

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.config.MeterFilter;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Binds what the ledgers of pools know to meters: see {@link PoolMeterDocumentation}.
 *
 * <p>
 * Scopes turn up while the application runs. A thread looks at the ledgers every five
 * seconds, until this is closed: the meters of a new scope appear with the next look.
 * Meters that are read tell what there is now; all that are read within a second share
 * one look. The number of scopes is bounded by
 * {@link io.transactionscope.pool.PoolSettings#scopes()}. A pool has meters from its
 * start until it is closed.
 *
 * <p>
 * Waits, holds and busy times are {@link io.micrometer.core.instrument.FunctionTimer
 * FunctionTimers}, which cost nothing until they are read. Where somebody wants a
 * histogram or percentiles of one, it is a {@link io.micrometer.core.instrument.Timer}
 * instead: it counts each wait and each lease of the pool that is asked for from then on,
 * once it has ended and none by estimation, for which each of the pool's leases is timed.
 * Whether somebody does is asked when the meters of a pool, or of a new scope, are bound.
 *
 * @since 0.1.0
 */
public final class PoolMetrics implements MeterBinder, AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(PoolMetrics.class);

	private static final long INTERVAL_SECONDS = 5;

	private final PoolLedgers ledgers;

	private final Histograms histograms;

	private final Collection<MeterRegistry> registries = new CopyOnWriteArrayList<>();

	private final Map<PoolLedger, PoolMeters> meters = new ConcurrentHashMap<>();

	private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(PoolMetrics::thread);

	private final ScheduledFuture<?> looks;

	/**
	 * Create a binder, and start its thread. There are no histograms.
	 * @param ledgers the ledgers, of which there may be more later
	 */
	public PoolMetrics(PoolLedgers ledgers) {
		this(ledgers, List.of());
	}

	/**
	 * Create a binder, and start its thread.
	 * @param ledgers the ledgers, of which there may be more later
	 * @param filters the filters of the registries, which tell of which timers a
	 * histogram or percentiles are wanted: the binder cannot ask the registries
	 */
	public PoolMetrics(PoolLedgers ledgers, Collection<MeterFilter> filters) {
		this.ledgers = Objects.requireNonNull(ledgers, "ledgers must not be null");
		Objects.requireNonNull(filters, "filters must not be null");
		this.histograms = new Histograms(filters);
		this.looks = this.executor.scheduleWithFixedDelay(this::look, INTERVAL_SECONDS, INTERVAL_SECONDS,
				TimeUnit.SECONDS);
	}

	private static Thread thread(Runnable task) {
		Thread thread = new Thread(task, "pool-metrics");
		thread.setDaemon(true);
		return thread;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		this.registries.add(registry);
		refresh();
	}

	private void look() {
		try {
			refresh();
		}
		catch (Throwable ex) {
			// Nobody to throw it to, and the next look may do better.
			log("The meters of the connection pools could not be refreshed", ex);
		}
	}

	/** What a logger throws would end all looks. */
	private static void log(String message, Throwable failure) {
		try {
			logger.error(message, failure);
		}
		catch (Throwable ex) {
			// There is nowhere left to say it.
		}
	}

	/**
	 * Look at the ledgers, bind what is new in them, and remove the meters of those that
	 * have left.
	 */
	synchronized void refresh() {
		List<PoolLedger> present = this.ledgers.all();
		// First, because another pool may have the name of one that was closed.
		this.meters.keySet().stream().filter((ledger) -> !present.contains(ledger)).forEach(this::remove);
		present.forEach(this::refresh);
	}

	private void refresh(PoolLedger ledger) {
		try {
			this.meters.computeIfAbsent(ledger, (added) -> new PoolMeters(added, this.histograms))
				.refresh(this.registries);
		}
		catch (Throwable ex) {
			// The other pools have their meters, and the next look may do better.
			log("The meters of %s could not be refreshed".formatted(ledger.pool()), ex);
		}
	}

	private void remove(PoolLedger ledger) {
		PoolMeters meters = this.meters.remove(ledger);
		if (meters != null) {
			meters.remove();
		}
	}

	/**
	 * Stop looking at the ledgers. The meters stay.
	 */
	@Override
	public void close() {
		this.looks.cancel(false);
		this.executor.shutdown();
	}

}
