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

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.transactionscope.pool.figures.ScopeCounters;
import io.transactionscope.pool.figures.Slots;
import io.transactionscope.pool.figures.Slots.Slot;
import io.transactionscope.pool.figures.Statistics;
import io.transactionscope.pool.figures.WatchTimer;
import io.transactionscope.pool.inquiry.DatabaseInquiry;
import io.transactionscope.pool.inquiry.QuotedNames;
import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.PoolSnapshot.State;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A pool of whatever kind, and what its ledger is kept in: those who wait and hold, and
 * the figures.
 *
 * <p>
 * Not to be extended by applications.
 *
 * @since 0.1.0
 */
public abstract class WatchedPool {

	/** Named after the face of all this, which is where users look. */
	private static final Logger logger = LoggerFactory.getLogger("io.transactionscope.pool.PoolLedger");

	private static final long PRESSURE_NANOS = Duration.ofSeconds(1).toNanos();

	private static final long SECOND_NANOS = Duration.ofSeconds(1).toNanos();

	private static final long UNSCOPED_SITE_NANOS = Duration.ofMillis(10).toNanos();

	private final PoolSettings settings;

	private final Slots slots = new Slots();

	private final Statistics statistics;

	private final Admission admission;

	@SuppressWarnings("this-escape") // Kept, and not used by then
	private final RemoteCalls calls = new RemoteCalls(this);

	/** Said once, before anybody borrows. */
	private volatile Borrower.Occasion occasion = () -> null;

	@SuppressWarnings("this-escape") // As above
	private final WatchTimer timer = new WatchTimer(this::newThread);

	/**
	 * Until when every lease is timed, because threads have been waiting. Written by
	 * whoever meets pressure, read at each borrow: rarely written, so that all have it at
	 * hand. Of two who write at once, either will do.
	 */
	private volatile long pressureUntil = System.nanoTime();

	/**
	 * Until when the stacks of unscoped borrows that were taken would have lasted, one in
	 * ten milliseconds. As above.
	 */
	private volatile long unscopedSitesUntil = System.nanoTime();

	/**
	 * What the database's SQL is like, {@code null} until a connection has been there to
	 * be asked. Not volatile: the answer is always the same.
	 */
	private @Nullable QuotedNames quotedNames;

	/** Written by whoever has asked the database, read by whoever reports. */
	private volatile @Nullable Integer room;

	/**
	 * Create a pool that nobody has asked for anything.
	 * @param settings how its ledger behaves
	 */
	protected WatchedPool(PoolSettings settings) {
		this.settings = settings;
		this.statistics = new Statistics(this.slots, settings.scopes(), settings.sampling());
		this.admission = new Admission(settings);
	}

	/**
	 * {@return the name of the pool}
	 */
	protected abstract String name();

	/**
	 * {@return what the pool lends, and to whom}
	 */
	protected PoolKind kind() {
		return PoolKind.JDBC;
	}

	/**
	 * {@return whether the pool lends connections at this moment}
	 */
	protected abstract State state();

	/**
	 * Return what the pool's latest attempt to connect failed with.
	 * @return the failure, or {@code null} if the attempt was successful or nothing is
	 * known of it
	 */
	protected @Nullable Throwable connectFailure() {
		return null;
	}

	/**
	 * {@return how many connections the pool may have}
	 */
	protected abstract int maximum();

	/**
	 * {@return how many connections the pool has}
	 */
	protected abstract int total();

	/**
	 * {@return how many of them are lent}
	 */
	protected abstract int active();

	/**
	 * {@return how many of them are free}
	 */
	protected abstract int idle();

	/**
	 * {@return how long the pool lets everybody wait}
	 */
	protected abstract Duration patience();

	/**
	 * {@return how many wait for one, as the pool counts them}
	 */
	protected abstract int waiting();

	/**
	 * {@return how many of its connections the pool tests at this moment before it lends
	 * them} It counts them as lent, and nobody has them.
	 */
	protected abstract int tested();

	/**
	 * Return which threads serve the pool's connections that nobody has, each together
	 * with others, as far as that is known: event loops.
	 * @param lent the {@link LedgerEntry#connectionId() ids} of those that somebody has
	 * @return the threads, each as often as it serves one of these connections
	 */
	protected Collection<Thread> loops(Set<Integer> lent) {
		return List.of();
	}

	/**
	 * Open a connection that is none of the pool's, to ask the database over it.
	 * @return the connection, which is closed by the caller
	 * @throws SQLException if it cannot be opened
	 */
	protected abstract DatabaseInquiry.Session openToAsk() throws SQLException;

	/**
	 * Let somebody ask for a connection, for all to see.
	 * @param entry what stands for that, one of {@link #entries()} from now on
	 */
	final Slot enter(Object entry, Party party) {
		Slot slot = this.slots.claim(entry, party.preferredSlot());
		party.asksAt(slot);
		return slot;
	}

	final void occasion(Borrower.Occasion occasion) {
		this.occasion = occasion;
	}

	/**
	 * Return by which name a borrower is entered: by that of what it is at, if its scope
	 * and its transaction have none.
	 * @param scope the name of that scope or transaction, {@code null} outside of any
	 */
	final @Nullable String nameOf(Party borrower, @Nullable String scope) {
		return (scope != null && !scope.equals(Borrower.UNNAMED_TRANSACTION)) ? scope : occasionOr(borrower, scope);
	}

	private @Nullable String occasionOr(Party borrower, @Nullable String scope) {
		try {
			String name = borrower.occasion(this.occasion);
			return (name != null && !name.isBlank()) ? name : scope;
		}
		catch (Throwable ex) {
			// Nobody goes without a connection for want of a name.
			return scope;
		}
	}

