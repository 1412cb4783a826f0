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

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import com.example.payments.PaymentClient;
import com.zaxxer.hikari.HikariConfig;
import io.transactionscope.pool.Diagnosis.CannotConnect;
import io.transactionscope.pool.Diagnosis.Healthy;
import io.transactionscope.pool.Diagnosis.HeldButIdle;
import io.transactionscope.pool.Diagnosis.HeldButIdle.Part;
import io.transactionscope.pool.Diagnosis.HeldElsewhere;
import io.transactionscope.pool.Diagnosis.Leak;
import io.transactionscope.pool.Diagnosis.LongHolders;
import io.transactionscope.pool.Diagnosis.SelfDeadlock;
import io.transactionscope.pool.Diagnosis.StalledProcess;
import io.transactionscope.pool.Diagnosis.Suspended;
import io.transactionscope.pool.Diagnosis.Undersized;
import io.transactionscope.pool.PoolSettings.DeadlockPolicy;
import io.transactionscope.pool.TestPool.Person;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

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
			PoolExhaustedException failure = failureOf(nested.asks());
			assertThat(failure.report().diagnosis()).isInstanceOf(SelfDeadlock.class);
			assertThat(failure.getMessage())
				.contains("Diagnosis: Deadlock: all connections are held by threads that wait")
				.contains("which is 2 connections");
		}
	}

	@Test
	void deadlockOutsideOfScopesIsSaidToBeUnproven() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED.withDeadlock(DeadlockPolicy.OFF),
				DiagnosisTests::impatient)) {
			Person nested = pool.person("main-loop");
			nested.borrows();
			assertThat(failureOf(nested.asks()).report().diagnosis()).asInstanceOf(type(SelfDeadlock.class))
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
			assertThat(failureOf(nested.asks()).report().diagnosis()).asInstanceOf(type(HeldButIdle.class))
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
			PoolExhaustedException failure = failureOf(pool.personIn("place-order").asks());
			assertThat(failure.report().diagnosis()).asInstanceOf(type(LongHolders.class))
				.returns("yearly-report", LongHolders::scope)
				.returns(1, LongHolders::leases)
				.satisfies((diagnosis) -> assertThat(diagnosis.longest()).isGreaterThan(Duration.ofMillis(250)));
			assertThat(failure.getMessage()).contains("No connection for scope 'place-order'")
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
			assertThat(pool.ledger().report().diagnosis()).isEqualTo(new Leak(1, "careless", Leak.Reason.THREAD_ENDED));
			PoolExhaustedException failure = failureOf(pool.personIn("place-order").asks());
			assertThat(failure.report().diagnosis()).isEqualTo(new Leak(1, "careless", Leak.Reason.THREAD_ENDED));
			assertThat(failure.getMessage())
				.contains("1 connection is leaked: borrowed in scope 'careless', and the thread has ended")
				.contains("thread of careless (ended)");
		}
	}

	@Test
	void connectionOfATaskThatHasEndedIsALeak() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, (config) -> config.setConnectionTimeout(1500))) {
			pool.personIn("careless").borrows();
			assertThat(failureOf(pool.personIn("place-order").asks()).report().diagnosis())
				.isEqualTo(new Leak(1, "careless", Leak.Reason.TASK_ENDED));
		}
	}

	@Test
	void connectionHeldLongAfterItsTransactionIsALeak() throws Exception {
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
			assertThat(failureOf(pool.personIn("place-order").asks()).report().diagnosis())
				.isEqualTo(new Leak(1, "careless", Leak.Reason.TRANSACTION_ENDED));
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
			assertThat(failureOf(pool.personIn("place-order").asks()).report().diagnosis())
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
			PoolExhaustedException failure = failureOf(pool.personIn("place-order").asks());
			assertThat(failure.report().diagnosis()).asInstanceOf(type(HeldButIdle.class))
				.returns("charge-card", HeldButIdle::scope)
				.returns(part, HeldButIdle::part)
				.satisfies((diagnosis) -> assertThat(diagnosis.idleShare()).isBetween(0.5, 1.0));
			assertThat(failure.getMessage()).contains(advice).contains("at com.example.payments.PaymentClient.charge(");
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
			Diagnosis diagnosis = pool.ledger().report().diagnosis();
			assertThat(diagnosis).asInstanceOf(type(HeldButIdle.class))
				.returns("crowd", HeldButIdle::scope)
				.returns(Part.BEFORE_FIRST_STATEMENT, HeldButIdle::part)
				.satisfies((idle) -> assertThat(idle.gain()).isNotNull().isBetween(1.5, 4.8));
			assertThat(diagnosis.advice()).contains("times as many through");
		}
	}

	// Undersized

	@Test
	void moreWorkThanConnectionsIsUndersized() throws Exception {
		try (TestPool pool = new TestPool(2)) {
			try (Connection connection = pool.hikari().getConnection()) {
				SlowFunction.define(connection);
			}
			try (Crowd crowd = new Crowd(pool, 8,
					(connection) -> connection.createStatement().execute("call work()"))) {
				crowd.awaitRounds(50);
				await().untilAsserted(
						() -> assertThat(pool.ledger().report().diagnosis()).asInstanceOf(type(Undersized.class))
							.satisfies((undersized) -> {
								assertThat(undersized.needed()).isBetween(2.5, 9.0);
								assertThat(undersized.neededWithoutIdle()).isGreaterThan(undersized.needed() / 2);
								assertThat(undersized.maximum()).isEqualTo(2);
								assertThat(undersized.advice()).contains("spring.datasource.hikari.maximum-pool-size");
							}));
			}
		}
	}

	// Held elsewhere

	@Test
	void connectionsBorrowedAroundTheLedgerAreHeldElsewhere() throws Exception {
		try (TestPool pool = new TestPool(2, TestPool.TIMED, DiagnosisTests::impatient)) {
			pool.hikari().getConnection();
			pool.hikari().getConnection();
			PoolExhaustedException failure = failureOf(pool.personIn("place-order").asks());
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
			assertThat(failureOf(pool.personIn("place-order").asks()).report().diagnosis())
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
			impatient(config);
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
			PoolExhaustedException failure = failureOf(pool.personIn("unlucky").asks());
			assertThat(failure.report().diagnosis())
				.isEqualTo(new CannotConnect(1, 2, "java.sql.SQLException: Connection refused"));
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
			assertThat(failureOf(pool.personIn("early").asks()).report().diagnosis()).isInstanceOf(CannotConnect.class);
			down.set(false);
			await().ignoreExceptions().until(() -> pool.personIn("holder").borrows() != null);
			PoolExhaustedException failure = failureOf(pool.personIn("late").asks());
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
			assertThat(pool.ledger().snapshot().state()).isEqualTo(PoolSnapshot.State.SUSPENDED);
			pool.hikari().getHikariPoolMXBean().resumePool();
			assertThat(pool.ledger().report().diagnosis()).isEqualTo(new Healthy());
		}
	}

	// Stalled process

	@Test
	@EnabledOnOs(OS.LINUX)
	void processThatStoodStillIsTheReason() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, (config) -> config.setConnectionTimeout(2500))) {
			pool.personIn("holder").borrows();
			Future<Connection> asked = pool.personIn("place-order").asks();
			pool.awaitWaiters(1);
			long process = ProcessHandle.current().pid();
			new ProcessBuilder("sh", "-c", "kill -STOP %1$d; sleep 2.6; kill -CONT %1$d".formatted(process)).start();
			PoolExhaustedException failure = failureOf(asked);
			assertThat(failure.report().diagnosis()).asInstanceOf(type(StalledProcess.class))
				.satisfies((diagnosis) -> assertThat(diagnosis.stalled()).isGreaterThan(Duration.ofSeconds(1)));
			assertThat(failure.getMessage()).contains("The whole process stood still for");
		}
	}

	// Reports

	@Test
	void latestReportsAreKept() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED.withReports(2), DiagnosisTests::impatient)) {
			pool.personIn("holder").borrows();
			for (String scope : new String[] { "first", "second", "third" }) {
				failureOf(pool.personIn(scope).asks());
			}
			assertThat(pool.ledger().reports()).extracting(PoolReport::borrower)
				.extracting("scope")
				.containsExactly("third", "second");
		}
	}

	private static void impatient(HikariConfig config) {
		config.setConnectionTimeout(300);
	}

	private static PoolExhaustedException failureOf(Future<Connection> asked) {
		return (PoolExhaustedException) assertThatExceptionOfType(ExecutionException.class)
			.isThrownBy(() -> asked.get(10, TimeUnit.SECONDS))
			.havingCause()
			.isInstanceOf(PoolExhaustedException.class)
			.actual();
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

		private final List<Future<Boolean>> members = new ArrayList<>();

		private Crowd(TestPool pool, int size, Task task) throws Exception {
			for (int i = 0; i < size; i++) {
				this.members.add(pool.personIn("crowd").begins(() -> {
					while (!this.end.get()) {
						try (Connection connection = pool.dataSource().getConnection()) {
							task.run(connection);
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
