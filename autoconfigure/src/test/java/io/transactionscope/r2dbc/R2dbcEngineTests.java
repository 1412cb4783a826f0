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
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcRollbackException;
import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.reactive.engine.Cancellation;
import io.transactionscope.reactive.engine.ReactiveParticipation;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.ScopePropagation;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.r2dbc.connection.ConnectionFactoryUtils;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.transaction.reactive.TransactionalOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * A block's part in a transaction, as a block goes through it.
 */
class R2dbcEngineTests {

	private final ScriptedConnections connections = new ScriptedConnections();

	private final ScopedR2dbcTransactionManager manager = new ScopedR2dbcTransactionManager(this.connections);

	private final R2dbcEngine engine = Objects.requireNonNull(R2dbcEngine.of(this.manager,
			(definition, name, deadline, cancellation) -> Mono.error(new UnsupportedOperationException())));

	private final List<Throwable> failures = new ArrayList<>();

	private final Cancellation cancellation = new Cancellation();

	private final List<Object> seen = new ArrayList<>();

	private static ScopeDefinition definition(ScopePropagation propagation) {
		return new ScopeDefinition(null, propagation, Isolation.DEFAULT, false, null, ScopeDefinition.DEFAULT.commit(),
				null);
	}

	private Mono<ReactiveParticipation> enter(ScopePropagation propagation, @Nullable Duration timeout) {
		return this.engine.enter(definition(propagation), "order", (timeout != null) ? Deadline.in(timeout) : null,
				this.cancellation);
	}

	/** What a block does, without its care for failures. */
	private <T> Mono<T> block(ScopePropagation propagation, Function<ReactiveParticipation, Mono<T>> body) {
		return Mono
			.deferContextual((outer) -> enter(propagation, null).flatMap((part) -> Mono.defer(() -> body.apply(part))
				.onErrorResume((ex) -> part.rollBack(RollbackMark.failed("order", ex), this.failures)
					.doOnNext(this.seen::add)
					.then(part.release(this.failures))
					.then(Mono.error(ex)))
				.flatMap((value) -> part.commit(this.failures)
					.onErrorResume((ex) -> part.release(this.failures).then(Mono.error(ex)))
					.then(Mono.defer(() -> part.release(this.failures)))
					.thenReturn(value))
				.contextWrite(part::context)));
	}

	private Mono<String> connection() {
		return ConnectionFactoryUtils.getConnection(this.connections).map(Object::toString);
	}

	private Mono<Void> send(String sql) {
		return ConnectionFactoryUtils.getConnection(this.connections)
			.flatMap((connection) -> Mono.from(connection.createStatement(sql).execute()).then());
	}

	@Test
	void nothingIsSentFromASavepointOnceItHasEnded() {
		List<Mono<Void>> late = new ArrayList<>();
		block(ScopePropagation.REQUIRED,
				(outer) -> this.<Object>block(ScopePropagation.NESTED, (part) -> Mono.deferContextual((context) -> {
					late.add(send("late").contextWrite(context));
					return send("in time").then(Mono.error(new Exception("body")));
				}))
					.onErrorComplete()
					.then(Mono.defer(() -> late.get(0).doOnError(this.seen::add).onErrorComplete()))
					.then(send("behind"))
					.thenReturn("done"))
			.block();
		assertThat(this.seen).last()
			.asString()
			.contains("A block from a savepoint of transaction 'order' has ended, and nothing is sent for it any more");
		assertThat(this.connections.calls).doesNotContain("late 1").contains("in time 1", "behind 1");
	}

	@Test
	void commits() {
		assertThat(block(ScopePropagation.REQUIRED, (part) -> {
			assertThat(part.isOwner()).isTrue();
			assertThat(part.isTransactional()).isTrue();
			assertThat(part.connection()).hasToString("connection 1");
			return connection();
		}).block()).isEqualTo("connection 1");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
	}

	@Test
	void rollsBack() {
		IllegalStateException failure = new IllegalStateException("body");
		assertThatThrownBy(() -> block(ScopePropagation.REQUIRED, (part) -> Mono.error(failure)).block())
			.isSameAs(failure);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
		assertThat(this.seen).containsExactly(TransactionOutcome.ROLLED_BACK);
	}

