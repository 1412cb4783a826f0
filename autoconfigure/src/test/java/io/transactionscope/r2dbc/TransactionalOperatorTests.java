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
import java.util.concurrent.atomic.AtomicBoolean;

import io.r2dbc.spi.R2dbcBadGrammarException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.r2dbc.BadSqlGrammarException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.ReactiveTransaction;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.reactive.TransactionContextManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.DefaultTransactionDefinition;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What Spring's own tests ask of its {@code TransactionalOperator}, and of reactive
 * transaction managers in general.
 */
class TransactionalOperatorTests {

	private final ScriptedConnections connections = new ScriptedConnections();

	private final ScopedR2dbcTransactionManager manager = new ScopedR2dbcTransactionManager(this.connections);

	private final TransactionalOperator operator = TransactionalOperator.create(this.manager);

	private final Listener listener = new Listener(new ArrayList<>());

	@BeforeEach
	void addListener() {
		this.manager.addListener(this.listener);
	}

	private void committed() {
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
	}

	private void rolledBack() {
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	private Mono<ReactiveTransaction> transaction(int propagation) {
		return this.manager.getReactiveTransaction(new DefaultTransactionDefinition(propagation));
	}

	private Mono<ReactiveTransaction> transaction() {
		return transaction(TransactionDefinition.PROPAGATION_REQUIRED);
	}

	private StepVerifier.FirstStep<?> verify(Mono<?> mono) {
		return mono.contextWrite(TransactionContextManager.createTransactionContext()).as(StepVerifier::create);
	}

	@Test
	void commitWithMono() {
		Mono.just(true).as(this.operator::transactional).as(StepVerifier::create).expectNext(true).verifyComplete();
		committed();
	}

	@Test
	void monoSubscriptionNotCancelled() {
		AtomicBoolean cancelled = new AtomicBoolean();
		Mono.just(true)
			.doOnCancel(() -> cancelled.set(true))
			.as(this.operator::transactional)
			.as(StepVerifier::create)
			.expectNext(true)
			.verifyComplete();
		assertThat(cancelled).isFalse();
		committed();
	}

	@Test
	void cancellationPropagatedToMono() {
		AtomicBoolean cancelled = new AtomicBoolean();
		Mono.create((sink) -> sink.onCancel(() -> cancelled.set(true)))
			.as(this.operator::transactional)
			.as(StepVerifier::create)
			.thenAwait()
			.thenCancel()
			.verify();
		assertThat(cancelled).isTrue();
		rolledBack();
	}

	@Test
	void cancellationPropagatedToFlux() {
		AtomicBoolean cancelled = new AtomicBoolean();
		Flux.create((sink) -> sink.onCancel(() -> cancelled.set(true)))
			.as(this.operator::transactional)
			.as(StepVerifier::create)
			.thenAwait()
			.thenCancel()
			.verify();
		assertThat(cancelled).isTrue();
		rolledBack();
	}

	@Test
	void rollbackWithMono() {
		Mono.error(new IllegalStateException())
			.as(this.operator::transactional)
			.as(StepVerifier::create)
			.verifyError(IllegalStateException.class);
		rolledBack();
	}

	@Test
	void commitWithFlux() {
		Flux.just(1, 2, 3, 4)
			.as(this.operator::transactional)
			.as(StepVerifier::create)
			.expectNextCount(4)
			.verifyComplete();
		committed();
	}

	@Test
	void rollbackWithFlux() {
		Flux.error(new IllegalStateException())
			.as(this.operator::transactional)
			.as(StepVerifier::create)
			.verifyError(IllegalStateException.class);
		rolledBack();
	}

	@Test
	void commitFailureWithFlux() {
		this.connections.fail("commit", new R2dbcBadGrammarException("commit"));
		Flux.just(1, 2, 3, 4)
			.as(this.operator::transactional)
			.as(StepVerifier::create)
			.expectNextCount(4)
			.verifyError(BadSqlGrammarException.class);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "rollback 1", "close 1");
	}

	/** Spring has the rollback's failure replace the application's. */
	@Test
	void rollbackFailureWithFlux() {
		this.connections.fail("rollback", new R2dbcBadGrammarException("rollback"));
		IllegalStateException failure = new IllegalStateException();
		Flux.just(1, 2, 3)
			.concatWith(Flux.error(failure))
			.as(this.operator::transactional)
			.as(StepVerifier::create)
			.expectNextCount(3)
			.verifyErrorSatisfies((told) -> assertThat(told).isSameAs(failure));
		rolledBack();
	}

	@Test
	void noExistingTransaction() {
		verify(transaction(TransactionDefinition.PROPAGATION_SUPPORTS)
			.doOnNext((status) -> assertThat(status.hasTransaction()).isFalse())).expectNextCount(1).verifyComplete();
		verify(transaction().doOnNext((status) -> assertThat(status.isNewTransaction()).isTrue())).expectNextCount(1)
			.verifyComplete();
		verify(transaction(TransactionDefinition.PROPAGATION_MANDATORY))
			.verifyError(IllegalTransactionStateException.class);
	}

