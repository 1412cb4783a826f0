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

import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.PoolSettings.DeadlockPolicy;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.snapshot.Waiter;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.test.R2dbcPools;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.DefaultTransactionDefinition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for deadlocks of subscriptions, which hold all connections of a pool and wait for
 * more.
 */
@Tag("once")
class R2dbcDeadlockTests {

	private static final Duration SOON = Duration.ofSeconds(4);

	private TrackedConnectionPool pool = pool(2, PoolSettings.defaults());

	private static TrackedConnectionPool pool(int size, PoolSettings settings) {
		TrackedConnectionPool pool = TrackedConnectionPool.watch(new ConnectionPool(ConnectionPoolConfiguration
			.builder(ConnectionFactories
				.get("r2dbc:h2:mem:///%s?options=DB_CLOSE_DELAY=-1".formatted(UUID.randomUUID())))
			.maxSize(size)
			.initialSize(size)
			.acquireRetry(0)
			.maxAcquireTime(Duration.ofSeconds(20))
			.build()), "connectionFactory", settings);
		pool.warmup().block(Duration.ofSeconds(30));
		return pool;
	}

	private void use(TrackedConnectionPool other) {
		R2dbcPools.dispose(this.pool);
		this.pool = other;
	}

	@AfterEach
	void everythingIsBack() {
		await().untilAsserted(() -> {
			assertThat(this.pool.getMetrics().orElseThrow().acquiredSize()).isZero();
			assertThat(this.pool.getMetrics().orElseThrow().pendingAcquireSize()).isZero();
			assertThat(this.pool.ledger().snapshot().leases()).isEmpty();
			assertThat(this.pool.ledger().snapshot().waiters()).isEmpty();
		});
		R2dbcPools.dispose(this.pool);
	}

	private ReactiveTransactionScope transactions() {
		return ReactiveTransactionScope.create(new ScopedR2dbcTransactionManager(this.pool));
	}

	private Mono<Object> statement() {
		return DatabaseClient.create(this.pool).sql("select 1").fetch().one().cast(Object.class);
	}

	/** One block with a statement, and then another one in a new transaction. */
	private Mono<Object> nested(String name, Publisher<?> both) {
		ReactiveTransactionScope transactions = transactions();
		return transactions.named(name)
			.call(() -> statement().then(Mono.from(both))
				.then(transactions.requiresNew().named("audit").call(this::statement)));
	}

	/** Goes on once two have come so far. */
	private static Mono<Object> both() {
		Sinks.One<Object> both = Sinks.one();
		AtomicInteger arrived = new AtomicInteger();
		return Mono.defer(() -> {
			if (arrived.incrementAndGet() == 2) {
				both.tryEmitValue("go");
			}
			return both.asMono();
		});
	}

	@Test
	void blockInsideOfAnotherFailsAtOnceWhereAllConnectionsAreHeldByTheirLikes() {
		Mono<Object> both = both();
		Mono<Object> first = nested("place-order", both).onErrorResume(R2dbcDeadlockTests::isDeadlock,
				(failure) -> Mono.just("deadlock"));
		Mono<Object> second = nested("cancel-order", both).onErrorResume(R2dbcDeadlockTests::isDeadlock,
				(failure) -> Mono.just("deadlock"));
		Mono.zip(first, second).as(StepVerifier::create).assertNext((results) -> {
			assertThat(results).asInstanceOf(InstanceOfAssertFactories.iterable(Object.class))
				.filteredOn("deadlock"::equals)
				.as("one of them fails, and the other one goes on")
				.hasSize(1);
		}).expectComplete().verify(SOON);
		assertThat(this.pool.ledger().events().deadlocks()).isOne();
		assertThat(this.pool.ledger().reports()).singleElement()
			.extracting((group) -> group.report().diagnosis())
			.asInstanceOf(InstanceOfAssertFactories.type(SelfDeadlock.class))
			.as("what waits inside of a block needs no connection more to go on")
			.returns(3, SelfDeadlock::floor);
	}

