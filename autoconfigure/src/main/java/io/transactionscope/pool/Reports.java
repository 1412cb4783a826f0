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
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.examination.Circumstances;
import io.transactionscope.pool.examination.Examination;
import io.transactionscope.pool.incident.Incidents;
import io.transactionscope.pool.inquiry.DatabaseInquiry;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.report.PoolReport.Trigger;
import io.transactionscope.pool.report.Refusal;
import io.transactionscope.pool.report.ReportGroup;
import io.transactionscope.pool.snapshot.DatabaseAnswer;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.PoolSnapshot.State;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.Waiter;
import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;

/**
 * Makes the reports on a pool, and keeps the latest.
 */
final class Reports {

	private static final long FRESH_NANOS = Duration.ofMillis(100).toNanos();

	private final WatchedPool pool;

	private final LeaseWatch watch;

	private final Questions questions;

	private final InstantSource clock;

	/**
	 * Of those who keep and read reports. Held while a report is made for somebody who
	 * was turned away, so that others who are at the same time get that report.
	 */
	private final Lock lock = new ReentrantLock();

	private final Incidents incidents;

	private final LongAdder exhaustions = new LongAdder();

	private final LongAdder deadlocks = new LongAdder();

	private final LongAdder sheds = new LongAdder();

	/** When a deadlock was last reported in full. Whoever sets it is the one to do so. */
	private final AtomicLong deadlockShown = new AtomicLong(System.nanoTime() - FRESH_NANOS);

	/** The latest that was made for somebody who was turned away. Under the lock. */
	private @Nullable PoolReport latest;

	/** When that was made. Under the lock. */
	private long latestMade;

	Reports(WatchedPool pool, LeaseWatch watch, InstantSource clock) {
		this.pool = pool;
		this.watch = watch;
		this.questions = new Questions(pool);
		this.clock = clock;
		this.incidents = new Incidents(pool.settings().reports(), WatchedPool::log);
	}

	/**
	 * Return who holds connections and who waits.
	 */
	PoolSnapshot snapshot(long now) {
		List<LedgerEntry> entries = LedgerEntry.of(this.pool);
		Look look = new Look(now);
		return PoolSnapshot.builder()
			.pool(this.pool.name())
			.kind(this.pool.kind())
			.at(this.clock.instant())
			.state(this.pool.state())
			.maximum(this.pool.maximum())
			.total(this.pool.total())
			.active(this.pool.active())
			.idle(this.pool.idle())
			.waiting(this.pool.waiting())
			.leases(entries.stream().filter(LedgerEntry::isLent).map(look::lease).toList())
			.waiters(entries.stream().filter(LedgerEntry::isWaiting).map(look::waiter).toList())
			.scopes(this.pool.statistics().scopes(now, look::stay))
			.calls(this.pool.calls().lastMinute(now))
			.events(events())
			.sinceDatabaseAnswered(sinceDatabaseAnswered(entries, look))
			.build();
	}

	PoolSnapshot.Events events() {
		return new PoolSnapshot.Events(this.exhaustions.sum(), this.deadlocks.sum(), this.watch.leaks(),
				this.watch.longLeases(), this.sheds.sum());
	}

	private @Nullable Duration sinceDatabaseAnswered(List<LedgerEntry> entries, Look look) {
		long shortest = this.pool.sinceDatabaseAnswered(look.now());
		for (LedgerEntry entry : entries) {
			shortest = Math.min(shortest, look.sinceDatabaseAnswered(entry));
		}
		return (shortest != Long.MAX_VALUE) ? Duration.ofNanos(Math.max(0, shortest)) : null;
	}

	/**
	 * Report on the pool for somebody who asks how it is.
	 */
	PoolReport onRequest() {
		return examine(Look::holder, Questions.patience(Trigger.REQUEST));
	}

	/**
	 * Report on a pool that has just run dry, for the watch, which waits for nothing: the
	 * database is asked {@link #askAhead ahead}.
	 */
	PoolReport onDrought() {
		return examine(Look::holder, Duration.ZERO);
	}

	/**
	 * Ask the database about a pool on which a report will be due soon.
	 */
	void askAhead(Duration dry) {
		this.questions.ask(dry, Duration.ZERO);
	}

	/**
	 * Return whether the database has just been asked, and may answer any moment.
	 */
	boolean awaitsAnswer() {
		return this.questions.inquiry.isAwaited();
	}

	/**
	 * Report on the pool for somebody who looks at it again and again: what the holders
	 * do is only of interest if somebody waits.
	 */
	PoolReport atAGlance() {
		return examine(
				longestWait().isZero() ? (looking, entry) -> new Holder(looking.lease(entry), List.of()) : Look::holder,
				Questions.patience(Trigger.REQUEST));
	}

	private PoolReport examine(BiFunction<Look, LedgerEntry, Holder> look, Duration patience) {
		Duration waited = longestWait();
		Deadlock deadlock = waited.isZero() ? null : Deadlock.of(this.pool);
		DatabaseAnswer answer = (deadlock != null) ? DatabaseAnswer.NOT_ASKED : this.questions.ask(waited, patience);
		return examine(Trigger.REQUEST, null, Duration.ZERO, new Findings(deadlock, answer, null), look);
	}

