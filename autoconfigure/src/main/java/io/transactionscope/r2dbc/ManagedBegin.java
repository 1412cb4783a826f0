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

import java.lang.ref.WeakReference;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;

import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.engine.Log;
import io.transactionscope.reactive.engine.Boundary;
import io.transactionscope.reactive.engine.ReactiveTransactionState;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.Scannable.Attr;
import reactor.core.publisher.Mono;

import org.springframework.transaction.CannotCreateTransactionException;

/**
 * The begin of a transaction, as Spring subscribes to it. A cancel that gets here
 * abandons the transaction, however late it comes: what it was begun for then knows
 * nothing of it any more.
 */
final class ManagedBegin extends Mono<Void> {

	private final ConnectionFactory factory;

	private final TransactionObject object;

	private final ReactiveTransactionState shared;

	private final Beginning.Preparation preparation;

	private final DroppedTransactions dropped;

	private final Function<R2dbcTransaction, Mono<Void>> follower;

	/**
	 * Prepare one.
	 * @param factory where to borrow
	 * @param object what it is about
	 * @param shared what the blocks of the transaction share
	 * @param preparation begins on the connection
	 * @param dropped watches it
	 * @param follower what follows its release
	 */
	ManagedBegin(ConnectionFactory factory, TransactionObject object, ReactiveTransactionState shared,
			Beginning.Preparation preparation, DroppedTransactions dropped,
			Function<R2dbcTransaction, Mono<Void>> follower) {
		this.dropped = dropped;
		this.follower = follower;
		this.factory = factory;
		this.object = object;
		this.shared = shared;
		this.preparation = preparation;
	}

	@Override
	public void subscribe(CoreSubscriber<? super Void> actual) {
		Begin begin = new Begin(actual);
		this.object.beginning(begin);
		actual.onSubscribe(begin);
		begin.beginning.inside(this.object.suspended());
		begin.beginning.start(this.object.lender());
	}

	/**
	 * One subscription.
	 */
	private final class Begin implements Subscription, Beginning.Listener {

		private final CoreSubscriber<? super Void> actual;

		private final Beginning beginning;

		private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.BEGINNING);

		private volatile @Nullable R2dbcTransaction transaction;

		private Begin(CoreSubscriber<? super Void> actual) {
			this.actual = actual;
			this.beginning = new Beginning(ManagedBegin.this.factory, ManagedBegin.this.shared,
					ManagedBegin.this.preparation, actual.currentContext(), this);
		}

		@Override
		public void request(long count) {
		}

		@Override
		public void begun(R2dbcTransaction transaction) {
			this.transaction = transaction;
			transaction.followedBy(ManagedBegin.this.follower);
			ManagedBegin.this.dropped.watch(ManagedBegin.this.object, transaction);
			try {
				ManagedBegin.this.object.begun(transaction);
			}
			catch (Throwable ex) {
				transaction.abandon((ignored) -> failed(ex));
				return;
			}
			Boundary boundary = Boundary.of(this.actual.currentContext());
			if (boundary != null) {
				Boundary.Inside inside = outlasting(transaction, new WeakReference<>(this));
				transaction.whenReleased(() -> boundary.remove(inside));
				boundary.add(inside);
			}
			if (this.phase.compareAndSet(Phase.BEGINNING, Phase.TOLD)) {
				this.actual.onComplete();
				if (!transaction.isEnding() && isCancelledBelow()) {
					cancel();
				}
			}
			else {
				transaction.unbind(null);
				ManagedBegin.this.object.resumeAll(this.actual.currentContext());
				transaction.abandon();
			}
		}

		/**
		 * What is cancelled while it hands on the end of this begin may neither do so nor
		 * tell anybody of the cancel, as Reactor's {@code thenReturn}.
		 */
		private boolean isCancelledBelow() {
			Scannable actual = Scannable.from(this.actual);
			return Stream.concat(Stream.of(actual), actual.actuals())
				.anyMatch((each) -> each.scanOrDefault(Attr.CANCELLED, false)
						&& !each.scanOrDefault(Attr.TERMINATED, false));
		}

		/** It does not keep this one, lest a status that was dropped is never found. */
		private static Boundary.Inside outlasting(R2dbcTransaction begun, WeakReference<Begin> reference) {
			return () -> {
				if (begun.isEnding()) {
					return;
				}
				Log.warn("Transaction '{}' was still open when its exchange had failed, and nobody had cancelled it",
						begun.shared().name());
				Begin begin = reference.get();
				if (begin != null) {
					begin.cancel();
				}
				else {
					begun.abandon();
				}
			};
		}

		@Override
		public void failed(Throwable failure) {
			if (this.phase.compareAndSet(Phase.BEGINNING, Phase.TOLD)) {
				this.actual.onError(new CannotCreateTransactionException(
						"Could not open R2DBC Connection for transaction", failure));
			}
		}

		@Override
		public void cancel() {
			if (this.phase.compareAndSet(Phase.BEGINNING, Phase.CANCELLED)) {
				ManagedBegin.this.object.resumeAll(this.actual.currentContext());
				this.beginning.cancel(new CancellationException("Cancelled while the transaction began"));
				return;
			}
			R2dbcTransaction begun = this.transaction;
			if (begun != null) {
				// Spring may still resume the rest, if the end comes by another way, too.
				ManagedBegin.this.object.resumeHolder();
				begun.abandon((ignored) -> ManagedBegin.this.object.resumed());
			}
		}

	}

	private enum Phase {

		BEGINNING, CANCELLED, TOLD

	}

}
