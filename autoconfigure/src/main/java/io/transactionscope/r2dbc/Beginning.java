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

package io.transactionscope.r2dbc;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.engine.Deadline;
import io.transactionscope.pool.r2dbc.ReactiveBorrower;
import io.transactionscope.reactive.engine.ReactiveTransactionState;
import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

import org.springframework.r2dbc.connection.ConnectionHolder;
import org.springframework.transaction.TransactionTimedOutException;

/**
 * The way from a connection factory to a transaction (A4). As long as it waits for a
 * connection, a cancel goes to the factory, and a connection that comes all the same is
 * given back. From then on everything is awaited, and undone if it was cancelled
 * meanwhile.
 */
final class Beginning implements CoreSubscriber<Connection> {

	/** For the report of a pool that ends the wait at the deadline itself. */
	private static final long REPORT_MILLIS = 700;

	private final ConnectionFactory factory;

	private final ReactiveTransactionState shared;

	private final Preparation preparation;

	private final Listener listener;

	private final Context context;

	/** As the ledger of a pool knows it. */
	private final ReactiveBorrower borrower;

	private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.WAITING);

	private final AtomicReference<@Nullable Throwable> cause = new AtomicReference<>();

	private volatile @Nullable Subscription subscription;

	private volatile @Nullable Disposable timer;

	private volatile @Nullable DriverCall call;

	/**
	 * Prepare one.
	 * @param factory where to borrow
	 * @param shared what the blocks of the transaction share
	 * @param preparation begins on the connection
	 * @param context of whoever wants it
	 * @param listener hears the end, once
	 */
	Beginning(ConnectionFactory factory, ReactiveTransactionState shared, Preparation preparation, Context context,
			Listener listener) {
		this.factory = factory;
		this.shared = shared;
		this.preparation = preparation;
		this.borrower = ReactiveBorrower.ofTransaction(shared.name(), Deadline.nanoTimeOf(shared.deadline()));
		this.context = context;
		this.listener = listener;
	}

	/** Say which connection is kept meanwhile, beside what the context has bound. */
	void inside(@Nullable Connection suspended) {
		this.borrower.asksInside(suspended);
	}

	/**
	 * Borrow, and begin.
	 * @param lender what others have bound, whose connection is used then, as Spring does
	 */
	void start(@Nullable ConnectionHolder lender) {
		if (this.phase.get() != Phase.WAITING) {
			return;
		}
		try {
			if (lender != null) {
				Connection lent = lender.getConnection();
				if (this.phase.compareAndSet(Phase.WAITING, Phase.BEGINNING)) {
					begin(lent, lender);
				}
				return;
			}
			Publisher<? extends Connection> connections = this.factory.create();
			if (connections == null) {
				throw new IllegalStateException("ConnectionFactory returned null from create(): " + this.factory);
			}
			connections.subscribe(this);
		}
		catch (Throwable ex) {
			onError(ex);
		}
		Deadline deadline = this.shared.deadline();
		if (deadline != null && this.phase.get() == Phase.WAITING) {
			this.timer = Schedulers.parallel()
				.schedule(() -> onError(deadline.passed(this.shared.name(), "before it had a connection")),
						Math.max(0, deadline.remainingMillis()) + (this.borrower.isWaitBounded() ? REPORT_MILLIS : 0),
						TimeUnit.MILLISECONDS);
			if (this.phase.get() != Phase.WAITING) {
				stopTimer();
			}
		}
	}

	private void stopTimer() {
		Disposable timer = this.timer;
		if (timer != null) {
			timer.dispose();
		}
	}

	/**
	 * Cancel it. The listener hears the cause, at once or when it is undone, unless it
	 * has heard of the end already.
	 */
	void cancel(Throwable cause) {
		this.cause.compareAndSet(null, cause);
		// A pool that ends the wait at the deadline itself says why.
		if (this.phase.get() == Phase.WAITING
				&& !(cause instanceof TransactionTimedOutException && this.borrower.isWaitBounded())) {
			onError(cause);
		}
		if (this.phase.compareAndSet(Phase.BEGINNING, Phase.CANCELLING)) {
			DriverCall call = this.call;
			if (call != null) {
				call.limit(Allowance.toUndo(this.shared.deadline()));
			}
		}
	}

	@Override
	public Context currentContext() {
		return this.borrower.in(this.context);
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		this.subscription = subscription;
		if (this.phase.get() == Phase.WAITING) {
			subscription.request(Long.MAX_VALUE);
		}
		else {
			subscription.cancel();
		}
	}

	@Override
	public void onNext(Connection connection) {
		if (this.phase.compareAndSet(Phase.WAITING, Phase.BEGINNING)) {
			stopTimer();
			begin(connection, null);
		}
		else {
			Discard.giveBack(connection, this.context, new ArrayList<>(0), () -> {
			});
		}
	}

	/** Also where it is given up: the factory then hears so. */
	@Override
	public void onError(Throwable failure) {
		if (this.phase.compareAndSet(Phase.WAITING, Phase.OVER)) {
			stopTimer();
			Subscription subscription = this.subscription;
			if (subscription != null) {
				subscription.cancel();
			}
			this.listener.failed(failure);
		}
	}

	@Override
	public void onComplete() {
		onError(new IllegalStateException("ConnectionFactory completed without a connection: " + this.factory));
	}

	private void begin(Connection connection, @Nullable ConnectionHolder lender) {
		R2dbcTransaction transaction;
		try {
			transaction = new R2dbcTransaction(this.factory, lender, connection, this.shared, this.context);
		}
		catch (Throwable ex) {
			List<Throwable> failures = new ArrayList<>(List.of(ex));
			Discard.close(connection, this.context, failures,
					() -> failed(Objects.requireNonNull(Failures.join(failures))));
			return;
		}
		await("BEGIN", transaction, () -> this.preparation.begin(connection),
				() -> await("the preparation of a transaction", transaction, () -> this.preparation.prepare(connection),
						() -> begun(transaction)));
	}

	private void await(String what, R2dbcTransaction transaction, Supplier<? extends Publisher<?>> step,
			Runnable then) {
		boolean bounded = this.shared.deadline() != null || this.phase.get() == Phase.CANCELLING;
		DriverCall call = DriverCall.await(what, step,
				bounded ? Allowance.toUndo(this.shared.deadline()) : DriverCall.UNBOUNDED, this.context, (failure) -> {
					if (failure == null) {
						then.run();
						return;
					}
					transaction.release().run((ignored) -> {
						Failures.suppressAll(failure, transaction.releaseFailures());
						failed(failure);
					});
				});
		if (call.isOver()) {
			return;
		}
		this.call = call;
		if (!bounded && this.phase.get() == Phase.CANCELLING) {
			call.limit(Allowance.toUndo(this.shared.deadline()));
		}
	}

	private void begun(R2dbcTransaction transaction) {
		transaction.begun();
		if (this.phase.compareAndSet(Phase.BEGINNING, Phase.OVER)) {
			this.listener.begun(transaction);
		}
		else {
			transaction.abandon(this::failed);
		}
	}

	private void failed(@Nullable Throwable failure) {
		if (this.phase.compareAndSet(Phase.BEGINNING, Phase.OVER)) {
			this.listener.failed(Objects.requireNonNull(failure));
			return;
		}
		Throwable cause = Objects.requireNonNull(this.cause.get());
		if (failure != null) {
			Failures.suppress(cause, failure);
		}
		this.listener.failed(cause);
	}

	private enum Phase {

		WAITING, BEGINNING, CANCELLING, OVER

	}

	/**
	 * How to begin on a connection. What either throws is its failure.
	 */
	interface Preparation {

		/** BEGIN. */
		Publisher<?> begin(Connection connection);

		/** What else is to be done before the first statement. */
		Publisher<?> prepare(Connection connection);

	}

	/**
	 * Hears what has come of it.
	 */
	interface Listener {

		void begun(R2dbcTransaction transaction);

		/** With nothing held any more. */
		void failed(Throwable failure);

	}

}
