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
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.mysql.cj.jdbc.MysqlDataSource;
import io.transactionscope.pool.TestPool.Person;
import io.transactionscope.pool.diagnosis.BlockedByLock;
import io.transactionscope.pool.diagnosis.BlockedByLock.LeaseBlocker;
import io.transactionscope.pool.diagnosis.BlockedByLock.SessionBlocker;
import io.transactionscope.pool.diagnosis.LongHolders;
import io.transactionscope.pool.inquiry.ServerProcesses;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.test.MariaDbServer;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

/**
 * Tests for what MariaDB tells of its connections, by either driver. MySQL's tells the
 * same.
 */
@Tag("once")
@EnabledIf("io.transactionscope.test.MariaDbServer#isInstalled")
class MariaDbTests {

	private static final String QUESTION = "Ask the server: ";

	/** So long that the server may answer late, and is asked again. */
	private static final long PATIENCE = 2000;

	static Stream<Named<DataSource>> drivers() {
		MysqlDataSource mysql = new MysqlDataSource();
		mysql.setUrl(MariaDbServer.running().urlForMysql());
		return Stream.of(Named.of("MariaDB's", MariaDbServer.running().dataSource()), Named.of("MySQL's", mysql));
	}

	@ParameterizedTest
	@MethodSource("drivers")
	void leaseNamesTheServersNumber(DataSource driver) throws SQLException {
		JdbcClient server = JdbcClient.create(MariaDbServer.running().dataSource());
		try (TestPool pool = new TestPool(2, TestPool.TIMED, (config) -> config.setDataSource(driver));
				Connection connection = pool.dataSource().getConnection();
				Statement statement = connection.createStatement();
				var number = statement.executeQuery("select connection_id()")) {
			number.next();
			ServerProcess process = Objects.requireNonNull(pool.ledger().snapshot().leases().get(0).serverProcess());
			assertThat(process).isEqualTo(new ServerProcess(DatabaseKind.MYSQL, number.getLong(1)));
			assertThat(server.sql(question(pool.ledger().report())).query().listOfRows()).singleElement()
				.extracting((row) -> Objects.requireNonNull((Number) row.get("id")).longValue())
				.isEqualTo(process.number());
		}
	}

	@ParameterizedTest
	@MethodSource("drivers")
	void lockIsNamedWithWhoHasIt(DataSource driver) throws Exception {
		JdbcClient server = JdbcClient.create(MariaDbServer.running().dataSource());
		server.sql("create or replace table price (item varchar(9) primary key, amount int) engine = innodb").update();
		server.sql("insert into price values ('apple', 1)").update();
		try (TestPool pool = new TestPool(2, TestPool.TIMED, (config) -> {
			config.setDataSource(driver);
			config.setConnectionTimeout(PATIENCE);
		})) {
			Person first = pool.personIn("reprice");
			Connection owner = first.borrows();
			first.does(() -> {
				owner.setAutoCommit(false);
				return owner.createStatement().executeUpdate("update price set amount = 2");
			});
			CountDownLatch remoteCall = new CountDownLatch(1);
			Future<Boolean> rest = first.begins(() -> remoteCall.await(1, TimeUnit.MINUTES));
			Person second = pool.personIn("place-order");
			Connection other = second.borrows();
			Future<Integer> blocked = second
				.begins(() -> other.createStatement().executeUpdate("update price set amount = 3"));
			await().until(() -> server.sql("select count(*) from information_schema.innodb_lock_waits")
				.query(Integer.class)
				.single() == 1);
			PoolExhaustedException failure = catchThrowableOfType(PoolExhaustedException.class,
					() -> pool.dataSource().getConnection());
			assertThat(failure.report().diagnosis()).asInstanceOf(type(BlockedByLock.class))
				.extracting(BlockedByLock::blocker)
				.asInstanceOf(type(LeaseBlocker.class))
				.returns("reprice", LeaseBlocker::scope)
				.returns(true, LeaseBlocker::idle);
			assertThat(server.sql(question(failure.report())).query().listOfRows()).hasSize(2);
			remoteCall.countDown();
			assertThat(rest.get(10, TimeUnit.SECONDS)).isTrue();
			first.does(() -> {
				owner.rollback();
				return true;
			});
			assertThat(blocked.get(10, TimeUnit.SECONDS)).isOne();
		}
	}

