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

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcException;
import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.Log;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.jdbc.ExecutionListeners;
import io.transactionscope.reactive.engine.ReactiveTransactionState;
import io.transactionscope.text.Printable;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.r2dbc.connection.ConnectionHolder;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.reactive.GenericReactiveTransaction;
import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;

/**
 * An {@link R2dbcTransactionManager} that leaves no transaction behind when it is
 * cancelled, and tells what became of it. It makes plain reactive {@code @Transactional}
 * methods and {@code TransactionalOperator} right where the stock manager is not:
 * <ul>
 * <li>A cancel while the connection is borrowed or the transaction begins gives the
 * connection back, rolled back, in whatever moment it comes. With the stock manager, the
 * pool may get it back inside a transaction, in which later statements of others run, and
 * are lost.</li>
 * <li>COMMIT, ROLLBACK and the return of the connection are never torn by a cancel.</li>
 * <li>A COMMIT whose answer is lost reaches the caller as {@link CommitFailedException}
 * with outcome {@link TransactionOutcome#UNKNOWN}, and synchronizations are told
 * {@link TransactionSynchronization#STATUS_UNKNOWN STATUS_UNKNOWN}. A COMMIT that the
 * server refuses keeps its translated exception.</li>
 * <li>A rollback that fails, or gets no answer, does not replace the application's
 * exception: it is logged, as this manager is not told that exception.</li>
 * <li>A connection that is neither committed nor rolled back for certain is closed, and
 * never goes back to its pool.</li>
 * <li>A transaction that a participant has marked rollback-only never commits:
 * {@link UnexpectedRollbackException} says so.</li>
 * <li>The timeout of a transaction bounds the wait for its connection as well.</li>
 * </ul>
 * <p>
 * Blocks of a {@link io.transactionscope.reactive.ReactiveTransactionScope} on it begin
 * and end the transaction by themselves, so what does that here is final, lest they pass
 * by what a subclass has overridden. They do call
 * {@link #prepareTransactionalConnection}; for more than that, extend Spring's
 * {@link R2dbcTransactionManager}, through which blocks go.
 *
 * <p>
 * Like Spring's, a transaction that is begun inside another one in the same subscription
 * suspends that. If the inner one is cancelled ({@code timeout} around it), the outer one
 * goes on with its own connection at once, while the inner one is still rolled back.
 * <p>
 * The starter uses it in place of Boot's default. It is safe for use by any number of
 * subscribers. A bean of your own takes that place:
 *
 * <pre class="code">
 * &#064;Bean
 * ScopedR2dbcTransactionManager transactionManager(ConnectionFactory connectionFactory) {
 *     return new ScopedR2dbcTransactionManager(connectionFactory);
 * }
 * </pre>
 *
 * @since 0.1.0
 */
public class ScopedR2dbcTransactionManager extends R2dbcTransactionManager {

	private final DroppedTransactions dropped = new DroppedTransactions();

	private boolean resolveCommit;

	/**
	 * Create a manager for the connections of the given factory.
	 * @param connectionFactory where to borrow them
	 */
	public ScopedR2dbcTransactionManager(ConnectionFactory connectionFactory) {
		super(connectionFactory);
	}

	/**
	 * Set whether to ask the database what became of a COMMIT that it has not answered,
	 * for each transaction. The starter sets it to
	 * {@code transaction-scope.commit.resolve} for each bean of this type.
	 * @param resolveCommit {@code true} to ask, {@code false} by default
	 * @see io.transactionscope.reactive.ReactiveTransactionScope#resolveCommit()
	 */
	public final void setResolveCommit(boolean resolveCommit) {
		this.resolveCommit = resolveCommit;
	}

	/**
	 * Add a listener. What it throws is logged, and changes nothing of a transaction.
	 */
	@Override
	public void addListener(TransactionExecutionListener listener) {
		super.addListener(ExecutionListeners.guarded(listener));
	}

	@Override
	public void afterPropertiesSet() {
		super.afterPropertiesSet();
		ExecutionListeners.guard(this);
	}

	@Override
	protected final Object doGetTransaction(TransactionSynchronizationManager synchronizationManager) {
		this.dropped.abandon();
		return new TransactionObject(obtainConnectionFactory(), synchronizationManager,
				super.isExistingTransaction(super.doGetTransaction(synchronizationManager)));
	}

	@Override
	protected final boolean isExistingTransaction(Object transaction) {
		return ((TransactionObject) transaction).isExisting();
	}