	@Test
	void aFailedRollbackIsALaterFailureAndTheConnectionIsClosed() {
		IllegalStateException rollback = new IllegalStateException("rollback");
		this.connections.fail("rollback", rollback);
		assertThatThrownBy(
				() -> block(ScopePropagation.REQUIRED, (part) -> Mono.error(new IllegalArgumentException("body")))
					.block())
			.isInstanceOf(IllegalArgumentException.class);
		assertThat(this.failures).containsExactly(rollback);
	}

	@Test
	void aRefusedCommitIsRolledBack() {
		this.connections.fail("commit", new R2dbcRollbackException("The database returned ROLLBACK"));
		assertThatThrownBy(() -> block(ScopePropagation.REQUIRED, (part) -> connection()).block())
			.isInstanceOfSatisfying(CommitFailedException.class, (failure) -> {
				assertThat(failure.outcome()).isEqualTo(TransactionOutcome.ROLLED_BACK);
				assertThat(failure).hasCauseInstanceOf(PessimisticLockingFailureException.class);
			});
	}

	@Test
	void aCommitWithoutAnswerIsInDoubt() {
		this.connections.fail("commit", new R2dbcNonTransientResourceException("Connection closed"));
		assertThatThrownBy(() -> block(ScopePropagation.REQUIRED, (part) -> connection()).block())
			.isInstanceOfSatisfying(CommitFailedException.class,
					(failure) -> assertThat(failure.outcome()).isEqualTo(TransactionOutcome.UNKNOWN));
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
	}

	@Test
	void joinsWhatIsActive() {
		block(ScopePropagation.REQUIRED, (outer) -> block(ScopePropagation.REQUIRED, (inner) -> {
			assertThat(inner.isJoined()).isTrue();
			assertThat(inner.transaction()).isSameAs(outer.transaction());
			return connection();
		}).then(block(ScopePropagation.MANDATORY, (inner) -> connection()))).block();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
	}

	@Test
	void joinsATransactionOfAMethod() {
		block(ScopePropagation.REQUIRED, (part) -> {
			assertThat(part.isJoined()).isTrue();
			return connection();
		}).as(TransactionalOperator.create(this.manager)::transactional).block();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
	}

	@Test
	void aMethodJoinsTheBlock() {
		block(ScopePropagation.REQUIRED,
				(part) -> connection().as(TransactionalOperator.create(this.manager)::transactional))
			.block();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
	}

	@Test
	void aMethodOnSpringsOwnManagerJoinsTheBlock() {
		block(ScopePropagation.REQUIRED,
				(part) -> connection()
					.as(TransactionalOperator.create(new R2dbcTransactionManager(this.connections))::transactional))
			.block();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
	}

	@Test
	void aMethodThatFailsInTheBlockDoomsIt() {
		assertThatThrownBy(() -> block(ScopePropagation.REQUIRED,
				(part) -> Mono.error(new IllegalStateException())
					.as(TransactionalOperator.create(this.manager)::transactional)
					.onErrorResume((ex) -> {
						assertThat(part.isRollbackOnly()).isTrue();
						return Mono.just(1);
					}))
			.block()).isInstanceOf(UnexpectedRollbackException.class);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	@Test
	void aBlockThatFailsInAMethodDoomsThat() {
		assertThatThrownBy(
				() -> block(ScopePropagation.REQUIRED, (part) -> Mono.error(new IllegalStateException("inner")))
					.onErrorReturn(1)
					.as(TransactionalOperator.create(this.manager)::transactional)
					.block())
			.isInstanceOf(UnexpectedRollbackException.class);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	@Test
	void requiresNewLeavesTheOuterContextAlone() {
		block(ScopePropagation.REQUIRED,
				(outer) -> Mono.zip(block(ScopePropagation.REQUIRES_NEW, (inner) -> connection()), connection())
					.doOnNext(this.seen::add))
			.block();
		assertThat(this.seen.toString()).isEqualTo("[[connection 2,connection 1]]");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "create", "begin 2", "commit 2",
				"close 2", "commit 1", "close 1");
	}

	@Test
	void nestedWorksFromASavepoint() {
		block(ScopePropagation.REQUIRED, (outer) -> block(ScopePropagation.NESTED, (inner) -> {
			assertThat(inner.isSavepoint()).isTrue();
			return connection();
		}).then(block(ScopePropagation.NESTED, (inner) -> Mono.error(new IllegalStateException())).onErrorReturn(1)))
			.block();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "savepoint SAVEPOINT_1 1",
				"release SAVEPOINT_1 1", "savepoint SAVEPOINT_2 1", "rollback to SAVEPOINT_2 1",
				"release SAVEPOINT_2 1", "commit 1", "close 1");
	}