	@ParameterizedTest
	@MethodSource("drivers")
	void lockOfASessionOutsideIsNamedWithHowToEndIt(DataSource driver) throws Exception {
		JdbcClient server = JdbcClient.create(MariaDbServer.running().dataSource());
		server.sql("create or replace table price (item varchar(9) primary key, amount int) engine = innodb").update();
		server.sql("insert into price values ('apple', 1)").update();
		try (Connection outside = MariaDbServer.running().dataSource().getConnection();
				Statement statement = outside.createStatement();
				TestPool pool = new TestPool(2, TestPool.TIMED, (config) -> {
					config.setDataSource(driver);
					config.setConnectionTimeout(PATIENCE);
				})) {
			outside.setAutoCommit(false);
			statement.executeUpdate("update price set amount = 2");
			List<Future<Integer>> blocked = execute(pool, "update price set amount = 3");
			await().until(() -> waiting(server, "trx_state = 'LOCK WAIT'") == 2);
			PoolExhaustedException failure = catchThrowableOfType(PoolExhaustedException.class,
					() -> pool.dataSource().getConnection());
			long process = Objects.requireNonNull(ServerProcesses.of(outside)).number();
			assertThat(failure.report().diagnosis()).asInstanceOf(type(BlockedByLock.class))
				.returns(true, (lock) -> lock.advice().contains("\"kill %d\"".formatted(process)))
				.extracting(BlockedByLock::blocker)
				.asInstanceOf(type(SessionBlocker.class))
				.returns(process, (blocker) -> blocker.session().process())
				.returns("idle in transaction", (blocker) -> blocker.session().activity());
			outside.rollback();
			for (Future<Integer> each : blocked) {
				assertThat(each.get(10, TimeUnit.SECONDS)).isOne();
			}
		}
	}

	/** Near miss: the server does not tell who has that lock. */
	@ParameterizedTest
	@MethodSource("drivers")
	void lockThatNobodyKnowsTheOwnerOfIsNotRuledOut(DataSource driver) throws Exception {
		JdbcClient server = JdbcClient.create(MariaDbServer.running().dataSource());
		server.sql("create or replace table price (item varchar(9) primary key, amount int) engine = innodb").update();
		try (Connection outside = MariaDbServer.running().dataSource().getConnection();
				Statement statement = outside.createStatement();
				TestPool pool = new TestPool(2, TestPool.TIMED, (config) -> {
					config.setDataSource(driver);
					config.setConnectionTimeout(PATIENCE);
				})) {
			statement.execute("lock tables price write");
			List<Future<Integer>> blocked = execute(pool, "update price set amount = 3");
			await().until(() -> server.sql(
					"select count(*) from information_schema.processlist where state = 'Waiting for table metadata lock'")
				.query(Integer.class)
				.single() == 2);
			assertThat(
					catchThrowableOfType(PoolExhaustedException.class, () -> pool.dataSource().getConnection()).report()
						.diagnosis())
				.asInstanceOf(type(LongHolders.class))
				.returns(false, LongHolders::lockFree);
			statement.execute("unlock tables");
			for (Future<Integer> each : blocked) {
				assertThat(each.get(10, TimeUnit.SECONDS)).isZero();
			}
		}
	}

