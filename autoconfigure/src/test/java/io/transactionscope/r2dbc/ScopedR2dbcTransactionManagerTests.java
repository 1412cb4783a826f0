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

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.R2dbcBadGrammarException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcRollbackException;
import io.r2dbc.spi.R2dbcTransientResourceException;
import io.r2dbc.spi.TransactionDefinition;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.r2dbc.BadSqlGrammarException;
import org.springframework.r2dbc.connection.ConnectionFactoryUtils;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.DefaultTransactionDefinition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What Spring's own tests ask of an R2DBC transaction manager, and where ours differs.
 */
class ScopedR2dbcTransactionManagerTests {

	private final ScriptedConnections connections = new ScriptedConnections();

	private final ScopedR2dbcTransactionManager manager = new ScopedR2dbcTransactionManager(this.connections);

	private final List<String> told = new ArrayList<>();

	private final DefaultTransactionDefinition definition = new DefaultTransactionDefinition();

	private TransactionalOperator operator() {
		return TransactionalOperator.create(this.manager, this.definition);
	}

	private TransactionalOperator operator(int propagation) {
		return TransactionalOperator.create(this.manager, new DefaultTransactionDefinition(propagation));
	}

	private Mono<?> synchronization() {
		return TransactionSynchronizationManager.forCurrentTransaction()
			.doOnNext((current) -> current.registerSynchronization(new Noted(this.told)));
	}

	private Mono<String> connection() {
		return ConnectionFactoryUtils.getConnection(this.connections).map(Object::toString);
	}

	private void run(Publisher<?> body) {
		Flux.from(body).as(operator()::transactional).blockLast(Duration.ofSeconds(20));
	}

	@Test
	void simpleTransaction() {
		run(connection().flatMap((connection) -> synchronization()));
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
		assertThat(this.told).containsExactly("beforeCommit", "beforeCompletion", "afterCommit", "afterCompletion 0");
	}

	@Test
	void beginFails() {
		R2dbcBadGrammarException failure = new R2dbcBadGrammarException("fail");
		this.connections.fail("create", failure);
		assertThatThrownBy(() -> run(connection())).isInstanceOf(CannotCreateTransactionException.class)
			.hasMessage("Could not open R2DBC Connection for transaction")
			.hasCause(failure);
	}

