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

package io.transactionscope.pool.incident;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Growing;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.TurnedAway;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.report.ReportGroup;
import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.Waiter;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * The incidents of a pool: spells in which nobody gets a connection although somebody
 * waits, or in which borrowers are turned away. Each is told when it begins and when it
 * is over, however often the pool runs dry meanwhile, and the report on each of its
 * causes is told in full once.
 *
 * <p>
 * An incident is over after a calm spell. If the pool soon runs dry again, it is the same
 * incident, and the next calm spell has to be twice as long: a pool that flaps does not
 * fill the log.
 *
 * @since 0.1.0
 */
public final class Incidents {

	private static final long SHORTEST_CALM = Duration.ofSeconds(5).toNanos();

	private static final long LONGEST_CALM = Duration.ofMinutes(2).toNanos();

	/** For how long an incident that is over may go on. */
	private static final long RECURRENCE = Duration.ofMinutes(1).toNanos();

	/** When to look again at a pool that stays dry: more may be known by then. */
	private static final long LOOK_AGAIN = Duration.ofSeconds(5).toNanos();

	/**
	 * For how long those who hold connections may be on their way out after somebody was
	 * turned away: who waited for them fails, too. What they do by then is no cause.
	 */
	private static final long SETTLING = Duration.ofSeconds(1).toNanos();

	/**
	 * How long holders may take to leave, from when the first of those was turned away
	 * that they waited for, or waited like.
	 */
	private static final long LEAVING = Duration.ofSeconds(2).toNanos();

	/**
	 * Of a pool that is dry for many reasons, no more are told while nobody is turned
	 * away. Each that somebody is turned away for is told, and counts.
	 */
	private static final int MOST_TOLD = 4;

	/** For how long those who were turned away are of interest. */
	private static final long LATELY = Duration.ofSeconds(30).toNanos();

	private final Journal journal;

	private final ReportGroups groups;

	private final Lock lock = new ReentrantLock();

	// All of this under the lock.

	private long number;

	private boolean open;

	private long began;

	private long lastTrouble;

	private long calm = SHORTEST_CALM;

	/** When the pool was last looked at because it was dry. */
	private long lastLook;

	/** The causes that were told of in this incident. */
	private final Set<Cause> told = new HashSet<>();

	/** Those who were turned away in this incident. */
	private long victims;

	private long firstVictim;

	private long lastVictim;

	/** When the latest was whose reason showed then, and was not remembered. */
	private long lastFinding;

	/** When holders have begun to leave. */
	private @Nullable Long leavingSince;

	/** Whether idle holders were a reason in this incident, so that not all leave. */
	private boolean someStay;

	private @Nullable Diagnosis reason;

	/** Of the pool that all of them are on. Under the lock. */
	private PoolKind kind = PoolKind.JDBC;

	/**
	 * Begin with none.
	 * @param maximum how many groups of reports to keep
	 * @param journal where to tell of incidents
	 */
	public Incidents(int maximum, Journal journal) {
		this.groups = new ReportGroups(maximum);
		this.journal = Objects.requireNonNull(journal, "journal must not be null");
	}

