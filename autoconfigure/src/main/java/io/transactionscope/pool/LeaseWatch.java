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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.transactionscope.pool.figures.BlockedThreads;
import io.transactionscope.pool.figures.CpuMeter;
import io.transactionscope.pool.figures.DemandMeter;
import io.transactionscope.pool.figures.PauseDetector;
import io.transactionscope.pool.snapshot.Abandonment;
import io.transactionscope.pool.snapshot.BlockedThread;
import io.transactionscope.pool.snapshot.CpuUse;
import io.transactionscope.pool.snapshot.Demand;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.PoolSnapshot.State;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Looks at a pool from time to time for what nobody else would notice: leases that last,
 * connections that stay away, a process that stands still.
 */
final class LeaseWatch implements AutoCloseable {

	private static final Duration INTERVAL = Duration.ofMillis(250);

	/**
	 * Before, a connection may be on its way to whoever is to use it, or back. Not
	 * multiplied: on Java 25, to begin with BigDecimal takes 30 ms of the start.
	 */
	private static final Duration SETTLED = INTERVAL.plus(INTERVAL);

	private final WatchedPool pool;

	private final long leakThreshold;

	private final PauseDetector pauses;

	private final DemandMeter demand = new DemandMeter();

	private final CpuMeter cpu;

	private final BlockedThreads loops = new BlockedThreads();

	private final ConnectionSupply supply;

	private final Deadlock.Watch deadlocks = new Deadlock.Watch();

	private final LongAdder leaks = new LongAdder();

	private final LongAdder longLeases = new LongAdder();

	private @Nullable Future<?> looks;

	/** Of the watch alone. */
	private Set<LedgerEntry> gone = Set.of();

	/** Written by the watch; whoever reports reads it. */
	private volatile int unknown;

	LeaseWatch(WatchedPool pool, DoubleSupplier cpuLoad) {
		this.pool = pool;
		this.pauses = new PauseDetector(INTERVAL, pool::worked);
		this.cpu = new CpuMeter(INTERVAL, cpuLoad);
		this.supply = new ConnectionSupply(pool);
		this.leakThreshold = pool.settings().leakThreshold().toNanos();
	}

	void start() {
		this.looks = this.pool.repeat(this::look, INTERVAL);
	}

	private void look() {
		try {
			lookOrTell();
		}
		catch (Throwable ex) {
			// Not even this could be told. The next look may do better: what is thrown
			// from
			// here would end them all.
		}
	}

	private void lookOrTell() {
		try {
			if (this.pool.state() == State.CLOSED) {
				LedgerEntry.of(this.pool).stream().filter(LedgerEntry::isLeased).forEach(LedgerEntry::drop);
				close();
			}
			else {
				look(System.nanoTime());
			}
		}
		catch (Throwable ex) {
			// Nobody to throw it to.
			WatchedPool.log(Level.ERROR, "{} - The watch over the pool's leases failed", this.pool.name(), ex);
		}
	}

	private void look(long now) {
		this.pauses.tick(now);
		this.cpu.look(now);
		this.pool.statistics().advance(now, new Look(now)::stay);
		if (this.pool.state() == State.NOT_STARTED) {
			return;
		}
		// The pool counts as waiting who looks for a free connection, too.
		this.demand.look(this.pool.active(), (this.pool.idle() == 0) ? this.pool.waiting() : 0, now);
		this.supply.look(now);
		this.deadlocks.end(this.pool, now);
		this.loops.look(loops(now).keySet(), now);
		this.unknown = Math.max(0, this.pool.active() - LedgerEntry.lentBy(this.pool).size());
		Set<LedgerEntry> gone = new HashSet<>();
		for (LedgerEntry entry : LedgerEntry.of(this.pool)) {
			if (!entry.isAlive()) {
				gone.add(entry);
			}
			else if (entry.isLeased()) {
				look(entry, now);
			}
			else {
				this.pool.admission().observeLasting(now - entry.asked(), now);
			}
		}
		// Only those seen twice: an entry is on its way for a moment.
		gone.stream().filter(this.gone::contains).forEach(LedgerEntry::drop);
		this.gone = gone;
	}