	private Duration longestWait() {
		long now = System.nanoTime();
		return LedgerEntry.of(this.pool)
			.stream()
			.filter(LedgerEntry::isWaiting)
			.map((entry) -> Duration.ofNanos(Math.max(1, now - entry.asked())))
			.max(Comparator.naturalOrder())
			.orElse(Duration.ZERO);
	}

	/**
	 * Notice that the pool could not be started.
	 */
	void failsToStart(LedgerEntry waiter, Exception cause) {
		this.watch.supply().failsToStart(cause);
		try {
			this.incidents.turnsAway(latestOrNew(Trigger.START, waiter, null), System.nanoTime());
		}
		catch (Throwable ex) {
			// What went wrong is told, whatever cannot be told of it.
			cause.addSuppressed(ex);
		}
	}

	/**
	 * Report on a wait that has ended without a connection.
	 * @param cause what the pool has thrown, if it was asked
	 * @param connecting what its latest attempt to connect has failed with, if it has
	 * told
	 * @return what the borrower is to be told
	 */
	Refusal turnAway(LedgerEntry waiter, Trigger trigger, @Nullable Throwable cause, @Nullable Throwable connecting) {
		boolean shed = trigger == Trigger.MAX_WAITING || trigger == Trigger.WAIT_TARGET;
		(shed ? this.sheds : this.exhaustions).increment();
		this.pool.feelPressure();
		PoolReport report = latestOrNew(trigger, waiter, connecting);
		String told = this.incidents.turnsAway(report, System.nanoTime());
		// What alerts look for that are older than the ledger.
		return new Refusal(report,
				(cause != null) ? "%s\n%s".formatted(told, Printable.of(String.valueOf(cause.getMessage()))) : told,
				null);
	}

	/**
	 * Report on a deadlock that a waiter is caught in. The others wait until that is
	 * done, so where one deadlock follows the other, only the first has its stacks taken
	 * and is kept.
	 * @param fails whether the waiter fails for that
	 * @return what the waiter is to be told
	 */
	Refusal deadlocked(LedgerEntry waiter, SelfDeadlock deadlock, boolean fails) {
		this.deadlocks.increment();
		long now = System.nanoTime();
		try {
			return report(waiter, deadlock, fails, now);
		}
		catch (Throwable ex) {
			PoolReport report = new PoolReport(Trigger.DEADLOCK, new Look(now).waiter(waiter),
					PoolSnapshot.builder().pool(this.pool.name()).kind(this.pool.kind()).build(), List.of(), deadlock);
			return new Refusal(report, deadlock.summary(this.pool.kind()), ex);
		}
	}

	private Refusal report(LedgerEntry waiter, SelfDeadlock deadlock, boolean fails, long now) {
		long latest = this.deadlockShown.get();
		boolean first = now - latest >= FRESH_NANOS && this.deadlockShown.compareAndSet(latest, now);
		Look look = new Look(now);
		PoolReport report = new PoolReport(Trigger.DEADLOCK, look.turnedAway(waiter), snapshot(now),
				holders((entry) -> first ? look.holder(entry) : new Holder(look.lease(entry), List.of())), deadlock);
		return new Refusal(report, fails ? this.incidents.turnsAway(report, now) : this.incidents.finds(report, now),
				null);
	}

	/**
	 * When many are turned away at once, one look at the pool serves them all.
	 */
	private PoolReport latestOrNew(Trigger trigger, LedgerEntry waiter, @Nullable Throwable connecting) {
		long now = System.nanoTime();
		Waiter borrower = new Look(now).turnedAway(waiter);
		PoolReport made = latest(trigger, borrower, now);
		if (made != null) {
			return made;
		}
		Deadlock deadlock = Deadlock.of(this.pool);
		DatabaseAnswer answer = (deadlock != null) ? DatabaseAnswer.NOT_ASKED
				: this.questions.ask(borrower.waited(), Questions.patience(trigger));
		this.lock.lock();
		try {
			PoolReport meanwhile = latest(trigger, borrower, now);
			if (meanwhile != null) {
				return meanwhile;
			}
			PoolReport report = examine(trigger, borrower, borrower.waited(),
					new Findings(deadlock, answer, connecting), Look::holder);
			this.latest = report;
			this.latestMade = System.nanoTime();
			return report;
		}
		finally {
			this.lock.unlock();
		}
	}

	private @Nullable PoolReport latest(Trigger trigger, Waiter borrower, long now) {
		this.lock.lock();
		try {
			PoolReport latest = this.latest;
			if (latest == null || latest.trigger() != trigger || now - this.latestMade >= FRESH_NANOS) {
				return null;
			}
			return new PoolReport(trigger, borrower, latest.snapshot(), latest.holders(), latest.diagnosis());
		}
		finally {
			this.lock.unlock();
		}
	}

