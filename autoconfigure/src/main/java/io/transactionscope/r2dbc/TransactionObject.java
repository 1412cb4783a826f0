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

import java.util.List;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.transaction.CommitFailedException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.r2dbc.connection.ConnectionHolder;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;

/**
 * What one {@code getReactiveTransaction} call is about.
 */
final class TransactionObject {

	private final ConnectionFactory factory;

	private final TransactionSynchronizationManager bound;

	private final @Nullable SuspendedContext context;

	private @Nullable ConnectionHolder holder;

	private volatile @Nullable Subscription beginning;

	private @Nullable Savepoint savepoint;

	/** Whether another one was set while it was rolled back to this one. */
	private volatile boolean overtaken;

	private @Nullable ConnectionHolder suspended;

	private @Nullable CommitFailedException refusal;

	private final boolean existing;

	TransactionObject(ConnectionFactory factory, TransactionSynchronizationManager bound, boolean existing) {
		this.existing = existing;
		this.factory = factory;
		this.bound = bound;
		this.context = SuspendedContext.of(bound);
		this.holder = (ConnectionHolder) bound.getResource(factory);
	}

	boolean isExisting() {
		return this.existing;
	}

	ConnectionHolder existing() {
		if (this.holder == null) {
			throw new IllegalTransactionStateException("No transaction");
		}
		return this.holder;
	}

	/** What others have bound, to be used as it is. */
	@Nullable ConnectionHolder lender() {
		return (this.holder != null && !this.holder.isSynchronizedWithTransaction()) ? this.holder : null;
	}

	/** The connection that is kept while this one begins, if there is one. */
	@Nullable Connection suspended() {
		return (this.suspended != null) ? BoundConnectionHolder.connection(this.suspended) : null;
	}

	void begun(R2dbcTransaction transaction) {
		transaction.bind(this.bound);
		this.holder = transaction;
	}

	R2dbcTransaction begun() {
		if (this.holder instanceof R2dbcTransaction transaction) {
			return transaction;
		}
		throw new IllegalTransactionStateException("Not begun by this transaction manager");
	}

	/** Wait for what was begun inside of it, and is not over yet. */
	Mono<Void> whenResumed() {
		return (this.holder instanceof R2dbcTransaction transaction) ? transaction.whenResumed() : Mono.empty();
	}

	@Nullable Savepoint savepoint() {
		return this.savepoint;
	}

	Mono<Void> begin(Savepoint savepoint) {
		this.savepoint = savepoint;
		return savepoint.create();
	}

	/**
	 * Roll back to the savepoint. Whoever has cancelled what worked from it may go on
	 * from a later one meanwhile, which its release would take along.
	 */
	Mono<Void> rollBack(Savepoint savepoint, Throwable cause) {
		int before = savepoints();
		return savepoint.rollBack(cause).doOnSuccess((done) -> this.overtaken = savepoints() != before);
	}

	private int savepoints() {
		return (this.holder instanceof R2dbcTransaction transaction) ? transaction.savepoints() : 0;
	}

	Mono<Void> endSavepoint() {
		Savepoint savepoint = this.savepoint;
		this.savepoint = null;
		return (savepoint != null && !this.overtaken) ? savepoint.release() : Mono.empty();
	}

	/**
	 * Take the connection of an outer transaction from its context. If what was to begin
	 * there is cancelled before it begins, it is put back.
	 */
	Mono<Object> suspension() {
		return new Suspension(this);
	}

	private Object suspend() {
		ConnectionHolder suspended = (ConnectionHolder) this.bound.unbindResource(this.factory);
		this.holder = null;
		this.suspended = suspended;
		if (suspended instanceof R2dbcTransaction transaction) {
			transaction.suspend();
		}
		return suspended;
	}

	/**
	 * Put back the connection that was suspended, as whoever has cancelled what runs
	 * inside goes on with it at once.
	 */
	void resumeHolder() {
		if (this.holder instanceof R2dbcTransaction begun && this.suspended != null) {
			begun.unbind(this.suspended);
		}
		resume(this.bound, this.factory, this.suspended);
	}

	/**
	 * What was to begin is on its way, and resumes by itself.
	 * @param begin is kept for as long as this is, as a cancel may still be for it
	 */
	void beginning(Subscription begin) {
		this.beginning = begin;
	}