	@Test
	void existingTransaction() {
		for (int propagation : List.of(TransactionDefinition.PROPAGATION_SUPPORTS,
				TransactionDefinition.PROPAGATION_REQUIRED, TransactionDefinition.PROPAGATION_MANDATORY)) {
			verify(transaction().then(transaction(propagation)).doOnNext((status) -> {
				assertThat(status.hasTransaction()).isTrue();
				assertThat(status.isNewTransaction()).isFalse();
			})).expectNextCount(1).verifyComplete();
		}
	}

	@Test
	void commitWithoutExistingTransaction() {
		verify(transaction().flatMap(this.manager::commit)).verifyComplete();
		committed();
		assertThat(this.listener.told).containsExactly("beforeBegin", "afterBegin", "beforeCommit", "afterCommit");
	}

	@Test
	void rollbackWithoutExistingTransaction() {
		verify(transaction().flatMap(this.manager::rollback)).verifyComplete();
		rolledBack();
		assertThat(this.listener.told).containsExactly("beforeBegin", "afterBegin", "beforeRollback", "afterRollback");
	}

	@Test
	void rollbackOnlyWithoutExistingTransaction() {
		verify(transaction().doOnNext(ReactiveTransaction::setRollbackOnly).flatMap(this.manager::commit))
			.verifyComplete();
		rolledBack();
		assertThat(this.listener.told).containsExactly("beforeBegin", "afterBegin", "beforeRollback", "afterRollback");
	}

	@Test
	void commitWithExistingTransaction() {
		verify(transaction().then(transaction()).flatMap(this.manager::commit)).verifyComplete();
		assertThat(this.connections.calls).containsExactly("create", "begin 1");
		assertThat(this.listener.told).containsExactly("beforeBegin", "afterBegin");
	}

	/** Spring only notes that it is to be rolled back, and commits all the same. */
	@Test
	void rollbackWithExistingTransaction() {
		verify(transaction()
			.flatMap((outer) -> transaction().flatMap(this.manager::rollback).then(this.manager.commit(outer))))
			.verifyErrorMatches((failure) -> String.valueOf(failure.getMessage()).contains("rollback-only"));
		rolledBack();
		assertThat(this.listener.told).containsExactly("beforeBegin", "afterBegin", "beforeRollback", "afterRollback");
	}

	@Test
	void rollbackOnlyWithExistingTransaction() {
		verify(transaction().flatMap((outer) -> transaction().doOnNext(ReactiveTransaction::setRollbackOnly)
			.flatMap(this.manager::commit)
			.then(this.manager.rollback(outer)))).verifyComplete();
		rolledBack();
	}

	@Test
	void errorInCommitDoesInitiateRollbackAfterCommit() {
		this.connections.fail("commit", new R2dbcBadGrammarException("Forced failure on commit"));
		Mono.just("bar")
			.as(this.operator::transactional)
			.as(StepVerifier::create)
			.verifyError(BadSqlGrammarException.class);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "rollback 1", "close 1");
		assertThat(this.listener.told).containsExactly("beforeBegin", "afterBegin", "beforeCommit", "afterRollback");
	}

	@Test
	void beginFailure() {
		this.connections.fail("begin", new R2dbcBadGrammarException("begin"));
		verify(transaction().flatMap(this.manager::commit)).verifyError(CannotCreateTransactionException.class);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "close 1");
		assertThat(this.listener.told).containsExactly("beforeBegin", "afterBegin failed");
	}

	@Test
	void commitFailure() {
		this.connections.fail("commit", new R2dbcBadGrammarException("commit"));
		verify(transaction().flatMap(this.manager::commit)).verifyError(BadSqlGrammarException.class);
		assertThat(this.listener.told).containsExactly("beforeBegin", "afterBegin", "beforeCommit", "afterRollback");
	}

	/** Spring has it reach the caller. */
	@Test
	void rollbackFailure() {
		this.connections.fail("rollback", new R2dbcBadGrammarException("rollback"));
		verify(transaction().flatMap(this.manager::rollback)).verifyComplete();
		rolledBack();
	}

	/**
	 * Notes what it is told.
	 *
	 * @param told takes it
	 */
	private record Listener(List<String> told) implements TransactionExecutionListener {

		private void note(String what, @Nullable Throwable failure) {
			this.told.add((failure != null) ? what + " failed" : what);
		}

		@Override
		public void beforeBegin(TransactionExecution transaction) {
			note("beforeBegin", null);
		}

		@Override
		public void afterBegin(TransactionExecution transaction, @Nullable Throwable failure) {
			note("afterBegin", failure);
		}

		@Override
		public void beforeCommit(TransactionExecution transaction) {
			note("beforeCommit", null);
		}

		@Override
		public void afterCommit(TransactionExecution transaction, @Nullable Throwable failure) {
			note("afterCommit", failure);
		}

		@Override
		public void beforeRollback(TransactionExecution transaction) {
			note("beforeRollback", null);
		}

		@Override
		public void afterRollback(TransactionExecution transaction, @Nullable Throwable failure) {
			note("afterRollback", failure);
		}

	}

}