	private PoolReport examine(Trigger trigger, @Nullable Waiter borrower, Duration borrowerWaited, Findings findings,
			BiFunction<Look, LedgerEntry, Holder> look) {
		long now = System.nanoTime();
		PoolSnapshot snapshot = snapshot(now);
		Look looking = new Look(now);
		List<Holder> holders = holders((entry) -> look.apply(looking, entry));
		Duration waited = snapshot.longestWait()
			.filter((longest) -> longest.compareTo(borrowerWaited) > 0)
			.orElse(borrowerWaited);
		ConnectionSupply supply = this.watch.supply();
		int tested = (snapshot.unknown() > 0) ? this.pool.tested() : 0;
		Circumstances circumstances = Circumstances.builder()
			.waited(waited)
			.endedInVain(borrower != null)
			.patience(this.pool.patience())
			.demand(this.watch.demand(now))
			.cpuUse(this.watch.cpuUse())
			.waitingTasks(looking.waitingTasks(this.pool, holders))
			.room(this.pool.room())
			.stalled(this.watch.stalledSince(now - waited.toNanos(), now))
			.shortFor(supply.shortFor(now))
			.sinceGrowth(supply.sinceGrowth(now))
			// One that is just being lent or returned is seen but once.
			.elsewhere(Math.max(0, Math.min(snapshot.unknown(), this.watch.unknown()) - tested))
			.tested(tested)
			.connectFailure(supply.failure(findings.connecting(), waited, now))
			.deadlock((findings.deadlock() != null) ? findings.deadlock().diagnosis() : null)
			.turnedAway(this.incidents.turnedAway(now))
			.sinceFinding(this.incidents.sinceFinding(now))
			.leaving(this.incidents.areHoldersLeaving(now))
			.blockedLoops(this.watch.blockedLoops(now))
			.answer(findings.answer())
			.build();
		Examination examination = new Examination(snapshot, holders, circumstances);
		return new PoolReport(trigger, borrower, snapshot, holders, examination.diagnosis());
	}

	private List<Holder> holders(Function<LedgerEntry, Holder> look) {
		return LedgerEntry.lentBy(this.pool)
			.stream()
			.map(look)
			.sorted(Comparator.comparing((Holder holder) -> holder.lease().age()).reversed())
			.toList();
	}

	/**
	 * Ask the database nothing any more.
	 */
	void close() {
		this.questions.inquiry.close();
	}

	/**
	 * Return what is told of the pool over time.
	 */
	Incidents incidents() {
		return this.incidents;
	}

	List<ReportGroup> latestFirst() {
		return this.incidents.reports();
	}

	/**
	 * What was found out before the pool is looked at.
	 *
	 * @param connecting what the pool has told of its latest attempt to connect, if it
	 * has
	 */
	private record Findings(@Nullable Deadlock deadlock, DatabaseAnswer answer, @Nullable Throwable connecting) {
	}

	/**
	 * Asks the database about a dry pool, if there is something that only the database
	 * knows: never over a connection of the pool, and never on the thread of whoever
	 * waits for the answer.
	 */
	private static final class Questions {

		private static final Duration LONG = Duration.ofMillis(500);

		private final WatchedPool pool;

		private final DatabaseInquiry inquiry;

		private Questions(WatchedPool pool) {
			this.pool = pool;
			this.inquiry = new DatabaseInquiry(() -> pool.name() + ":inquiry", pool::openToAsk);
		}

		/**
		 * Ask for somebody who has waited.
		 * @param most how long whoever gets the report may be kept for it, if they have
		 * waited twice as long
		 */
		DatabaseAnswer ask(Duration waited, Duration most) {
			if (!this.pool.settings().inquiry() || this.pool.state() != State.RUNNING || waited.compareTo(LONG) < 0) {
				return DatabaseAnswer.NOT_ASKED;
			}
			Look look = new Look(System.nanoTime());
			List<Lease> leases = LedgerEntry.lentBy(this.pool).stream().map(look::lease).toList();
			List<Lease> waiting = leases.stream().filter(Questions::waitsForDatabase).toList();
			boolean around = this.pool.idle() > 0 || this.pool.active() > leases.size();
			Duration fair = waited.dividedBy(2);
			return (around || !waiting.isEmpty())
					? this.inquiry.ask(processes(waiting), (fair.compareTo(most) < 0) ? fair : most)
					: DatabaseAnswer.NOT_ASKED;
		}

		/**
		 * Return how long whoever gets the report may be kept for it.
		 */
		static Duration patience(Trigger trigger) {
			return switch (trigger) {
				case CONNECTION_TIMEOUT, ACQUIRE_TIMEOUT -> Duration.ofSeconds(1);
				case REQUEST -> LONG;
				case DEADLINE -> LONG.dividedBy(2);
				case MAX_WAITING, WAIT_TARGET, DEADLOCK, START, CONNECT_FAILURE -> Duration.ZERO;
			};
		}

		private static List<Long> processes(List<Lease> leases) {
			return leases.stream()
				.map(Lease::serverProcess)
				.flatMap(Stream::ofNullable)
				.map(ServerProcess::number)
				.toList();
		}

		private static boolean waitsForDatabase(Lease lease) {
			return !lease.phase().isIdle() && lease.age().compareTo(LONG) >= 0;
		}

	}

}
