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

package io.transactionscope.test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;

import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.Resources;
import io.transactionscope.transaction.AfterCommitException;
import org.awaitility.Awaitility;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

/**
 * Faults of watched resources.
 */
class ResourceFaultsTests {

	private final ResourceFaults faults = new ResourceFaults();

	private final ReentrantLock realLock = new ReentrantLock();

	private final Resource<ReentrantLock> lock = this.faults.watch("lock", Resource.of(() -> {
		this.realLock.lock();
		return this.realLock;
	}, (held, outcome) -> held.unlock()));

	private final Resource<String> file = this.faults.watch("file", Resources.none("file"));

	private final IOException failure = new IOException("on purpose");

	@AfterEach
	void nothingIsLeftBehind() {
		assertThat(this.realLock.isLocked()).isFalse();
		assertThat(this.faults.held()).isEmpty();
	}

	private void enterBoth() {
		ResourceScope.run((scope) -> {
			assertThat(scope.enter(this.lock)).isSameAs(this.realLock);
			assertThat(scope.enter(this.file)).isEqualTo("file");
			assertThat(this.realLock.isHeldByCurrentThread()).isTrue();
			assertThat(this.faults.held()).containsExactly("lock", "file");
		});
	}

	@Test
	void withoutAFaultTheRealResourceIsHadAndWhatHappensIsKept() {
		enterBoth();
		assertThat(this.faults.events()).extracting(Object::toString)
			.containsExactly("lock acquired", "file acquired", "file released: succeeded", "lock released: succeeded");
		assertThat(this.faults.events())
			.allSatisfy((event) -> assertThat(event.thread()).isSameAs(Thread.currentThread()));
		assertThat(this.faults.released()).containsExactly("file", "lock");
	}

	@Test
	void failingAcquisitionAcquiresNothing() {
		this.faults.acquisition("file").fails(this.failure);
		assertThatIOException().isThrownBy(this::enterBoth).isSameAs(this.failure);
		assertThat(this.faults.releases())
			.containsExactly(new ResourceEvent.Released("lock", Thread.currentThread(), Outcome.failed(this.failure)));
		assertThat(this.faults.events()).extracting(Object::toString)
			.containsExactly("lock acquired", "file not acquired (java.io.IOException: on purpose)",
					"lock released: failed (java.io.IOException: on purpose)");
	}

	@Test
	void failingBodyHasTheResourceReleasedAtTheEndOfItsScope() {
		this.faults.body("lock").fails(this.failure);
		ResourceScope.run((scope) -> {
			assertThatIOException().isThrownBy(() -> scope.enter(this.lock)).isSameAs(this.failure);
			assertThat(this.realLock.isHeldByCurrentThread()).isTrue();
			assertThat(this.faults.held()).containsExactly("lock");
		});
		assertThatIOException().isThrownBy(this::enterBoth).isSameAs(this.failure);
		assertThat(this.faults.releases()).extracting(ResourceEvent.Released::outcome)
			.containsExactly(Outcome.succeeded(), Outcome.failed(this.failure));
	}

	@Test
	void failingReleaseReleasesTheRealResource() {
		this.faults.release("file").fails(this.failure);
		assertThatIOException().isThrownBy(this::enterBoth).isSameAs(this.failure);
		assertThat(this.faults.releases()).extracting(ResourceEvent.Released::name, ResourceEvent.Released::outcome)
			.containsExactly(tuple("file", Outcome.succeeded()), tuple("lock", Outcome.failed(this.failure)));
	}

