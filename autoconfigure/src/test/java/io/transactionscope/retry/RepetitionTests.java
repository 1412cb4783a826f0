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

package io.transactionscope.retry;

import java.io.IOException;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.ActiveScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.engine.rehearsal.Rehearsal;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.DeadlinePassedException;
import io.transactionscope.pool.RemoteCalls.NoticedCall;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.async.BlockFuture;
import io.transactionscope.test.Descent;
import io.transactionscope.test.Faults;
import io.transactionscope.test.FaultyDriver;
import io.transactionscope.test.LeakCheck;
import io.transactionscope.test.Phase;
import io.transactionscope.test.scope.ScopeDeadlines;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import jakarta.persistence.OptimisticLockException;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.retry.RetryException;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.backoff.BackOffExecution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Blocks that are repeated, and those that are not.
 */
@Timeout(60)
class RepetitionTests {

	private static final RetryPolicy AT_ONCE = RetryPolicy.builder().maxRetries(3).delay(Duration.ZERO).build();

	private final FaultyDriver driver = new FaultyDriver(h2());

	private final HikariDataSource pool = pool(this.driver);

	private final TrackedDataSource dataSource = new TrackedDataSource(this.pool);

	private final JdbcClient jdbc = JdbcClient.create(this.dataSource);

	private final ScopedJdbcTransactionManager manager = new ScopedJdbcTransactionManager(this.dataSource);

	private final TransactionScope plain = TransactionScope.create(this.manager).named("transfer");

	private final TransactionScope scope = this.plain.retry(AT_ONCE);

	private final AtomicInteger attempts = new AtomicInteger();

	private final List<Throwable> thrown = new ArrayList<>();

	private final List<String> events = new ArrayList<>();

	RepetitionTests() {
		this.jdbc.sql("create table booking (n int)").update();
	}

	private static JdbcDataSource h2() {
		JdbcDataSource h2 = new JdbcDataSource();
		h2.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		return h2;
	}

	private static HikariDataSource pool(FaultyDriver driver) {
		HikariConfig config = new HikariConfig();
		config.setDataSource(driver);
		config.setMaximumPoolSize(2);
		config.setConnectionTimeout(2000);
		return new HikariDataSource(config);
	}

	@AfterEach
	void nothingIsLeftBehind() {
		this.driver.heal();
		LeakCheck.verifyThread();
		await().pollDelay(Duration.ZERO).untilAsserted(() -> {
			assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
			assertThat(this.driver.leftBehind()).isEmpty();
		});
		assertThat(Thread.interrupted()).isFalse();
		this.pool.close();
	}

	private int rows() {
		return this.jdbc.sql("select count(*) from booking").query(Integer.class).single();
	}

	private void insert() {
		this.jdbc.sql("insert into booking values (1)").update();
	}

	/** Inserts a row, and fails so many times after it. */
	private String book(int failures, Supplier<? extends Throwable> failure) throws Throwable {
		insert();
		if (this.attempts.incrementAndGet() <= failures) {
			Throwable next = failure.get();
			this.thrown.add(next);
			throw next;
		}
		return "booked in attempt " + this.attempts.get();
	}

	private String book(int failures) throws Throwable {
		return book(failures, () -> new CannotAcquireLockException("deadlock " + this.attempts));
	}

	@Test
	void wholeBlockIsRepeatedWithAFreshHandleCallbacksAndResources() throws Throwable {
		List<ActiveScope> handles = new ArrayList<>();
		List<Outcome> outcomes = new ArrayList<>();
		assertThat(this.scope.<String, Throwable>call((tx) -> {
			handles.add(tx);
			tx.enter(Resource.of(() -> "lock", (lock, outcome) -> outcomes.add(outcome)));
			tx.afterRollback(() -> this.events.add("rolled back"));
			tx.afterCommit(() -> this.events.add("committed"));
			return book(2);
		})).isEqualTo("booked in attempt 3");
		assertThat(handles).doesNotHaveDuplicates().hasSize(3);
		assertThat(this.events).containsExactly("rolled back", "rolled back", "committed");
		assertThat(outcomes).containsExactly(Outcome.failed(this.thrown.get(0)), Outcome.failed(this.thrown.get(1)),
				Outcome.succeeded());
		assertThat(rows()).isOne();
	}

	@Test
	void everyFormOfABodyIsRepeated() throws Throwable {
		this.scope.<Throwable>run((tx) -> book(1));
		this.attempts.set(0);
		this.scope.<Throwable>run(() -> book(1));
		this.attempts.set(0);
		assertThat(this.scope.<String, Throwable>call(() -> book(1))).isEqualTo("booked in attempt 2");
		this.attempts.set(0);
		assertThat(this.scope.<String, Throwable>call((tx) -> book(1))).isEqualTo("booked in attempt 2");
		assertThat(rows()).isEqualTo(4);
	}

