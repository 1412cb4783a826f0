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
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import io.transactionscope.pool.figures.ScopeCounters;
import io.transactionscope.pool.figures.Slots.Slot;
import io.transactionscope.pool.figures.Timing;
import io.transactionscope.pool.snapshot.Abandonment;
import io.transactionscope.pool.snapshot.Frames;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * One borrow, as it stands in the ledger of its pool: a waiter from the moment a
 * connection is asked for, a lease as soon as there is one, gone when the connection goes
 * back. The borrower writes it, whoever looks at the pool reads it.
 *
 * <p>
 * Not to be extended by applications.
 *
 * @since 0.1.0
 */
public abstract class LedgerEntry extends LeaseUse {

	/** How long HikariCP gives a connection out without checking it. */
	private static final long LATELY_NANOS = 500_000_000;

	private static final int WAITING = 1;

	private static final int LEASED = 2;

	private static final int ENDED = 3;

	/** Beside each of them: somebody has begun to give the connection back. */
	private static final int GIVEN_BACK = 4;

	/** The name is that of a scope or a transaction. */
	private static final int IN_SCOPE = 1;

	/** The borrower keeps to itself what it asks for. */
	private static final int CONFINED = 2;

	// Begun lazily: a reader may be some nanoseconds behind, the borrower never waits. A
	// lease ends once, whoever else ends it at the same time. The state only goes
	// forward, on which the detection of deadlocks relies.
	private static final AtomicIntegerFieldUpdater<LedgerEntry> STATE = AtomicIntegerFieldUpdater
		.newUpdater(LedgerEntry.class, "state");

	private static final AtomicReferenceFieldUpdater<LedgerEntry, Timing> TIMING = AtomicReferenceFieldUpdater
		.newUpdater(LedgerEntry.class, Timing.class, "timing");

	private final WatchedPool pool;

	private final Party borrower;

	/** The name of what borrows, or the {@link Site} that has it. */
	private final @Nullable Object origin;

	/** {@link #IN_SCOPE}, {@link #CONFINED}. A byte more would make it eight. */
	private final byte manner;

	private final long asked;

	private final Slot slot;

	private final ScopeCounters counters;

	private final boolean sampled;

	/**
	 * Written by the borrower; its end by whoever comes first. Read by all: as long as it
	 * is zero, the constructor has not come to its end and there may be none of the
	 * above. What the borrower had written before it went on is seen by whoever sees that
	 * it did.
	 */
	private volatile int state;

	/**
	 * Set once: before it is a lease by the borrower, or later by the watch. What is in
	 * it is written by whoever uses the connection; others read it while that goes on.
	 */
	private volatile @Nullable Timing timing;

	/** Written by the watch, read at the end of the lease. */
	private volatile boolean reported;

	/** Of the watch alone. */
	private boolean reportedAsLeak;

	/**
	 * Ask for a connection, for all to see.
	 * @param pool the pool that is asked
	 * @param borrower who asks
	 */
	@SuppressWarnings("this-escape") // to the pool, where it is nothing yet without a
										// state
	protected LedgerEntry(WatchedPool pool, Party borrower) {
		this.pool = pool;
		this.borrower = borrower;
		String name = borrower.name();
		String scope = pool.nameOf(borrower, name);
		boolean confined = borrower.isBeginning();
		this.manner = (byte) (((name != null) ? IN_SCOPE : 0) | (confined ? CONFINED : 0));
		this.asked = System.nanoTime();
		this.slot = pool.enter(this, borrower);
		this.counters = pool.counters(this.slot, scope, this.asked);
		this.sampled = this.counters.asks(this.asked);
		this.origin = pool.isBorrowSiteDue(confined, this.sampled, this.counters, this.asked) ? new Site(scope) : scope;
		STATE.lazySet(this, WAITING);
	}

	/** Those who wait or hold at this moment, in no particular order. */
	static List<LedgerEntry> of(WatchedPool pool) {
		return pool.entries().stream().map(LedgerEntry.class::cast).toList();
	}

	/** Those who hold one of the pool's connections at this moment. */
	static List<LedgerEntry> lentBy(WatchedPool pool) {
		return of(pool).stream().filter(LedgerEntry::isLent).toList();
	}