	@Override
	protected final Mono<Void> doBegin(TransactionSynchronizationManager synchronizationManager, Object transaction,
			TransactionDefinition definition) {
		TransactionObject object = (TransactionObject) transaction;
		if (definition.getPropagationBehavior() == TransactionDefinition.PROPAGATION_NESTED && object.isExisting()) {
			return Mono.defer(() -> object.begin(Savepoint.in(object.existing())));
		}
		Duration timeout = determineTimeout(definition);
		ReactiveTransactionState shared = new ReactiveTransactionState(
				(definition.getName() != null) ? Printable.of(definition.getName()) : "unnamed transaction",
				(timeout.isNegative() || timeout.isZero()) ? null : Deadline.in(timeout));
		if (this.resolveCommit) {
			shared.resolveCommit();
		}
		return new ManagedBegin(obtainConnectionFactory(), object, shared, preparation(definition), this.dropped,
				ScopedR2dbcTransactionManager::follow);
	}

	/** How this manager begins what the definition says. */
	final Beginning.Preparation preparation(TransactionDefinition definition) {
		return new Preparation(definition);
	}

	/** Spring's exception for what a COMMIT failed with, if it has one. */
	final Throwable translate(Throwable failure) {
		return (failure instanceof R2dbcException r2dbc) ? translateException("R2DBC commit", r2dbc) : failure;
	}

	@Override
	protected Duration determineTimeout(TransactionDefinition definition) {
		return super.determineTimeout(definition);
	}

	@Override
	protected final Mono<Object> doSuspend(TransactionSynchronizationManager synchronizationManager,
			Object transaction) {
		return ((TransactionObject) transaction).suspension();
	}

	@Override
	protected final Mono<Void> doResume(TransactionSynchronizationManager synchronizationManager,
			@Nullable Object transaction, Object suspendedResources) {
		ConnectionHolder suspended = (ConnectionHolder) suspendedResources;
		return Mono
			.<Void>fromRunnable(
					() -> TransactionObject.resume(synchronizationManager, obtainConnectionFactory(), suspended))
			.doAfterTerminate(() -> {
				if (suspended instanceof R2dbcTransaction outer) {
					outer.resumed();
				}
			});
	}

	@Override
	protected final Mono<Void> prepareForCommit(TransactionSynchronizationManager synchronizationManager,
			GenericReactiveTransaction status) {
		if (!status.isNewTransaction()) {
			return Mono.empty();
		}
		TransactionObject object = (TransactionObject) status.getTransaction();
		return object.whenResumed()
			.then(Mono.defer(() -> object.existing().isRollbackOnly()
					? rollBackMarked(synchronizationManager, status, object) : runBeforeCommit(object)));
	}

	/**
	 * What scopes have registered. Spring rolls back on unchecked exceptions alone, and a
	 * {@link TransactionException} stands for a failed COMMIT to it.
	 */
	private static Mono<Void> runBeforeCommit(TransactionObject object) {
		if (object.savepoint() != null || !object.begun().shared().hasCallbacks()) {
			return Mono.empty();
		}
		ReactiveTransactionState shared = object.begun().shared();
		return shared.runBeforeCommit()
			.onErrorMap(
					(ex) -> !(ex instanceof RuntimeException || ex instanceof Error)
							|| ex instanceof TransactionException,
					(ex) -> new IllegalStateException(
							"A callback before the commit of '%s' failed: %s".formatted(shared.name(), ex.getMessage()),
							ex));
	}

	private Mono<Void> rollBackMarked(TransactionSynchronizationManager synchronizationManager,
			GenericReactiveTransaction status, TransactionObject object) {
		return Flux
			.fromIterable(status.isNewSynchronization() ? synchronizationManager.getSynchronizations()
					: List.<TransactionSynchronization>of())
			.concatMap((each) -> each.beforeCompletion().onErrorResume((ex) -> {
				Log.warn("A synchronization failed before the rollback of '{}'", status.getTransactionName(), ex);
				return Mono.empty();
			}))
			.then(Mono.defer(() -> {
				getTransactionExecutionListeners().forEach((each) -> each.beforeRollback(status));
				return rolledBack(status, object);
			}));
	}

	/** Roll back what cannot commit, and say why it could not. */
	private Mono<Void> rolledBack(GenericReactiveTransaction status, TransactionObject object) {
		Savepoint savepoint = object.savepoint();
		String name = (object.existing() instanceof R2dbcTransaction transaction) ? transaction.shared().name()
				: status.getTransactionName();
		RollbackMark mark = (object.existing() instanceof R2dbcTransaction transaction) ? transaction.shared().mark()
				: null;
		UnexpectedRollbackException failure = RollbackMark.unexpectedRollback(name, mark);
		Mono<Void> rollback = (savepoint != null) ? savepoint.rollBack(failure) : rollBack(object.begun());
		return rollback.then(Mono.error(failure));
	}

	@Override
	protected final Mono<Void> doCommit(TransactionSynchronizationManager synchronizationManager,
			GenericReactiveTransaction status) {
		TransactionObject object = (TransactionObject) status.getTransaction();
		if (object.existing().isRollbackOnly()) {
			return rolledBack(status, object);
		}
		return (object.savepoint() != null) ? Mono.empty()
				: object.begun().commit().onErrorMap((failure) -> commitFailed(object, failure));
	}