	@Test
	void exceptionTellsWhoWaitsForWhom() {
		use(pool(1, PoolSettings.defaults()));
		nested("place-order", Mono.empty()).as(StepVerifier::create).expectErrorSatisfies((failure) -> {
			assertThat(failure).hasCauseInstanceOf(R2dbcPoolDeadlockException.class);
			R2dbcPoolDeadlockException deadlock = (R2dbcPoolDeadlockException) Objects
				.requireNonNull(failure.getCause());
			assertThat(deadlock.report().diagnosis()).isInstanceOfSatisfying(SelfDeadlock.class,
					(found) -> assertThat(found.links()).singleElement()
						.returns("place-order", SelfDeadlock.Link::scope)
						.returns("audit", SelfDeadlock.Link::askingScope));
		}).verify(SOON);
		assertThat(this.pool.ledger().reports()).hasSize(1);
	}

	private static boolean isDeadlock(Throwable failure) {
		return failure.getCause() instanceof R2dbcPoolDeadlockException;
	}

	/** Near miss: there is one more. */
	@Test
	void blockInsideOfAnotherGetsAConnectionThatIsFree() {
		nested("place-order", Mono.empty()).as(StepVerifier::create).expectNextCount(1).expectComplete().verify(SOON);
		assertThat(this.pool.ledger().events().deadlocks()).isZero();
	}

	@Test
	void twoBlocksSideBySideInOneThatHoldsTheOnlyConnectionFailAtOnce() {
		use(pool(1, PoolSettings.defaults()));
		ReactiveTransactionScope transactions = transactions();
		transactions.named("place-order")
			.call(() -> statement().then(Mono.zip(transactions.requiresNew().named("one").call(this::statement),
					transactions.requiresNew().named("other").call(this::statement))))
			.as(StepVerifier::create)
			.expectErrorMatches(R2dbcDeadlockTests::isDeadlock)
			.verify(SOON);
	}

	/** Near miss: siblings wait for each other, not inside of each other. */
	@Test
	void twoBlocksSideBySideTakeTheirTurnsWithTheConnectionThatIsLeft() {
		ReactiveTransactionScope transactions = transactions();
		Mono<Object> slow = statement().delayElement(Duration.ofMillis(400));
		transactions.named("place-order")
			.call(() -> statement().then(Mono.zip(transactions.requiresNew().named("one").call(() -> slow),
					transactions.requiresNew().named("other").call(() -> slow))))
			.as(StepVerifier::create)
			.expectNextCount(1)
			.expectComplete()
			.verify(SOON.multipliedBy(3));
		assertThat(this.pool.ledger().events().deadlocks()).isZero();
	}

	/** Near miss: neither holds anything. */
	@Test
	void twoBlocksSideBySideOnOneConnectionTakeTheirTurns() {
		use(pool(1, PoolSettings.defaults()));
		Mono.zip(transactions().named("one").call(this::statement), transactions().named("other").call(this::statement))
			.as(StepVerifier::create)
			.expectNextCount(1)
			.expectComplete()
			.verify(SOON);
		assertThat(this.pool.ledger().events().deadlocks()).isZero();
	}