	/**
	 * Return what somebody waits for at this moment, or somebody without whom that one
	 * does not go on.
	 * @return the entry, or {@code null} if the party waits for nothing
	 */
	static @Nullable LedgerEntry awaitedBy(Party party) {
		// One can only wait for what one asked for last.
		Slot slot = party.slot();
		if (slot != null && slot.entry() instanceof LedgerEntry entry && entry.borrower == party && entry.isWaiting()) {
			return entry;
		}
		for (Party awaited : party.awaited()) {
			LedgerEntry wait = awaitedBy(awaited);
			if (wait != null) {
				return wait;
			}
		}
		return null;
	}

	/**
	 * Turn from a waiter into a lease.
	 */
	protected final void lease() {
		boolean pressure = this.pool.isUnderPressureSince(this.asked);
		if (pressure || this.sampled) {
			Timing timing = Timing.fromBorrow(this.asked, System.nanoTime(), pressure);
			this.timing = timing;
			this.pool.admission().observe(timing.waited(), timing.leased());
			this.counters.receives(timing);
		}
		this.borrower.receives();
		STATE.lazySet(this, LEASED);
	}

	/**
	 * Leave without a connection, unless there is one.
	 */
	protected final void giveUpIfWaiting() {
		if (!isWaiting()) {
			return;
		}
		STATE.lazySet(this, ENDED);
		this.counters.turnsAway(this.asked, System.nanoTime());
		this.slot.free(this);
	}

	/**
	 * Leave the ledger. To be called before the connection goes back physically: who sees
	 * it free in the pool must not find it leased here.
	 */
	protected final void end() {
		if (!leave()) {
			return;
		}
		this.pool.noticePressure();
		Timing timing = this.timing;
		if (timing == null) {
			this.counters.returns();
		}
		else {
			timing.end(System.nanoTime());
			this.counters.returns(timing);
		}
		if (phase() != Phase.BEFORE_FIRST_STATEMENT && !isBroken()) {
			this.slot.databaseAnswered((timing != null) ? timing.lastAnswered() : this.asked);
		}
		this.slot.free(this);
		if (this.reported) {
			WatchedPool.log(Level.INFO, "{} - The connection that {} had for {} came back", this.pool.name(),
					Words.ofScope(scope()), Words.of(age(System.nanoTime())));
		}
	}

	/**
	 * Take an entry out of the ledger that its borrower is not going to take out: a lease
	 * whose connection went back around the ledger, or a waiter that could not wait.
	 */
	final void drop() {
		if (leave()) {
			this.counters.returns();
		}
		this.slot.free(this);
	}

	/** Whether a borrower waits or holds a connection. Else, this is a remainder. */
	final boolean isAlive() {
		return (isLeased() && isPooled()) || awaitedBy(this.borrower) == this;
	}

	/**
	 * End the lease.
	 * @return whether it had not ended before
	 */
	private boolean leave() {
		int state = this.state;
		while (isLeased(state)) {
			if (STATE.compareAndSet(this, state, ENDED | (state & GIVEN_BACK))) {
				this.borrower.gaveBack();
				return true;
			}
			state = this.state;
		}
		return false;
	}

	/**
	 * Begin to give the connection back.
	 * @return whether nobody has begun before
	 */
	protected final boolean isFirstToGiveBack() {
		int state = this.state;
		while ((state & GIVEN_BACK) == 0) {
			if (STATE.compareAndSet(this, state, state | GIVEN_BACK)) {
				return true;
			}
			state = this.state;
		}
		return false;
	}

	/**
	 * {@return whether somebody has begun to give the connection back}
	 */
	protected final boolean isGivenBack() {
		return (this.state & GIVEN_BACK) != 0;
	}

	/**
	 * Take notice that the lease lasts: begin to time it, if it is not timed.
	 */
	final void lasts(long now) {
		Timing timing = this.timing;
		if (timing != null) {
			timing.lasts();
		}
		else {
			TIMING.compareAndSet(this, null, Timing.fromNow(this.asked, phase(), now));
		}
	}

	/**
	 * Mark the lease as reported, as a leak or as a long one.
	 * @return whether it had not been reported as that before
	 */
	final boolean report(boolean leak) {
		boolean first = leak ? !this.reportedAsLeak : !this.reported;
		this.reported = true;
		this.reportedAsLeak |= leak;
		return first;
	}

