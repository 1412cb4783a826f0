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

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.transactionscope.autoconfigure.ScopedTransactionVerifierAutoConfiguration;
import io.transactionscope.autoconfigure.WithResourceAutoConfiguration;
import io.transactionscope.resource.Around;
import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.Resources;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.willDoNothing;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

/**
 * Resources written as annotations, on beans of a running application.
 */
class WithResourceTests {

	private final List<String> events = new ArrayList<>();

	private final ApplicationContextRunner bare = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, WithResourceAutoConfiguration.class,
				ScopedTransactionVerifierAutoConfiguration.class))
		.withBean(Trace.class, () -> this.events::add)
		.withUserConfiguration(Beans.class)
		.withPropertyValues("app.lock=first");

	private final ApplicationContextRunner transactional = application().withBean(Trace.class, () -> this.events::add)
		.withUserConfiguration(Beans.class, Locked.class)
		.withBean(Orders.class);

	/** One with all that annotated methods need. */
	static ApplicationContextRunner application() {
		return ScopedTransactionTests.application()
			.withConfiguration(AutoConfigurations.of(WithResourceAutoConfiguration.class));
	}

	// Beside transactions

	@ParameterizedTest
	@ValueSource(strings = { "scoped", "transactional" })
	void r4IsAcquiredBeforeTheTransactionAndReleasedAfterItsCommit(String method) {
		this.transactional.run((context) -> {
			call(context.getBean(Orders.class), method);
			assertThat(this.events).containsExactly("acquired, transaction: false", "place, transaction: true",
					"released, transaction: false, rows: 1, succeeded");
		});
	}

	@Test
	void needsNoMoreThanTheProxiesOfSpringsOwnTransactions() {
		this.transactional.withPropertyValues("spring.aop.auto=false").run((context) -> {
			call(context.getBean(Orders.class), "scoped");
			assertThat(this.events).containsExactly("acquired, transaction: false", "place, transaction: true",
					"released, transaction: false, rows: 1, succeeded");
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "scoped", "transactional" })
	void r3SeesTheFailureOnceItIsRolledBack(String method) {
		this.transactional.run((context) -> {
			Orders orders = context.getBean(Orders.class);
			RuntimeException failure = new IllegalStateException("no paper");
			orders.failWith(failure);
			assertThatIllegalStateException().isThrownBy(() -> call(orders, method)).isSameAs(failure);
			assertThat(this.events)
				.endsWith("released, transaction: false, rows: 0, failed (java.lang.IllegalStateException: no paper)");
		});
	}

	@Test
	void r3SeesThatATransactionIsInDoubt() {
		this.bare.withBean(InDoubt.class).run((context) -> {
			assertThatExceptionOfType(CommitFailedException.class)
				.isThrownBy(() -> context.getBean(InDoubt.class).work(TransactionOutcome.UNKNOWN))
				.satisfies((ex) -> assertThat(ex).hasNoSuppressedExceptions());
			assertThat(this.events).element(3).asString().startsWith("exit second: unknown (");
			assertThat(this.events).element(4).asString().startsWith("exit first: unknown (");
			this.events.clear();
			assertThatExceptionOfType(CommitFailedException.class)
				.isThrownBy(() -> context.getBean(InDoubt.class).work(TransactionOutcome.ROLLED_BACK));
			assertThat(this.events).element(4).asString().startsWith("exit first: failed (");
			assertThat(this.events).hasSize(5);
		});
	}

	@Test
	void t3FailureOfAReleaseFollowsATransactionInDoubt() {
		this.bare.withBean(InDoubt.class).run((context) -> {
			IOException release = new IOException("release");
			context.getBean(Failing.class).failure = release;
			assertThatExceptionOfType(CommitFailedException.class)
				.isThrownBy(() -> context.getBean(InDoubt.class).failing(TransactionOutcome.UNKNOWN))
				.satisfies((ex) -> assertThat(ex.getSuppressed()).containsExactly(release));
		});
	}

	// Around a method

	@Test
	void isHeldAroundEachCallWithoutADatabase() {
		this.bare.withBean(Work.class).run((context) -> {
			Work work = context.getBean(Work.class);
			assertThat(work.twice(21)).isEqualTo("42");
			assertThat(work.twice(1)).isEqualTo("2");
			assertThat(this.events).containsExactly("enter first", "work", "exit first: succeeded", "enter first",
					"work", "exit first: succeeded");
		});
	}

	@Test
	void severalAreHeldInTheOrderInWhichTheyStand() {
		this.bare.withBean(Work.class).run((context) -> {
			context.getBean(Work.class).several();
			assertThat(this.events).containsExactly("enter first", "around", "enter second", "work",
					"exit second: succeeded", "done", "exit first: succeeded");
		});
	}

	@Test
	void placeholdersAndAliasesAreResolved() {
		this.bare.withBean(Work.class).run((context) -> {
			context.getBean(Work.class).placeholder();
			context.getBean(Work.class).alias();
			assertThat(this.events).containsExactly("enter first", "work", "exit first: succeeded", "enter second",
					"work", "exit second: succeeded");
		});
	}

	@Test
	void whatIsNoSingletonIsLookedUpAtEachCall() {
		this.bare.withBean(Work.class).run((context) -> {
			context.getBean(Work.class).prototype();
			context.getBean(Work.class).prototype();
			assertThat(this.events).filteredOn((event) -> event.startsWith("created")).hasSize(2);
		});
	}

	@Test
	void checkedFailureReachesTheCallerAsItIs() {
		this.bare.withBean(Work.class).run((context) -> {
			IOException failure = new IOException("checked");
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> context.getBean(Work.class).fail(failure))
				.isSameAs(failure);
			assertThat(this.events).containsExactly("enter first", "exit first: failed (java.io.IOException: checked)");
		});
	}

	@Test
	void whatCannotBeAcquiredFailsTheCall() {
		this.bare.withBean(Work.class).withBean("unavailable", Resource.class, () -> Resource.of(() -> {
			throw new IllegalStateException("none left");
		}, (value, outcome) -> {
		})).withBean(Unavailable.class).run((context) -> {
			assertThatIllegalStateException().isThrownBy(() -> context.getBean(Unavailable.class).work())
				.withMessage("none left");
			assertThat(this.events).containsExactly("enter first",
					"exit first: failed (java.lang.IllegalStateException: none left)");
		});
	}

	@Test
	void r5MethodThatReturnsNothingReturnsNormallyWhereItsFailureIsSuppressed() {
		this.bare.withBean(Suppressed.class).run((context) -> {
			Suppressed suppressed = context.getBean(Suppressed.class);
			assertThatNoException().isThrownBy(suppressed::work);
			assertThatNoException().isThrownBy(suppressed::aroundWork);
			assertThatIllegalStateException().isThrownBy(suppressed::result)
				.withMessageContaining("no result to return")
				.withCauseInstanceOf(IOException.class);
		});
	}

	// Where it stands

	@Test
	void onAClassItIsAboutEachMethodAndOneOnAMethodTakesPrecedence() {
		this.bare.withBean(OnClass.class).run((context) -> {
			context.getBean(OnClass.class).work();
			context.getBean(OnClass.class).other();
			assertThat(this.events).containsExactly("enter first", "exit first: succeeded", "enter second",
					"exit second: succeeded");
		});
	}

	@Test
	void onAnInterfaceItIsAboutItsImplementations() {
		this.bare.withPropertyValues("spring.aop.proxy-target-class=false")
			.withBean("implementation", Contract.class, Implementation::new)
			.run((context) -> {
				context.getBean(Contract.class).work();
				assertThat(this.events).containsExactly("enter first", "exit first: succeeded");
			});
	}

	@Test
	void canBeAMetaAnnotation() {
		this.bare.withBean(Meta.class).run((context) -> {
			context.getBean(Meta.class).work();
			assertThat(this.events).containsExactly("enter first", "exit first: succeeded");
		});
	}

	@Test
	void eachAttemptOfARetryAcquiresAnew() {
		this.bare.withUserConfiguration(Resilient.class).withBean(Retried.class).run((context) -> {
			context.getBean(Retried.class).work();
			assertThat(this.events).containsExactly("enter first",
					"exit first: failed (java.lang.IllegalStateException: 1)", "enter first", "exit first: succeeded");
		});
	}

	@Test
	void isHeldInsideOfAnAsynchronousCall() {
		this.bare.withUserConfiguration(Asynchronously.class).withBean(Later.class).run((context) -> {
			assertThat(context.getBean(Later.class).work().get()).isEqualTo("done");
			assertThat(this.events).containsExactly("enter first", "work in asynchronous", "exit first: succeeded");
		});
	}

	@Test
	void whatATestHasMockedHoldsNothing() {
		this.bare.withBean("mocked", Resource.class, () -> mock(Resource.class))
			.withBean("mockedAround", Around.class, () -> mock(Around.class))
			.withBean(WithMocks.class)
			.run((context) -> {
				assertThat(context.getBean(WithMocks.class).work()).isEqualTo("done");
				assertThat(this.events).containsExactly("enter first", "exit first: succeeded");
			});
	}

	@Test
	void whatATestHasStubbedIsAsked() throws Exception {
		Resource<?> resource = mock(Resource.class);
		Around<?> around = mock(Around.class);
		this.bare.withBean("mocked", Resource.class, () -> resource)
			.withBean("mockedAround", Around.class, () -> around)
			.withBean(WithMocks.class)
			.run((context) -> {
				WithMocks mocks = context.getBean(WithMocks.class);
				mocks.work();
				verify(resource).acquire();
				verify(around).around(any());
				willThrow(new IllegalArgumentException("around")).given(around).around(any());
				assertThatIllegalArgumentException().isThrownBy(mocks::work).withMessage("around");
				willThrow(new IllegalArgumentException("busy")).given(resource).acquire();
				assertThatIllegalArgumentException().isThrownBy(mocks::work).withMessage("busy");
				doReturn(Held.of("held", (outcome) -> this.events.add("exit stub: " + outcome))).when(resource)
					.acquire();
				willDoNothing().given(around).around(any());
				this.events.clear();
				mocks.work();
				assertThat(this.events).containsExactly("enter first", "exit first: succeeded", "exit stub: succeeded");
			});
	}

	private static void call(Orders orders, String method) {
		if (method.equals("scoped")) {
			orders.scoped();
		}
		else {
			orders.transactional();
		}
	}

	interface Trace {

		boolean add(String event);

	}

	static class Failing {

		private IOException failure = new IOException();

	}

	@Configuration(proxyBeanMethods = false)
	static class Beans {

		private static Resource<String> traced(String name, Trace trace) {
			return Resource.of(() -> {
				trace.add("enter " + name);
				return name;
			}, (value, outcome) -> trace.add("exit " + name + ": " + outcome));
		}

		@Bean
		Resource<String> first(Trace trace) {
			return traced("first", trace);
		}

		@Bean({ "second", "alias" })
		Resource<String> second(Trace trace) {
			return traced("second", trace);
		}

		@Bean
		Around<String> around(Trace trace) {
			return (body) -> {
				trace.add("around");
				body.run("value");
				trace.add("done");
			};
		}

		@Bean
		@Scope("prototype")
		Resource<String> prototype(Trace trace) {
			trace.add("created");
			return traced("prototype", trace);
		}

		@Bean
		Failing failing() {
			return new Failing();
		}

		@Bean
		Resource<String> failingRelease(Failing failing) {
			return Resource.of(() -> "failing", (value, outcome) -> {
				throw failing.failure;
			});
		}

		@Bean
		Resource<?> ignoring() {
			return Resources.suppressing(IOException.class);
		}

		@Bean
		Around<String> catching() {
			return (body) -> {
				try {
					body.run("value");
				}
				catch (IOException ex) {
					// Suppressed
				}
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Locked {

		@Bean
		Resource<String> lock(Trace trace, JdbcTemplate jdbc) {
			return Resource.of(() -> {
				trace.add("acquired, transaction: " + TransactionSynchronizationManager.isActualTransactionActive());
				return "lock";
			}, (value,
					outcome) -> trace.add("released, transaction: %s, rows: %d, %s".formatted(
							TransactionSynchronizationManager.isActualTransactionActive(),
							jdbc.queryForList("select id from orders").size(), outcome)));
		}

	}

	static class Orders {

		private final JdbcTemplate jdbc;

		private final Trace trace;

		private @Nullable RuntimeException failure;

		Orders(JdbcTemplate jdbc, Trace trace) {
			this.jdbc = jdbc;
			this.trace = trace;
			jdbc.execute("create table orders (id int)");
		}

		void failWith(RuntimeException failure) {
			this.failure = failure;
		}

		@WithResource("lock")
		@ScopedTransaction
		public void scoped() {
			place();
		}

		@Transactional
		@WithResource("lock")
		public void transactional() {
			place();
		}

		private void place() {
			this.trace.add("place, transaction: " + TransactionSynchronizationManager.isActualTransactionActive());
			this.jdbc.update("insert into orders values (1)");
			if (this.failure != null) {
				throw this.failure;
			}
		}

	}

	static class InDoubt {

		private final Trace trace;

		InDoubt(Trace trace) {
			this.trace = trace;
		}

		@WithResource({ "first", "second" })
		public void work(TransactionOutcome outcome) {
			this.trace.add("work");
			throw new CommitFailedException("orders", outcome, new IOException("link"));
		}

		@WithResource("failingRelease")
		public String failing(TransactionOutcome outcome) {
			throw new CommitFailedException("orders", outcome, new IOException("link"));
		}

	}

	static class Work {

		private final Trace trace;

		Work(Trace trace) {
			this.trace = trace;
		}

		@WithResource("first")
		public String twice(int number) {
			this.trace.add("work");
			return String.valueOf(2 * number);
		}

		@WithResource({ "first", "around", "second" })
		public void several() {
			this.trace.add("work");
		}

		@WithResource("${app.lock}")
		public void placeholder() {
			this.trace.add("work");
		}

		@WithResource("alias")
		public void alias() {
			this.trace.add("work");
		}

		@WithResource("prototype")
		public void prototype() {
		}

		@WithResource("first")
		public void fail(IOException failure) throws IOException {
			throw failure;
		}

	}

	static class Unavailable {

		@WithResource({ "first", "unavailable" })
		public void work() {
			throw new AssertionError("called");
		}

	}

	static class Suppressed {

		@WithResource("ignoring")
		public void work() throws IOException {
			throw new IOException("work");
		}

		@WithResource("catching")
		public void aroundWork() throws IOException {
			throw new IOException("work");
		}

		@WithResource("ignoring")
		public int result() throws IOException {
			throw new IOException("result");
		}

	}

	@WithResource("first")
	static class OnClass {

		public void work() {
		}

		@WithResource("second")
		public void other() {
		}

	}

	interface Contract {

		@WithResource("first")
		void work();

	}

	static class Implementation implements Contract {

		@Override
		public void work() {
		}

	}

	@Target(ElementType.METHOD)
	@Retention(RetentionPolicy.RUNTIME)
	@WithResource("first")
	@interface Exclusive {

	}

	static class Meta {

		@Exclusive
		public void work() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableResilientMethods
	static class Resilient {

	}

	static class Retried {

		private int attempts;

		@Retryable(delay = 1)
		@WithResource("first")
		public void work() {
			if (++this.attempts == 1) {
				throw new IllegalStateException("1");
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class Asynchronously {

		@Bean
		AsyncTaskExecutor asynchronous() {
			return new SimpleAsyncTaskExecutor("asynchronous");
		}

	}

	static class Later {

		private final Trace trace;

		Later(Trace trace) {
			this.trace = trace;
		}

		@Async
		@WithResource("first")
		public CompletableFuture<String> work() {
			this.trace.add("work in " + Thread.currentThread().getName().replaceAll("\\d", ""));
			return CompletableFuture.completedFuture("done");
		}

	}

	static class WithMocks {

		@WithResource({ "mocked", "first", "mockedAround" })
		public String work() {
			return "done";
		}

	}

}
