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

package io.transactionscope.pool.r2dbc;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.Wrapped;
import io.transactionscope.pool.LedgerEntry;
import io.transactionscope.pool.r2dbc.inquiry.R2dbcServerProcesses;
import io.transactionscope.pool.snapshot.Abandonment;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.ServerProcess;
import org.jspecify.annotations.Nullable;

/**
 * One borrow from an R2DBC pool, as it stands in the ledger: it knows the pool's
 * connection, and not whoever has it in hand, so that the latter may be found to have
 * gone.
 */
final class R2dbcLease extends LedgerEntry {

	private static final AtomicIntegerFieldUpdater<R2dbcLease> UNDER_WAY = AtomicIntegerFieldUpdater
		.newUpdater(R2dbcLease.class, "underWay");

	private final WatchedConnectionPool pool;

	private final ReactiveBorrower subscription;

	/** That of the connection, {@code null} if it is not known. Written as that below. */
	private volatile @Nullable Thread loop;

	// The pool's own, which is there from the moment that the borrower gets it.
	@SuppressWarnings("NullAway.Init")
	private Connection pooled;

	/** What the borrower has in hand. */
	private volatile @Nullable WeakReference<Object> handle;

	/** How many things the database is asked for: they may be sent all at once. */
	@SuppressWarnings("UnusedVariable") // By its updater
	private volatile int underWay;

	/** A statement has failed for the loss of the link. */
	private volatile boolean broken;

	/** Somebody may have the driver's own in hand, of whose use nothing is known. */
	private volatile boolean unwrapped;

	/** It may be set up in another way than the pool has lent it. */
	private volatile boolean changed;

	/** Whether it is used for a transaction, as far as the driver was told of one. */
	private volatile boolean transactional;

	/** In which of Spring's contexts it was asked for, if that is not gone. */
	private @Nullable WeakReference<Object> context;

	private volatile boolean cancelled;

	/** Written by one subscriber after the other. */
	private volatile int sent;

	/** Of the watch alone. */
	private int sentBefore = -1;

	R2dbcLease(WatchedConnectionPool pool, ReactiveBorrower subscription) {
		super(pool, subscription);
		this.pool = pool;
		this.subscription = subscription;
		subscription.isServedBy(ConnectionLoops.current());
		subscription.enter();
	}

	/**
	 * Say in which of Spring's contexts for transactions it is asked for.
	 * @param context which may lead to the connection, {@code null} if there is none
	 */
	void asksIn(@Nullable Object context) {
		this.context = (context != null) ? new WeakReference<>(context) : null;
	}

	/** Return whether a transaction that was begun in that context goes on. */
	boolean isTransactionIn(Object context) {
		return this.transactional && this.context != null && this.context.refersTo(context) && isOpen();
	}

	void beginsTransaction() {
		this.transactional = true;
	}

	/**
	 * Receive what was asked for.
	 * @param pooled the pool's connection
	 * @param handle what the borrower gets of it
	 */
	void receive(Connection pooled, Object handle) {
		this.pooled = pooled;
		this.loop = this.pool.loops().of(driversOwn());
		// On this thread it goes on until it asks the database for something.
		this.subscription.isServedBy(ConnectionLoops.current());
		this.handle = new WeakReference<>(handle);
		lease();
	}

	/** Go without, unless it has been received. */
	void giveUp() {
		giveUpIfWaiting();
		if (!isLeasedNow()) {
			this.subscription.leave();
		}
	}

	private boolean isLeasedNow() {
		return this.handle != null;
	}

	ReactiveBorrower subscription() {
		return this.subscription;
	}

	/**
	 * Leave the ledger, before the connection goes back.
	 * @return whether that had not been done before
	 */
	boolean giveBack() {
		if (!isFirstToGiveBack()) {
			return false;
		}
		leave();
		return true;
	}

	boolean isOpen() {
		return !isGivenBack();
	}

	/**
	 * Something is about to be sent.
	 * @param sql the statement, or {@code null} if it is not known
	 * @param ending whether it ends the transaction
	 */
	@SuppressWarnings("NonAtomicVolatileUpdate") // To be another number is enough
	void begins(@Nullable String sql, boolean ending) {
		UNDER_WAY.incrementAndGet(this);
		this.sent++;
		Thread loop = this.loop;
		if (loop != null) {
			this.subscription.isServedBy(loop);
		}
		if (ending) {
			beginEndOfTransaction();
		}
		else {
			beginStatement(sql);
		}
	}

	/** It was answered, or nobody waits for the answer any more. */
	void ends(boolean ending) {
		if (UNDER_WAY.decrementAndGet(this) > 0) {
			return;
		}
		if (ending) {
			this.transactional = false;
			endTransaction();
		}
		else {
			endStatement();
		}
	}

	/** The driver tells something, on whose thread the borrower goes on. */
	void signals() {
		Thread loop = ConnectionLoops.current();
		if (loop != null && loop != this.loop) {
			this.loop = loop;
			this.pool.loops().learn(driversOwn(), loop);
		}
		this.subscription.isServedBy(loop);
	}

	void failed(Throwable failure) {
		if (failure instanceof R2dbcNonTransientResourceException) {
			this.broken = true;
		}
	}

	/** Whoever has borrowed it does not go on, at least not there. */
	void cancels() {
		this.cancelled = true;
	}

	/** The driver's own connection, or what leads to it, gets into somebody's hands. */
	void unwraps() {
		this.unwrapped = true;
	}

	/** Something is about to be set that the pool does not set back. */
	void changes() {
		this.changed = true;
	}

	/**
	 * It has no thread whose stack could tell. Whoever is at work on it refers to what
	 * the borrower got, so that this is there as long as anybody can close it.
	 */
	@Override
	protected void lookForHolder() {
		if (isUnreachable()) {
			abandon(Abandonment.GARBAGE);
		}
		else if (this.cancelled || this.subscription.isExchangeOver()) {
			int sent = this.sent;
			if (abandonment() == null && sent == this.sentBefore && phase().isIdle()) {
				abandon(this.subscription.isExchangeOver() ? Abandonment.EXCHANGE_ENDED : Abandonment.CANCELLED);
			}
			this.sentBefore = sent;
		}
	}

	private boolean isUnreachable() {
		WeakReference<Object> handle = this.handle;
		return handle != null && handle.refersTo(null);
	}

	/** Not where the driver's own may be at work. */
	@Override
	protected void takeBack() {
		if (isUnreachable() && !this.unwrapped && isFirstToGiveBack()) {
			boolean clean = phase() == Phase.BEFORE_FIRST_STATEMENT && !this.changed;
			new Recovery(this, this.pooled, clean ? null : driversOwn()).start();
		}
	}

	/** It is about to go back. */
	void leave() {
		end();
		this.subscription.leave();
	}

	void aside(Runnable task) {
		this.pool.aside(task);
	}

	void failsToTakeBack(Throwable failure) {
		this.pool.failsToTakeBack(scope(), failure);
	}

	/** The pool counts it as lent until it is given back, broken or not. */
	@Override
	protected boolean isPooled() {
		return true;
	}

	@Override
	protected boolean isBroken() {
		return this.broken;
	}

	@Override
	protected int sent() {
		return this.sent;
	}

	@Override
	protected int connectionId() {
		return System.identityHashCode(driversOwn());
	}

	@Override
	protected @Nullable ServerProcess serverProcess() {
		return R2dbcServerProcesses.of(this.pooled);
	}

	private Connection driversOwn() {
		return (this.pooled instanceof Wrapped<?> wrapped && wrapped.unwrap() instanceof Connection own) ? own
				: this.pooled;
	}

}
