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

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.transactionscope.reactive.ReactiveScopeBoundary;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.r2dbc.connection.ConnectionFactoryUtils;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.reactive.TransactionContext;
import org.springframework.transaction.reactive.TransactionContextManager;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.DefaultTransactionDefinition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A cancel in each phase of a transaction of Spring's.
 */
class ScopedR2dbcTransactionManagerCancelTests {

	private final ScriptedConnections connections = new ScriptedConnections();

	private final ConnectionPool pool = new ConnectionPool(
			ConnectionPoolConfiguration.builder(this.connections).maxSize(1).build());

	private final ScopedR2dbcTransactionManager manager = new ScopedR2dbcTransactionManager(this.connections);

	private final List<Object> seen = new ArrayList<>();

	private Subscription subscribe(Mono<?> mono) {
		return Signals.of(mono, this.seen);
	}

	private Subscription transaction(Mono<?> body) {
		return subscribe(body.as(TransactionalOperator.create(this.manager)::transactional));
	}

	@Test
	void aCancelInTheQueueOfThePoolGoesToIt() {
		this.connections.hold("create");
		transaction(Mono.just(1)).cancel();
		assertThat(this.connections.calls).containsExactly("create");
		assertThat(this.connections.cancelled).containsExactly("create");
		assertThat(this.seen).isEmpty();
	}

	@Test
	void aConnectionThatComesAllTheSameIsGivenBack() {
		LateConnections late = new LateConnections(this.connections);
		ScopedR2dbcTransactionManager manager = new ScopedR2dbcTransactionManager(late);
		subscribe(Mono.just(1).as(TransactionalOperator.create(manager)::transactional)).cancel();
		late.arrive();
		assertThat(this.connections.calls).containsExactly("create", "close 1");
	}

	@Test
	void aCancelInBeginIsRolledBackOnceThatHasEnded() {
		this.connections.hold("begin");
		transaction(Mono.just(1)).cancel();
		assertThat(this.connections.calls).containsExactly("create", "begin 1");
		assertThat(this.connections.cancelled).isEmpty();
		this.connections.release("begin");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
		assertThat(this.seen).isEmpty();
	}

