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

package io.transactionscope.pool;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

import com.example.payments.PaymentClient;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.actuate.PoolsEndpoint;
import io.transactionscope.actuate.PoolsEndpoint.DiagnosisDescriptor;
import io.transactionscope.actuate.PoolsEndpoint.PoolReportDescriptor;
import io.transactionscope.actuate.PoolsEndpoint.ReportDescriptor;
import io.transactionscope.health.PoolHealthIndicator;
import io.transactionscope.pool.PoolSettings.DeadlockPolicy;
import io.transactionscope.pool.TestPool.Person;
import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.diagnosis.Closed;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Healthy;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.HeldButIdle.Part;
import io.transactionscope.pool.diagnosis.HeldByWaiters;
import io.transactionscope.pool.diagnosis.HeldElsewhere;
import io.transactionscope.pool.diagnosis.Leak;
import io.transactionscope.pool.diagnosis.LongHolders;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.diagnosis.StalledProcess;
import io.transactionscope.pool.diagnosis.Suspended;
import io.transactionscope.pool.diagnosis.TurnedAway;
import io.transactionscope.pool.diagnosis.Undersized;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.report.ReportGroup;
import io.transactionscope.pool.snapshot.Abandonment;
import io.transactionscope.pool.snapshot.ConnectFailure;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.tracked.TrackedDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import org.springframework.boot.health.contributor.Health;
import org.springframework.jdbc.datasource.DelegatingDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link Diagnosis}: each case, provoked, and what looks like it but is not.
 */
class DiagnosisTests {

	// Nothing

