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

package io.transactionscope.annotation;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.ActiveScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.test.Faults;
import io.transactionscope.test.FaultyDriver;
import io.transactionscope.test.Phase;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.ScopePropagation;
import io.transactionscope.transaction.TransactionOutcome;
import org.aopalliance.intercept.MethodInterceptor;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.aop.support.StaticMethodMatcherPointcutAdvisor;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.UnexpectedRollbackException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Annotated methods that are called again when they fail, by a policy of their scope or
 * by {@code @Retryable}, and the orders of the two that go wrong.
 */
class RepeatedMethodTests {

	private final FaultyDriver driver = new FaultyDriver(h2());

	private final ApplicationContextRunner application = ScopedTransactionTests.application()
		.withBean("dataSource", DataSource.class, this::pool)
		.withBean("contention", RetryPolicy.class,
				() -> RetryPolicy.builder().maxRetries(3).delay(Duration.ZERO).build())
		.withBean("greedy", RetryPolicy.class,
				() -> RetryPolicy.builder().maxRetries(3).delay(Duration.ZERO).includes(Exception.class).build())
		.withPropertyValues("app.retry=contention");

	private static JdbcDataSource h2() {
		JdbcDataSource h2 = new JdbcDataSource();
		h2.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		return h2;
	}

	private HikariDataSource pool() {
		HikariConfig config = new HikariConfig();
		config.setDataSource(this.driver);
		config.setMaximumPoolSize(2);
		HikariDataSource pool = new HikariDataSource(config);
		JdbcClient.create(pool).sql("create table if not exists booking (n int)").update();
		return pool;
	}

	private static int booked(AssertableApplicationContext context) {
		return context.getBean(JdbcClient.class).sql("select count(*) from booking").query(Integer.class).single();
	}

	@Test
	void isCalledAgainByThePolicyThatItNames() {
		this.application.withBean(Transfers.class).run((context) -> {
			Transfers transfers = context.getBean(Transfers.class);
			assertThat(transfers.byPolicy("rent", 2)).isEqualTo("rent in attempt 3");
			assertThat(booked(context)).isOne();
			transfers.attempts().set(0);
			assertThatExceptionOfType(CannotAcquireLockException.class).isThrownBy(() -> transfers.byPolicy("rent", 9))
				.withMessage("deadlock 4")
				.satisfies((failure) -> assertThat(failure.getSuppressed()).hasSize(3));
			assertThat(booked(context)).isOne();
		});
	}

	@Test
	void aspectsInsideOfTheScopeAreCalledAgainToo() {
		AtomicInteger inside = new AtomicInteger();
		this.application.withPropertyValues("transaction-scope.advisor.order=0")
			.withBean(Inside.class, () -> new Inside(inside))
			.withBean(Transfers.class)
			.run((context) -> {
				assertThat(context.getBean(Transfers.class).byPolicy("rent", 2)).isEqualTo("rent in attempt 3");
				assertThat(inside).hasValue(3);
				assertThat(booked(context)).isOne();
			});
	}

	@Test
	void isCalledAgainOnTheThreadOfItsTask() {
		this.application.withUserConfiguration(AsyncEnabled.class).withBean(LaterTransfers.class).run((context) -> {
			LaterTransfers transfers = context.getBean(LaterTransfers.class);
			assertThat(transfers.later(2).get(20, TimeUnit.SECONDS)).isEqualTo("later in attempt 3");
			assertThat(booked(context)).isOne();
		});
	}

	@Test
	void insideOfATransactionItIsRefused() {
		this.application.withBean(Transfers.class).run((context) -> {
			Transfers transfers = context.getBean(Transfers.class);
			context.getBean(TransactionScope.class)
				.named("outer")
				.run(() -> assertThatExceptionOfType(IllegalTransactionStateException.class)
					.isThrownBy(() -> transfers.byPolicy("rent", 0))
					.withMessageStartingWith(
							"Scope 'Transfers.byPolicy' cannot be repeated inside of transaction 'outer'"));
			assertThat(transfers.attempts()).hasValue(0);
		});
	}