	@Test
	void aCancelInABeginThatFailsGivesTheConnectionBackOnce() {
		this.connections.hold("begin");
		transaction(Mono.just(1)).cancel();
		this.connections.release("begin", new IllegalStateException("no BEGIN"));
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "close 1");
	}

	@Test
	void aCancelInTheBodyRollsBackAndGivesBack() {
		this.connections.hold("rollback");
		transaction(Mono.never()).cancel();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1");
		this.connections.release("rollback");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	@Test
	void aCancelInCommitDoesNotTearIt() {
		this.connections.hold("commit");
		transaction(Mono.just(1)).cancel();
		assertThat(this.connections.cancelled).isEmpty();
		this.connections.release("commit");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
	}

	@Test
	void aCancelInRollbackDoesNotTearIt() {
		this.connections.hold("rollback");
		transaction(Mono.error(new IllegalStateException("body"))).cancel();
		this.connections.release("rollback");
		assertThat(this.connections.cancelled).isEmpty();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	@Test
	void aCancelInTheReturnOfTheConnectionDoesNotTearIt() {
		this.connections.hold("close");
		transaction(Mono.just(1)).cancel();
		assertThat(this.connections.cancelled).isEmpty();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
		this.connections.release("close");
	}

	@Test
	void aCancelThatComesAfterTheBeginRollsBack() {
		Subscription begin = subscribe(begin(new ArrayList<>()));
		assertThat(this.seen).containsExactly("completed");
		begin.cancel();
		begin.cancel();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	@Test
	void aTransactionThatWasCancelledAfterItsBeginDoesNotCommitAnyMore() {
		List<TransactionObject> objects = new ArrayList<>();
		subscribe(begin(objects)).cancel();
		subscribe(objects.get(0).begun().commit());
		assertThat(this.seen.get(1)).isInstanceOf(UnexpectedRollbackException.class);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	@Test
	void aCancelThatComesWhileItCommitsLeavesTheReturnOfTheConnectionToBeDone() {
		List<TransactionObject> objects = new ArrayList<>();
		this.connections.hold("commit");
		Subscription begin = subscribe(begin(objects));
		subscribe(objects.get(0).begun().commit());
		begin.cancel();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1");
		this.connections.release("commit");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
		assertThat(this.seen).containsExactly("completed", "completed");
	}

	@Test
	void aCommitWhoseSubscriberHasGoneGivesTheConnectionBack() {
		List<TransactionObject> objects = new ArrayList<>();
		this.connections.hold("commit");
		subscribe(begin(objects));
		subscribe(objects.get(0).begun().commit()).cancel();
		this.connections.release("commit");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
	}

	@Test
	void aBeginWhoseEndIsDroppedInTheMomentOfACancelIsRolledBackAtOnce() {
		begin(new ArrayList<>()).subscribe(new Dropping());
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1", "close 1");
	}

	@Test
	void aBeginWhoseSubscriberIsDoneWithItIsNotCancelled() {
		begin(new ArrayList<>()).subscribe();
		assertThat(this.connections.calls).containsExactly("create", "begin 1");
	}

	@Test
	void aTransactionWhoseStatusWasDroppedIsRolledBackBeforeALaterOne() {
		subscribe(begin(new ArrayList<>()));
		assertFoundOnceItIsDropped();
	}

	@Test
	void aTransactionWhoseStatusWasDroppedInAnExchangeThatSucceedsIsRolledBackBeforeALaterOne() {
		subscribe(ReactiveScopeBoundary.around(begin(new ArrayList<>())));
		assertFoundOnceItIsDropped();
	}

	private void assertFoundOnceItIsDropped() {
		await().atMost(Duration.ofSeconds(20)).until(() -> {
			System.gc();
			Mono.just(1).as(TransactionalOperator.create(this.manager)::transactional).block();
			return this.connections.calls.contains("rollback 1");
		});
		assertThat(this.connections.calls).contains("close 1");
	}

	@Test
	void aCancelBetweenTheSuspensionOfAnOuterTransactionAndTheInnerBeginPutsItBack() {
		List<Object> bound = new ArrayList<>();
		Mono<Void> outer = Mono.deferContextual((context) -> {
			TransactionSynchronizationManager current = new TransactionSynchronizationManager(
					context.get(TransactionContext.class));
			Mono<Object> suspension = this.manager.doSuspend(current, this.manager.doGetTransaction(current));
			Subscription subscription = Signals.of(suspension, new ArrayList<>());
			bound.add(current.hasResource(this.connections));
			subscription.cancel();
			bound.add(current.hasResource(this.connections));
			return Mono.empty();
		});
		transaction(outer);
		assertThat(bound).containsExactly(false, true);
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
	}

	private Mono<Void> begin(List<TransactionObject> objects) {
		return Mono.deferContextual((context) -> {
			TransactionSynchronizationManager current = new TransactionSynchronizationManager(
					context.get(TransactionContext.class));
			TransactionObject object = (TransactionObject) this.manager.doGetTransaction(current);
			objects.add(object);
			return this.manager.doBegin(current, object, TransactionDefinition.withDefaults());
		})
			.contextWrite(TransactionContextManager.getOrCreateContext())
			.contextWrite(TransactionContextManager.getOrCreateContextHolder());
	}

	@Test
	void aCancelledInnerTransactionLeavesTheOuterOneItsConnection() {
		this.connections.hold("rollback");
		TransactionalOperator inner = TransactionalOperator.create(this.manager,
				new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_REQUIRES_NEW));
		Sinks.Empty<Object> timeout = Sinks.empty();
		Mono<Object> body = Mono.never()
			.as(inner::transactional)
			.takeUntilOther(timeout.asMono())
			.then(ConnectionFactoryUtils.getConnection(this.connections).map(Object::toString));
		transaction(body);
		timeout.tryEmitEmpty();
		assertThat(this.seen).isEmpty();
		this.connections.release("rollback");
		assertThat(this.seen).containsExactly("connection 1", "completed");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "create", "begin 2", "rollback 2",
				"close 2", "commit 1", "close 1");
	}

	@Test
	void aCancelWhileAnInnerTransactionBeginsLeavesTheOuterOneItsConnection() {
		TransactionalOperator inner = TransactionalOperator.create(this.manager,
				new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_REQUIRES_NEW));
		Sinks.Empty<Object> timeout = Sinks.empty();
		Mono<Object> body = Mono.never()
			.as(inner::transactional)
			.takeUntilOther(timeout.asMono())
			.then(ConnectionFactoryUtils.getConnection(this.connections).map(Object::toString));
		transaction(Mono.fromRunnable(() -> this.connections.hold("begin")).then(body));
		timeout.tryEmitEmpty();
		assertThat(this.seen).containsExactly("connection 1", "completed");
		this.connections.release("begin");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "create", "begin 2", "commit 1",
				"close 1", "rollback 2", "close 2");
	}

	@Test
	void aCancelledNestedTransactionLeavesTheOneThatIsBegunInsteadItsSavepoint() {
		nestedThatIsCancelled(Mono.just("fallback").as(nested()::transactional));
		assertThat(this.seen).containsExactly("fallback", "completed");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "savepoint SAVEPOINT_1 1",
				"rollback to SAVEPOINT_1 1", "savepoint SAVEPOINT_2 1", "release SAVEPOINT_2 1", "commit 1", "close 1");
	}

	@Test
	void aCancelledNestedTransactionReleasesItsSavepointWhereNoneWasSetMeanwhile() {
		nestedThatIsCancelled(Mono.just("fallback"));
		assertThat(this.seen).containsExactly("fallback", "completed");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "savepoint SAVEPOINT_1 1",
				"rollback to SAVEPOINT_1 1", "release SAVEPOINT_1 1", "commit 1", "close 1");
	}

	/** Its rollback is answered once the fallback has begun. */
	private void nestedThatIsCancelled(Mono<String> fallback) {
		String rollback = "rollback to SAVEPOINT_1";
		this.connections.hold(rollback);
		Sinks.Empty<String> timeout = Sinks.empty();
		Sinks.Empty<Void> answered = Sinks.empty();
		transaction(Mono.<String>never()
			.as(nested()::transactional)
			.takeUntilOther(timeout.asMono())
			.then(fallback.delayUntil((value) -> answered.asMono())));
		timeout.tryEmitEmpty();
		this.connections.release(rollback);
		answered.tryEmitEmpty();
	}

	private TransactionalOperator nested() {
		return TransactionalOperator.create(this.manager,
				new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_NESTED));
	}

	@Test
	void aCancelInBeginGivesAPooledConnectionBackClean() {
		this.connections.hold("begin");
		ScopedR2dbcTransactionManager pooled = new ScopedR2dbcTransactionManager(this.pool);
		this.pool.warmup().block();
		subscribe(Mono.just(1).as(TransactionalOperator.create(pooled)::transactional)).cancel();
		assertThat(this.pool.getMetrics().orElseThrow().acquiredSize()).isOne();
		this.connections.release("begin");
		assertThat(this.pool.getMetrics().orElseThrow().acquiredSize()).isZero();
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "rollback 1");
	}

	/**
	 * Is cancelled as it is told of the end, and tells nobody, as Reactor's
	 * {@code thenReturn} may.
	 */
	private static final class Dropping implements CoreSubscriber<Object>, Scannable {

		private boolean cancelled;

		@Override
		public void onSubscribe(Subscription subscription) {
			subscription.request(Long.MAX_VALUE);
		}

		@Override
		public void onNext(Object item) {
		}

		@Override
		public void onError(Throwable failure) {
		}

		@Override
		public void onComplete() {
			this.cancelled = true;
		}

		@Override
		@SuppressWarnings("rawtypes")
		public @Nullable Object scanUnsafe(Attr key) {
			return (key == Attr.CANCELLED) ? this.cancelled : null;
		}

	}

}
