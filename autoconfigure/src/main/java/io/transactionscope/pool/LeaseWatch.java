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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

import com.zaxxer.hikari.pool.HikariPool;
import io.transactionscope.pool.report.Holder;
import io.transactionscope.pool.report.Words;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a pool from time to time for what nobody else would notice: leases that last,
 * connections that stay away, a process that stands still.
 */
final class LeaseWatch implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(PoolLedger.class);

	private static final Duration INTERVAL = Duration.ofMillis(250);

	private final PoolLedger ledger;

	private final long leakThreshold;

	private final PauseDetector pauses = new PauseDetector(INTERVAL);

	private final LongAdder leaks = new LongAdder();

	private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, this::newThread);

	private @Nullable ScheduledFuture<?> looks;

	private Set<LedgerEntry> gone = Set.of();

	private volatile long shortSince;

	private volatile boolean isShort;

	private volatile int unknown;

	LeaseWatch(PoolLedger ledger) {
		this.ledger = ledger;
		this.leakThreshold = ledger.settings().leakThreshold().toNanos();
		this.executor.setRemoveOnCancelPolicy(true);
	}

	/**
	 * Do something short at a later moment, unless the pool is closed by then.
	 */
	@Nullable Future<?> schedule(Runnable task, long nanos) {
		try {
			return this.executor.schedule(task, nanos, TimeUnit.NANOSECONDS);
		}
		catch (RejectedExecutionException ex) {
			return null;
		}
	}

	void start() {
		this.looks = this.executor.scheduleWithFixedDelay(this::look, INTERVAL.toMillis(), INTERVAL.toMillis(),
				TimeUnit.MILLISECONDS);
	}

	private Thread newThread(Runnable task) {
		Thread thread = new Thread(task, this.ledger.pool() + ":ledger");
		thread.setDaemon(true);
		return thread;
	}

	private void look() {
		try {
			if (this.ledger.hikari().isClosed()) {
				this.ledger.slots().entries().stream().filter(LedgerEntry::isLeased).forEach(LedgerEntry::drop);
				close();
			}
			else {
				look(System.nanoTime());
			}
		}
		catch (RuntimeException ex) {
			// Nobody to throw it to, and the next look may do better.
			logger.error("{} - The watch over the pool's leases failed", this.ledger.pool(), ex);
		}
	}

	private void look(long now) {
		this.pauses.tick(now);
		this.ledger.statistics().advance(now);
		HikariPool pool = this.ledger.startedPool();
		if (pool == null) {
			return;
		}
		lookForMissingConnections(pool, now);
		this.unknown = this.ledger.unknown();
		Set<LedgerEntry> gone = new HashSet<>();
		for (LedgerEntry entry : this.ledger.slots().entries()) {
			if (!entry.isAlive()) {
				gone.add(entry);
			}
			else if (entry.isLeased()) {
				look(entry, now);
			}
			else {
				this.ledger.admission().observeLasting(now - entry.asked(), now);
			}
		}
		// Only those seen twice: an entry is on its way for a moment.
		gone.stream().filter(this.gone::contains).forEach(LedgerEntry::drop);
		this.gone = gone;
	}

	private void look(LedgerEntry lease, long now) {
		Duration age = lease.age(now);
		if (age.compareTo(INTERVAL) > 0) {
			lease.time(now);
		}
		boolean old = this.leakThreshold > 0 && age.toNanos() > this.leakThreshold;
		boolean abandoned = !lease.borrower().thread().isAlive() && !lease.isHandedOver();
		if ((old || abandoned) && lease.report()) {
			this.leaks.increment();
			List<StackTraceElement> stack = List.of(lease.borrower().thread().getStackTrace());
			logger.warn("{} - {}: {}", this.ledger.pool(),
					abandoned ? "Leak, the thread that borrowed has ended" : "A connection has not come back for long",
					new Holder(lease.toLease(now), stack).text());
		}
	}

	private void lookForMissingConnections(HikariPool pool, long now) {
		boolean isShort = pool.getThreadsAwaitingConnection() > 0
				&& pool.getTotalConnections() < this.ledger.hikari().getMaximumPoolSize();
		if (isShort && !this.isShort) {
			this.shortSince = now;
		}
		this.isShort = isShort;
	}

	/**
	 * Take notice of the return of a connection that was reported as a leak.
	 */
	void cameBack(LedgerEntry lease) {
		logger.info("{} - The connection that {} had for {} came back", this.ledger.pool(),
				Words.ofScope(lease.scope()), Words.of(lease.age(System.nanoTime())));
	}

	/**
	 * Return since when the pool has had fewer connections than it may have, although
	 * threads wait.
	 * @return the time, zero if it has not
	 */
	Duration shortFor(long now) {
		return this.isShort ? Duration.ofNanos(now - this.shortSince) : Duration.ZERO;
	}

	/**
	 * Return how many connections were lent of which the ledger knew nothing, when the
	 * watch last looked.
	 */
	int unknown() {
		return this.unknown;
	}

	Duration stalledSince(long begin, long now) {
		return this.pauses.between(begin, now);
	}

	long leaks() {
		return this.leaks.sum();
	}

	@Override
	public void close() {
		if (this.looks != null) {
			this.looks.cancel(false);
		}
		this.executor.shutdownNow();
	}

}