	@Test
	void statementOutsideOfTheTransactionThatIsKeptMeanwhileFailsAtOnce() {
		use(pool(1, PoolSettings.defaults()));
		ReactiveTransactionScope transactions = transactions();
		transactions.named("place-order")
			.call(() -> statement().then(transactions.withoutTransaction().named("aside").call(this::statement)))
			.as(StepVerifier::create)
			.expectErrorSatisfies((failure) -> assertThat(failure).hasStackTraceContaining("place-order"))
			.verify(Duration.ofSeconds(12));
		assertThat(this.pool.ledger().events().deadlocks()).isOne();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void newTransactionOfSpringsInsideOfAnotherFails(boolean stock) {
		use(pool(1, PoolSettings.defaults().withDeadlockGrace(Duration.ofMillis(300))));
		ReactiveTransactionManager manager = stock ? new R2dbcTransactionManager(this.pool)
				: new ScopedR2dbcTransactionManager(this.pool);
		TransactionalOperator outer = TransactionalOperator.create(manager);
		DefaultTransactionDefinition anew = new DefaultTransactionDefinition(
				TransactionDefinition.PROPAGATION_REQUIRES_NEW);
		TransactionalOperator inner = TransactionalOperator.create(manager, anew);
		outer.transactional(statement().then(inner.transactional(statement())))
			.as(StepVerifier::create)
			.expectErrorSatisfies((failure) -> assertThat(failure)
				.hasStackTraceContaining(R2dbcPoolDeadlockException.class.getName()))
			.verify(SOON);
		assertThat(this.pool.ledger().events().deadlocks()).isOne();
	}

	/** Near miss of the same. */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void newTransactionOfSpringsAfterAnotherGetsItsConnection(boolean stock) {
		use(pool(1, PoolSettings.defaults()));
		ReactiveTransactionManager manager = stock ? new R2dbcTransactionManager(this.pool)
				: new ScopedR2dbcTransactionManager(this.pool);
		TransactionalOperator operator = TransactionalOperator.create(manager);
		operator.transactional(statement())
			.then(operator.transactional(statement()))
			.as(StepVerifier::create)
			.expectNextCount(1)
			.expectComplete()
			.verify(SOON);
		assertThat(this.pool.ledger().events().deadlocks()).isZero();
	}

	/**
	 * Near miss: the other one goes on, and the cancel of a wait inside frees its own.
	 */
	@Test
	void waitInsideOfAnotherThatIsCancelledLeavesNothingBehind() {
		Sinks.One<Object> going = Sinks.one();
		Disposable holder = transactions().named("report").call(() -> statement().then(going.asMono())).subscribe();
		await().until(() -> this.pool.ledger().snapshot().leases().size() == 1);
		Disposable nested = nested("place-order", Mono.empty()).subscribe();
		await().until(() -> this.pool.ledger().snapshot().waiters().size() == 1);
		assertThat(this.pool.ledger().snapshot().waiters()).singleElement().returns(1, Waiter::holds);
		assertThat(this.pool.ledger().events().deadlocks()).isZero();
		nested.dispose();
		await().until(() -> this.pool.ledger().snapshot().leases().size() == 1);
		assertThat(this.pool.ledger().snapshot().waiters()).isEmpty();
		holder.dispose();
	}

	@Test
	void policyReportLeavesTheWaitToItsTimeAndTellsOfIt() {
		use(pool(1, PoolSettings.defaults().withDeadlock(DeadlockPolicy.REPORT)));
		nested("place-order", Mono.empty()).timeout(Duration.ofSeconds(2))
			.as(StepVerifier::create)
			.expectErrorSatisfies((failure) -> assertThat(isDeadlock(failure)).isFalse())
			.verify(Duration.ofSeconds(15));
		assertThat(this.pool.ledger().events().deadlocks()).isOne();
		assertThat(this.pool.ledger().reports()).isNotEmpty();
	}

	@Test
	void policyOffTellsNothing() {
		use(pool(1, PoolSettings.defaults().withDeadlock(DeadlockPolicy.OFF)));
		nested("place-order", Mono.empty()).timeout(Duration.ofMillis(700))
			.as(StepVerifier::create)
			.expectErrorSatisfies((failure) -> assertThat(isDeadlock(failure)).isFalse())
			.verify(Duration.ofSeconds(15));
		assertThat(this.pool.ledger().events().deadlocks()).isZero();
	}

	@Test
	void deadlockOverTwoPoolsIsFound() {
		use(pool(1, PoolSettings.defaults()));
		TrackedConnectionPool other = pool(1, PoolSettings.defaults());
		try {
			ReactiveTransactionScope here = transactions();
			ReactiveTransactionScope there = ReactiveTransactionScope.create(new ScopedR2dbcTransactionManager(other));
			Mono<Object> elsewhere = DatabaseClient.create(other).sql("select 1").fetch().one().cast(Object.class);
			Mono<Object> both = both();
			Mono<Object> one = here.named("one")
				.call(() -> statement().then(both).then(there.named("one-there").call(() -> elsewhere)))
				.onErrorReturn(R2dbcDeadlockTests::isDeadlock, "deadlock");
			Mono<Object> another = there.named("another")
				.call(() -> elsewhere.then(both).then(here.named("another-here").call(this::statement)))
				.onErrorReturn(R2dbcDeadlockTests::isDeadlock, "deadlock");
			Mono.zip(one, another)
				.as(StepVerifier::create)
				.assertNext((results) -> assertThat(results.toList()).containsOnlyOnce("deadlock"))
				.expectComplete()
				.verify(SOON);
		}
		finally {
			other.dispose();
		}
	}

}
