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

import java.lang.invoke.VarHandle;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

import com.zaxxer.hikari.pool.HikariPool;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.report.PoolReport.Trigger;
import io.transactionscope.pool.report.Refusal;
import io.transactionscope.pool.PoolSettings.DeadlockPolicy;
import org.jspecify.annotations.Nullable;

/**
 * How a connection is got from the pool when there is more to it than waiting for
 * {@code connectionTimeout}: a deadline, a limited queue, or a thread that holds
 * connections already.
 */
final class Acquisition {

	/** Of waits that the pool ends by itself. */
	private static final long FOR_EVER_MILLIS = Duration.ofDays(365).toMillis();

	private static final long RECHECK_NANOS = 2_000_000;

	private final WatchedHikariPool pool;

	private final Reports reports;

	private final Deadlock.Watch deadlocks;

	private final LedgerEntry entry;

	private final Borrower borrower;

	/** Whether a part of the pool's time limit has gone into a grace. */
	private boolean graced;

	private Acquisition(WatchedHikariPool pool, Reports reports, Deadlock.Watch deadlocks, LedgerEntry entry,
			Borrower borrower) {
		this.pool = pool;
		this.reports = reports;
		this.deadlocks = deadlocks;
		this.entry = entry;
		this.borrower = borrower;
	}

	/**
	 * Get the connection that an entry has asked for.
	 */
	static Connection acquire(WatchedHikariPool pool, Reports reports, Deadlock.Watch deadlocks, LedgerEntry entry,
			Borrower borrower) throws SQLException {
		boolean plain = !borrower.hasDeadline() && borrower.holds() <= 0 && !pool.admission().isLimited();
		return plain ? ask(pool, reports, entry)
				: new Acquisition(pool, reports, deadlocks, entry, borrower).connection();
	}

	/**
	 * Ask the pool, which waits for {@code connectionTimeout}.
	 */
	private static Connection ask(WatchedHikariPool pool, Reports reports, LedgerEntry entry) throws SQLException {
		try {
			return pool.lend();
		}
		catch (SQLException | PoolInitializationException ex) {
			if (pool.started() == null) {
				// As long as it is starting, the pool throws what the driver has thrown.
				reports.failsToStart(entry, ex);
			}
			else if (ex instanceof SQLTransientConnectionException timeout) {
				throw turnedAway(pool, reports, entry, Trigger.CONNECTION_TIMEOUT, timeout);
			}
			throw ex;
		}
	}

	private static SQLTransientConnectionException turnedAway(WatchedPool pool, Reports reports, LedgerEntry entry,
			Trigger trigger, @Nullable SQLTransientConnectionException cause) {
		try {
			Refusal refusal = reports.turnAway(entry, trigger, cause, (cause != null) ? cause.getCause() : null);
			// Otherwise, the pool's exception tells of some failure in the past.
			boolean connecting = refusal.report().diagnosis() instanceof CannotConnect;
			return new PoolExhaustedException(refusal.report(), refusal.message(), connecting ? cause : null);
		}
		catch (Throwable ex) {
			SQLTransientConnectionException failure = (cause != null) ? cause
					: new SQLTransientConnectionException("%s has no connection".formatted(pool.name()));
			failure.addSuppressed(ex);
			return failure;
		}
	}

	private SQLTransientConnectionException turnedAway(Trigger trigger,
			@Nullable SQLTransientConnectionException cause) {
		return turnedAway(this.pool, this.reports, this.entry, trigger, cause);
	}

	private PoolDeadlockException deadlocked(Deadlock deadlock, boolean fails) {
		Refusal refusal = this.reports.deadlocked(this.entry, deadlock.diagnosis(), fails);
		PoolDeadlockException failure = new PoolDeadlockException(refusal.report(), refusal.message());
		if (refusal.obstacle() != null) {
			failure.addSuppressed(refusal.obstacle());
		}
		return failure;
	}

	private Connection ask() throws SQLException {
		return ask(this.pool, this.reports, this.entry);
	}

	private Connection connection() throws SQLException {
		if (this.borrower.hasDeadline() && RemainingTime.of(this.borrower).isOver()) {
			throw new SQLTransientConnectionException(
					"%s: no connection was asked for, because the deadline of %s had passed."
						.formatted(this.pool.name(), this.borrower.describe()));
		}
		HikariPool started = this.pool.started();
		if (started == null || this.pool.dataSource().isClosed()) {
			return ask();
		}
		if (this.borrower.holds() > 0) {
			breakDeadlock(started);
		}
		else if (this.pool.admission().isQueueFull(started.getThreadsAwaitingConnection())
				&& started.getIdleConnections() == 0) {
			throw turnedAway(Trigger.MAX_WAITING, null);
		}
		return within(limit(started), started);
	}

	private Connection within(Limit limit, HikariPool started) throws SQLException {
		if (this.borrower.holds() > 0 && started.getIdleConnections() == 0
				&& this.pool.settings().deadlock() == DeadlockPolicy.FAIL) {
			return untilDeadlock(limit, started);
		}
		// The pool waits for as long as it was told when it began, which a deadline does
		// not.
		if (!this.borrower.hasDeadline() && limit.trigger() == Trigger.CONNECTION_TIMEOUT
				&& limit.millis() == this.pool.dataSource().getConnectionTimeout()) {
			return ask();
		}
		long millis = awaitResumption(limit, started);
		try {
			return (started.getIdleConnections() > 0 && !this.entry.isAnsweredLately()) ? Aside.from(started, millis)
					: started.getConnection(millis);
		}
		catch (SQLTransientConnectionException ex) {
			throw turnedAway(limit.trigger(), ex);
		}
	}