	/**
	 * Return the threads that serve connections, and whom each serves. Stacks are only
	 * taken where somebody waits, or of those that serve a lease that lasts.
	 */
	private Map<Thread, Served> loops(long now) {
		List<LedgerEntry> entries = LedgerEntry.of(this.pool)
			.stream()
			.filter((entry) -> entry.isWaiting() || entry.isLeased())
			.toList();
		boolean awaited = entries.stream().anyMatch(LedgerEntry::isWaiting);
		Map<Thread, Served> loops = new HashMap<>();
		for (LedgerEntry entry : entries) {
			Thread loop = (awaited || now - entry.asked() > INTERVAL.toNanos()) ? entry.borrower().loop() : null;
			if (loop != null) {
				loops.computeIfAbsent(loop, (first) -> new Served()).entries.add(entry);
			}
		}
		if (awaited) {
			Set<Integer> lent = entries.stream()
				.filter(LedgerEntry::isLeased)
				.map(LedgerEntry::connectionId)
				.collect(Collectors.toSet());
			this.pool.loops(lent).forEach((loop) -> loops.computeIfAbsent(loop, (first) -> new Served()).free++);
		}
		return loops;
	}

	/**
	 * Return those of these threads that have been in the same code since the watch has
	 * looked.
	 */
	List<BlockedThread> blockedLoops(long now) {
		return loops(now).entrySet().stream().flatMap((loop) -> {
			BlockedThread thread = this.loops.blocked(loop.getKey(), now);
			return Stream.ofNullable((thread != null) ? loop.getValue().by(thread) : null);
		}).toList();
	}

	private void look(LedgerEntry lease, long now) {
		Duration age = lease.age(now);
		// What was seen before: a thread may be on the way from its connection's borrow.
		Abandonment abandonment = lease.abandonment();
		// From the same moment for all, whether they are timed or not.
		if (now - lease.asked() > INTERVAL.toNanos()) {
			lease.lasts(now);
		}
		if (age.compareTo(SETTLED) <= 0 || lease.isLongLived()) {
			return;
		}
		lease.lookForHolder();
		if (abandonment != null && abandonment == lease.abandonment()
				&& (isCertain(abandonment) || isOld(new Look(now).lease(lease).idle()))) {
			reportLeak(lease, abandonment, now);
			lease.takeBack();
		}
		else if (isOld(age) && !lease.isAbandoned()) {
			reportLongLease(lease, now);
		}
	}

	private static boolean isCertain(Abandonment abandonment) {
		return abandonment == Abandonment.THREAD_ENDED || abandonment == Abandonment.GARBAGE;
	}

	private boolean isOld(Duration duration) {
		return this.leakThreshold > 0 && duration.toNanos() > this.leakThreshold;
	}

	private void reportLeak(LedgerEntry lease, Abandonment abandonment, long now) {
		if (lease.report(true)) {
			this.leaks.increment();
			WatchedPool.log(Level.WARN, "{} - Leak, {}: {}", this.pool.name(), abandonment.description(),
					new Look(now).holder(lease).text());
		}
	}

	private void reportLongLease(LedgerEntry lease, long now) {
		if (lease.report(false)) {
			this.longLeases.increment();
			WatchedPool.log(Level.INFO, "{} - A connection has been held for long: {}", this.pool.name(),
					new Look(now).holder(lease).text());
		}
	}

	ConnectionSupply supply() {
		return this.supply;
	}

	/**
	 * Return how many connections were lent of which the ledger knew nothing, when the
	 * watch last looked.
	 */
	int unknown() {
		return this.unknown;
	}

	/**
	 * Return for how much of the time from a moment until now the process stood still.
	 * @return the time, zero if nobody watches: then nobody knows
	 */
	Duration stalledSince(long begin, long now) {
		boolean watches = this.looks == null || !this.looks.isDone();
		return watches ? this.pauses.between(begin, now) : Duration.ZERO;
	}

	Demand demand(long now) {
		return this.demand.demand(now);
	}

	CpuUse cpuUse() {
		return this.cpu.use();
	}

	/**
	 * Return who looks for deadlocks on that occasion.
	 */
	Deadlock.Watch deadlocks() {
		return this.deadlocks;
	}

	long leaks() {
		return this.leaks.sum();
	}

	long longLeases() {
		return this.longLeases.sum();
	}

	@Override
	public void close() {
		if (this.looks != null) {
			this.looks.cancel(false);
		}
		this.pool.stopTimer();
	}

	/**
	 * Those who depend on a thread.
	 */
	private static final class Served {

		private final List<LedgerEntry> entries = new ArrayList<>();

		private int free;

		BlockedThread by(BlockedThread thread) {
			Set<String> leases = this.entries.stream()
				.filter(LedgerEntry::isLent)
				.map(LedgerEntry::id)
				.collect(Collectors.toSet());
			int waiters = (int) this.entries.stream().filter(LedgerEntry::isWaiting).count();
			return thread.serving(leases, this.free, waiters);
		}

	}

}