	@Test
	void poolInUseIsHealthyAsLongAsNobodyWaits() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			assertThat(pool.ledger().report().diagnosis()).isEqualTo(new Healthy());
			pool.personIn("place-order").borrows();
			assertThat(pool.ledger().report().diagnosis()).isEqualTo(new Healthy());
		}
	}

	// Deadlock

	@Test
	void deadlockThatIsNotBrokenIsDiagnosedAtTheTimeout() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED.withDeadlock(DeadlockPolicy.OFF),
				DiagnosisTests::impatient)) {
			Person nested = pool.personIn("nested");
			nested.borrows();
			PoolExhaustedException failure = diagnosed(pool, nested::asks);
			assertThat(failure.report().diagnosis()).isInstanceOf(SelfDeadlock.class);
			assertThat(failure.getMessage())
				.contains("Diagnosis: Deadlock: all connections are held by threads that wait")
				.contains("which is 2 connections");
		}
	}

	@Test
	void noPoolIsAdvisedThatTheDatabaseHasNoRoomFor() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED.withDeadlock(DeadlockPolicy.OFF),
				DiagnosisTests::impatient)) {
			pool.ledger().databaseHasRoomFor(1);
			Person nested = pool.personIn("nested");
			nested.borrows();
			assertThat(diagnosed(pool, nested::asks).report().diagnosis().advice())
				.isEqualTo("Do the inner work in the outer transaction, or after it.");
		}
	}

	@Test
	void deadlockOutsideOfScopesIsSaidToBeUnproven() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED.withDeadlock(DeadlockPolicy.OFF),
				DiagnosisTests::impatient)) {
			Person nested = pool.person("main-loop");
			nested.borrows();
			assertThat(diagnosed(pool, nested::asks).report().diagnosis()).asInstanceOf(type(SelfDeadlock.class))
				.returns(false, SelfDeadlock::proven);
		}
	}

	@Test
	void nestedWaitBehindAWorkingHolderIsNoDeadlock() throws Exception {
		try (TestPool pool = new TestPool(2, TestPool.TIMED, DiagnosisTests::impatient)) {
			Connection working = pool.personIn("working").borrows();
			working.createStatement().execute("select 1");
			Person nested = pool.personIn("nested");
			nested.borrows();
			assertThat(diagnosed(pool, nested::asks).report().diagnosis()).asInstanceOf(type(HeldButIdle.class))
				.returns("working", HeldButIdle::scope);
		}
	}

	// Long holders

	@Test
	void statementsThatTakeLongAreLongHolders() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, DiagnosisTests::impatient)) {
			Person reporting = pool.personIn("yearly-report");
			Connection connection = reporting.borrows();
			SlowFunction.define(connection);
			Future<Boolean> running = reporting.begins(() -> connection.createStatement().execute("call slow()"));
			SlowFunction.awaitRunning();
			PoolExhaustedException failure = diagnosed(pool, pool.personIn("place-order")::asks);
			assertThat(failure.report().diagnosis()).asInstanceOf(type(LongHolders.class))
				.returns("yearly-report", LongHolders::scope)
				.returns(1, LongHolders::leases)
				.satisfies((diagnosis) -> assertThat(diagnosis.longest()).isGreaterThan(Duration.ofMillis(250)));
			assertThat(failure.report().text()).contains("No connection for scope 'place-order'")
				.contains("1 connection is held for long by statements, scope 'yearly-report'")
				.contains("in a statement for")
				.contains("last SQL: call slow()");
			SlowFunction.end();
			running.get(10, TimeUnit.SECONDS);
		}
	}

	// Leak

	@Test
	void connectionOfAThreadThatHasEndedIsALeak() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, DiagnosisTests::impatient)) {
			Person careless = pool.personIn("careless");
			careless.borrows();
			careless.dies();
			assertThat(pool.ledger().report().diagnosis()).isEqualTo(new Leak(1, "careless", Abandonment.THREAD_ENDED));
			PoolExhaustedException failure = diagnosed(pool, pool.personIn("place-order")::asks);
			assertThat(failure.report().diagnosis()).isEqualTo(new Leak(1, "careless", Abandonment.THREAD_ENDED));
			assertThat(failure.report().text())
				.contains("1 connection is leaked: borrowed in scope 'careless', and the thread has ended")
				.contains("thread of careless (ended)");
		}
	}

	@Test
	void connectionOfATaskThatHasEndedIsALeak() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, (config) -> config.setConnectionTimeout(1500))) {
			pool.personIn("careless").borrows();
			assertThat(diagnosed(pool, pool.personIn("place-order")::asks).report().diagnosis())
				.isEqualTo(new Leak(1, "careless", Abandonment.TASK_ENDED));
		}
	}

	@Test
	void connectionHeldLongAfterItsTransactionIsNoLeakAsLongAsItsHolderIsAtWork() throws Exception {
		PoolSettings settings = TestPool.TIMED.withLeakThreshold(Duration.ofMillis(100));
		try (TestPool pool = new TestPool(1, settings, DiagnosisTests::impatient)) {
			PaymentClient client = new PaymentClient();
			Person careless = pool.personIn("careless");
			Connection connection = careless.borrows();
			careless.does(() -> {
				connection.commit();
				return true;
			});
			Future<Boolean> call = careless.begins(client::charge);
			assertThat(diagnosed(pool, pool.personIn("place-order")::asks).report().diagnosis())
				.asInstanceOf(type(HeldButIdle.class))
				.returns(Part.AFTER_LAST_STATEMENT, HeldButIdle::part);
			client.answer();
			call.get(10, TimeUnit.SECONDS);
		}
	}

	@Test
	void connectionThatAnotherThreadUsesIsNoLeak() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, DiagnosisTests::impatient)) {
			Person first = pool.personIn("hands-over");
			Connection handed = first.borrows();
			pool.person("takes-over").executes(handed, "select 1");
			first.dies();
			assertThat(pool.ledger().report().diagnosis()).isEqualTo(new Healthy());
			assertThat(diagnosed(pool, pool.personIn("place-order")::asks).report().diagnosis())
				.isInstanceOf(HeldButIdle.class);
		}
	}

	// Held but idle

	@Test
	void remoteCallBeforeTheFirstStatementIsHeldButIdle() throws Exception {
		assertIdle((person, connection) -> {
		}, Part.BEFORE_FIRST_STATEMENT, "spring.datasource.connection-fetch=lazy");
	}

	@Test
	void remoteCallBetweenStatementsIsHeldButIdle() throws Exception {
		assertIdle((person, connection) -> person.executes(connection, "select 1"), Part.BETWEEN_STATEMENTS,
				"such as a remote call, out of the transaction");
	}

	@Test
	void remoteCallAfterTheTransactionIsHeldButIdle() throws Exception {
		assertIdle((person, connection) -> person.does(() -> {
			connection.commit();
			return true;
		}), Part.AFTER_LAST_STATEMENT, "afterCommit");
	}

	private static void assertIdle(Use before, Part part, String advice) throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, DiagnosisTests::impatient)) {
			PaymentClient client = new PaymentClient();
			Person person = pool.personIn("charge-card");
			before.of(person, person.borrows());
			Future<Boolean> call = person.begins(client::charge);
			PoolExhaustedException failure = diagnosed(pool, pool.personIn("place-order")::asks);
			assertThat(failure.report().diagnosis()).asInstanceOf(type(HeldButIdle.class))
				.returns("charge-card", HeldButIdle::scope)
				.returns(part, HeldButIdle::part)
				.satisfies((diagnosis) -> assertThat(diagnosis.idleShare()).isBetween(0.5, 1.0));
			assertThat(failure.report().text()).contains(advice)
				.contains("at com.example.payments.PaymentClient.charge(");
			client.answer();
			call.get(10, TimeUnit.SECONDS);
		}
	}

	@Test
	void remoteCallsOfACrowdAreHeldButIdleAndTheGainIsPredicted() throws Exception {
		try (TestPool pool = new TestPool(2); Crowd crowd = new Crowd(pool, 8, (connection) -> {
			new PaymentClient().charge(Duration.ofMillis(20));
			connection.createStatement().execute("select 1");
		})) {
			crowd.awaitRounds(100);
			await().untilAsserted(() -> {
				Diagnosis diagnosis = pool.ledger().report().diagnosis();
				assertThat(diagnosis).asInstanceOf(type(HeldButIdle.class))
					.returns("crowd", HeldButIdle::scope)
					.returns(Part.BEFORE_FIRST_STATEMENT, HeldButIdle::part)
					// Four times as many as there are connections. More cannot get
					// through, and less do where the machine is slow.
					.satisfies((idle) -> assertThat(idle.gain()).isNotNull().isBetween(1.5, 4.8));
				assertThat(diagnosis.advice()).contains("times as many through");
			});
		}
	}

	// Undersized

	@Test
	void moreWorkThanConnectionsIsUndersized() throws Exception {
		try (TestPool pool = new TestPool(2, TestPool.TIMED.withMaxWaiting(5))) {
			try (Connection connection = pool.hikari().getConnection()) {
				SlowFunction.define(connection);
			}
			Onlooker onlooker = new Onlooker(pool.ledger());
			try (Crowd crowd = new Crowd(pool, 8,
					(connection) -> connection.createStatement().execute("call work()"))) {
				crowd.awaitRounds(50);
				await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
					onlooker.look();
					assertThat(onlooker.health).isEqualTo("Undersized");
					assertThat(onlooker.endpoint).isNotNull().returns("Undersized", DiagnosisDescriptor::kind);
				});
				// To a watch that comes late, the load has just begun.
				await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
					// Those who were turned away before, or get a report of before
					crowd.turnedAway.clear();
					await().until(() -> !crowd.turnedAway.isEmpty());
					assertThat(crowd.turnedAway.remove().report().diagnosis()).isInstanceOf(Undersized.class);
				});
				await().atMost(Duration.ofMinutes(1))
					.untilAsserted(
							() -> assertThat(pool.ledger().report().diagnosis()).asInstanceOf(type(Undersized.class))
								.satisfies((undersized) -> {
									assertThat(undersized.needed()).isGreaterThan(2.5);
									assertThat(undersized.neededWithoutIdle()).isGreaterThan(undersized.needed() / 2);
									assertThat(undersized.maximum()).isEqualTo(2);
									assertThat(undersized.window()).isGreaterThan(Duration.ofSeconds(9));
									assertThat(undersized.advice())
										.contains("spring.datasource.hikari.maximum-pool-size");
								}));
			}
		}
	}

	// Held by waiters

	@Test
	void threadsThatWaitForAnotherPoolAreNoLongHolders() throws Exception {
		try (TestPool orders = new TestPool(1, TestPool.TIMED, DiagnosisTests::impatient);
				TestPool stock = new TestPool(1)) {
			String name = stock.hikari().getPoolName();
			PaymentClient client = new PaymentClient();
			// A leak would lock both pools up.
			Future<Boolean> counting = stock.personIn("count-stock").begins(() -> {
				assertThat(stock.dataSource().getConnection()).isNotNull();
				return client.charge();
			});
			await().until(() -> stock.ledger().snapshot().leases().size() == 1);
			Person nested = orders.personIn("place-order");
			nested.borrows();
			Future<Connection> waiting = nested.begins(stock.dataSource()::getConnection);
			stock.awaitWaiters(1);
			PoolExhaustedException failure = diagnosed(orders, orders.personIn("cancel-order")::asks);
			assertThat(failure.report().diagnosis()).isEqualTo(new HeldByWaiters("place-order", 1, name));
			assertThat(failure.getMessage()).contains("held by threads that wait for a connection of " + name)
				.contains("see who holds the connections of " + name);
			assertThat(waiting).isNotDone();
			client.answer();
			counting.get(10, TimeUnit.SECONDS);
		}
	}

	// Held elsewhere

	@Test
	void connectionsBorrowedAroundTheLedgerAreHeldElsewhere() throws Exception {
		try (TestPool pool = new TestPool(2, TestPool.TIMED, DiagnosisTests::impatient)) {
			pool.hikari().getConnection();
			pool.hikari().getConnection();
			// Nobody knows of them until the watch has looked.
			PoolExhaustedException failure = diagnosed(pool, pool.personIn("place-order")::asks,
					HeldElsewhere.class::isInstance);
			assertThat(failure.report().diagnosis()).isEqualTo(new HeldElsewhere(2));
			assertThat(failure.getMessage())
				.contains("2 connections are held by code that borrows from the pool directly");
		}
	}

	@Test
	void oneConnectionBorrowedAroundTheLedgerIsNotTheReason() throws Exception {
		try (TestPool pool = new TestPool(3, TestPool.TIMED, DiagnosisTests::impatient)) {
			pool.hikari().getConnection();
			PaymentClient client = new PaymentClient();
			List<Future<Boolean>> calls = new ArrayList<>();
			for (int i = 0; i < 2; i++) {
				Person person = pool.personIn("charge-card");
				person.borrows();
				calls.add(person.begins(client::charge));
			}
			assertThat(diagnosed(pool, pool.personIn("place-order")::asks).report().diagnosis())
				.isInstanceOf(HeldButIdle.class);
			client.answer();
			for (Future<Boolean> call : calls) {
				call.get(10, TimeUnit.SECONDS);
			}
		}
	}

	// Cannot connect

	@Test
	void databaseThatRefusesConnectionsIsNoExhaustion() throws Exception {
		AtomicBoolean down = new AtomicBoolean();
		try (TestPool pool = new TestPool(2, TestPool.TIMED, (config) -> {
			config.setConnectionTimeout(1500);
			config.setMinimumIdle(1);
			config.setDataSource(new DelegatingDataSource(TestPool.h2()) {

				@Override
				public Connection getConnection() throws SQLException {
					if (down.get()) {
						throw new SQLException("Connection refused", "08001");
					}
					return super.getConnection();
				}

			});
		})) {
			down.set(true);
			pool.personIn("lucky").borrows();
			PoolExhaustedException failure = diagnosed(pool, pool.personIn("unlucky")::asks);
			assertThat(failure.report().diagnosis()).asInstanceOf(type(CannotConnect.class))
				.returns(1, CannotConnect::total)
				.extracting(CannotConnect::failure)
				.isNotNull()
				.returns("Connection refused", ConnectFailure::message);
			assertThat(failure.getMessage()).contains("The pool has 1 of 2 connections and gets no more")
				.contains("Connection refused");
			assertThat(failure.getCause()).hasRootCauseMessage("Connection refused");
		}
	}

	@Test
	void failureOfThePastIsNotTheReason() throws Exception {
		AtomicBoolean down = new AtomicBoolean(true);
		try (TestPool pool = new TestPool(1, TestPool.TIMED, (config) -> {
			impatient(config);
			config.setInitializationFailTimeout(-1);
			config.setDataSource(new DelegatingDataSource(TestPool.h2()) {

				@Override
				public Connection getConnection() throws SQLException {
					if (down.get()) {
						throw new SQLException("Connection refused", "08001");
					}
					return super.getConnection();
				}

			});
		})) {
			// At first, the pool may not have tried.
			assertThat(
					diagnosed(pool, pool.personIn("early")::asks, CannotConnect.class::isInstance).report().diagnosis())
				.isInstanceOf(CannotConnect.class);
			down.set(false);
			await().ignoreExceptions().until(() -> pool.personIn("holder").borrows() != null);
			PoolExhaustedException failure = diagnosed(pool, pool.personIn("late")::asks);
			assertThat(failure.report().diagnosis()).isNotInstanceOf(CannotConnect.class);
			assertThat(failure.getCause()).isNull();
		}
	}

	// Suspended

	@Test
	void suspendedPoolIsSuspendedUntilItIsResumed() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, (config) -> config.setAllowPoolSuspension(true))) {
			pool.hikari().getHikariPoolMXBean().suspendPool();
			assertThat(pool.ledger().report().diagnosis()).isEqualTo(new Suspended());
			Person hasADeadline = pool.personIn("place-order");
			assertThat(diagnosed(pool, () -> hasADeadline.begins(() -> {
				Borrower.current().exchangeDeadline(System.nanoTime() + Duration.ofSeconds(1).toNanos());
				return pool.dataSource().getConnection();
			})).report().diagnosis()).isEqualTo(new Suspended());
			assertThat(pool.ledger().snapshot().state()).isEqualTo(PoolSnapshot.State.SUSPENDED);
			pool.hikari().getHikariPoolMXBean().resumePool();
			assertThat(pool.ledger().report().diagnosis()).asInstanceOf(type(TurnedAway.class))
				.returns(new Suspended(), TurnedAway::reason);
		}
	}

	// Closed

	@Test
	void waiterForAPoolThatIsClosedIsToldSo() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, (config) -> config.setConnectionTimeout(2000))) {
			pool.personIn("holder").borrows();
			Future<Connection> asked = pool.personIn("place-order").asks();
			pool.awaitWaiters(1);
			pool.hikari().close();
			assertThat(pool.ledger().report().diagnosis()).isEqualTo(new Closed());
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> asked.get(10, TimeUnit.SECONDS))
				.havingCause()
				.asInstanceOf(type(PoolExhaustedException.class))
				.returns(new Closed(), (failure) -> failure.report().diagnosis());
		}
	}

	// Stalled process

	@Test
	@EnabledOnOs(OS.LINUX)
	void processThatStoodStillIsTheReason() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, (config) -> config.setConnectionTimeout(3000))) {
			pool.personIn("holder").borrows();
			Person person = pool.personIn("place-order");
			PoolExhaustedException failure = diagnosed(pool, () -> {
				Future<Connection> asked = person.asks();
				pool.awaitWaiters(1);
				standStill(2);
				return asked;
			}, StalledProcess.class::isInstance);
			assertThat(failure.report().diagnosis()).asInstanceOf(type(StalledProcess.class))
				.satisfies((diagnosis) -> assertThat(diagnosis.stalled()).isGreaterThan(Duration.ofSeconds(1)));
			assertThat(failure.getMessage()).contains("The whole process stood still for");
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void processThatStoodStillBeforeTheWaitIsNotTheReason() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, DiagnosisTests::impatient)) {
			PaymentClient client = new PaymentClient();
			Person person = pool.personIn("charge-card");
			person.borrows();
			Future<Boolean> call = person.begins(client::charge);
			standStill(1).waitFor();
			assertThat(diagnosed(pool, pool.personIn("place-order")::asks).report().diagnosis())
				.isInstanceOf(HeldButIdle.class);
			client.answer();
			call.get(10, TimeUnit.SECONDS);
		}
	}

	/** Such as a log that takes its time. */
	@Test
	void watchThatIsKeptByItsOwnWorkIsNoProcessThatStandsStill() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			pool.personIn("charge-card").borrows();
			Future<Connection> asked = pool.personIn("place-order").asks();
			pool.awaitWaiters(1);
			CountDownLatch worked = new CountDownLatch(1);
			Future<?> unused = pool.ledger().watched().schedule(() -> {
				long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
				while (System.nanoTime() - end < 0) {
					LockSupport.parkNanos(end - System.nanoTime());
				}
				assertThat(pool.ledger().diagnosis()).isNotInstanceOf(StalledProcess.class);
				worked.countDown();
			}, 0);
			assertThat(worked.await(20, TimeUnit.SECONDS)).isTrue();
			assertThat(pool.ledger().diagnosis()).isNotInstanceOf(StalledProcess.class);
			asked.cancel(true);
		}
	}

	private static Process standStill(int seconds) throws IOException {
		return new ProcessBuilder("sh", "-c",
				"kill -STOP %1$d; sleep %2$d; kill -CONT %1$d".formatted(ProcessHandle.current().pid(), seconds))
			.start();
	}

	// Reports

	@Test
	void firstReportOfAReasonIsKeptAndTheOthersAreCounted() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, DiagnosisTests::impatient)) {
			takeNoNoticeOfStandstills(pool);
			PaymentClient client = new PaymentClient();
			Person holder = pool.personIn("holder");
			holder.borrows();
			Future<Boolean> call = holder.begins(client::charge);
			PoolExhaustedException first = failureOf(pool.personIn("first").asks());
			PoolExhaustedException second = failureOf(pool.personIn("second").asks());
			assertThat(pool.ledger().reports()).singleElement()
				.returns(1L, ReportGroup::incident)
				.returns(2L, ReportGroup::count)
				.returns(first.report(), ReportGroup::report)
				.returns(second.report().at(), ReportGroup::last);
			assertThat(first.getMessage()).startsWith(first.report().text())
				.contains("Holders:")
				.contains("Incident 1 of %1$s.%n%1$s - Connection is not available, ".formatted(pool.ledger().pool()));
			assertThat(second.getMessage()).contains("Diagnosis: ", "To change: ", "Incident 1 of ")
				.doesNotContain("Holders:");
			assertThat(List.of(first, second)).extracting(Throwable::getMessage)
				.allSatisfy((message) -> assertThat(message.lines().reduce("", (line, next) -> next)).startsWith(
						"%s - Connection is not available, request timed out after ".formatted(pool.ledger().pool())));
			assertThat(second.report().text()).contains("Holders:");
			client.answer();
			call.get(10, TimeUnit.SECONDS);
		}
	}

	// No report

	@Test
	void whoeverIsTurnedAwayLearnsOfThatThoughNothingCanBeReported() throws SQLException {
		try (HikariDataSource hikari = oneFromH2(1000);
				PoolLedger ledger = new PoolLedger(hikari, TestPool.TIMED, () -> {
					throw new NoClassDefFoundError("unloaded");
				})) {
			TrackedDataSource dataSource = new TrackedDataSource(ledger);
			try (Connection held = hikari.getConnection()) {
				assertThat(held.isClosed()).isFalse();
				assertThatExceptionOfType(SQLTransientConnectionException.class).isThrownBy(dataSource::getConnection)
					.satisfies((failure) -> assertThat(failure.getSuppressed())
						.hasOnlyElementsOfType(NoClassDefFoundError.class));
			}
		}
	}

	@Test
	void whoeverWouldLockThePoolUpLearnsOfThatThoughNothingCanBeReported() throws SQLException {
		try (HikariDataSource hikari = oneFromH2(60_000);
				PoolLedger ledger = new PoolLedger(hikari, TestPool.TIMED, () -> {
					throw new NoClassDefFoundError("unloaded");
				})) {
			TrackedDataSource dataSource = new TrackedDataSource(ledger);
			try (Connection held = dataSource.getConnection()) {
				assertThat(held.isClosed()).isFalse();
				assertThatExceptionOfType(PoolDeadlockException.class).isThrownBy(dataSource::getConnection)
					.withMessageContaining("Deadlock")
					.satisfies((failure) -> assertThat(failure.getSuppressed())
						.hasOnlyElementsOfType(NoClassDefFoundError.class));
			}
		}
	}

	private static HikariDataSource oneFromH2(long timeout) {
		HikariConfig config = new HikariConfig();
		config.setDataSource(TestPool.h2());
		config.setMaximumPoolSize(1);
		config.setConnectionTimeout(timeout);
		return new HikariDataSource(config);
	}

	@Test
	void latestReasonsAreKept() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED.withReports(2), DiagnosisTests::impatient)) {
			takeNoNoticeOfStandstills(pool);
			for (String scope : new String[] { "first", "second", "third" }) {
				Person holder = pool.personIn(scope);
				Connection held = holder.borrows();
				failureOf(pool.personIn("place-order").asks());
				holder.returns(held);
			}
			assertThat(pool.ledger().reports()).extracting((group) -> group.report().diagnosis().scope())
				.containsExactly("third", "second");
		}
	}

	private static void impatient(HikariConfig config) {
		config.setConnectionTimeout(300);
	}

	/** Of the machine, which would be another reason: only the watch knows of them. */
	private static void takeNoNoticeOfStandstills(TestPool pool) {
		pool.ledger().close();
	}

	private static PoolExhaustedException failureOf(Future<Connection> asked) {
		return (PoolExhaustedException) assertThatExceptionOfType(ExecutionException.class)
			.isThrownBy(() -> asked.get(10, TimeUnit.SECONDS))
			.havingCause()
			.isInstanceOf(PoolExhaustedException.class)
			.actual();
	}

	private static PoolExhaustedException diagnosed(TestPool pool, Callable<Future<Connection>> asking) {
		// A machine that stands still by itself is the subject of no test.
		return diagnosed(pool, asking, (diagnosis) -> !(diagnosis instanceof StalledProcess));
	}

	/**
	 * Return what a wait fails with, after the health detail and the endpoint had the
	 * same diagnosis. Asks again if a slow machine has left no time to look: then the
	 * message has the report in short.
	 */
	private static PoolExhaustedException diagnosed(TestPool pool, Callable<Future<Connection>> asking,
			Predicate<Diagnosis> subject) {
		AtomicReference<PoolExhaustedException> last = new AtomicReference<>();
		await().atMost(Duration.ofSeconds(30)).pollDelay(Duration.ZERO).untilAsserted(() -> {
			Onlooker onlooker = new Onlooker(pool.ledger());
			Future<Connection> asked = asking.call();
			await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5)).until(() -> {
				onlooker.look();
				return asked.isDone();
			});
			PoolExhaustedException failure = failureOf(asked);
			assertThat(failure.report().diagnosis()).matches(subject);
			onlooker.assertHasSeen(failure.report());
			last.set(failure);
		});
		return Objects.requireNonNull(last.get());
	}

	/**
	 * Somebody who looks at the health detail and at the endpoint as long as a thread
	 * waits.
	 */
	private static final class Onlooker {

		private final PoolHealthIndicator indicator;

		private final PoolsEndpoint pools;

		private final PoolLedger ledger;

		private @Nullable Object health;

		private @Nullable DiagnosisDescriptor endpoint;

		private Onlooker(PoolLedger ledger) {
			PoolLedgers ledgers = new PoolLedgers();
			ledgers.add(ledger);
			this.indicator = new PoolHealthIndicator(ledger);
			this.pools = new PoolsEndpoint(ledgers);
			this.ledger = ledger;
		}

		private void look() {
			Health health = Objects.requireNonNull(this.indicator.health());
			DiagnosisDescriptor endpoint = this.pools.pools().pools().get(0).diagnosis();
			// Those that were told while somebody was still waiting
			if (endpoint != null && !this.ledger.snapshot().waiters().isEmpty()
					&& health.getDetails().get("diagnosis") instanceof Map<?, ?> diagnosis) {
				this.health = diagnosis.get("kind");
				this.endpoint = endpoint;
			}
		}

		private void assertHasSeen(PoolReport report) {
			String kind = report.diagnosis().getClass().getSimpleName();
			assertThat(this.health).as("health detail").isEqualTo(kind);
			assertThat(this.endpoint).as("endpoint")
				.isNotNull()
				.returns(kind, DiagnosisDescriptor::kind)
				.extracting(DiagnosisDescriptor::details)
				.hasSameClassAs(report.diagnosis());
			PoolReportDescriptor pool = Objects.requireNonNull(this.pools.pool(this.ledger.pool()));
			assertThat(pool.reports()).first()
				.returns(kind, (latest) -> latest.diagnosis().kind())
				.extracting(ReportDescriptor::text)
				.isNotNull();
		}

	}

	/**
	 * What somebody does with a connection.
	 */
	private interface Use {

		void of(Person person, Connection connection) throws Exception;

	}

	/**
	 * People who do the same again and again.
	 */
	private static final class Crowd implements AutoCloseable {

		private final AtomicBoolean end = new AtomicBoolean();

		private final Semaphore rounds = new Semaphore(0);

		private final Queue<PoolExhaustedException> turnedAway = new ConcurrentLinkedQueue<>();

		private final List<Future<Boolean>> members = new ArrayList<>();

		private Crowd(TestPool pool, int size, Task task) throws Exception {
			for (int i = 0; i < size; i++) {
				this.members.add(pool.personIn("crowd").begins(() -> {
					while (!this.end.get()) {
						try (Connection connection = pool.dataSource().getConnection()) {
							task.run(connection);
						}
						catch (PoolExhaustedException ex) {
							this.turnedAway.add(ex);
							new PaymentClient().charge(Duration.ofMillis(5));
						}
						this.rounds.release();
					}
					return true;
				}));
			}
		}

		void awaitRounds(int number) throws InterruptedException {
			assertThat(this.rounds.tryAcquire(number, 20, TimeUnit.SECONDS)).isTrue();
		}

		@Override
		public void close() {
			this.end.set(true);
			await().untilAsserted(() -> assertThat(this.members).allMatch(Future::isDone));
		}

		/**
		 * What each of them does.
		 */
		private interface Task {

			void run(Connection connection) throws Exception;

		}

	}

}
