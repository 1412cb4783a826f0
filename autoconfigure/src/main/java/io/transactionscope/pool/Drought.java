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
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Looks whether a pool has run dry: for a while nobody has got a connection, although
 * somebody waits, or nobody is going to, because of a deadlock.
 */
final class Drought {

	private static final Duration INTERVAL = Duration.ofMillis(250);

	private static final Duration SHORTEST = Duration.ofSeconds(1);

	private final WatchedPool pool;

	private final ConnectionSupply supply;

	private final Deadlock.Watch deadlocks;

	private final Reports reports;

	private @Nullable Future<?> looks;

	Drought(WatchedPool pool, LeaseWatch watch, Reports reports) {
		this.pool = pool;
		this.supply = watch.supply();
		this.deadlocks = watch.deadlocks();
		this.reports = reports;
	}

	/**
	 * Look from now on, until the ledger is closed.
	 */
	void start() {
		this.looks = this.pool.repeat(this::look, INTERVAL);
	}

	void stop() {
		if (this.looks != null) {
			this.looks.cancel(false);
		}
	}

	private void look() {
		try {
			look(System.nanoTime());
		}
		catch (Throwable ex) {
			// Nobody to throw it to, and the next look may do better.
			WatchedPool.log(Level.ERROR, "{} - The watch for a dry pool failed", this.pool.name(), ex);
		}
	}

	private void look(long now) {
		this.deadlocks.report(this.pool, now, (waiter, deadlock) -> this.reports.deadlocked(waiter, deadlock, false));
		Duration dry = lasting(now);
		if (dry.compareTo(SHORTEST) < 0) {
			this.reports.incidents().flows(this.pool.name(), now);
			if (dry.compareTo(SHORTEST.minus(INTERVAL)) >= 0) {
				this.reports.askAhead(dry);
			}
		}
		else if (!this.reports.incidents().staysDry(now) && !this.reports.awaitsAnswer()) {
			// All that watches over the pool is on this thread, which waits for nobody.
			this.reports.incidents().runsDry(this.reports.onDrought(), dry, now);
		}
	}

	/**
	 * Return for how long nobody has got a connection while somebody waited.
	 */
	private Duration lasting(long now) {
		List<LedgerEntry> entries = LedgerEntry.of(this.pool);
		Duration dry = entries.stream()
			.filter(LedgerEntry::isWaiting)
			.map((waiter) -> Duration.ofNanos(Math.max(0, now - waiter.asked())))
			.max(Duration::compareTo)
			.orElse(Duration.ZERO);
		Duration growth = this.supply.sinceGrowth(now);
		if (growth != null && growth.compareTo(dry) < 0) {
			dry = growth;
		}
		for (LedgerEntry entry : entries) {
			// Who has got one since then, has got it from somebody or is the next to
			// wait.
			if (entry.isLeased() && entry.age(now).compareTo(dry) < 0) {
				dry = entry.age(now);
			}
		}
		return dry;
	}

}
