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

package io.transactionscope.autoconfigure.reactive;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import io.r2dbc.pool.ConnectionPool;
import io.transactionscope.reactive.ReactiveTransactionScope;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * A shutdown waits for what is open (A7).
 */
class ReactiveShutdownTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LifecycleAutoConfiguration.class, R2dbcAutoConfiguration.class,
				R2dbcTransactionManagerAutoConfiguration.class, ScopedR2dbcTransactionManagerAutoConfiguration.class,
				ReactiveTransactionScopeAutoConfiguration.class))
		.withPropertyValues("spring.r2dbc.generate-unique-name=true", "spring.r2dbc.pool.initial-size=1");

	@Test
	void a7WaitsForAnOpenBlockBeforeThePoolGoes() {
		this.contextRunner.run((context) -> {
			ConnectionPool pool = context.getBean(ConnectionPool.class);
			Sinks.One<String> work = Sinks.one();
			CompletableFuture<Boolean> poolWasThere = open(
					context.getBean(ReactiveTransactionScope.class).named("open"), work)
				.map((value) -> !pool.isDisposed())
				.toFuture();
			CompletableFuture<Void> closing = close(context.getSourceApplicationContext());
			assertThat(closing).isNotDone();
			assertThat(poolWasThere).isNotDone();
			work.tryEmitValue("done").orThrow();
			assertThat(closing).succeedsWithin(Duration.ofSeconds(20));
			assertThat(poolWasThere).isCompletedWithValue(true);
			assertThat(pool.isDisposed()).isTrue();
		});
	}

	@Test
	void a7WaitsForWhoIsToldOfTheEndAndMayOpenTheNextBlock() {
		this.contextRunner.run((context) -> {
			ReactiveTransactionScope scope = context.getBean(ReactiveTransactionScope.class);
			CompletableFuture<Boolean> noneWasOpen = new CompletableFuture<>();
			Mono<String> second = scope.call((tx) -> Mono.just("second"));
			CompletableFuture<String> both = scope.call((tx) -> Mono.just("first")).flatMap((value) -> {
				noneWasOpen.complete(scope.quiesce().toFuture().isDone());
				return second;
			}).toFuture();
			assertThat(both).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("second");
			assertThat(noneWasOpen).isCompletedWithValue(false);
			assertThat(scope.quiesce().toFuture()).succeedsWithin(Duration.ofSeconds(20));
		});
	}

	@Test
	void a7WaitsForTheRollbackOfACancelledBlock() {
		this.contextRunner.run((context) -> {
			ConnectionPool pool = context.getBean(ConnectionPool.class);
			CompletableFuture<Boolean> released = new CompletableFuture<>();
			ReactiveTransactionScope scope = context.getBean(ReactiveTransactionScope.class);
			CountDownLatch inside = new CountDownLatch(1);
			Sinks.One<String> callback = Sinks.one();
			Disposable subscription = scope.call((tx) -> {
				tx.onCompletion(
						(outcome) -> callback.asMono().doOnNext((value) -> released.complete(!pool.isDisposed())));
				inside.countDown();
				return Mono.never();
			}).subscribe();
			inside.await();
			subscription.dispose();
			CompletableFuture<Void> closing = close(context.getSourceApplicationContext());
			assertThat(closing).isNotDone();
			callback.tryEmitValue("done").orThrow();
			assertThat(closing).succeedsWithin(Duration.ofSeconds(20));
			assertThat(released).isCompletedWithValue(true);
		});
	}

	@Test
	void a7WaitsNoLongerThanTheShutdownMayTake() {
		this.contextRunner.withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=300ms").run((context) -> {
			CompletableFuture<String> never = open(context.getBean(ReactiveTransactionScope.class), Sinks.one())
				.toFuture();
			assertThat(close(context.getSourceApplicationContext())).succeedsWithin(Duration.ofSeconds(20));
			assertThat(never).isNotCompletedExceptionally();
		});
	}

	@Test
	void closesAtOnceWhereNothingIsOpen() {
		this.contextRunner.withBean("other", ReactiveTransactionScope.class, () -> mock(ReactiveTransactionScope.class))
			.run((context) -> assertThat(close(context.getSourceApplicationContext()))
				.succeedsWithin(Duration.ofSeconds(20)));
	}

	@Test
	void waitsAfterTheWebServerAndBeforeTheExecutors() {
		assertThat(OpenBlocksLifecycle.PHASE).isLessThan(WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE)
			.isLessThan(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE)
			.isGreaterThan(new ThreadPoolTaskExecutor().getPhase());
	}

	/** Return once the body has begun. */
	private static Mono<String> open(ReactiveTransactionScope scope, Sinks.One<String> work) {
		CountDownLatch inside = new CountDownLatch(1);
		Mono<String> block = scope.call((tx) -> {
			inside.countDown();
			return work.asMono();
		});
		Mono<String> open = block.cache();
		open.subscribe();
		try {
			inside.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		return open;
	}

	private static CompletableFuture<Void> close(ConfigurableApplicationContext context) {
		CountDownLatch begun = new CountDownLatch(1);
		context.addApplicationListener((event) -> begun.countDown());
		CompletableFuture<Void> closing = CompletableFuture.runAsync(context::close);
		try {
			begun.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		return closing;
	}

}
