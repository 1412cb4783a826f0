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

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.snapshot.LeaseRecorder;
import io.transactionscope.test.R2dbcPools;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Tests for borrows from an R2DBC pool whose signals come at odd moments.
 */
@Tag("once")
@ExtendWith(OutputCaptureExtension.class)
class BorrowingTests {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private final TrackedConnectionPool pool = TrackedConnectionPool
		.watch(new ConnectionPool(ConnectionPoolConfiguration
			.builder(ConnectionFactories
				.get("r2dbc:h2:mem:///%s?options=DB_CLOSE_DELAY=-1".formatted(UUID.randomUUID())))
			.maxSize(1)
			.initialSize(1)
			.acquireRetry(0)
			.maxAcquireTime(Duration.ofSeconds(1))
			.build()), "connectionFactory", PoolSettings.defaults());

	@BeforeEach
	void connect() {
		this.pool.warmup().block(PATIENCE);
	}

	@AfterEach
	void nothingIsLeft() {
		await().atMost(PATIENCE).untilAsserted(() -> {
			assertThat(this.pool.getMetrics().orElseThrow().acquiredSize()).isZero();
			assertThat(this.pool.getMetrics().orElseThrow().pendingAcquireSize()).isZero();
			assertThat(this.pool.ledger().snapshot().leases()).isEmpty();
			assertThat(this.pool.ledger().snapshot().waiters()).isEmpty();
		});
		R2dbcPools.dispose(this.pool);
	}

	private Connection borrow() {
		return Objects.requireNonNull(this.pool.create().block(PATIENCE));
	}

	private static void release(Connection connection) {
		Mono.from(connection.close()).block(PATIENCE);
	}

	/**
	 * They are all in use by those who wait, as where a service calls {@code block()}.
	 */
	@Test
	void refusalsDoNotNeedTheThreadsThatWaitForThem() throws Exception {
		Connection held = borrow();
		Scheduler elastic = Schedulers.boundedElastic();
		List<CompletableFuture<Object>> answers = new ArrayList<>();
		List<Disposable> waits = IntStream.range(0, 2 * Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE).mapToObj((number) -> {
			CompletableFuture<Object> answer = new CompletableFuture<>();
			answers.add(answer);
			return elastic.schedule(() -> {
				try {
					answer.complete(Objects.requireNonNull(this.pool.create().block(PATIENCE)));
				}
				catch (Throwable ex) {
					answer.complete(ex);
				}
			});
		}).toList();
		try {
			for (CompletableFuture<Object> answer : answers) {
				assertThat(answer.get(10, TimeUnit.SECONDS)).isInstanceOf(R2dbcPoolExhaustedException.class);
			}
		}
		finally {
			waits.forEach(Disposable::dispose);
			release(held);
		}
	}

	@Test
	void subscriberThatFailsAtOnceIsNobodyWhoWaits() {
		assertThatThrownBy(() -> this.pool.create().subscribe(new Receiver() {

			@Override
			public void onSubscribe(Subscription subscription) {
				throw new IllegalStateException("planted");
			}

		})).hasMessage("planted");
		assertThat(this.pool.ledger().snapshot().waiters()).isEmpty();
	}

	@Test
	void requestForNothingIsNone() {
		List<Object> received = new ArrayList<>();
		BaseSubscriber<Connection> subscriber = new BaseSubscriber<>() {

			@Override
			protected void hookOnSubscribe(Subscription subscription) {
				subscription.request(0);
			}

			@Override
			protected void hookOnNext(Connection connection) {
				received.add(connection);
			}

		};
		this.pool.create().subscribe(subscriber);
		assertThat(received).isEmpty();
		subscriber.cancel();
	}

	@Test
	void cancelAtTheVeryEndIsHarmless(CapturedOutput output) {
		AtomicReference<@Nullable Subscription> borrow = new AtomicReference<>();
		this.pool.ledger().record(new LeaseRecorder() {

			@Override
			public void waitEnds(String scope, long nanos) {
				Objects.requireNonNull(borrow.get()).cancel();
			}

			@Override
			public void leaseEnds(String scope, long held, long busy) {
			}

		});
		List<String> signals = new ArrayList<>();
		new TrackedConnectionFactory(factory(Mono.empty()), this.pool).create().subscribe(new Receiver() {

			@Override
			public void onSubscribe(Subscription subscription) {
				borrow.set(subscription);
				subscription.request(1);
			}

			@Override
			public void onComplete() {
				signals.add("complete");
			}

		});
		assertThat(signals).hasSizeLessThanOrEqualTo(1);
		assertThat(output).doesNotContain("emptySubscriber");
	}