	private Throwable commitFailed(TransactionObject object, Throwable failure) {
		if (failure instanceof UnexpectedRollbackException) {
			return failure;
		}
		R2dbcTransaction transaction = object.begun();
		TransactionOutcome outcome = Objects.requireNonNull(transaction.outcome());
		Throwable translated = translate(failure);
		if (translated instanceof TransactionException) {
			translated = failure;
		}
		if (translated != failure && CommitReading.outcomeOf(failure) == TransactionOutcome.ROLLED_BACK) {
			return translated;
		}
		CommitFailedException failed = transaction.shared()
			.commitFailed(CommitReading.exception(transaction.shared().name(), outcome, translated));
		if (outcome == TransactionOutcome.ROLLED_BACK) {
			object.refusal(failed);
			return new CommitRefused(failed);
		}
		return failed;
	}

	@Override
	protected final Mono<Void> doRollback(TransactionSynchronizationManager synchronizationManager,
			GenericReactiveTransaction status) {
		TransactionObject object = (TransactionObject) status.getTransaction();
		Savepoint savepoint = object.savepoint();
		if (savepoint != null) {
			return object.rollBack(savepoint, RollbackMark.unexpectedRollback(status.getTransactionName(), null));
		}
		// Whoever has cancelled it may go on already.
		object.resumeHolder();
		return object.whenResumed().then(rollBack(object.begun()));
	}

	private static Mono<Void> rollBack(R2dbcTransaction transaction) {
		return transaction.rollBack().onErrorResume((ex) -> {
			Log.warn("Rollback of '{}' failed; its connection is discarded, so that the server rolls back",
					transaction.shared().name(), ex);
			return Mono.empty();
		});
	}

	@Override
	protected final Mono<Void> doSetRollbackOnly(TransactionSynchronizationManager synchronizationManager,
			GenericReactiveTransaction status) {
		return Mono.fromRunnable(() -> ((TransactionObject) status.getTransaction()).existing().setRollbackOnly());
	}

	@Override
	protected final Mono<Void> doCleanupAfterCompletion(TransactionSynchronizationManager synchronizationManager,
			Object transaction) {
		TransactionObject object = (TransactionObject) transaction;
		if (object.savepoint() != null) {
			return object.endSavepoint();
		}
		return object.begun().finish().onErrorResume(object::resumeBefore).then(Mono.defer(() -> {
			CommitFailedException refusal = object.refusal();
			return (refusal != null) ? object.resumeBefore(refusal) : Mono.empty();
		}));
	}

	/** Let what scopes have registered follow, now that the connection is back. */
	private static Mono<Void> follow(R2dbcTransaction transaction) {
		ReactiveTransactionState shared = transaction.shared();
		List<Throwable> later = new ArrayList<>(transaction.releaseFailures());
		if (later.isEmpty() && !shared.hasCallbacks()) {
			return Mono.empty();
		}
		TransactionOutcome outcome = (transaction.outcome() != null) ? transaction.outcome()
				: TransactionOutcome.ROLLED_BACK;
		RollbackMark mark = shared.mark();
		// The failure of a block that joined is most likely on its way to the caller.
		Throwable failure = (mark != null && outcome != TransactionOutcome.COMMITTED) ? mark.failure() : null;
		return shared.follow(shared.outcome(outcome, failure), failure, later)
			.map(Optional::of)
			.defaultIfEmpty(Optional.empty())
			.flatMap((followed) -> {
				Throwable told = shared.tell(outcome, followed.orElse(null), later);
				if (told instanceof AfterCommitException) {
					return Mono.error(told);
				}
				if (told != failure) {
					Log.warn("Something failed after transaction '{}' had ended ({}); its caller gets the failure that "
							+ "ended it, which is not known here", shared.name(), outcome, told);
				}
				return Mono.empty();
			});
	}

	/**
	 * Says to Spring that a failed COMMIT is known to be rolled back; its cause, which
	 * only stands for a commit in doubt there, takes its place before the caller.
	 */
	private static final class CommitRefused extends RuntimeException {

		private CommitRefused(CommitFailedException failure) {
			super(failure.getMessage(), failure, false, false);
		}

	}

	/**
	 * What this manager does, and what subclasses have made of it.
	 */
	private final class Preparation implements Beginning.Preparation {

		private final TransactionDefinition definition;

		private Preparation(TransactionDefinition definition) {
			this.definition = definition;
		}

		@Override
		public Publisher<?> begin(Connection connection) {
			return connection.beginTransaction(createTransactionDefinition(this.definition));
		}

		@Override
		public Publisher<?> prepare(Connection connection) {
			return prepareTransactionalConnection(connection, this.definition);
		}

	}

}