	@Test
	@DisplayName("T3: the last failure reaches the caller as the same instance, and suppresses the earlier ones in order")
	void t3LastFailureSuppressesTheEarlierOnes() {
		Throwable failure = catchThrowable(() -> this.scope.<Throwable>run(() -> book(9)));
		assertThat(this.thrown).hasSize(4);
		assertThat(failure).isSameAs(this.thrown.get(3));
		assertThat(failure.getSuppressed()).containsExactly(this.thrown.get(0), this.thrown.get(1), this.thrown.get(2));
		assertThat(rows()).isZero();
	}

	@Test
	@DisplayName("T3: a failure that comes each time does not suppress itself")
	void t3FailureThatComesEachTimeDoesNotSuppressItself() {
		Throwable same = new CannotAcquireLockException("deadlock");
		assertThat(catchThrowable(() -> this.scope.<Throwable>run(() -> book(9, () -> same)))).isSameAs(same);
		assertThat(same.getSuppressed()).isEmpty();
		assertThat(this.attempts).hasValue(4);
	}

	@Test
	void laterFailureOfAnotherKindIsTheLastOne() {
		IOException other = new IOException("disk full");
		Throwable failure = catchThrowable(() -> this.scope.<Throwable>run(
				() -> book(2, () -> (this.attempts.get() == 1) ? new CannotAcquireLockException("deadlock") : other)));
		assertThat(failure).isSameAs(other).hasSuppressedException(this.thrown.get(0));
		assertThat(this.attempts).hasValue(2);
	}

	static Stream<Throwable> failuresOfOthers() {
		BatchUpdateException batch = new BatchUpdateException("batch", "HY000", new int[0]);
		batch.setNextException(new SQLException("deadlock detected", "40P01"));
		return Stream.of(new CannotAcquireLockException("by Spring"),
				new PessimisticLockingFailureException("by Spring"), new OptimisticLockingFailureException("stale"),
				new OptimisticLockException("by an entity manager"), new SQLException("serialize", "40001"),
				new SQLException("deadlock detected", "40P01"), new SQLTransactionRollbackException("by the driver"),
				new SQLException("Concurrent update in table", "90131", 90131), batch,
				new IllegalStateException(new SQLException("serialize", "40001")),
				new IOException("wrapped", new CannotAcquireLockException("deadlock")));
	}

	@ParameterizedTest
	@MethodSource("failuresOfOthers")
	void whatOthersAreToBlameForIsRepeated(Throwable failure) throws Throwable {
		this.scope.<Throwable>run(() -> book(1, () -> failure));
		assertThat(this.attempts).hasValue(2);
		assertThat(rows()).isOne();
	}

	static Stream<Throwable> failuresOfItsOwn() {
		return Stream.of(new IllegalStateException("a bug"), new IOException("disk full"), new AssertionError(),
				new DuplicateKeyException("taken"), new SQLException("constraint at commit", "40002"),
				new SQLException("completion unknown", "40003"), new SQLException("lock not available", "55P03"),
				Faults.lostLink(), new SQLException("no state"), new StackOverflowError(),
				new InterruptedException("asked to stop"));
	}

	@ParameterizedTest
	@MethodSource("failuresOfItsOwn")
	void whatTheBodyIsToBlameForIsNotRepeated(Throwable failure) {
		assertThat(catchThrowable(() -> this.scope.<Throwable>run(() -> book(1, () -> failure)))).isSameAs(failure);
		assertThat(failure.getSuppressed()).isEmpty();
		assertThat(this.attempts).hasValue(1);
		assertThat(rows()).isZero();
	}

	static Stream<Arguments> policies() {
		Throwable deadlock = new CannotAcquireLockException("deadlock");
		Throwable full = new IOException("disk full");
		UnaryOperator<RetryPolicy.Builder> excludes = (policy) -> policy.excludes(CannotAcquireLockException.class);
		return Stream.of(Arguments.of(named((policy) -> policy), deadlock, true),
				Arguments.of(named((policy) -> policy), full, false), Arguments.of(named(excludes), deadlock, false),
				Arguments.of(named((policy) -> policy.excludes(IOException.class)), deadlock, true),
				Arguments.of(named((policy) -> policy.includes(IOException.class)), full, true),
				Arguments.of(named((policy) -> policy.includes(IOException.class)), deadlock, true),
				Arguments.of(named((policy) -> policy.includes(Throwable.class)), full, false),
				Arguments.of(named((policy) -> policy.includes(Exception.class)), full, true),
				Arguments.of(named((policy) -> policy.predicate(IOException.class::isInstance)), full, true),
				Arguments.of(named((policy) -> policy.predicate((ex) -> !(ex instanceof IOException))), deadlock, true),
				Arguments.of(named((policy) -> policy.predicate((ex) -> ((Exception) ex) == full)), full, true));
	}

