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

package io.transactionscope;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.Locale;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.Resources;
import io.transactionscope.resource.observation.ObservedResources;
import io.transactionscope.test.EmptyPersistenceUnit;
import io.transactionscope.test.LeakCheck;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

import org.springframework.core.retry.RetryPolicy;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockito.Mockito.mock;

/**
 * What fails while it only looks on.
 */
class ObserverFailureTests {

	private final HikariDataSource pool = pool();

	private final JdbcClient client = JdbcClient.create(this.pool);

	private final ScopedJdbcTransactionManager manager = new ScopedJdbcTransactionManager(this.pool);

	private final TransactionScope scope = TransactionScope.create(this.manager).named("work");

	private final IllegalStateException failure = new IllegalStateException("the body's own");

	private static HikariDataSource pool() {
		HikariDataSource pool = new HikariDataSource();
		pool.setJdbcUrl("jdbc:h2:mem:observers");
		pool.setMaximumPoolSize(1);
		pool.setConnectionTimeout(1000);
		return pool;
	}

	ObserverFailureTests() {
		this.client.sql("create table item (name varchar(10))").update();
	}

	@AfterEach
	void nothingIsLeft() {
		LeakCheck.verifyThread();
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
		this.pool.close();
	}

	@ParameterizedTest
	@EnumSource
	@DisplayName("T12: an observation handler that throws changes no outcome")
	void t12ObservationHandlerThatThrowsChangesNoOutcome(Moment moment) {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(new FailingHandler(moment));
		verifyOutcomes(this.scope.observationRegistry(registry));
		assertThat(registry.getCurrentObservationScope()).isNull();
	}

	@ParameterizedTest
	@EnumSource
	@DisplayName("T12: an observation handler that throws changes nothing of a repetition")
	void t12ObservationHandlerThatThrowsChangesNothingOfARepetition(Moment moment) {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(new FailingHandler(moment));
		TransactionScope repeated = this.scope.observationRegistry(registry)
			.retry(RetryPolicy.builder().maxRetries(1).delay(Duration.ZERO).build());
		AtomicInteger attempts = new AtomicInteger();
		repeated.run(() -> {
			insert("kept");
			if (attempts.incrementAndGet() < 2) {
				throw new CannotAcquireLockException("deadlock");
			}
		});
		CannotAcquireLockException last = new CannotAcquireLockException("deadlock");
		assertThat(catchThrowable(() -> repeated.run(() -> {
			throw last;
		}))).isSameAs(last).hasNoSuppressedExceptions();
		assertThat(attempts).hasValue(2);
		assertThat(registry.getCurrentObservationScope()).isNull();
		assertThat(this.client.sql("select name from item").query(String.class).list()).containsExactly("kept");
	}

	@ParameterizedTest
	@EnumSource
	@DisplayName("T12: an observation handler that throws leaves no observation on the thread of an executor")
	void t12ObservationHandlerThatThrowsLeavesNoObservationOnTheThreadOfAnExecutor(Moment moment) throws Exception {
		ObservationRegistry registry = ObservationRegistry.create();
		AtomicBoolean failing = new AtomicBoolean();
		registry.observationConfig().observationHandler(new FailingHandler(moment, failing::get));
		ExecutorService executor = Executors.newSingleThreadExecutor();
		try {
			Observation.createNotStarted("caller", registry).observeChecked(() -> {
				failing.set(true);
				this.scope.observationRegistry(registry).async(executor).run(() -> insert("kept")).await();
				failing.set(false);
			});
			// After the block, not only after its future
			assertThat(executor.submit(registry::getCurrentObservationScope).get()).isNull();
		}
		finally {
			executor.shutdown();
		}
		assertThat(registry.getCurrentObservationScope()).isNull();
		assertThat(this.client.sql("select name from item").query(String.class).list()).containsExactly("kept");
	}

	@Test
	@DisplayName("T12: an observation whose registry throws does not keep a block from another thread")
	void t12ObservationWhoseRegistryThrowsDoesNotKeepABlockFromAnotherThread() throws Exception {
		Observation observation = mock(Observation.class, (call) -> {
			throw new AssertionError("observer");
		});
		ObservationRegistry registry = mock(ObservationRegistry.class, (call) -> {
			if (call.getMethod().getName().equals("getCurrentObservation")) {
				return observation;
			}
			throw new AssertionError("observer");
		});
		ExecutorService executor = Executors.newSingleThreadExecutor();
		try {
			this.scope.observationRegistry(registry).async(executor).run(() -> insert("kept")).await();
		}
		finally {
			executor.shutdown();
		}
		assertThat(this.client.sql("select name from item").query(String.class).list()).containsExactly("kept");
	}