	private void resumeUnlessBegun(Context context) {
		if (this.beginning == null) {
			resumeAll(context);
		}
	}

	/** The same for all that was suspended, as Spring will not do so. */
	void resumeAll(Context context) {
		resumeHolder();
		if (this.context != null) {
			this.context.resume(this.bound, context);
		}
		resumed();
	}

	/** Nothing of what was suspended is still to be put back. */
	void resumed() {
		if (this.suspended instanceof R2dbcTransaction transaction) {
			transaction.resumed();
		}
	}

	/** As Spring, unless it is bound, or has ended. */
	static void resume(TransactionSynchronizationManager to, ConnectionFactory factory,
			@Nullable ConnectionHolder suspended) {
		boolean over = suspended instanceof R2dbcTransaction transaction && transaction.isReleased();
		if (suspended != null && !over && to.getResource(factory) == null) {
			to.bindResource(factory, suspended);
		}
	}

	/** What was suspended, to be resumed where Spring would stop at a failure. */
	Mono<Void> resumeBefore(Throwable failure) {
		if (this.suspended == null) {
			return Mono.error(failure);
		}
		resume(this.bound, this.factory, this.suspended);
		Mono<Void> resumed = (this.context != null) ? this.context.resumeSynchronizations(this.bound).then()
				: Mono.empty();
		return resumed.onErrorComplete().doAfterTerminate(this::resumed).then(Mono.error(failure));
	}

	@Nullable CommitFailedException refusal() {
		return this.refusal;
	}

	void refusal(CommitFailedException refusal) {
		this.refusal = refusal;
	}

	/**
	 * What Spring takes from a context while another transaction begins in it, and
	 * forgets if that is cancelled.
	 *
	 * @param synchronizations of the context
	 * @param name of its transaction
	 * @param readOnly whether that only reads
	 * @param isolation its isolation level
	 * @param active whether there is any
	 */
	private record SuspendedContext(List<TransactionSynchronization> synchronizations, @Nullable String name,
			boolean readOnly, @Nullable Integer isolation, boolean active) {

		static @Nullable SuspendedContext of(TransactionSynchronizationManager context) {
			return context.isSynchronizationActive() ? new SuspendedContext(context.getSynchronizations(),
					context.getCurrentTransactionName(), context.isCurrentTransactionReadOnly(),
					context.getCurrentTransactionIsolationLevel(), context.isActualTransactionActive()) : null;
		}

		/** Put it back, unless that is done. */
		void resume(TransactionSynchronizationManager to, Context context) {
			if (to.isSynchronizationActive()) {
				return;
			}
			to.setActualTransactionActive(this.active);
			to.setCurrentTransactionIsolationLevel(this.isolation);
			to.setCurrentTransactionReadOnly(this.readOnly);
			to.setCurrentTransactionName(this.name);
			to.initSynchronization();
			resumeSynchronizations(to).contextWrite(context).subscribe();
		}

		/** One that fails still hears of the end, and so do those after it. */
		Flux<Void> resumeSynchronizations(TransactionSynchronizationManager to) {
			return Flux.fromIterable(this.synchronizations)
				.concatMapDelayError((each) -> each.resume().doOnTerminate(() -> to.registerSynchronization(each)));
		}

	}

	/**
	 * Takes the connection of an outer transaction from its context. If what was to begin
	 * there is cancelled before it begins, it is put back.
	 */
	private static final class Suspension extends Mono<Object> {

		private final TransactionObject object;

		Suspension(TransactionObject object) {
			this.object = object;
		}

		@Override
		public void subscribe(CoreSubscriber<? super Object> actual) {
			actual.onSubscribe(new Subscription() {

				private boolean emitted;

				@Override
				public void request(long count) {
					if (this.emitted) {
						return;
					}
					this.emitted = true;
					Object suspended;
					try {
						suspended = Suspension.this.object.suspend();
					}
					catch (Throwable ex) {
						actual.onError(ex);
						return;
					}
					actual.onNext(suspended);
					actual.onComplete();
				}

				@Override
				public void cancel() {
					if (this.emitted) {
						Suspension.this.object.resumeUnlessBegun(actual.currentContext());
					}
				}

			});
		}

	}

}