	/** Near miss: the statements only last. */
	@ParameterizedTest
	@MethodSource("drivers")
	void statementsThatTakeLongWaitForNoLock(DataSource driver) throws Exception {
		try (TestPool pool = new TestPool(2, TestPool.TIMED, (config) -> {
			config.setDataSource(driver);
			config.setConnectionTimeout(PATIENCE);
		})) {
			List<Future<Integer>> busy = execute(pool, "do sleep(5)");
			assertThat(
					catchThrowableOfType(PoolExhaustedException.class, () -> pool.dataSource().getConnection()).report()
						.diagnosis())
				.asInstanceOf(type(LongHolders.class))
				.returns(true, LongHolders::lockFree);
			for (Future<Integer> each : busy) {
				each.get(10, TimeUnit.SECONDS);
			}
		}
	}

	/**
	 * Over several hosts, MySQL's connections let nobody ask them anything while a
	 * statement is under way.
	 */
	@Test
	void whoeverLooksWaitsForNoStatementOverSeveralHosts() throws Exception {
		try (TestPool pool = overSeveralHosts()) {
			List<Future<Integer>> busy = execute(pool, "do sleep(8)");
			long begin = System.nanoTime();
			PoolExhaustedException failure = catchThrowableOfType(PoolExhaustedException.class,
					() -> pool.dataSource().getConnection());
			assertThat(failure.report().diagnosis()).isInstanceOf(LongHolders.class);
			assertThat(pool.ledger().snapshot().leases()).hasSize(2);
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(6));
			for (Future<Integer> each : busy) {
				each.get(20, TimeUnit.SECONDS);
			}
		}
	}

	/**
	 * Nor is what the ledger knows to be idle asked: a statement may begin at that
	 * moment, or be sent over the driver's own.
	 */
	@Test
	void whoeverLooksWaitsForNoStatementOverSeveralHostsThatTheLedgerDoesNotKnowOf() throws Exception {
		try (TestPool pool = overSeveralHosts()) {
			Connection connection = pool.personIn("place-order").borrows().unwrap(Connection.class);
			FutureTask<Integer> busy = new FutureTask<>(() -> {
				try (Statement statement = connection.createStatement()) {
					return statement.executeUpdate("do sleep(8)");
				}
			});
			new Thread(busy).start();
			await().until(MariaDbTests::isSleeping);
			long begin = System.nanoTime();
			assertThat(pool.ledger().snapshot().leases()).hasSize(1);
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(4));
			busy.get(20, TimeUnit.SECONDS);
		}
	}

	private static boolean isSleeping() {
		return JdbcClient.create(MariaDbServer.running().dataSource())
			.sql("select count(*) from information_schema.processlist where info = 'do sleep(8)'")
			.query(Integer.class)
			.single() == 1;
	}

	private static TestPool overSeveralHosts() throws SQLException {
		MysqlDataSource failover = new MysqlDataSource();
		failover.setUrl(MariaDbServer.running().urlForMysql().replaceFirst("//([^/]+)/", "//$1,$1/"));
		// Where the first host is slow, the driver takes the next one, for reading only.
		failover.setFailOverReadOnly(false);
		return new TestPool(2, TestPool.TIMED, (config) -> {
			config.setDataSource(failover);
			config.setConnectionTimeout(PATIENCE);
		});
	}

	private static List<Future<Integer>> execute(TestPool pool, String sql) throws Exception {
		List<Future<Integer>> executing = new ArrayList<>();
		for (String scope : List.of("place-order", "cancel-order")) {
			Person person = pool.personIn(scope);
			Connection connection = person.borrows();
			executing.add(person.begins(() -> {
				try (Statement statement = connection.createStatement()) {
					return statement.executeUpdate(sql);
				}
			}));
		}
		return executing;
	}

	private static int waiting(JdbcClient server, String which) {
		return server.sql("select count(*) from information_schema.innodb_trx where " + which)
			.query(Integer.class)
			.single();
	}

	private static String question(PoolReport report) {
		String question = report.text().lines().reduce((first, last) -> last).orElseThrow();
		assertThat(question).startsWith(QUESTION);
		return question.substring(QUESTION.length());
	}

}