	@Test
	@DisplayName("T12: an observation registry that throws whatever it is asked changes no outcome")
	void t12ObservationRegistryThatThrowsChangesNoOutcome() {
		ObservationRegistry registry = mock(ObservationRegistry.class, (call) -> {
			throw new AssertionError("observer");
		});
		verifyOutcomes(this.scope.observationRegistry(registry));
	}

	@Test
	@DisplayName("T12: an observation convention that throws changes no outcome")
	void t12ObservationConventionThatThrowsChangesNoOutcome() {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler((context) -> true).observationPredicate((name, context) -> {
			throw new AssertionError("observer");
		});
		verifyOutcomes(this.scope.observationRegistry(registry));
	}

	@ParameterizedTest
	@ValueSource(strings = { "DEBUG", "WARN" })
	@DisplayName("T12: a logger that throws changes no outcome")
	void t12LoggerThatThrowsChangesNoOutcome(String level) {
		Logger logger = (Logger) LoggerFactory.getLogger(TransactionScope.class);
		TurboFilter failing = new FailingFilter(logger);
		logger.setLevel(Level.toLevel(level));
		logger.getLoggerContext().addTurboFilter(failing);
		try {
			verifyOutcomes(this.scope.slowThreshold(Duration.ofNanos(1)));
		}
		finally {
			logger.getLoggerContext().getTurboFilterList().remove(failing);
			logger.setLevel(null);
		}
	}

	@Test
	@DisplayName("T12: a listener of the transaction manager that throws changes no outcome, and the others are told")
	void t12ListenerThatThrowsChangesNoOutcome() {
		List<String> told = new ArrayList<>();
		this.manager.addListener(new FailingListener());
		this.manager.addListener(new TransactionExecutionListener() {

			@Override
			public void beforeBegin(TransactionExecution transaction) {
				told.add("begin");
			}

			@Override
			public void afterCommit(TransactionExecution transaction, @Nullable Throwable commitFailure) {
				told.add("commit");
			}

			@Override
			public void afterRollback(TransactionExecution transaction, @Nullable Throwable rollbackFailure) {
				told.add("rollback");
			}

		});
		verifyOutcomes(this.scope);
		assertThat(told).containsExactly("begin", "commit", "begin", "rollback", "begin", "rollback");
	}

	@Test
	@DisplayName("T12: a listener of the transaction manager that throws changes no outcome of a JPA transaction")
	void t12ListenerThatThrowsChangesNoOutcomeWithJpa() {
		try (EmptyPersistenceUnit unit = new EmptyPersistenceUnit(this.pool)) {
			ScopedJpaTransactionManager jpa = new ScopedJpaTransactionManager(unit.entityManagers());
			jpa.addListener(new FailingListener());
			verifyOutcomes(TransactionScope.create(jpa).named("work"));
		}
	}

	@Test
	@DisplayName("T12: a listener of the transaction manager that throws changes no outcome of a plain transaction")
	void t12ListenerThatThrowsChangesNoOutcomeOfAPlainTransaction() {
		this.manager.setTransactionExecutionListeners(List.of(new FailingListener()));
		this.manager.afterPropertiesSet();
		TransactionTemplate plain = new TransactionTemplate(this.manager);
		plain.executeWithoutResult((status) -> insert("kept"));
		LeakCheck.verifyThread();
		assertThat(catchThrowable(() -> plain.executeWithoutResult((status) -> {
			insert("lost");
			throw this.failure;
		}))).isSameAs(this.failure);
		LeakCheck.verifyThread();
		assertThat(this.client.sql("select name from item").query(String.class).list()).containsExactly("kept");
	}

	@ParameterizedTest
	@EnumSource
	@DisplayName("T12: an observation handler that throws changes nothing for a timed resource")
	void t12ObservationHandlerThatThrowsChangesNothingForATimedResource(Moment moment) {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(new FailingHandler(moment));
		assertThat(ResourceScope.<String, RuntimeException>call((resources) -> {
			resources.enter(ObservedResources.timed(registry, "print", Duration.ZERO));
			return "done";
		})).isEqualTo("done");
		assertThat(registry.getCurrentObservationScope()).isNull();
	}