	@Test
	void realResourceSeesTheOutcomeThatItWouldSeeAlone() {
		List<Outcome> seen = new ArrayList<>();
		Resource<String> watched = this.faults.watch("seeing", Resource.of(() -> "value", (value, outcome) -> {
			seen.add(outcome);
			throw new IllegalStateException("real");
		}));
		this.faults.release("seeing").fails(this.failure);
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(watched)))
			.satisfies((thrown) -> assertThat(thrown.getSuppressed()).containsExactly(this.failure));
		assertThat(seen).containsExactly(Outcome.succeeded());
	}

	@Test
	void errorsAreThrownAsTheyAre() {
		for (FaultPoint point : new FaultPoint[] { this.faults.acquisition("file"), this.faults.body("file"),
				this.faults.release("file") }) {
			AssertionError error = new AssertionError("on purpose");
			point.fails(error);
			assertThatExceptionOfType(AssertionError.class).isThrownBy(this::enterBoth).isSameAs(error);
			this.faults.clear();
		}
	}

	@Test
	void interruptedExceptionSetsTheFlagOnceAllIsReleased() {
		this.faults.release("file").fails(new InterruptedException());
		this.faults.release("lock").runs(() -> assertThat(Thread.currentThread().isInterrupted()).isFalse());
		assertThatExceptionOfType(InterruptedException.class).isThrownBy(this::enterBoth)
			.satisfies((thrown) -> assertThat(thrown.getSuppressed()).isEmpty());
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void threadIsInterruptedAndGoesOn() {
		this.faults.acquisition("file").interrupts();
		enterBoth();
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void suppliedFailureIsANewOneEachTime() {
		this.faults.acquisition("file").fails(IOException::new);
		IOException first = catchThrowableOfType(IOException.class, this::enterBoth);
		IOException second = catchThrowableOfType(IOException.class, this::enterBoth);
		assertThat(first).isNotNull().isNotSameAs(second);
	}

	@Test
	void failsTheNthTimeOnly() {
		this.faults.release("file").nth(2).fails(this.failure);
		this.faults.acquisition("lock").once().fails(new IllegalStateException("first"));
		assertThatIllegalStateException().isThrownBy(this::enterBoth);
		assertThatNoException().isThrownBy(this::enterBoth);
		assertThatIOException().isThrownBy(this::enterBoth).isSameAs(this.failure);
		assertThatNoException().isThrownBy(this::enterBoth);
	}

	@Test
	void earlierFaultComesFirst() {
		this.faults.release("file").fails(this.failure);
		this.faults.release("file").fails(new IllegalStateException("later"));
		assertThatIOException().isThrownBy(this::enterBoth).isSameAs(this.failure);
		assertThat(this.failure.getSuppressed()).isEmpty();
	}

	@Test
	void clearForgetsFaultsAndEvents() {
		this.faults.release("file").fails(this.failure);
		assertThatIOException().isThrownBy(this::enterBoth);
		this.faults.clear();
		assertThat(this.faults.events()).isEmpty();
		enterBoth();
		assertThat(this.faults.released()).containsExactly("file", "lock");
	}

	@Test
	void hangingReleaseGoesOnWhenItIsCleared() throws Exception {
		this.faults.release("lock").hangs();
		ExecutorService executor = Executors.newSingleThreadExecutor();
		try {
			Future<?> ended = executor.submit(this::enterBoth);
			Awaitility.await().until(() -> this.faults.released().contains("lock"));
			assertThat(this.faults.held()).containsExactly("lock");
			assertThat(this.realLock.isLocked()).isTrue();
			this.faults.clear();
			ended.get();
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void hangingAcquisitionEndsWithAnInterrupt() {
		this.faults.acquisition("file").hangs();
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(InterruptedException.class).isThrownBy(this::enterBoth);
		assertThat(this.faults.released()).containsExactly("lock");
		Thread.interrupted();
	}

	@Test
	void anythingElseMayHappenThere() {
		CountDownLatch reached = new CountDownLatch(1);
		this.faults.release("lock").runs(reached::countDown);
		this.faults.release("lock").runs(() -> assertThat(this.realLock.isLocked()).isTrue());
		enterBoth();
		assertThat(reached.getCount()).isZero();
	}

	@Test
	void watchedSuppressorSuppresses() {
		Resource<?> suppressing = this.faults.watch("suppressor", Resources.suppressing(IOException.class));
		assertThatNoException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.lock);
			scope.enter(suppressing);
			throw this.failure;
		}));
		assertThat(this.faults.releases()).extracting(ResourceEvent.Released::outcome)
			.containsExactly(Outcome.failed(this.failure), Outcome.succeeded());
	}

	@Test
	void faultsOfPartsReachTheWhole() {
		Resource<String> both = this.lock.and(this.file).map(String::toUpperCase);
		this.faults.body("file").once().fails(this.failure);
		assertThatIOException().isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(both)))
			.isSameAs(this.failure);
		assertThat(this.faults.released()).containsExactly("file", "lock");
		ResourceScope.run((scope) -> assertThat(scope.enter(both)).isEqualTo("FILE"));
		assertThat(this.faults.released()).containsExactly("file", "lock", "file", "lock");
	}

	@Test
	void faultsReachWrappedBodies() throws Exception {
		Callable<String> wrapped = this.lock.wrap(() -> this.file.wrap(() -> "result").call());
		assertThat(wrapped.call()).isEqualTo("result");
		this.faults.release("lock").fails(this.failure);
		assertThatIOException().isThrownBy(wrapped::call).isSameAs(this.failure);
	}

	@Test
	void reentrantResourceIsAcquiredOnce() {
		Resource<ReentrantLock> reentrant = this.lock.reentrant();
		this.faults.release("lock").fails(this.failure);
		assertThatIOException().isThrownBy(() -> ResourceScope.run((outer) -> {
			outer.enter(reentrant);
			ResourceScope.run((inner) -> inner.enter(reentrant));
			assertThat(this.faults.held()).containsExactly("lock");
		}));
		assertThat(this.faults.released()).containsExactly("lock");
	}

	@Test
	void hangingReleaseIsBoundedLikeARealOne() {
		this.faults.release("file").hangs();
		Resource<String> bounded = this.file.releaseWithin("file", Duration.ofMillis(50));
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(bounded)))
			.withMessageContaining("file");
		// On a thread of its own, which may begin after the scope has gone on.
		Awaitility.await().untilAsserted(() -> assertThat(this.faults.released()).containsExactly("file"));
		this.faults.clear();
		Awaitility.await().until(() -> this.faults.held().isEmpty());
	}

	@Test
	void misuseIsRefusedAtOnce() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.faults.release("lok"))
			.withMessageContaining("'lok'")
			.withMessageContaining("lock");
		assertThatIllegalArgumentException().isThrownBy(() -> this.faults.release("lock").nth(0))
			.withMessage("Invalid time (0): must be at least 1, for the next time");
	}

	@Test
	void resourceOfATransactionScopeIsReleasedAfterItsCommit() {
		JdbcDataSource dataSource = new JdbcDataSource();
		dataSource.setUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		JdbcClient jdbc = JdbcClient.create(dataSource);
		jdbc.sql("create table item (name varchar(20))").update();
		TransactionScope transactions = TransactionScope.create(new ScopedJdbcTransactionManager(dataSource));
		this.faults.release("lock")
			.runs(() -> assertThat(
					JdbcClient.create(dataSource).sql("select count(*) from item").query(Integer.class).single())
				.isOne());
		transactions.run((tx) -> {
			tx.enter(this.lock);
			jdbc.sql("insert into item values ('one')").update();
		});
		assertThat(this.faults.releases()).extracting(ResourceEvent.Released::outcome)
			.containsExactly(Outcome.succeeded());
		this.faults.body("file").fails(this.failure);
		assertThatIOException().isThrownBy(() -> transactions.run((tx) -> {
			tx.enter(this.lock);
			jdbc.sql("insert into item values ('two')").update();
			tx.enter(this.file);
		})).isSameAs(this.failure);
		assertThat(this.faults.releases()).extracting(ResourceEvent.Released::outcome)
			.containsExactly(Outcome.succeeded(), Outcome.failed(this.failure), Outcome.failed(this.failure));
	}

	@Test
	void allResourcesOfAnApplicationCanBeWatched() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class,
					DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
					ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
					AopAutoConfiguration.class, ScopedTransactionAutoConfiguration.class))
			.withPropertyValues("spring.datasource.generate-unique-name=true")
			.withUserConfiguration(Application.class, Watching.class)
			.run((context) -> {
				ResourceFaults watching = context.getBean(ResourceFaults.class);
				watching.release("stock").fails(this.failure);
				assertThatExceptionOfType(AfterCommitException.class)
					.isThrownBy(() -> context.getBean(Service.class).work())
					.satisfies((thrown) -> assertThat(thrown.failures()).containsExactly(this.failure));
				assertThat(watching.releases())
					.extracting(ResourceEvent.Released::name, ResourceEvent.Released::outcome)
					.containsExactly(tuple("stock", Outcome.succeeded()));
			});
	}

	static class Service {

		private final TransactionScope transactions;

		private final Resource<String> stock;

		Service(TransactionScope transactions, Resource<String> stock) {
			this.transactions = transactions;
			this.stock = stock;
		}

		@ScopedTransaction
		public void work() {
			this.transactions.mandatory().run((tx) -> tx.enter(this.stock));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Application {

		@Bean
		Resource<String> stock() {
			return Resources.none("stock");
		}

		@Bean
		Service service(TransactionScope transactions, Resource<String> stock) {
			return new Service(transactions, stock);
		}

	}

	@TestConfiguration(proxyBeanMethods = false)
	static class Watching {

		@Bean
		static ResourceFaults resourceFaults() {
			return new ResourceFaults();
		}

		@Bean
		static BeanPostProcessor watching(ResourceFaults faults) {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					return (bean instanceof Resource<?> resource) ? faults.watch(name, resource) : bean;
				}

			};
		}

	}

}