	/**
	 * Return where whoever has the slot counts what a scope does.
	 */
	final ScopeCounters counters(Slot slot, @Nullable String scope, long now) {
		return this.statistics.counters(slot, (scope != null) ? scope : ScopeStatistics.UNNAMED, now);
	}

	/**
	 * Return whether to remember where a connection is borrowed.
	 * @param confined whether a transaction borrows it as it begins
	 * @param sampled whether the lease is one of those timed as a sample
	 */
	final boolean isBorrowSiteDue(boolean confined, boolean sampled, ScopeCounters counters, long now) {
		return switch (this.settings.borrowSite()) {
			case NEVER -> false;
			case UNSCOPED -> !confined && isUnscopedSiteDue(now);
			case SAMPLED -> sampled && counters.isSiteDue(now);
			case ALWAYS -> true;
		};
	}

	/**
	 * Have a hundred in a second, at once or one after the other.
	 */
	private boolean isUnscopedSiteDue(long now) {
		long taken = Math.max(0, this.unscopedSitesUntil - now);
		boolean due = taken < SECOND_NANOS;
		if (due) {
			this.unscopedSitesUntil = now + taken + UNSCOPED_SITE_NANOS;
		}
		return due;
	}

	/**
	 * Return whether a scope may keep its connections.
	 */
	final boolean isLongLived(@Nullable String scope) {
		Set<String> names = this.settings.longLived();
		return !names.isEmpty() && (names.contains(name()) || (scope != null && names.contains(scope)));
	}

	/**
	 * Return those who wait or hold at this moment, in no particular order.
	 */
	final List<Object> entries() {
		return this.slots.entries();
	}

	/**
	 * {@return those who hold one of the pool's connections at this moment}
	 */
	protected final List<LedgerEntry> lent() {
		return LedgerEntry.lentBy(this);
	}

	/**
	 * {@return how many wait for one, as the ledger counts them}
	 */
	protected final int waiters() {
		return (int) LedgerEntry.of(this).stream().filter(LedgerEntry::isWaiting).count();
	}

	/**
	 * Return whether the pool has so many connections and no other, all of them lent, and
	 * can have no more. One that it has let go of is closed a little later, and may have
	 * been replaced by then.
	 */
	final boolean isUsedUpBy(int connections) {
		int total = total();
		return state() == State.RUNNING && total >= maximum() && total <= connections && active() >= connections;
	}

	/**
	 * Return how long ago the database is known to have answered somebody who is gone,
	 * {@code Long.MAX_VALUE} if it is not.
	 */
	final long sinceDatabaseAnswered(long now) {
		return this.slots.sinceDatabaseAnswered(now);
	}

	/**
	 * Notice if somebody waits for the connection that is about to come back.
	 */
	final void noticePressure() {
		// The pool counts as waiting who looks for a free connection, too.
		if (waiting() > 0 && idle() == 0) {
			feelPressure();
		}
	}

	final void feelPressure() {
		this.pressureUntil = System.nanoTime() + PRESSURE_NANOS;
	}

	final boolean isUnderPressureSince(long moment) {
		return this.pressureUntil - moment > 0;
	}

	/**
	 * Return how many connections the database has room for in this pool.
	 * @return the number, or {@code null} if nobody has asked it
	 */
	final @Nullable Integer room() {
		return this.room;
	}

	/**
	 * Learn what every connection knows, from the first, which nobody uses yet.
	 */
	final void learnFrom(Connection borrowed) {
		if (this.quotedNames == null) {
			this.quotedNames = QuotedNames.of(borrowed);
		}
	}

	/**
	 * {@return whether double quotes are known to enclose names in the database's SQL}
	 */
	protected boolean quotesNames() {
		return this.quotedNames == QuotedNames.IN_DOUBLE_QUOTES;
	}

	final void hasRoomFor(int connections) {
		this.room = connections;
	}

	/**
	 * {@return how the ledger behaves}
	 */
	protected final PoolSettings settings() {
		return this.settings;
	}

	final Statistics statistics() {
		return this.statistics;
	}

	final Admission admission() {
		return this.admission;
	}

	final RemoteCalls calls() {
		return this.calls;
	}

	/**
	 * Do something short at a later moment, unless the ledger is closed by then.
	 * @param task what to do
	 * @param nanos in how many nanoseconds
	 * @return the task, or {@code null} if the ledger is closed already
	 */
	protected final @Nullable Future<?> schedule(Runnable task, long nanos) {
		try {
			return this.timer.schedule(task, nanos, TimeUnit.NANOSECONDS);
		}
		catch (RejectedExecutionException ex) {
			return null;
		}
	}

	/**
	 * Do something short again and again until the ledger is closed.
	 */
	final Future<?> repeat(Runnable task, Duration interval) {
		return this.timer.scheduleWithFixedDelay(task, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
	}

	/**
	 * Return for how many nanoseconds such things have been under way until now.
	 */
	final long worked(long now) {
		return this.timer.worked(now);
	}

	final void stopTimer() {
		this.timer.shutdownNow();
	}

	/**
	 * Tell the log, which has no say in who gets a connection or gives it back.
	 * @param level how important it is
	 * @param message with a placeholder for each argument
	 * @param arguments what to fill in, and a failure at the end if there is one
	 */
	protected static void log(Level level, String message, @Nullable Object... arguments) {
		try {
			logger.atLevel(level).log(message, arguments);
		}
		catch (Throwable ex) {
			// There is nowhere left to say it.
		}
	}

	private Thread newThread(Runnable task) {
		Thread thread = new Thread(task, name() + ":ledger");
		thread.setDaemon(true);
		return thread;
	}

}