	/**
	 * Notice that it is still so that nobody gets a connection although somebody waits.
	 * @param now nanoseconds of a clock that nobody sets
	 * @return whether enough is known of that: else there is to be a report
	 */
	public boolean staysDry(long now) {
		this.lock.lock();
		try {
			if (this.open) {
				this.lastTrouble = now;
			}
			boolean settling = this.victims > 0 && now - this.lastVictim < SETTLING;
			return this.open && (settling || (Cause.isKnown(this.reason) && now - this.lastLook < LOOK_AGAIN));
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Notice that nobody gets a connection although somebody waits. What is not known
	 * when that begins is told as soon as it is.
	 * @param report on the pool
	 * @param since for how long that has been so
	 * @param now nanoseconds of a clock that nobody sets
	 */
	public void runsDry(PoolReport report, Duration since, long now) {
		Objects.requireNonNull(report, "report must not be null");
		Objects.requireNonNull(since, "since must not be null");
		Diagnosis found = Cause.reason(report.diagnosis());
		long incident;
		boolean begins;
		this.lock.lock();
		try {
			if (!this.open && found instanceof Growing) {
				// It helps itself, and if it does not, that is found next.
				return;
			}
			begins = goOn(now - since.toNanos(), now);
			this.lastLook = now;
			if (!isNews(found) && !begins) {
				return;
			}
			incident = this.number;
			this.reason = found;
			this.kind = report.snapshot().kind();
		}
		finally {
			this.lock.unlock();
		}
		this.journal.tell(Level.WARN,
				"%s - Incident %d: %s for %s, %d waiting. %s %s".formatted(report.pool(), incident,
						begins ? "nobody has got a connection" : "more is known after nobody has got one",
						Words.of(since), report.snapshot().waiters().size(), report.summary(), report.advice()));
	}

	/**
	 * Notice that a borrower has got no connection.
	 * @param report on that
	 * @param now nanoseconds of a clock that nobody sets
	 * @return what to tell the borrower: the report in full if it is the first of its
	 * cause in this incident, or else in short
	 */
	public String turnsAway(PoolReport report, long now) {
		Objects.requireNonNull(report, "report must not be null");
		return tell(report, true, now);
	}

	/**
	 * Notice that something is wrong that has not turned anybody away so far.
	 * @param report on that
	 * @param now nanoseconds of a clock that nobody sets
	 * @return what to tell of it, as above
	 */
	public String finds(PoolReport report, long now) {
		Objects.requireNonNull(report, "report must not be null");
		return tell(report, false, now);
	}

	private String tell(PoolReport report, boolean turnedAway, long now) {
		boolean begins;
		ReportGroup group;
		this.lock.lock();
		try {
			Waiter borrower = report.borrower();
			begins = goOn((borrower != null) ? now - borrower.waited().toNanos() : now, now);
			if (turnedAway) {
				this.firstVictim = (this.victims == 0) ? now : this.firstVictim;
				this.lastVictim = now;
				this.victims++;
				if (!(report.diagnosis() instanceof TurnedAway)) {
					noteFinding(report.diagnosis(), now);
				}
			}
			this.reason = Cause.reason(report.diagnosis());
			this.kind = report.snapshot().kind();
			group = this.groups.add(Cause.of(this.number, report.diagnosis()), report);
			isNews(this.reason);
		}
		finally {
			this.lock.unlock();
		}
		String incident = "Incident %d of %s".formatted(group.incident(), report.pool());
		if (group.count() == 1) {
			this.journal.tell(Level.WARN, "%s, the report in full:\n%s".formatted(incident, report.text()));
			return "%s\n%s.".formatted(report.text(), incident);
		}
		if (begins) {
			this.journal.tell(Level.WARN, "%s goes on.\n%s".formatted(incident, report.brief()));
		}
		return "%s\n%s: the report in full is in the log, at %s.".formatted(report.brief(), incident, group.first());
	}

	private void noteFinding(Diagnosis found, long now) {
		this.lastFinding = now;
		this.someStay |= found instanceof HeldButIdle;
		boolean other = this.reason == null || this.reason.getClass() != found.getClass();
		if (other || !mayBeLeaving(now)) {
			this.leavingSince = now;
		}
	}

	/**
	 * Notice that somebody gets connections, or that nobody waits.
	 * @param pool the name of the pool
	 * @param now nanoseconds of a clock that nobody sets
	 */
	public void flows(String pool, long now) {
		Objects.requireNonNull(pool, "pool must not be null");
		String end;
		this.lock.lock();
		try {
			if (!this.open || now - this.lastTrouble < this.calm) {
				return;
			}
			this.open = false;
			end = end(now);
		}
		finally {
			this.lock.unlock();
		}
		this.journal.tell(Level.INFO, "%s - %s".formatted(pool, end));
	}

	private String end(long now) {
		String found = (this.reason != null) ? " What was found last: " + this.reason.summary(this.kind) : "";
		Duration lasted = Duration.ofNanos(this.lastTrouble - this.began);
		return "Incident %d is over: nobody has waited in vain for %s. It %s, and %d %s no connection.%s".formatted(
				this.number, Words.of(Duration.ofNanos(now - this.lastTrouble)),
				(lasted.toMillis() > 0) ? "lasted " + Words.of(lasted) : "was a single moment", this.victims,
				(this.victims == 1) ? "borrower got" : "borrowers got", found);
	}

	/**
	 * Return whether a reason names a cause that nothing was told of in this incident.
	 */
	private boolean isNews(Diagnosis found) {
		return Cause.isKnown(found) && this.told.size() < MOST_TOLD && this.told.add(Cause.of(this.number, found));
	}

	/**
	 * Begin an incident, or go on with one.
	 * @return whether it is to be told that it begins
	 */
	private boolean goOn(long since, long now) {
		boolean begins = !this.open;
		if (begins && this.number > 0 && now - this.lastTrouble < this.calm + RECURRENCE) {
			this.calm = Math.min(2 * this.calm, LONGEST_CALM);
		}
		else if (begins) {
			this.number++;
			this.began = since;
			this.calm = SHORTEST_CALM;
			this.victims = 0;
			this.reason = null;
			this.leavingSince = null;
			this.someStay = false;
			this.told.clear();
		}
		this.open = true;
		this.lastTrouble = now;
		return begins;
	}

	/**
	 * Return what is to be said of those who were turned away lately.
	 * @param now nanoseconds of a clock that nobody sets
	 * @return {@code null} if there were none
	 */
	public @Nullable TurnedAway turnedAway(long now) {
		this.lock.lock();
		try {
			if (this.victims == 0 || this.reason == null || now - this.lastVictim > LATELY) {
				return null;
			}
			return new TurnedAway(this.victims, Duration.ofNanos(Math.max(0, now - this.firstVictim)),
					Duration.ofNanos(Math.max(0, now - this.lastVictim)), this.reason);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Return how long ago the latest was turned away whose reason showed then.
	 * @param now nanoseconds of a clock that nobody sets
	 * @return zero if nobody was
	 */
	public Duration sinceFinding(long now) {
		this.lock.lock();
		try {
			return (this.victims > 0) ? Duration.ofNanos(Math.max(0, now - this.lastFinding)) : Duration.ZERO;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Return whether holders that look idle may be on their way out because somebody was
	 * turned away.
	 * @param now nanoseconds of a clock that nobody sets
	 */
	public boolean areHoldersLeaving(long now) {
		this.lock.lock();
		try {
			return !this.someStay && mayBeLeaving(now);
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean mayBeLeaving(long now) {
		return this.leavingSince != null && now - this.leavingSince < LEAVING;
	}

	/**
	 * Return what was reported, the latest first.
	 */
	public List<ReportGroup> reports() {
		this.lock.lock();
		try {
			return this.groups.latestFirst();
		}
		finally {
			this.lock.unlock();
		}
	}

}