	@Test
	void aSavepointThatCannotBeReleasedIsRolledBackTo() {
		this.connections.fail("release SAVEPOINT_1", new IllegalStateException("release"));
		block(ScopePropagation.REQUIRED,
				(outer) -> block(ScopePropagation.NESTED, (inner) -> connection()).onErrorReturn("failed"))
			.block();
		assertThat(this.connections.calls).contains("rollback to SAVEPOINT_1 1", "commit 1");
	}

	@Test
	void aSavepointThatCannotBeRolledBackToDoomsTheTransaction() {
		this.connections.fail("rollback to SAVEPOINT_1", new IllegalStateException("no rollback"));
		assertThatThrownBy(() -> block(ScopePropagation.REQUIRED,
				(outer) -> block(ScopePropagation.NESTED, (inner) -> Mono.error(new IllegalStateException("inner")))
					.onErrorReturn(1))
			.block()).isInstanceOf(UnexpectedRollbackException.class)
			.hasMessageContaining("could not roll back to its savepoint");
		assertThat(this.connections.calls).endsWith("rollback 1", "close 1");
	}

	@Test
	void refusesByPropagation() {
		assertThatThrownBy(() -> block(ScopePropagation.MANDATORY, (part) -> connection()).block())
			.isInstanceOf(IllegalTransactionStateException.class)
			.hasMessageContaining("drop mandatory()");
		assertThatThrownBy(
				() -> block(ScopePropagation.REQUIRED, (outer) -> block(ScopePropagation.NEVER, (part) -> connection()))
					.block())
			.isInstanceOf(IllegalTransactionStateException.class)
			.hasMessageContaining("drop never()");
		assertThatThrownBy(() -> block(ScopePropagation.REQUIRED,
				(outer) -> block(ScopePropagation.OUTERMOST, (part) -> connection()))
			.block()).isInstanceOf(IllegalTransactionStateException.class).hasMessageContaining("drop outermost()");
	}