	@Test
	@DisplayName("T9: what can never be repeated fails the start")
	void t9WhatCanNeverBeRepeatedFailsTheStart() {
		failsTheStart(UnknownPolicy.class, "its retry policy 'none' cannot be had",
				"Declare a bean of that name of the type org.springframework.core.retry.RetryPolicy");
		failsTheStart(NoPolicy.class, "its retry policy 'dataSource' cannot be had", "Declare a bean of that name");
		failsTheStart(OnlyJoins.class, "has a retry policy and propagation MANDATORY",
				"set it on the outermost scope.");
		failsTheStart(RunsWithout.class, "has a retry policy and propagation NOT_SUPPORTED",
				"set it on the outermost scope.");
		failsTheStart(ReturnsMono.class, "returns a publisher, which a retry policy does not repeat",
				"with retryWhen outside of the method");
	}

	@Test
	void policyThatIsLeftOutByAPropertyIsNone() {
		this.application.withPropertyValues("app.retry=").withBean(Transfers.class).run((context) -> {
			Transfers transfers = context.getBean(Transfers.class);
			assertThatExceptionOfType(CannotAcquireLockException.class).isThrownBy(() -> transfers.byPolicy("rent", 1));
			assertThat(transfers.attempts()).hasValue(1);
		});
	}