	final boolean isWaiting() {
		return this.state == WAITING;
	}

	final boolean isLeased() {
		return isLeased(this.state);
	}

	private static boolean isLeased(int state) {
		return (state & ~GIVEN_BACK) == LEASED;
	}

	/** Whether somebody has one of the pool's connections. */
	final boolean isLent() {
		return isLeased() && isPooled();
	}

	/**
	 * {@return whether the pool counts the leased connection among its own: it does not
	 * any more if the connection broke or was evicted, or was closed around the ledger}
	 */
	protected abstract boolean isPooled();

	/**
	 * {@return whether the connection has lost its link to the database}
	 */
	protected abstract boolean isBroken();

	/**
	 * {@return what tells the pool's connections apart}
	 */
	protected abstract int connectionId();

	/**
	 * {@return what serves it at the server, {@code null} if the driver does not know}
	 */
	protected abstract @Nullable ServerProcess serverProcess();

	/**
	 * {@return the future of something short, {@code null} once the pool is closed}
	 * @param task what to do
	 * @param nanos in how many nanoseconds
	 */
	protected final @Nullable Future<?> schedule(Runnable task, long nanos) {
		return this.pool.schedule(task, nanos);
	}

	/**
	 * {@return whether the connection was borrowed in a scope or a transaction, by which
	 * it is managed then}
	 */
	protected final boolean isInScope() {
		return (this.manner & IN_SCOPE) != 0;
	}

	/**
	 * {@return whether the borrower is known to keep the connection to itself, as the
	 * begin of a transaction does} Whoever else borrows may pass it on.
	 */
	final boolean isConfined() {
		return (this.manner & CONFINED) != 0 || this.borrower.isKeeping();
	}

	@Override
	protected final WatchedPool pool() {
		return this.pool;
	}

	@Override
	protected final Party borrower() {
		return this.borrower;
	}

	/**
	 * {@return the name that it is entered by, or {@code null} if none is known}
	 */
	protected final @Nullable String scope() {
		String name = name();
		return (name != null) ? Words.withoutPackage(name) : null;
	}

	private @Nullable String name() {
		return (this.origin instanceof Site site) ? site.getMessage() : (String) this.origin;
	}

	final long asked() {
		return this.asked;
	}

	final Duration age(long now) {
		Timing timing = this.timing;
		return since((timing != null) ? timing.leased() : this.asked, now);
	}

	/**
	 * {@return whether the database has just answered to the borrower, which then gets
	 * that connection again, unchecked}
	 */
	final boolean isAnsweredLately() {
		return this.slot.sinceDatabaseAnswered(this.asked) < LATELY_NANOS;
	}

	@Override
	final @Nullable Timing timing() {
		return this.timing;
	}

	final ScopeCounters counters() {
		return this.counters;
	}

	final String id() {
		return Integer.toString(this.slot.index(), Character.MAX_RADIX) + "-"
				+ Long.toUnsignedString(this.asked, Character.MAX_RADIX);
	}

	/** Where the connection was borrowed, as far as that was remembered. */
	final List<StackTraceElement> borrowSite() {
		return (this.origin instanceof Site site) ? Frames.ofCaller(site.getStackTrace()) : List.of();
	}

	/** Whether it was declared that the connection is kept. */
	final boolean isLongLived() {
		return this.pool.isLongLived(name()) || this.pool.isLongLived(scope());
	}

	/**
	 * Look for a sign that nobody is going to give the connection back. Once it was seen,
	 * it stands until somebody uses the connection again.
	 */
	protected void lookForHolder() {
		if (!isUserAlive()) {
			abandon(Abandonment.THREAD_ENDED);
		}
		else if (abandonment() == null && phase().isIdle() && !isHandedOver()) {
			// What a transaction has borrowed is its own, and not of the code within it.
			Abandonment sign = Frames.abandonment(isConfined() ? List.of() : borrowSite(), activity());
			if (sign != null) {
				abandon(sign);
			}
		}
	}

	/** Where a connection was borrowed, and by what. */
	private static final class Site extends Throwable {

		Site(@Nullable String name) {
			super(name);
		}

	}

}