	@Test
	void runsWithoutTransaction() {
		block(ScopePropagation.REQUIRED, (outer) -> block(ScopePropagation.NOT_SUPPORTED, (part) -> {
			assertThat(part.isTransactional()).isFalse();
			return connection().doOnNext(this.seen::add).then(connection()).doOnNext(this.seen::add);
		})).block();
		assertThat(this.seen).containsExactly("connection 2", "connection 2");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "create", "close 2", "commit 1",
				"close 1");
	}

	@Test
	void aBlockInATransactionThatHasEndedIsRefused() {
		block(ScopePropagation.REQUIRED, (part) -> TransactionSynchronizationManager.forCurrentTransaction()
			.doOnNext((current) -> current.registerSynchronization(new TransactionSynchronization() {

				@Override
				public Mono<Void> afterCommit() {
					return block(ScopePropagation.REQUIRED, (inner) -> connection()).then();
				}

			}))).block();
		assertThat(this.failures).singleElement().isInstanceOf(IllegalTransactionStateException.class);
	}

	@Test
	void synchronizationsAndListenersAreTold() {
		this.manager.setTransactionExecutionListeners(List.of(new TransactionExecutionListener() {

			@Override
			public void beforeBegin(TransactionExecution transaction) {
				R2dbcEngineTests.this.seen.add("beforeBegin " + transaction.getTransactionName());
			}

			@Override
			public void afterBegin(TransactionExecution transaction, @Nullable Throwable failure) {
				R2dbcEngineTests.this.seen.add("afterBegin");
				throw new IllegalStateException("A listener has no say");
			}

			@Override
			public void beforeCommit(TransactionExecution transaction) {
				R2dbcEngineTests.this.seen.add("beforeCommit");
			}

			@Override
			public void afterCommit(TransactionExecution transaction, @Nullable Throwable failure) {
				R2dbcEngineTests.this.seen.add("afterCommit " + failure);
			}

		}));
		block(ScopePropagation.REQUIRED, (part) -> TransactionSynchronizationManager.forCurrentTransaction()
			.doOnNext((current) -> current.registerSynchronization(new TransactionSynchronization() {

				@Override
				public Mono<Void> beforeCommit(boolean readOnly) {
					return connection().doOnNext(R2dbcEngineTests.this.seen::add).then();
				}

				@Override
				public Mono<Void> afterCompletion(int status) {
					throw new IllegalStateException("status " + status);
				}

			}))).block();
		assertThat(this.seen).containsExactly("beforeBegin order", "afterBegin", "connection 1", "beforeCommit",
				"afterCommit null");
		assertThat(this.failures).singleElement().hasToString("java.lang.IllegalStateException: status 0");
	}

	@Test
	void aSynchronizationThatThrowsWhatReactorTakesForFatalChangesNothing() {
		LinkageError fatal = new LinkageError("told");
		block(ScopePropagation.REQUIRED, (part) -> TransactionSynchronizationManager.forCurrentTransaction()
			.doOnNext((context) -> context.registerSynchronization(new TransactionSynchronization() {

				@Override
				public Mono<Void> afterCommit() {
					throw fatal;
				}

			}))
			.then(connection())).block(Duration.ofSeconds(10));
		assertThat(this.failures).containsExactly(fatal);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
	}

	@Test
	void aRollbackAwaitsEachCancelOfAStatement() {
		this.connections.cancellable().hold(ScriptedConnections.CANCEL);
		block(ScopePropagation.REQUIRED, (part) -> send("insert").then(Mono.defer(() -> {
			part.interrupt().subscribe();
			this.connections.answer(ScriptedConnections.CANCEL);
			part.interrupt().subscribe();
			return Mono.<Object>error(new IllegalStateException("body"));
		}))).onErrorComplete().subscribe();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "insert 1", "cancel 1");
		this.connections.release(ScriptedConnections.CANCEL);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "insert 1", "cancel 1", "rollback 1",
				"close 1");
	}

	@Test
	void noStatementIsCancelledForABlockThatHasJoinedOnceTheTransactionHasEnded() {
		this.connections.cancellable();
		AtomicReference<ReactiveParticipation> joined = new AtomicReference<>();
		block(ScopePropagation.REQUIRED, (part) -> {
			joined.set(part);
			return send("insert").thenReturn("done");
		}).as(TransactionalOperator.create(this.manager)::transactional).block();
		Objects.requireNonNull(joined.get()).interrupt().block(Duration.ofSeconds(10));
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "insert 1", "commit 1", "close 1");
	}

	@Test
	void aCancelInTheQueueOfThePoolFailsAtOnce() {
		this.connections.hold("create");
		Signals.of(enter(ScopePropagation.REQUIRED, null), this.seen);
		CancellationException cause = new CancellationException();
		this.cancellation.cancel(cause);
		assertThat(this.seen).containsExactly(cause);
		assertThat(this.connections.cancelled).containsExactly("create");
	}

	@Test
	void aCancelInBeginFailsOnceThatIsUndone() {
		this.connections.hold("begin");
		Signals.of(enter(ScopePropagation.REQUIRED, null), this.seen);
		CancellationException cause = new CancellationException();
		this.cancellation.cancel(cause);
		assertThat(this.seen).isEmpty();
		this.connections.release("begin");
		assertThat(this.seen).containsExactly(cause);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	@Test
	void aCancelBeforeTheEntryFailsIt() {
		CancellationException cause = new CancellationException();
		this.cancellation.cancel(cause);
		Signals.of(enter(ScopePropagation.REQUIRED, null), this.seen);
		assertThat(this.seen).containsExactly(cause);
		assertThat(this.connections.calls).isEmpty();
	}

	@Test
	void aBeginThatFailsSaysWhoseItIs() {
		IllegalStateException failure = new IllegalStateException("no connection");
		this.connections.fail("create", failure);
		assertThatThrownBy(() -> block(ScopePropagation.REQUIRED, (part) -> connection()).block())
			.isInstanceOf(CannotCreateTransactionException.class)
			.hasMessage("Could not open R2DBC Connection for scope 'order': no connection")
			.hasCause(failure);
	}

}
