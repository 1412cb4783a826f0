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

import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Supplier;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.report.PoolReport.Trigger;
import io.transactionscope.pool.report.Refusal;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * The borrow of a connection from a pool, by the rules of its ledger: a waiter there from
 * the subscription on, a lease with the connection, and gone with a cancel or a failure.
 */
final class Borrowing extends Mono<Connection> {

	private final WatchedConnectionPool pool;

	private final PoolLedger ledger;

	private final Mono<? extends Connection> source;

	/**
	 * Prepare borrows.
	 * @param pool the pool
	 * @param ledger where they are entered
	 * @param source lends the pool's connections, past the ledger
	 */
	Borrowing(WatchedConnectionPool pool, PoolLedger ledger, Mono<? extends Connection> source) {
		this.pool = pool;
		this.ledger = ledger;
		this.source = source;
	}

	@Override
	public void subscribe(CoreSubscriber<? super Connection> actual) {
		Receiving receiving;
		try {
			Context context = actual.currentContext();
			R2dbcLease lease = new R2dbcLease(this.pool, Surroundings.borrower(context, this.pool));
			lease.asksIn(Surroundings.transactions(context));
			receiving = new Receiving(actual, lease);
		}
		catch (Throwable ex) {
			Operators.error(actual, ex);
			return;
		}
		receiving.start();
	}

	/**
	 * One subscription.
	 */
	private final class Receiving implements CoreSubscriber<Connection>, Subscription {

		private static final AtomicIntegerFieldUpdater<Receiving> STATE = AtomicIntegerFieldUpdater
			.newUpdater(Receiving.class, "state");

		private static final int WAITING = 0;

		private static final int RECEIVED = 1;

		private static final int REFUSED = 2;

		private static final int CANCELLED = 3;

		private static final CoreSubscriber<Connection> NOBODY = Operators.emptySubscriber();

		/**
		 * Not kept once it has the connection: a driver may keep whoever has asked for a
		 * connection first as long as that lasts, and nobody who has lost it would ever
		 * be found.
		 */
		private volatile CoreSubscriber<? super Connection> actual;

		/** May be kept as long. */
		private final Context context;

		private final R2dbcLease lease;

		private volatile int state;

		private volatile @Nullable Subscription upstream;

		private volatile boolean requested;

		/** It was cancelled after it had received the connection. */
		private volatile boolean cancelled;

		/** Who cancels on it has what it wants, and does not want another. */
		private volatile @Nullable Thread delivering;

		/** Ends the wait. */
		private volatile @Nullable Future<?> timer;

		/** Is to be told of its end. */
		private volatile @Nullable Runnable watch;

		Receiving(CoreSubscriber<? super Connection> actual, R2dbcLease lease) {
			this.actual = actual;
			this.context = Surroundings.outside(actual.currentContext());
			this.lease = lease;
		}

		void start() {
			this.actual.onSubscribe(this);
			// It may have been cancelled by now.
			if (this.state == WAITING) {
				lookAhead();
			}
			if (this.state == WAITING) {
				ask();
			}
			if (this.state == WAITING) {
				limit();
			}
		}

		/** See whether there is any use in asking the pool. */
		private void lookAhead() {
			if (this.lease.subscription().holds() > 0) {
				this.watch = Borrowing.this.ledger.breakDeadlock(this.lease, this::deadlocked);
				if (this.state != WAITING) {
					stopWatching();
				}
			}
			else if (Borrowing.this.ledger.isQueueFull()) {
				refuse(Trigger.MAX_WAITING, null);
			}
			if (this.lease.subscription().isOverdue()) {
				this.lease.subscription().boundsWait();
				refuse(Trigger.DEADLINE, null);
			}
		}

		private void ask() {
			try {
				Borrowing.this.source.subscribe(this);
			}
			catch (Throwable ex) {
				onError(ex);
			}
		}

		private void limit() {
			ReactiveBorrower borrower = this.lease.subscription();
			Trigger trigger = null;
			long nanos = Long.MAX_VALUE;
			if (borrower.hasDeadline()) {
				borrower.boundsWait();
				trigger = Trigger.DEADLINE;
				nanos = Math.max(0, borrower.deadline() - System.nanoTime());
			}
			if (borrower.holds() <= 0 && Borrowing.this.ledger.isOverloaded()) {
				long target = Borrowing.this.pool.waitTargetNanos();
				if (target < nanos) {
					trigger = Trigger.WAIT_TARGET;
					nanos = target;
				}
			}
			if (trigger != null) {
				Trigger ends = trigger;
				this.timer = Borrowing.this.pool.later(() -> endWait(ends), nanos);
				if (this.state != WAITING) {
					stopWatching();
				}
			}
		}

		private void endWait(Trigger trigger) {
			if (refuse(trigger, null)) {
				cancelUpstream();
			}
		}

		/** The wait is over. */
		private void stopWatching() {
			Future<?> timer = this.timer;
			if (timer != null) {
				timer.cancel(false);
			}
			Runnable watch = this.watch;
			if (watch != null) {
				watch.run();
			}
		}

		private void cancelUpstream() {
			Subscription upstream = this.upstream;
			if (upstream != null) {
				upstream.cancel();
			}
		}