	private void failsTheStart(Class<?> type, String problem, String action) {
		this.application.withBean(type)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(InvalidScopedTransactionException.class, (failure) -> {
					assertThat(failure).hasMessageContaining(problem);
					assertThat(failure.action()).contains(action);
				}));
	}

	// Retryable

	@Test
	void retryableOnTheSameMethodIsANewScopeForEachAttempt() {
		this.application.withUserConfiguration(Resilient.class).withBean(Transfers.class).run((context) -> {
			assertThat(context.getBean(Transfers.class).byRetryable(2)).isEqualTo("retryable in attempt 3");
			assertThat(booked(context)).isOne();
		});
	}

	@Test
	void bothOnTheSameMethodKeepToTheirPlaces() {
		this.application.withUserConfiguration(Resilient.class).withBean(Transfers.class).run((context) -> {
			// Three attempts of the scope's own for each of two of the annotation
			assertThat(context.getBean(Transfers.class).byBoth(5)).isEqualTo("both in attempt 6");
			assertThat(booked(context)).isOne();
		});
	}

	@Test
	void retryableInsideOfTheScopeRepeatsAPartAndBooksTwice() {
		this.application.withUserConfiguration(ResilientInside.class).withBean(Transfers.class).run((context) -> {
			Transfers transfers = context.getBean(Transfers.class);
			assertThat(transfers.byRetryable(1)).isEqualTo("retryable in attempt 2");
			assertThat(booked(context)).isEqualTo(2);
			transfers.attempts().set(0);
			assertThat(transfers.byPolicy("rent", 1)).isEqualTo("rent in attempt 2");
			assertThat(booked(context)).isEqualTo(3);
		});
	}

	@Test
	void retryableInsideOfATransactionSucceedsInVain() {
		this.application.withUserConfiguration(Resilient.class).withBean(Transfers.class).run((context) -> {
			Transfers transfers = context.getBean(Transfers.class);
			TransactionScope outer = context.getBean(TransactionScope.class).named("outer");
			assertThatExceptionOfType(UnexpectedRollbackException.class)
				.isThrownBy(
						() -> outer.run(() -> assertThat(transfers.byRetryable(1)).isEqualTo("retryable in attempt 2")))
				.withCauseInstanceOf(CannotAcquireLockException.class);
			assertThat(booked(context)).isZero();
			transfers.attempts().set(0);
			assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(() -> outer.run(() -> transfers.byPolicy("rent", 1)));
			assertThat(transfers.attempts()).hasValue(0);
			assertThat(outer.retry(context.getBean("contention", RetryPolicy.class)).call(() -> transfers.joining(1)))
				.isEqualTo("joining in attempt 2");
			assertThat(booked(context)).isOne();
		});
	}

	@Test
	@DisplayName("T4: after an unknown COMMIT @Retryable books twice, and a policy of the scope once")
	void t4RetryableBooksTwiceAfterAnUnknownCommit() {
		this.application.withUserConfiguration(Resilient.class).withBean(Transfers.class).run((context) -> {
			Transfers transfers = context.getBean(Transfers.class);
			this.driver.failAfter(Phase.COMMIT, Faults.lostLink());
			transfers.healedBy(this.driver);
			assertThat(transfers.byGreedyRetryable()).isEqualTo("greedy in attempt 2");
			assertThat(booked(context)).isEqualTo(2);
			transfers.attempts().set(0);
			this.driver.failAfter(Phase.COMMIT, Faults.lostLink());
			assertThatExceptionOfType(CommitFailedException.class).isThrownBy(transfers::byGreedyPolicy)
				.satisfies((failure) -> assertThat(failure.outcome()).isEqualTo(TransactionOutcome.UNKNOWN));
			this.driver.heal();
			assertThat(booked(context)).isEqualTo(3);
		});
	}

	static class Transfers {

		private final JdbcClient jdbc;

		private final AtomicInteger attempts = new AtomicInteger();

		private Runnable healing = () -> {
		};

		Transfers(JdbcClient jdbc) {
			this.jdbc = jdbc;
		}

		AtomicInteger attempts() {
			return this.attempts;
		}

		void healedBy(FaultyDriver driver) {
			this.healing = driver::heal;
		}

		String book(String name, int failures) {
			this.jdbc.sql("insert into booking values (1)").update();
			if (this.attempts.incrementAndGet() <= failures) {
				throw new CannotAcquireLockException("deadlock " + this.attempts);
			}
			return name + " in attempt " + this.attempts;
		}

		@ScopedTransaction(retryPolicy = "${app.retry}")
		public String byPolicy(String what, int failures) {
			assertThat(ActiveScope.current().name()).isEqualTo("Transfers.byPolicy");
			return book(what, failures);
		}

		@ScopedTransaction(retryPolicy = "greedy")
		public String byGreedyPolicy() {
			return book("greedy", 0);
		}

		@ScopedTransaction
		public String joining(int failures) {
			return book("joining", failures);
		}

		@Retryable(includes = ConcurrencyFailureException.class, maxRetries = 3, delay = 0)
		@ScopedTransaction
		public String byRetryable(int failures) {
			return book("retryable", failures);
		}

		@Retryable(includes = ConcurrencyFailureException.class, maxRetries = 1, delay = 0)
		@ScopedTransaction(retryPolicy = "contention")
		public String byBoth(int failures) {
			return book("both", failures);
		}

		@Retryable(maxRetries = 3, delay = 0)
		@ScopedTransaction
		public String byGreedyRetryable() {
			if (this.attempts.get() > 0) {
				this.healing.run();
			}
			return book("greedy", 0);
		}

	}

	static class LaterTransfers extends Transfers {

		LaterTransfers(JdbcClient jdbc) {
			super(jdbc);
		}

		@Async
		@ScopedTransaction(retryPolicy = "contention")
		public CompletableFuture<String> later(int failures) {
			return CompletableFuture.completedFuture(book("later", failures));
		}

	}

	static class UnknownPolicy {

		@ScopedTransaction(retryPolicy = "none")
		public void work() {
		}

	}

	static class NoPolicy {

		@ScopedTransaction(retryPolicy = "dataSource")
		public void work() {
		}

	}

	static class OnlyJoins {

		@ScopedTransaction(propagation = ScopePropagation.MANDATORY, retryPolicy = "contention")
		public void work() {
		}

	}

	static class RunsWithout {

		@ScopedTransaction(propagation = ScopePropagation.NOT_SUPPORTED, retryPolicy = "contention")
		public void work() {
		}

	}

	static class ReturnsMono {

		@ScopedTransaction(retryPolicy = "contention")
		public Mono<String> work() {
			return Mono.empty();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableResilientMethods
	static class Resilient {

	}

	/** Before there is a proxy that the scope is in. */
	@Configuration(proxyBeanMethods = false)
	@EnableResilientMethods(order = Ordered.HIGHEST_PRECEDENCE)
	static class ResilientInside {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class AsyncEnabled {

	}

	static class Inside extends StaticMethodMatcherPointcutAdvisor {

		@SuppressWarnings("serial")
		Inside(AtomicInteger calls) {
			super((MethodInterceptor) (invocation) -> {
				calls.incrementAndGet();
				return invocation.proceed();
			});
			setOrder(1);
		}

		@Override
		public boolean matches(Method method, Class<?> targetClass) {
			return targetClass == Transfers.class && method.getName().equals("byPolicy");
		}

	}

}