	private static RetryPolicy named(UnaryOperator<RetryPolicy.Builder> settings) {
		return settings.apply(RetryPolicy.builder().maxRetries(1).delay(Duration.ZERO)).build();
	}

	@ParameterizedTest
	@MethodSource("policies")
	void policyThatNamesFailuresAddsThemAndOneThatNamesNoneOnlyExcludes(RetryPolicy policy, Throwable failure,
			boolean repeated) {
		Throwable thrown = catchThrowable(() -> this.plain.retry(policy).<Throwable>run(() -> book(1, () -> failure)));
		assertThat(thrown).isSameAs(repeated ? null : failure);
		assertThat(this.attempts).hasValue(repeated ? 2 : 1);
		assertThat(rows()).isEqualTo(repeated ? 1 : 0);
	}

	@Test
	void policyThatFailsEndsTheRepetitionAndIsSuppressed() {
		IllegalStateException bug = new IllegalStateException("a bug of the policy");
		RetryPolicy failing = RetryPolicy.builder().predicate((ex) -> {
			throw bug;
		}).build();
		Throwable failure = catchThrowable(() -> this.plain.retry(failing).<Throwable>run(() -> book(9)));
		assertThat(failure).isSameAs(this.thrown.get(0)).hasSuppressedException(bug);
		assertThat(this.attempts).hasValue(1);
	}

	@Test
	void retryOfTheBodysOwnIsAFailureLikeAnyOther() {
		RetryException failure = new RetryException("by hand", new IOException("disk full"));
		assertThat(catchThrowable(() -> this.scope.<Throwable>run(() -> book(1, () -> failure)))).isSameAs(failure);
		assertThat(this.attempts).hasValue(1);
	}

	@Test
	void policyBoundsTheTimeAsWell() {
		RetryPolicy policy = RetryPolicy.builder().timeout(Duration.ofMillis(500)).delay(Duration.ofHours(1)).build();
		assertThat(catchThrowable(() -> this.plain.retry(policy).<Throwable>run(() -> book(9))))
			.isSameAs(this.thrown.get(0));
		assertThat(this.attempts).hasValue(1);
	}

	@Test
	@DisplayName("T4: a COMMIT that the database refuses is repeated")
	void t4CommitThatIsRefusedIsRepeated() throws Throwable {
		this.scope.<Throwable>run(() -> {
			book(0);
			if (this.attempts.get() == 1) {
				this.driver.failAt(Phase.COMMIT, Faults.refused());
			}
			else {
				this.driver.heal();
			}
		});
		assertThat(this.attempts).hasValue(2);
		assertThat(rows()).isOne();
	}