	@Test
	@DisplayName("T12: a logger that throws changes nothing for a logged resource")
	void t12LoggerThatThrowsChangesNothingForALoggedResource() {
		Logger logger = (Logger) LoggerFactory.getLogger("failing");
		TurboFilter failing = new FailingFilter(logger);
		logger.getLoggerContext().addTurboFilter(failing);
		try {
			assertThat(ResourceScope.<String, RuntimeException>call(
					(resources) -> resources.enter(Resources.logged(logger, "print", org.slf4j.event.Level.INFO))))
				.isEqualTo("print");
		}
		finally {
			logger.getLoggerContext().getTurboFilterList().remove(failing);
		}
	}

	private void verifyOutcomes(TransactionScope observed) {
		assertThat(observed.<String, RuntimeException>call(() -> {
			insert("kept");
			return "done";
		})).isEqualTo("done");
		LeakCheck.verifyThread();
		assertThat(catchThrowable(() -> observed.run(() -> {
			insert("lost");
			throw this.failure;
		}))).isSameAs(this.failure);
		assertThat(this.failure.getSuppressed()).isEmpty();
		LeakCheck.verifyThread();
		try (OpenScope tx = observed.open()) {
			insert("lost");
			tx.setRollbackOnly("asked for");
		}
		LeakCheck.verifyThread();
		assertThat(this.client.sql("select name from item").query(String.class).list()).containsExactly("kept");
	}

	private void insert(String name) {
		this.client.sql("insert into item values (?)").param(name).update();
	}

	/**
	 * When a handler throws.
	 */
	enum Moment {

		START, SCOPE_OPENED, SCOPE_CLOSED, ERROR, STOP

	}

	private record FailingHandler(Moment moment,
			BooleanSupplier failing) implements ObservationHandler<Observation.Context> {

		private FailingHandler(Moment moment) {
			this(moment, () -> true);
		}

		private void pass(Moment reached) {
			if (reached == this.moment && this.failing.getAsBoolean()) {
				throw new AssertionError("observer at " + reached.name().toLowerCase(Locale.ROOT));
			}
		}

		@Override
		public void onStart(Observation.Context context) {
			pass(Moment.START);
		}

		@Override
		public void onScopeOpened(Observation.Context context) {
			pass(Moment.SCOPE_OPENED);
		}

		@Override
		public void onScopeClosed(Observation.Context context) {
			pass(Moment.SCOPE_CLOSED);
		}

		@Override
		public void onError(Observation.Context context) {
			pass(Moment.ERROR);
		}

		@Override
		public void onStop(Observation.Context context) {
			pass(Moment.STOP);
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

	}

	/**
	 * Fails as an appender does.
	 */
	private static final class FailingFilter extends TurboFilter {

		private final Logger failing;

		private FailingFilter(Logger failing) {
			this.failing = failing;
		}

		@Override
		public FilterReply decide(@Nullable Marker marker, Logger logger, Level level, @Nullable String format,
				Object @Nullable [] params, @Nullable Throwable t) {
			if (logger == this.failing && logger.isEnabledFor(level) && format != null) {
				throw new AssertionError("appender");
			}
			return FilterReply.NEUTRAL;
		}

	}

	private static final class FailingListener implements TransactionExecutionListener {

		@Override
		public void beforeBegin(TransactionExecution transaction) {
			throw new AssertionError("listener");
		}

		@Override
		public void afterBegin(TransactionExecution transaction, @Nullable Throwable beginFailure) {
			throw new AssertionError("listener");
		}

		@Override
		public void beforeCommit(TransactionExecution transaction) {
			throw new AssertionError("listener");
		}

		@Override
		public void afterCommit(TransactionExecution transaction, @Nullable Throwable commitFailure) {
			throw new AssertionError("listener");
		}

		@Override
		public void beforeRollback(TransactionExecution transaction) {
			throw new AssertionError("listener");
		}

		@Override
		public void afterRollback(TransactionExecution transaction, @Nullable Throwable rollbackFailure) {
			throw new AssertionError("listener");
		}

	}

}