		@Override
		public Context currentContext() {
			return this.context;
		}

		@Override
		public void onSubscribe(Subscription upstream) {
			this.upstream = upstream;
			if (this.state != WAITING) {
				upstream.cancel();
			}
			else if (this.requested) {
				upstream.request(Long.MAX_VALUE);
			}
		}

		@Override
		public void request(long count) {
			this.requested = true;
			Subscription upstream = this.upstream;
			if (upstream != null) {
				upstream.request(Long.MAX_VALUE);
			}
		}

		@Override
		public void cancel() {
			if (STATE.compareAndSet(this, WAITING, CANCELLED)) {
				stopWatching();
				this.lease.giveUp();
				cancelUpstream();
			}
			else if (!STATE.compareAndSet(this, REFUSED, CANCELLED) && this.delivering != Thread.currentThread()) {
				// The pool does not hear of it: it would lend what somebody else has.
				this.cancelled = true;
				this.lease.cancels();
			}
			this.actual = NOBODY;
		}

		@Override
		public void onNext(Connection connection) {
			if (!STATE.compareAndSet(this, WAITING, RECEIVED)) {
				// It comes too late.
				giveBack(connection);
				return;
			}
			stopWatching();
			Borrowing.this.pool.connects();
			CoreSubscriber<? super Connection> actual = this.actual;
			this.actual = NOBODY;
			TrackedR2dbcConnection handle = new TrackedR2dbcConnection(this.lease, connection);
			this.lease.receive(connection, handle);
			if (this.cancelled) {
				giveBack(handle);
				return;
			}
			this.delivering = Thread.currentThread();
			actual.onNext(handle);
			this.delivering = null;
			actual.onComplete();
		}

		private void giveBack(Connection unwanted) {
			Mono.from(unwanted.close())
				.subscribe(null, (failure) -> Operators.onErrorDropped(failure, currentContext()));
		}

		@Override
		public void onError(Throwable failure) {
			if (!refuse(triggerOf(failure), failure)) {
				Operators.onErrorDropped(failure, currentContext());
			}
		}

		@Override
		public void onComplete() {
			if (STATE.compareAndSet(this, WAITING, RECEIVED)) {
				stopWatching();
				this.lease.giveUp();
				this.actual.onComplete();
			}
		}

		private static Trigger triggerOf(Throwable failure) {
			return (failure instanceof R2dbcTimeoutException && failure.getCause() instanceof TimeoutException
					&& String.valueOf(failure.getMessage()).startsWith("Connection acquisition timed out"))
							? Trigger.ACQUIRE_TIMEOUT : Trigger.CONNECT_FAILURE;
		}

		private void deadlocked(SelfDeadlock deadlock) {
			if (refuse(() -> failure(deadlock), null)) {
				cancelUpstream();
			}
		}

		/**
		 * End the wait.
		 * @return whether it had not ended before
		 */
		private boolean refuse(Trigger trigger, @Nullable Throwable cause) {
			return refuse(() -> failure(trigger, cause), cause);
		}

		/** And tell why: on a thread that may wait for the database. */
		private boolean refuse(Supplier<Throwable> reason, @Nullable Throwable cause) {
			if (!STATE.compareAndSet(this, WAITING, REFUSED)) {
				return false;
			}
			stopWatching();
			Beside.run(() -> tell(reason, cause));
			return true;
		}

		private void tell(Supplier<Throwable> reason, @Nullable Throwable cause) {
			Throwable failure;
			try {
				failure = reason.get();
			}
			catch (Throwable ex) {
				failure = (cause != null) ? cause
						: new R2dbcTimeoutException("%s has no connection".formatted(Borrowing.this.ledger.pool()));
				failure.addSuppressed(ex);
			}
			finally {
				this.lease.giveUp();
			}
			if (this.state == REFUSED) {
				this.actual.onError(failure);
			}
		}

		private Throwable failure(SelfDeadlock deadlock) {
			Refusal refusal = Borrowing.this.ledger.deadlocked(this.lease, deadlock);
			Throwable failure = new R2dbcPoolDeadlockException(refusal.report(), refusal.message());
			if (refusal.obstacle() != null) {
				failure.addSuppressed(refusal.obstacle());
			}
			return failure;
		}

		private Throwable failure(Trigger trigger, @Nullable Throwable cause) {
			if (trigger == Trigger.CONNECT_FAILURE) {
				Throwable failure = Objects.requireNonNull(cause);
				if (Borrowing.this.pool.isClosed()) {
					return failure;
				}
				Throwable said = JdbcTerms.of(failure);
				Borrowing.this.pool.failsToConnect(said);
				Refusal refusal = Borrowing.this.ledger.turnAway(this.lease, trigger, said);
				// The driver's own is what the borrower knows to handle.
				failure.addSuppressed(new R2dbcPoolExhaustedException(refusal.report(), refusal.message(), null));
				return failure;
			}
			Refusal refusal = Borrowing.this.ledger.turnAway(this.lease, trigger, cause);
			return new R2dbcPoolExhaustedException(refusal.report(), refusal.message(), cause);
		}

	}

}