	@Test
	@DisplayName("T4: a COMMIT that failed for another reason is not repeated, unless the policy names that")
	void t4CommitThatFailedForAnotherReasonIsNotRepeated() {
		SQLException violated = this.driver.failAt(Phase.COMMIT, new SQLException("deferred constraint", "23505"));
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> this.scope.<Throwable>run(() -> book(0)))
			.withRootCauseInstanceOf(SQLException.class)
			.satisfies((failure) -> assertThat(failure.outcome()).isEqualTo(TransactionOutcome.ROLLED_BACK));
		assertThat(this.attempts).hasValue(1);
		assertThat(violated.getSuppressed()).isEmpty();
		RetryPolicy policy = named((each) -> each.includes(DataIntegrityViolationException.class));
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> this.plain.retry(policy).<Throwable>run(() -> book(0)));
		assertThat(this.attempts).hasValue(3);
	}

	@ParameterizedTest
	@EnumSource
	@DisplayName("T4: what may be committed is not repeated, whatever the policy says")
	void t4WhatMayBeCommittedIsNotRepeated(Greed greed) {
		this.driver.failAfter(Phase.COMMIT, Faults.lostLink());
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> this.plain.retry(greed.policy).<Throwable>run(() -> book(0)))
			.satisfies((failure) -> assertThat(failure.outcome()).isEqualTo(TransactionOutcome.UNKNOWN));
		assertThat(this.attempts).hasValue(1);
		this.driver.heal();
		assertThat(rows()).isOne();
	}

	@ParameterizedTest
	@EnumSource
	@DisplayName("T4: what a block inside may have committed is not repeated, even if its failure is only suppressed")
	void t4WhatABlockInsideMayHaveCommittedIsNotRepeated(Greed greed) {
		Throwable told = catchThrowable(() -> this.plain.retry(greed.policy).<Throwable>run(() -> {
			this.attempts.incrementAndGet();
			CannotAcquireLockException failure = new CannotAcquireLockException("deadlock");
			this.driver.failAfter(Phase.COMMIT, Faults.lostLink());
			failure.addSuppressed(catchThrowable(() -> this.plain.requiresNew().run(this::insert)));
			throw failure;
		}));
		assertThat(told).isInstanceOf(CannotAcquireLockException.class);
		assertThat(this.attempts).hasValue(1);
		this.driver.heal();
		assertThat(rows()).isOne();
	}

	@ParameterizedTest
	@EnumSource
	@DisplayName("T6: what is committed is not repeated, whatever fails after it")
	void t6WhatIsCommittedIsNotRepeated(Greed greed) {
		CannotAcquireLockException failure = new CannotAcquireLockException("in a callback");
		assertThatExceptionOfType(AfterCommitException.class)
			.isThrownBy(() -> this.plain.retry(greed.policy).<Throwable>run((tx) -> {
				tx.afterCommit(() -> {
					throw failure;
				});
				book(0);
			}))
			.withCause(failure);
		assertThat(this.attempts).hasValue(1);
		assertThat(rows()).isOne();
	}

	@ParameterizedTest
	@EnumSource
	void whatIsCommittedInSpiteOfItsExceptionIsNotRepeated(Greed greed) {
		TransactionScope committing = this.plain.retry(greed.policy).commitOn(CannotAcquireLockException.class);
		assertThatExceptionOfType(CannotAcquireLockException.class)
			.isThrownBy(() -> committing.<Throwable>run(() -> book(1)));
		assertThat(this.attempts).hasValue(1);
		assertThat(rows()).isOne();
	}

	@Test
	@DisplayName("T4: a COMMIT that lost its link and is known to be rolled back is repeated")
	void t4CommitThatIsKnownToBeRolledBackIsRepeated() throws Throwable {
		this.scope.verifiedBy(() -> rows() > 0).<Throwable>run(() -> {
			book(0);
			if (this.attempts.get() == 1) {
				this.driver.failAt(Phase.COMMIT, Faults.lostLink());
			}
			else {
				this.driver.heal();
			}
		});
		assertThat(this.attempts).hasValue(2);
		assertThat(rows()).isOne();
	}

	@Test
	@DisplayName("T4: a COMMIT that lost its link and is known to be committed is not repeated")
	void t4CommitThatIsKnownToBeCommittedIsNotRepeated() throws Throwable {
		this.driver.failAfter(Phase.COMMIT, Faults.lostLink());
		this.scope.verifiedBy(() -> true).<Throwable>run(() -> book(0));
		assertThat(this.attempts).hasValue(1);
		this.driver.heal();
		assertThat(rows()).isOne();
	}

	@Test
	@DisplayName("T5: a failure that the body swallowed is repeated as well")
	void t5FailureThatTheBodySwallowedIsRepeated() throws Throwable {
		TransactionScope inner = this.plain.named("inner");
		assertThat(this.scope.<String, Throwable>call(() -> {
			assertThat(catchThrowable(() -> inner.<Throwable>run(() -> book(1))))
				.isEqualTo((this.attempts.get() == 1) ? this.thrown.get(0) : null);
			return "returned";
		})).isEqualTo("returned");
		assertThat(this.attempts).hasValue(2);
		assertThat(rows()).isOne();
		IllegalStateException bug = new IllegalStateException("a bug");
		assertThatExceptionOfType(UnexpectedRollbackException.class)
			.isThrownBy(() -> this.scope.run(() -> assertThat(catchThrowable(() -> inner.run(() -> {
				throw bug;
			}))).isSameAs(bug)))
			.withCause(bug);
	}

	@Test
	void noConnectionIsHeldWhileItWaits() throws Throwable {
		List<Integer> active = new ArrayList<>();
		RetryPolicy policy = RetryPolicy.builder().backOff(() -> {
			AtomicInteger asked = new AtomicInteger();
			return () -> {
				active.add(this.pool.getHikariPoolMXBean().getActiveConnections());
				return (asked.incrementAndGet() > 2) ? BackOffExecution.STOP : 1;
			};
		}).build();
		this.plain.retry(policy).<Throwable>run(() -> book(2));
		assertThat(active).containsExactly(0, 0);
		assertThat(rows()).isOne();
	}

	@Test
	@DisplayName("T7: a pause that would pass the deadline is not begun")
	void t7PauseThatWouldPassTheDeadlineIsNotBegun() {
		RetryPolicy policy = RetryPolicy.builder().maxRetries(3).delay(Duration.ofHours(1)).build();
		Throwable failure = catchThrowable(
				() -> this.plain.retry(policy).timeout(Duration.ofMinutes(1)).<Throwable>run(() -> book(9)));
		assertThat(failure).isSameAs(this.thrown.get(0));
		assertThat(this.attempts).hasValue(1);
	}

	@Test
	@DisplayName("T7: one deadline covers all attempts, and what passes it is not repeated")
	void t7OneDeadlineCoversAllAttempts() {
		RetryPolicy policy = RetryPolicy.builder().maxRetries(1000).delay(Duration.ofMillis(60)).build();
		TransactionScope bounded = this.plain.retry(policy).timeout(Duration.ofSeconds(1));
		Throwable failure = catchThrowable(() -> bounded.<Throwable>run(() -> book(1000)));
		Throwable last = this.thrown.get(this.thrown.size() - 1);
		// Or its attempt had not begun in time, or not sent its statement, as on a busy
		// machine
		assertThat(failure).satisfiesAnyOf((told) -> assertThat(told).isSameAs(last),
				(told) -> assertThat(told).isInstanceOf(TransactionTimedOutException.class)
					.hasSuppressedException(last),
				(told) -> assertThat(told).hasRootCauseInstanceOf(DeadlinePassedException.class)
					.hasSuppressedException(last));
		assertThat(this.attempts.get()).isBetween(1, 20);
		assertThatExceptionOfType(TransactionTimedOutException.class).isThrownBy(() -> bounded.run(() -> {
			this.attempts.set(-1);
			ScopeDeadlines.advance(Duration.ofSeconds(1));
			this.attempts.incrementAndGet();
		}));
		assertThat(this.attempts).hasValue(0);
		assertThat(rows()).isZero();
	}

	@Test
	void interruptInThePauseEndsItAndIsKept() {
		RetryPolicy policy = RetryPolicy.builder().maxRetries(3).delay(Duration.ofHours(1)).build();
		Thread interrupted = Thread.currentThread();
		Thread interrupter = new Thread(() -> {
			await().until(() -> interrupted.getState() == Thread.State.TIMED_WAITING && this.attempts.get() == 1
					&& this.pool.getHikariPoolMXBean().getActiveConnections() == 0);
			interrupted.interrupt();
		});
		interrupter.start();
		Throwable failure = catchThrowable(() -> this.plain.retry(policy).<Throwable>run(() -> book(9)));
		assertThat(Thread.interrupted()).isTrue();
		assertThat(failure).isSameAs(this.thrown.get(0)).hasNoSuppressedExceptions();
		assertThat(this.attempts).hasValue(1);
	}

	@Test
	void interruptOfTheBodyIsNotRepeated() {
		Throwable failure = catchThrowable(() -> this.scope.<Throwable>run(() -> {
			Thread.currentThread().interrupt();
			book(9);
		}));
		assertThat(Thread.interrupted()).isTrue();
		assertThat(failure).isSameAs(this.thrown.get(0));
		assertThat(this.attempts).hasValue(1);
	}

	@Test
	void blockThatCannotBeginIsRepeatedWhereThePolicySaysSo() throws Throwable {
		RetryPolicy policy = named((each) -> each.includes(CannotCreateTransactionException.class));
		try (Connection one = this.pool.getConnection(); Connection other = this.pool.getConnection()) {
			assertThat(one).isNotSameAs(other);
			this.pool.getHikariConfigMXBean().setConnectionTimeout(250);
			assertThatExceptionOfType(CannotCreateTransactionException.class)
				.isThrownBy(() -> this.scope.<Throwable>run(() -> book(0)))
				.satisfies((failure) -> assertThat(failure.getSuppressed()).isEmpty());
			assertThatExceptionOfType(CannotCreateTransactionException.class)
				.isThrownBy(() -> this.plain.retry(policy).<Throwable>run(() -> book(0)))
				.satisfies((failure) -> assertThat(failure.getSuppressed()).hasSize(1));
		}
		assertThat(this.attempts).hasValue(0);
	}

	// Where

	static Stream<Arguments> surroundings() {
		return Stream.<Surroundings>of((test, work) -> test.plain.named("outer").run(work::run),
				(test, work) -> test.plain.named("outer").requiresNew().run(work::run),
				(test, work) -> test.plain.named("outer")
					.run(() -> test.plain.named("beside").withoutTransaction().run(work::run)),
				(test, work) -> template(new JdbcTransactionManager(test.dataSource))
					.executeWithoutResult((status) -> work.run()),
				(test, work) -> template(new JdbcTransactionManager(h2())).executeWithoutResult((status) -> work.run()),
				(test, work) -> {
					DataSourceTransactionManager unsynchronized = new DataSourceTransactionManager(h2());
					unsynchronized.setTransactionSynchronization(DataSourceTransactionManager.SYNCHRONIZATION_NEVER);
					template(unsynchronized).executeWithoutResult((status) -> work.run());
				})
			.flatMap((each) -> Stream
				.<UnaryOperator<TransactionScope>>of((scope) -> scope, TransactionScope::requiresNew,
						TransactionScope::nested, TransactionScope::outermost)
				.map((option) -> Arguments.of(each, option)));
	}

	private static TransactionTemplate template(DataSourceTransactionManager manager) {
		TransactionTemplate template = new TransactionTemplate(manager);
		template.setName("outer");
		return template;
	}

	@ParameterizedTest
	@MethodSource("surroundings")
	void insideOfATransactionItIsRefusedAtOnce(Surroundings surroundings, UnaryOperator<TransactionScope> option) {
		surroundings.around(this,
				() -> assertThatExceptionOfType(IllegalTransactionStateException.class)
					.isThrownBy(() -> option.apply(this.scope).<Throwable>run(() -> book(0)))
					.withMessageStartingWith("Scope 'transfer' cannot be repeated inside of transaction '")
					.withMessageContaining("Call it from outside, or drop retry()"));
		assertThat(this.attempts).hasValue(0);
	}

	@Test
	void insideOfABlockWithoutTransactionItIsRepeated() throws Throwable {
		this.plain.withoutTransaction().<Throwable>run(() -> this.scope.<Throwable>run(() -> book(1)));
		this.attempts.set(0);
		this.plain.never().<Throwable>run(() -> this.scope.requiresNew().<Throwable>run(() -> book(1)));
		assertThat(rows()).isEqualTo(2);
	}

	@Test
	void afterTheCommitItIsRepeated() {
		this.plain.run((tx) -> tx.afterCommit(() -> {
			try {
				this.scope.<Throwable>run(() -> book(1));
			}
			catch (Throwable ex) {
				throw new IllegalStateException(ex);
			}
		}));
		assertThat(rows()).isOne();
	}

	@ParameterizedTest
	@EnumSource
	void withoutATransactionOfItsOwnItIsRefused(Dependent dependent) {
		assertThatExceptionOfType(IllegalTransactionStateException.class)
			.isThrownBy(() -> dependent.option.apply(this.scope).<Throwable>run(() -> book(0)))
			.withMessageStartingWith("Scope 'transfer' cannot be repeated, as it ")
			.withMessageContaining("drop " + dependent.drop);
		assertThat(this.attempts).hasValue(0);
	}

	@Test
	void tryWithResourcesIsRefused() {
		assertThatIllegalStateException().isThrownBy(this.scope::open)
			.withMessage("Scope 'transfer' cannot be opened, as what try-with-resources runs cannot be repeated: "
					+ "use call or run, or drop retry().");
	}

	@Test
	void transactionBesideAnotherIsRefused() {
		assertThatExceptionOfType(IllegalTransactionStateException.class)
			.isThrownBy(() -> this.plain.named("outer").run((tx) -> tx.enter(this.scope)))
			.withMessage("Scope 'transfer' cannot be repeated as a part of scope 'outer': drop retry() from what is "
					+ "entered, and set it on the outermost scope.");
	}

	@Test
	void inTheTransactionOfATestThereIsOneAttempt() {
		DefaultTransactionDefinition definition = new DefaultTransactionDefinition();
		definition.setName("test");
		TransactionStatus test = this.manager.getTransaction(definition);
		String previous = Rehearsal.exchange("test");
		try {
			assertThat(catchThrowable(() -> this.scope.<Throwable>run(() -> book(1)))).isSameAs(this.thrown.get(0));
			this.scope.run(() -> assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(() -> this.scope.<Throwable>run(() -> book(0))));
		}
		finally {
			Rehearsal.exchange(previous);
			this.manager.rollback(test);
		}
		assertThat(this.attempts).hasValue(1);
		assertThat(rows()).isZero();
	}

	// On an executor

	@Test
	void blockOnAnExecutorIsRepeated() throws Exception {
		ExecutorService executor = Executors.newSingleThreadExecutor();
		try {
			BlockFuture<String> future = this.scope.async(executor).call((tx) -> book(2));
			assertThat(future.get(20, TimeUnit.SECONDS)).isEqualTo("booked in attempt 3");
			assertThat(future.ended().toCompletableFuture().get()).isEqualTo(Outcome.succeeded());
			this.attempts.set(0);
			assertThatExceptionOfType(ExecutionException.class)
				.isThrownBy(() -> this.scope.async(executor).run(() -> book(9)).get(20, TimeUnit.SECONDS))
				.satisfies((failure) -> assertThat(failure.getCause()).isSameAs(this.thrown.get(5))
					.hasSuppressedException(this.thrown.get(2)));
		}
		finally {
			executor.shutdown();
		}
		assertThat(rows()).isOne();
	}

	@Test
	void cancelEndsThePauseAndNoAttemptBegins() throws Exception {
		RetryPolicy policy = RetryPolicy.builder().maxRetries(3).delay(Duration.ofHours(1)).build();
		ExecutorService executor = Executors.newSingleThreadExecutor();
		try {
			Thread worker = executor.submit(Thread::currentThread).get();
			BlockFuture<String> future = this.plain.retry(policy).async(executor).call((tx) -> book(9));
			await().until(() -> this.attempts.get() == 1 && worker.getState() == Thread.State.TIMED_WAITING
					&& this.pool.getHikariPoolMXBean().getActiveConnections() == 0);
			assertThat(future.cancel(true)).isTrue();
			Outcome ended = future.ended().toCompletableFuture().get(20, TimeUnit.SECONDS);
			assertThat(ended.isCancelled()).isTrue();
			assertThat(executor.submit(Thread::interrupted).get()).isFalse();
		}
		finally {
			executor.shutdown();
		}
		assertThat(this.attempts).hasValue(1);
		assertThat(rows()).isZero();
	}

	@Test
	void cancelInALaterAttemptInterruptsItAndNoneFollows() throws Exception {
		CountDownLatch second = new CountDownLatch(1);
		ExecutorService executor = Executors.newSingleThreadExecutor();
		RetryPolicy greedy = named((policy) -> policy.includes(Exception.class));
		try {
			BlockFuture<Void> future = this.plain.retry(greedy).async(executor).call((tx) -> {
				book(1);
				second.countDown();
				Thread.sleep(Duration.ofHours(1).toMillis());
				throw new AssertionError("not interrupted");
			});
			assertThat(second.await(20, TimeUnit.SECONDS)).isTrue();
			future.cancel(true);
			assertThat(future.ended().toCompletableFuture().get(20, TimeUnit.SECONDS).isCancelled()).isTrue();
			assertThat(executor.submit(Thread::interrupted).get()).isFalse();
		}
		finally {
			executor.shutdown();
		}
		assertThat(this.attempts).hasValue(2);
		assertThat(rows()).isZero();
	}

	@Test
	@DisplayName("T7: the deadline of all attempts includes the time in the executor's queue")
	void t7DeadlineIncludesTheQueue() throws Exception {
		RetryPolicy policy = RetryPolicy.builder().maxRetries(3).delay(Duration.ofMinutes(1)).build();
		ExecutorService executor = Executors.newSingleThreadExecutor();
		try {
			BlockFuture<String> future = this.plain.retry(policy)
				.timeout(Duration.ofSeconds(50))
				.async(executor)
				.call((tx) -> book(9));
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> future.get(20, TimeUnit.SECONDS))
				.satisfies((failure) -> assertThat(failure.getCause()).isSameAs(this.thrown.get(0)));
		}
		finally {
			executor.shutdown();
		}
		assertThat(this.attempts).hasValue(1);
	}

	@Test
	void onTheCallersOwnThreadItIsRefusedInsideOfATransactionThroughTheFuture() {
		this.plain.named("outer")
			.run(() -> assertThat(this.scope.async(Runnable::run).call((tx) -> book(0)))
				.failsWithin(Duration.ofSeconds(20))
				.withThrowableOfType(ExecutionException.class)
				.withCauseInstanceOf(IllegalTransactionStateException.class));
		assertThat(this.attempts).hasValue(0);
	}

	// For observers

	@Test
	void repetitionsAreCountedByWhatTheyHaveLedTo() throws Throwable {
		MeterRegistry meters = new SimpleMeterRegistry();
		TransactionScope observed = this.scope.observationRegistry(observing(meters));
		observed.<Throwable>run(() -> book(0));
		assertThat(meters.find("transaction.scope.retry").timer()).isNull();
		this.attempts.set(0);
		observed.<Throwable>run(() -> book(2));
		this.attempts.set(0);
		assertThat(catchThrowable(() -> observed.<Throwable>run(() -> book(9)))).isNotNull();
		this.attempts.set(0);
		assertThat(catchThrowable(() -> observed.<Throwable>run(() -> book(9, () -> (this.attempts.get() == 1)
				? new CannotAcquireLockException("deadlock") : new IOException("disk full")))))
			.isInstanceOf(IOException.class);
		assertThat(counted(meters, "succeeded")).isOne();
		assertThat(counted(meters, "gave_up")).isOne();
		assertThat(counted(meters, "failed")).isOne();
		assertThat(meters.get("transaction.scope.retry.repeat")
			.tag("transaction.scope.name", "transfer")
			.counters()
			.stream()
			.mapToDouble((each) -> each.count())
			.sum()).isEqualTo(6);
		assertThat(meters.get("transaction.scope").timers().stream().mapToLong((each) -> each.count()).sum())
			.isEqualTo(1 + 3 + 4 + 2);
	}

	private static long counted(MeterRegistry meters, String result) {
		return meters.get("transaction.scope.retry")
			.tag("transaction.scope.name", "transfer")
			.tag("transaction.scope.retry.result", result)
			.timers()
			.stream()
			.mapToLong((each) -> each.count())
			.sum();
	}

	private static ObservationRegistry observing(MeterRegistry meters) {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
		return registry;
	}

	@Test
	@DisplayName("T12: a log of Spring's that throws neither prevents a block nor takes its value")
	void t12LogOfSpringsThatThrowsChangesNoOutcome() throws Throwable {
		for (int left = 0; left < 3; left++) {
			this.attempts.set(0);
			try (FailingLog log = new FailingLog(left)) {
				assertThat(log.left).isEqualTo(left);
				assertThat(this.scope.<String, Throwable>call(() -> book(0))).isEqualTo("booked in attempt 1");
			}
			assertThat(rows()).isEqualTo(left + 1);
		}
	}

	@Test
	@DisplayName("T2: with little stack, a block that is repeated leaves nothing, and its failure is its own")
	void t2LittleStackLeavesNothing() throws InterruptedException {
		List<String> wrong = new ArrayList<>();
		Thread thread = new Thread(null, () -> {
			for (int depth = 0; depth < 100_000; depth += 1 + depth / 12) {
				boolean[] reached = new boolean[1];
				try {
					Descent.to(depth, reached, () -> {
						try {
							this.scope.<Throwable>run(() -> book(1));
						}
						catch (Error ex) {
							throw ex;
						}
						catch (Throwable ex) {
							if (!this.thrown.contains(ex)) {
								wrong.add(ex.toString());
							}
						}
					});
				}
				catch (StackOverflowError ex) {
					if (!reached[0]) {
						break;
					}
				}
				this.attempts.set(0);
				if (this.pool.getHikariPoolMXBean().getActiveConnections() != 0) {
					wrong.add("held at depth " + depth);
				}
			}
			LeakCheck.verifyThread();
		}, "deep", 256 * 1024);
		thread.start();
		thread.join();
		assertThat(wrong).isEmpty();
		assertThat(this.thrown).isNotEmpty();
	}

	@Nested
	@ExtendWith(OutputCaptureExtension.class)
	class Logged {

		@Test
		void callThatIsMadeAgainIsNamedInAWarning(CapturedOutput output) throws Throwable {
			RepetitionTests.this.scope.<Throwable>run(() -> {
				if (RepetitionTests.this.attempts.get() < 2) {
					call("POST warehouse");
				}
				book(2);
			});
			assertThat(output.getOut().lines().filter((line) -> line.contains("WARN"))).hasSize(2)
				.allSatisfy(
						(line) -> assertThat(line).contains("Scope 'transfer' is repeated: the call 'POST warehouse' "
								+ "was made in the attempt that failed"));
		}

		@Test
		void callThatIsNotMadeAgainIsNotNamed(CapturedOutput output) {
			assertThat(catchThrowable(() -> RepetitionTests.this.scope.<Throwable>run(() -> {
				call("POST warehouse");
				book(1, () -> new IOException("disk full"));
			}))).isInstanceOf(IOException.class);
			assertThat(output.getOut()).doesNotContain("WARN");
		}

		private void call(String name) {
			insert();
			NoticedCall.begin(name, List.of(RepetitionTests.this.dataSource.ledger().calls())).end();
		}

	}

	@FunctionalInterface
	interface Surroundings {

		void around(RepetitionTests test, Runnable work);

	}

	/** Policies that would like to repeat anything. */
	@SuppressWarnings("ImmutableEnumChecker") // What it is made of keeps no state
	enum Greed {

		NOTHING_NAMED(RetryPolicy.builder()),

		EVERY_EXCEPTION(RetryPolicy.builder().includes(Exception.class)),

		EVERY_FAILURE_BUT_ONE(RetryPolicy.builder().predicate((ex) -> ex instanceof Exception || ex instanceof Error));

		final RetryPolicy policy;

		Greed(RetryPolicy.Builder policy) {
			this.policy = policy.maxRetries(3).delay(Duration.ZERO).build();
		}

	}

	/** Blocks that begin no transaction. */
	@SuppressWarnings("ImmutableEnumChecker") // What it is made of keeps no state
	enum Dependent {

		MANDATORY(TransactionScope::mandatory, "mandatory()"), NEVER(TransactionScope::never, "never()"),
		NOT_SUPPORTED(TransactionScope::withoutTransaction, "withoutTransaction()");

		final UnaryOperator<TransactionScope> option;

		final String drop;

		Dependent(UnaryOperator<TransactionScope> option, String drop) {
			this.option = option;
			this.drop = drop;
		}

	}

	/** That of Spring's template, which fails after so many lines. */
	private static final class FailingLog extends TurboFilter implements AutoCloseable {

		private final Logger logger = (Logger) LoggerFactory.getLogger(RetryTemplate.class);

		private int left;

		private FailingLog(int left) {
			this.left = left;
			this.logger.setLevel(Level.DEBUG);
			this.logger.getLoggerContext().addTurboFilter(this);
		}

		@Override
		public FilterReply decide(@Nullable Marker marker, Logger logger, Level level, @Nullable String format,
				Object @Nullable [] params, @Nullable Throwable failure) {
			if (logger == this.logger && format != null && --this.left < 0) {
				throw new AssertionError("appender");
			}
			return FilterReply.NEUTRAL;
		}

		@Override
		public void close() {
			this.logger.getLoggerContext().getTurboFilterList().remove(this);
			this.logger.setLevel(null);
		}

	}

}
