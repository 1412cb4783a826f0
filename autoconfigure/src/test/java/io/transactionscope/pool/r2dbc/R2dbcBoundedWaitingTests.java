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
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.report.PoolReport.Trigger;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.test.R2dbcPools;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.TransactionTimedOutException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for waits for a connection of an R2DBC pool that end before the pool would end
 * them: it never does, as by default.
 */
@Tag("once")
class R2dbcBoundedWaitingTests {

	private static final Duration AT_ONCE = Duration.ofSeconds(4);

	private TrackedConnectionPool pool = pool(PoolSettings.defaults());

	private final Disposable.Composite waiting = Disposables.composite();

	private static TrackedConnectionPool pool(PoolSettings settings) {
		TrackedConnectionPool pool = TrackedConnectionPool.watch(new ConnectionPool(ConnectionPoolConfiguration
			.builder(ConnectionFactories
				.get("r2dbc:h2:mem:///%s?options=DB_CLOSE_DELAY=-1".formatted(UUID.randomUUID())))
			.maxSize(1)
			.initialSize(1)
			.build()), "connectionFactory", settings);
		pool.warmup().block(Duration.ofSeconds(30));
		return pool;
	}

	private void use(PoolSettings settings) {
		R2dbcPools.dispose(this.pool);
		this.pool = pool(settings);
	}

	@AfterEach
	void nothingIsLeft() {
		this.waiting.dispose();
		await().untilAsserted(() -> {
			assertThat(this.pool.getMetrics().orElseThrow().acquiredSize()).isZero();
			assertThat(this.pool.getMetrics().orElseThrow().pendingAcquireSize()).isZero();
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

	private void holdWhile(Runnable others) {
		Mono.usingWhen(this.pool.create(), (connection) -> Mono.fromRunnable(others), Connection::close)
			.block(Duration.ofSeconds(60));
	}

	private void queue(int waiters) {
		Flux.range(0, waiters)
			.subscribe((number) -> this.waiting
				.add(Mono.usingWhen(this.pool.create(), (connection) -> Mono.never(), Connection::close).subscribe()));
	}

	private static R2dbcPoolExhaustedException exhausted(Throwable failure) {
		return Stream.iterate(failure, (each) -> each != null, Throwable::getCause)
			.filter(R2dbcPoolExhaustedException.class::isInstance)
			.map(R2dbcPoolExhaustedException.class::cast)
			.findFirst()
			.orElseThrow(() -> new AssertionError(failure));
	}

	@Test
	void deadlineOfABlockEndsItsWaitAndTheReportIsTheCause() {
		holdWhile(() -> {
			long begin = System.nanoTime();
			transactions().named("place-order")
				.timeout(Duration.ofMillis(600))
				.call(this::statement)
				.as(StepVerifier::create)
				.expectErrorSatisfies((failure) -> {
					assertThat(failure).isInstanceOf(TransactionTimedOutException.class);
					assertThat(exhausted(failure).report().trigger()).isEqualTo(Trigger.DEADLINE);
					assertThat(exhausted(failure).report().holders()).hasSize(1);
				})
				.verify(Duration.ofSeconds(20));
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isBetween(Duration.ofMillis(600),
					Duration.ofSeconds(4));
		});
	}

	/** Near miss: the connection comes in time. */
	@Test
	void blockThatGetsItsConnectionBeforeItsDeadlineGoesOn() {
		Mono<Object> block = transactions().timeout(Duration.ofSeconds(20)).call(this::statement).cache();
		holdWhile(() -> {
			this.waiting.add(block.subscribe());
			await().until(() -> this.pool.ledger().snapshot().waiters().size() == 1);
		});
		block.as(StepVerifier::create).expectNextCount(1).expectComplete().verify(AT_ONCE);
		assertThat(this.pool.ledger().events().exhaustions()).isZero();
	}

	@Test
	void whoeverIsOneTooManyInTheQueueIsTurnedAwayAtOnce() {
		use(PoolSettings.defaults().withMaxWaiting(2));
		holdWhile(() -> {
			queue(2);
			this.pool.create()
				.as(StepVerifier::create)
				.expectErrorSatisfies(
						(failure) -> assertThat(exhausted(failure).report().trigger()).isEqualTo(Trigger.MAX_WAITING))
				.verify(AT_ONCE);
		});
		assertThat(this.pool.ledger().events().sheds()).isOne();
	}

	/** They may all be blocked by those who wait to be told. */
	@Test
	void whoeverIsTurnedAwayHearsOfItAlsoWhileNoThreadOfTheElasticSchedulerIsFree() {
		use(PoolSettings.defaults().withMaxWaiting(1));
		Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
		Queue<String> told = new ConcurrentLinkedQueue<>();
		Queue<ClassLoader> loaders = new ConcurrentLinkedQueue<>();
		int threads = Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE;
		CountDownLatch started = new CountDownLatch(threads);
		holdWhile(() -> {
			queue(1);
			for (int i = 0; i < threads; i++) {
				Schedulers.boundedElastic().schedule(() -> {
					started.countDown();
					try {
						started.await();
						this.pool.create()
							.doOnError((failure) -> told.add(Thread.currentThread().getName()))
							.doOnError((failure) -> loaders.add(Thread.currentThread().getContextClassLoader()))
							.block(Duration.ofSeconds(20));
					}
					catch (Exception ex) {
						failures.add(ex);
					}
				});
			}
			await().atMost(Duration.ofSeconds(10)).until(() -> failures.size() == threads);
		});
		assertThat(failures)
			.allSatisfy((failure) -> assertThat(exhausted(failure).report().trigger()).isEqualTo(Trigger.MAX_WAITING));
		assertThat(told).allMatch((thread) -> thread.startsWith("parallel-"));
		assertThat(loaders).hasSize(threads);
	}

	/** Near miss: nobody waits who finds a free one. */
	@Test
	void noQueueIsNeededForAFreeConnection() {
		use(PoolSettings.defaults().withMaxWaiting(1));
		Flux.range(0, 20).concatMap((number) -> statement()).blockLast(Duration.ofSeconds(20));
		assertThat(this.pool.ledger().events().sheds()).isZero();
	}

	/** To turn it away would free nothing. */
	@Test
	void whoeverHoldsAConnectionIsNotTurnedAway() {
		use(PoolSettings.defaults().withMaxWaiting(1).withDeadlock(PoolSettings.DeadlockPolicy.OFF));
		ReactiveTransactionScope transactions = transactions();
		Mono<Object> nested = transactions.named("place-order")
			.call(() -> statement().doOnNext((row) -> queue(1)).then(transactions.requiresNew().call(this::statement)));
		this.waiting.add(nested.subscribe());
		await().until(() -> this.pool.ledger().snapshot().waiters().size() == 2);
		assertThat(this.pool.ledger().events().sheds()).isZero();
	}

	@Test
	void underOverloadWaitsEndAtTheTarget() {
		use(PoolSettings.defaults()
			.withWaitTarget(Duration.ofMillis(50))
			.withWaitInterval(Duration.ofMillis(500))
			.withSampling(Duration.ZERO));
		holdWhile(() -> {
			queue(1);
			await().untilAsserted(() -> this.pool.create()
				.timeout(Duration.ofSeconds(2), Mono.error(new IllegalStateException("It waits for ever")))
				.as(StepVerifier::create)
				.expectErrorSatisfies(
						(failure) -> assertThat(exhausted(failure).report().trigger()).isEqualTo(Trigger.WAIT_TARGET))
				.verify(AT_ONCE));
		});
		assertThat(this.pool.ledger().events().sheds()).isOne();
	}

}