	/**
	 * Wait so that the watch can end it: a deadlock may become complete later, with this
	 * thread in it.
	 */
	private Connection untilDeadlock(Limit limit, HikariPool started) throws SQLException {
		boolean asThePool = limit.trigger() == Trigger.CONNECTION_TIMEOUT && !this.borrower.hasDeadline();
		long millis = asThePool ? limit.millis() : awaitResumption(limit, started);
		Deadlock.Watch.Wait<Connection> wait = this.deadlocks.begin(this.entry);
		try {
			// A suspended pool lets everybody without a deadline wait until it is
			// resumed,
			// and begins then.
			return Aside.from(started, millis, asThePool ? FOR_EVER_MILLIS : millis, wait.answer());
		}
		catch (IllegalStateException | SQLTransientConnectionException ex) {
			Deadlock deadlock = wait.deadlock();
			if (deadlock != null) {
				this.entry.giveUpIfWaiting();
				throw deadlocked(deadlock, true);
			}
			if (ex instanceof SQLTransientConnectionException timeout) {
				throw turnedAway(limit.trigger(), timeout);
			}
			throw ex;
		}
		finally {
			this.deadlocks.end(wait);
		}
	}

	private Limit limit(HikariPool started) {
		Limit limit = new Limit(Trigger.CONNECTION_TIMEOUT, connectionTimeout());
		if (this.borrower.hasDeadline()) {
			limit = limit.orIfLess(Trigger.DEADLINE, Math.max(1, RemainingTime.of(this.borrower).millis()));
		}
		if (this.borrower.holds() <= 0
				&& this.pool.admission().isOverloaded(started.getThreadsAwaitingConnection(), System.nanoTime())) {
			limit = limit.orIfLess(Trigger.WAIT_TARGET, this.pool.settings().waitTarget().toMillis());
		}
		return limit;
	}

	/**
	 * Return what is left of the pool's {@code connectionTimeout}: all of it, unless a
	 * grace has taken a part.
	 */
	private long connectionTimeout() {
		return this.graced ? Math.max(1, new RemainingTime(timeout() - System.nanoTime()).millis())
				: this.pool.dataSource().getConnectionTimeout();
	}

	/**
	 * Return when the pool would end the wait.
	 */
	private long timeout() {
		return this.entry.asked() + Duration.ofMillis(this.pool.dataSource().getConnectionTimeout()).toNanos();
	}

	/**
	 * Wait until the pool is not suspended, because it would make nobody's time limit end
	 * that wait.
	 * @return how many milliseconds are left to wait for a connection, rounded up so that
	 * who gives up for a deadline has certainly passed it
	 */
	private long awaitResumption(Limit limit, HikariPool started) throws SQLException {
		if (started.poolState != HikariPool.POOL_SUSPENDED) {
			return limit.millis();
		}
		long end = System.nanoTime() + Duration.ofMillis(limit.millis()).toNanos();
		while (started.poolState == HikariPool.POOL_SUSPENDED && !Thread.currentThread().isInterrupted()) {
			if (System.nanoTime() - end >= 0) {
				throw turnedAway(limit.trigger(), null);
			}
			LockSupport.parkNanos(this, RECHECK_NANOS);
		}
		return Math.max(1, new RemainingTime(end - System.nanoTime()).millis());
	}

	/**
	 * Fail if this wait completes a deadlock.
	 */
	private void breakDeadlock(HikariPool started) throws PoolDeadlockException {
		// Who takes the free connection and then waits is the one to find the deadlock.
		if (this.pool.settings().deadlock() == DeadlockPolicy.OFF || started.getIdleConnections() > 0) {
			return;
		}
		// A thread that has leaked serves the next request, which holds nothing.
		LedgerEntry.lentBy(this.pool)
			.stream()
			.filter((lease) -> lease.borrower() == this.borrower)
			.forEach(LedgerEntry::lookForHolder);
		// Of two that arrive at the same time, at least one has to see the other.
		VarHandle.fullFence();
		Deadlock deadlock = Deadlock.of(this.pool);
		if (deadlock != null && deadlock.involves(this.borrower) && (deadlock.isProven() || outlastsGrace(deadlock))) {
			end(deadlock);
		}
	}

	/**
	 * Give others the time to show that a connection is in their hands, within the time
	 * that the pool gives to everybody.
	 */
	private boolean outlastsGrace(Deadlock deadlock) {
		this.graced = true;
		long end = System.nanoTime() + this.pool.settings().deadlockGrace().toNanos();
		while (deadlock.persists() && !Thread.currentThread().isInterrupted() && System.nanoTime() - timeout() < 0
				&& !(this.borrower.hasDeadline() && RemainingTime.of(this.borrower).isOver())) {
			if (System.nanoTime() - end >= 0) {
				return true;
			}
			LockSupport.parkNanos(this, RECHECK_NANOS);
		}
		return false;
	}

	private void end(Deadlock deadlock) throws PoolDeadlockException {
		boolean fails = this.pool.settings().deadlock() == DeadlockPolicy.FAIL;
		Deadlock.Watch.VERDICT.lock();
		try {
			if (!deadlock.persists()) {
				// Another one of its threads has just been failed.
				return;
			}
			if (fails) {
				this.entry.giveUpIfWaiting();
			}
			else if (!Deadlock.Watch.isFirstReportOf(deadlock)) {
				return;
			}
		}
		finally {
			Deadlock.Watch.VERDICT.unlock();
		}
		PoolDeadlockException failure = deadlocked(deadlock, fails);
		if (fails) {
			throw failure;
		}
	}

	private record Limit(Trigger trigger, long millis) {

		Limit orIfLess(Trigger trigger, long millis) {
			return (millis < this.millis) ? new Limit(trigger, millis) : this;
		}

	}

}