	@Test
	void aBeginThatFailsOnItsConnectionGivesThatBack() {
		this.connections.fail("begin", new R2dbcBadGrammarException("fail"));
		assertThatThrownBy(() -> run(connection())).isInstanceOf(CannotCreateTransactionException.class);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "close 1");
	}

	@Test
	void aBeginThatThrowsGivesItsConnectionBack() {
		this.connections.throwFrom("begin", new IllegalStateException("fail"));
		assertThatThrownBy(() -> run(connection())).isInstanceOf(CannotCreateTransactionException.class);
		assertThat(this.connections.calls).containsExactly("create", "close 1");
	}

	@Test
	void aFactoryThatThrowsFailsTheBegin() {
		this.connections.throwFrom("create", new IllegalStateException("fail"));
		assertThatThrownBy(() -> run(connection())).isInstanceOf(CannotCreateTransactionException.class)
			.hasRootCauseMessage("fail");
	}

	@Test
	void appliesTransactionDefinitionAndAutoCommit() {
		this.connections.autoCommit();
		this.definition.setName("my-transaction");
		this.definition.setTimeout(10);
		this.definition.setReadOnly(true);
		this.definition.setIsolationLevel(org.springframework.transaction.TransactionDefinition.ISOLATION_SERIALIZABLE);
		operator().execute((status) -> {
			assertThat(status.getTransactionName()).isEqualTo("my-transaction");
			assertThat(status.isNewTransaction()).isTrue();
			assertThat(status.isNested()).isFalse();
			assertThat(status.isReadOnly()).isTrue();
			assertThat(status.isRollbackOnly()).isFalse();
			assertThat(status.isCompleted()).isFalse();
			return Mono.empty();
		}).blockLast();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
		TransactionDefinition given = this.connections.definitions.get(0);
		assertThat(given.getAttribute(TransactionDefinition.NAME)).isEqualTo("my-transaction");
		assertThat(given.getAttribute(TransactionDefinition.LOCK_WAIT_TIMEOUT)).isEqualTo(Duration.ofSeconds(10));
		assertThat(given.getAttribute(TransactionDefinition.READ_ONLY)).isTrue();
		assertThat(given.getAttribute(TransactionDefinition.ISOLATION_LEVEL)).isEqualTo(IsolationLevel.SERIALIZABLE);
	}

	@Test
	void restoresAutoCommitWhereTheDriverDoesNot() {
		this.connections.autoCommit().staysInManualCommit();
		run(connection());
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "auto-commit true 1",
				"close 1");
	}

	@Test
	void appliesReadOnly() {
		this.manager.setEnforceReadOnly(true);
		this.definition.setReadOnly(true);
		run(connection());
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "SET TRANSACTION READ ONLY 1",
				"commit 1", "close 1");
	}

	@Test
	void aCommitThatTheServerRefusesKeepsItsTranslation() {
		this.connections.fail("commit", new R2dbcBadGrammarException("Commit should fail"));
		assertThatThrownBy(() -> run(synchronization())).isInstanceOf(BadSqlGrammarException.class);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "rollback 1", "close 1");
		assertThat(this.told).containsExactly("beforeCommit", "beforeCompletion", "afterCompletion 1");
	}

	@Test
	void aCommitThatTheServerTurnsIntoARollbackKeepsItsTranslation() {
		this.connections.fail("commit", new R2dbcRollbackException("The database returned ROLLBACK"));
		assertThatThrownBy(() -> run(synchronization())).isInstanceOf(PessimisticLockingFailureException.class);
		assertThat(this.told).endsWith("afterCompletion 1");
	}

	/** Spring has the rollback's failure replace the commit's. */
	@Test
	void commitAndRollbackFails() {
		this.connections.fail("commit", new R2dbcBadGrammarException("Commit should fail"))
			.fail("rollback", new R2dbcTransientResourceException("Rollback should also fail"));
		assertThatThrownBy(() -> run(connection())).isInstanceOf(BadSqlGrammarException.class)
			.cause()
			.satisfies((failure) -> assertThat(failure.getSuppressed()).singleElement()
				.isInstanceOf(R2dbcTransientResourceException.class));
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "rollback 1", "close 1");
	}

	@Test
	void aCommitWithoutAnswerIsInDoubt() {
		this.connections.fail("commit", new R2dbcNonTransientResourceException("Connection closed"));
		this.definition.setName("order");
		assertThatThrownBy(() -> run(synchronization())).isInstanceOfSatisfying(CommitFailedException.class,
				(failure) -> {
					assertThat(failure.outcome()).isEqualTo(TransactionOutcome.UNKNOWN);
					assertThat(failure.scope()).isEqualTo("order");
					assertThat(failure).hasMessageContaining("Look the data up");
				});
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
		assertThat(this.told).endsWith("afterCompletion 2");
	}

	@Test
	void aCommitOnABrokenLinkIsInDoubt() {
		this.connections.fail("commit", new IOException("Connection reset"));
		assertThatThrownBy(() -> run(synchronization())).isInstanceOf(CommitFailedException.class)
			.hasCauseInstanceOf(IOException.class);
		assertThat(this.told).endsWith("afterCompletion 2");
	}

	@Test
	void aCommitThatIsNotSentIsRolledBack() {
		this.connections.throwFrom("commit", new IllegalStateException("The connection is closed"));
		assertThatThrownBy(() -> run(synchronization())).isInstanceOfSatisfying(CommitFailedException.class,
				(failure) -> assertThat(failure.outcome()).isEqualTo(TransactionOutcome.ROLLED_BACK));
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
		assertThat(this.told).endsWith("afterCompletion 1");
	}

	@Test
	void rollback() {
		IllegalStateException failure = new IllegalStateException("body");
		assertThatThrownBy(() -> run(Mono.error(failure))).isSameAs(failure);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	/** Spring has the rollback's failure reach a caller who asked for a rollback. */
	@Test
	void rollbackFails() {
		this.connections.fail("rollback", new R2dbcBadGrammarException("Rollback should fail"));
		operator().execute((status) -> {
			status.setRollbackOnly();
			return connection();
		}).blockLast();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	/** Spring has the rollback's failure replace the application's. */
	@Test
	void connectionReleasedWhenRollbackFails() {
		this.connections.fail("rollback", new R2dbcBadGrammarException("Rollback should fail"));
		IllegalStateException failure = new IllegalStateException("Intentional error to trigger rollback");
		assertThatThrownBy(() -> run(Mono.error(failure))).isSameAs(failure);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	@Test
	void transactionSetRollbackOnly() {
		operator().execute((status) -> {
			status.setRollbackOnly();
			assertThat(status.isRollbackOnly()).isTrue();
			return synchronization();
		}).blockLast();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
		assertThat(this.told).containsExactly("beforeCompletion", "afterCompletion 1");
	}

	@Test
	void propagationNeverWithExistingTransaction() {
		assertThatThrownBy(
				() -> run(connection().as(operator(DefaultTransactionDefinition.PROPAGATION_NEVER)::transactional)))
			.isInstanceOf(IllegalTransactionStateException.class);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	@Test
	void propagationNestedWithExistingTransaction() {
		TransactionalOperator nested = operator(DefaultTransactionDefinition.PROPAGATION_NESTED);
		run(nested.execute((first) -> {
			assertThat(first.isNested()).isTrue();
			return connection();
		}).concatWith(nested.execute((second) -> {
			second.setRollbackOnly();
			return nested.execute((third) -> {
				assertThat(third.isRollbackOnly()).isFalse();
				return connection();
			});
		})));
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "savepoint SAVEPOINT_1 1",
				"release SAVEPOINT_1 1", "savepoint SAVEPOINT_2 1", "savepoint SAVEPOINT_3 1", "release SAVEPOINT_3 1",
				"rollback to SAVEPOINT_2 1", "release SAVEPOINT_2 1", "commit 1", "close 1");
	}

	@Test
	void propagationSupportsAndNested() {
		TransactionalOperator supports = operator(DefaultTransactionDefinition.PROPAGATION_SUPPORTS);
		supports.execute((status) -> {
			assertThat(status.hasTransaction()).isFalse();
			return operator(DefaultTransactionDefinition.PROPAGATION_NESTED).execute((inner) -> {
				assertThat(inner.isNewTransaction()).isTrue();
				assertThat(inner.isNested()).isFalse();
				return connection();
			});
		}).blockLast();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
	}

	@Test
	void propagationSupportsAndRequiresNewWithRollback() {
		TransactionalOperator supports = operator(DefaultTransactionDefinition.PROPAGATION_SUPPORTS);
		supports
			.execute((status) -> operator(DefaultTransactionDefinition.PROPAGATION_REQUIRES_NEW).execute((inner) -> {
				inner.setRollbackOnly();
				return connection();
			}))
			.blockLast();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	@Test
	void requiresNewSuspendsAndResumes() {
		List<String> seen = new ArrayList<>();
		run(connection().doOnNext(seen::add)
			.thenMany(connection().doOnNext(seen::add)
				.as(operator(DefaultTransactionDefinition.PROPAGATION_REQUIRES_NEW)::transactional))
			.thenMany(connection().doOnNext(seen::add)));
		assertThat(seen).containsExactly("connection 1", "connection 2", "connection 1");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "create", "begin 2", "commit 2",
				"close 2", "commit 1", "close 1");
	}

	@Test
	void anInnerCommitThatIsNotSentStillResumesTheOuterTransaction() {
		List<String> seen = new ArrayList<>();
		run(synchronization()
			.thenMany(Mono.fromRunnable(() -> this.connections.throwFrom("commit", new IllegalStateException("closed")))
				.as(operator(DefaultTransactionDefinition.PROPAGATION_REQUIRES_NEW)::transactional))
			.onErrorResume(CommitFailedException.class, (failure) -> {
				this.connections.answer("commit");
				return Mono.empty();
			})
			.thenMany(connection().doOnNext(seen::add)));
		assertThat(seen).containsExactly("connection 1");
		assertThat(this.told).containsExactly("suspend", "resume", "beforeCommit", "beforeCompletion", "afterCommit",
				"afterCompletion 0");
	}

	/** Spring commits. */
	@Test
	void aTransactionThatAParticipantHasMarkedNeverCommits() {
		Mono<?> participant = Mono.error(new IllegalStateException("inner"))
			.as(operator(DefaultTransactionDefinition.PROPAGATION_REQUIRED)::transactional);
		assertThatThrownBy(() -> run(synchronization().then(participant.onErrorComplete())))
			.isInstanceOf(UnexpectedRollbackException.class)
			.hasMessageContaining("marked as rollback-only");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
		assertThat(this.told).containsExactly("beforeCompletion", "afterCompletion 1");
	}

	@Test
	void aSavepointThatAParticipantHasMarkedIsRolledBackTo() {
		Mono<?> participant = Mono.error(new IllegalStateException("inner"))
			.as(operator(DefaultTransactionDefinition.PROPAGATION_REQUIRED)::transactional);
		run(participant.onErrorComplete()
			.as(operator(DefaultTransactionDefinition.PROPAGATION_NESTED)::transactional)
			.onErrorComplete(UnexpectedRollbackException.class));
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "savepoint SAVEPOINT_1 1",
				"rollback to SAVEPOINT_1 1", "release SAVEPOINT_1 1", "commit 1", "close 1");
	}

	@Test
	void theTimeoutBoundsTheWaitForTheConnection() {
		this.connections.hold("create");
		this.definition.setTimeout(1);
		assertThatThrownBy(() -> run(connection())).isInstanceOf(CannotCreateTransactionException.class)
			.hasCauseInstanceOf(TransactionTimedOutException.class);
		assertThat(this.connections.cancelled).containsExactly("create");
	}

	@Test
	void aBeginThatHangsPastTheTimeoutIsGivenUp() {
		this.connections.hold("begin");
		this.definition.setTimeout(1);
		assertThatThrownBy(() -> run(connection())).isInstanceOf(CannotCreateTransactionException.class);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "close 1");
	}

	@Test
	void aCommitThatHangsPastTheTimeoutIsInDoubt() {
		this.connections.hold("commit");
		this.definition.setTimeout(1);
		assertThatThrownBy(() -> run(connection())).isInstanceOfSatisfying(CommitFailedException.class,
				(failure) -> assertThat(failure.outcome()).isEqualTo(TransactionOutcome.UNKNOWN));
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
	}

	@Test
	void aRollbackThatHangsPastTheTimeoutIsGivenUp() {
		this.connections.hold("rollback");
		this.definition.setTimeout(1);
		IllegalStateException failure = new IllegalStateException("body");
		assertThatThrownBy(() -> run(Mono.error(failure))).isSameAs(failure);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	@Test
	void oneThreadAfterTheOtherSeesTheSameConnection() {
		List<String> seen = new ArrayList<>();
		run(connection().doOnNext(seen::add)
			.publishOn(Schedulers.parallel())
			.flatMap((connection) -> connection().doOnNext(seen::add)));
		assertThat(seen).containsExactly("connection 1", "connection 1");
	}

	/**
	 * Notes what it is told.
	 *
	 * @param told takes it
	 */
	private record Noted(List<String> told) implements TransactionSynchronization {

		private Mono<Void> note(String what) {
			return Mono.fromRunnable(() -> this.told.add(what));
		}

		@Override
		public Mono<Void> suspend() {
			return note("suspend");
		}

		@Override
		public Mono<Void> resume() {
			return note("resume");
		}

		@Override
		public Mono<Void> beforeCommit(boolean readOnly) {
			return note("beforeCommit");
		}

		@Override
		public Mono<Void> beforeCompletion() {
			return note("beforeCompletion");
		}

		@Override
		public Mono<Void> afterCommit() {
			return note("afterCommit");
		}

		@Override
		public Mono<Void> afterCompletion(int status) {
			return note("afterCompletion " + status);
		}

	}

}