	@Test
	void sourceMayTellOfItselfLate() {
		Connection held = borrow();
		AtomicReference<@Nullable CoreSubscriber<?>> late = new AtomicReference<>();
		List<String> told = new ArrayList<>();
		ConnectionFactory factory = factory(new Mono<Connection>() {

			@Override
			public void subscribe(CoreSubscriber<? super Connection> actual) {
				late.set(actual);
			}

		});
		new TrackedConnectionFactory(factory, this.pool).create().subscribe().dispose();
		Objects.requireNonNull(late.get()).onSubscribe(new Subscription() {

			@Override
			public void request(long count) {
				told.add("request");
			}

			@Override
			public void cancel() {
				told.add("cancel");
			}

		});
		assertThat(told).containsExactly("cancel");
		release(held);
	}

	/** The watch may have given it back meanwhile, as nobody had it in hand. */
	@Test
	void returnThatComesTooLateDoesNotReachThePool() {
		AtomicInteger returns = new AtomicInteger();
		Connection pooled = (Connection) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { Connection.class }, (proxy, method, arguments) -> method.getName().equals("hashCode")
						? (Object) 42 : Mono.fromRunnable(returns::incrementAndGet));
		Connection connection = Objects.requireNonNull(
				new TrackedConnectionFactory(factory(Mono.just(pooled)), this.pool).create().block(PATIENCE));
		Publisher<Void> late = connection.close();
		release(connection);
		assertThat(returns).hasValue(1);
		Mono.from(late).block(PATIENCE);
		assertThat(returns).hasValue(1);
	}

	@Test
	void connectionThatCannotBeEnteredGoesBackAtOnce() {
		AtomicInteger returns = new AtomicInteger();
		Connection pooled = (Connection) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { Connection.class }, (proxy, method, arguments) -> {
					if (method.getName().equals("hashCode")) {
						throw new IllegalStateException("planted");
					}
					return Mono.fromRunnable(returns::incrementAndGet);
				});
		Mono<Connection> borrow = new TrackedConnectionFactory(factory(Mono.just(pooled)), this.pool).create();
		assertThatThrownBy(() -> borrow.block(PATIENCE)).hasMessage("planted");
		assertThat(returns).hasValue(1);
	}

	@Test
	void returnGoesOnThoughWhoeverSubscribesFails() {
		Connection connection = borrow();
		try {
			connection.close().subscribe(new Failing());
		}
		catch (IllegalStateException ex) {
			assertThat(ex).hasMessage("planted");
		}
		await().untilAsserted(() -> assertThat(this.pool.getMetrics().orElseThrow().acquiredSize()).isZero());
	}

	/** The connection has just come. */
	@Test
	void deadlockThatComesTooLateEndsNothing() {
		Connection outer = Objects.requireNonNull(this.pool.create()
			.contextWrite((context) -> ReactiveBorrower.ofTransaction("place-order", Borrower.NO_DEADLINE).in(context))
			.block(PATIENCE));
		ReactiveBorrower inner = ReactiveBorrower.ofTransaction("audit", Borrower.NO_DEADLINE);
		inner.asksInside(outer);
		WatchedConnectionPool watched = (WatchedConnectionPool) this.pool.ledger().watched();
		R2dbcLease lease = new R2dbcLease(watched, Surroundings.borrower(inner.in(Context.empty()), watched));
		List<Object> deadlocks = new ArrayList<>();
		Runnable end = this.pool.ledger().breakDeadlock(lease, deadlocks::add);
		assertThat(deadlocks).hasSize(1);
		assertThat(this.pool.ledger().snapshot().waiters()).hasSize(1);
		end.run();
		lease.giveUp();
		release(outer);
	}

	private ConnectionFactory factory(Mono<Connection> connections) {
		return new ConnectionFactory() {

			@Override
			public Publisher<? extends Connection> create() {
				return connections;
			}

			@Override
			public ConnectionFactoryMetadata getMetadata() {
				return BorrowingTests.this.pool.getMetadata();
			}

		};
	}

	/**
	 * Does nothing with what it gets.
	 */
	private abstract static class Receiver implements CoreSubscriber<Connection> {

		@Override
		public void onNext(Connection connection) {
		}

		@Override
		public void onError(Throwable failure) {
		}

		@Override
		public void onComplete() {
		}

	}

	/**
	 * Breaks the rules.
	 */
	private static final class Failing implements CoreSubscriber<Void> {

		@Override
		public void onSubscribe(Subscription subscription) {
			throw new IllegalStateException("planted");
		}

		@Override
		public void onNext(Void item) {
		}

		@Override
		public void onError(Throwable failure) {
		}

		@Override
		public void onComplete() {
		}

	}

	/** It may start threads of Reactor's, which all of the application uses. */
	@Test
	void whatIsDoneAsideHasTheClassLoaderOfTheApplication() throws Exception {
		CompletableFuture<ClassLoader> loader = new CompletableFuture<>();
		((WatchedConnectionPool) this.pool.ledger().watched())
			.aside(() -> loader.complete(Thread.currentThread().getContextClassLoader()));
		assertThat(loader.get(20, TimeUnit.SECONDS)).isNotNull()
			.isSameAs(Thread.currentThread().getContextClassLoader());
	}

}
