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

import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import org.assertj.core.api.ObjectAssert;
import org.h2.jdbc.JdbcConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGConnection;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatObject;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests of {@link DatabaseFaults}, beneath a pool.
 */
@Timeout(60)
class DatabaseFaultsTests {

	private static final Duration LONG = Duration.ofSeconds(30);

	private final DatabaseFaults faults = new DatabaseFaults();

	private final HikariDataSource pool = new HikariDataSource();

	private final DataSource dataSource = this.faults.inFrontOf("orders", this.pool);

	private final ExecutorService executor = Executors.newSingleThreadExecutor();

	private final String table = "t" + UUID.randomUUID().toString().replace("-", "");

	private JdbcClient observer = JdbcClient.create(Database.H2.dataSource());

	@AfterEach
	void close() {
		this.faults.clear();
		this.executor.shutdownNow();
		this.pool.close();
	}

	private Connection begin(Database database) throws SQLException {
		DataSource driver = database.dataSource();
		this.observer = JdbcClient.create(driver);
		this.observer.sql("create table %s (id int)".formatted(this.table)).update();
		this.pool.setDataSource(this.faults.beneath("orders", driver));
		this.pool.setMaximumPoolSize(1);
		this.pool.setConnectionTimeout(5000);
		Connection connection = this.dataSource.getConnection();
		connection.setAutoCommit(false);
		insert(connection);
		return connection;
	}

	private void insert(Connection connection) throws SQLException {
		try (PreparedStatement insert = connection.prepareStatement("insert into " + this.table + " values (?)")) {
			insert.setInt(1, 1);
			insert.executeUpdate();
		}
	}

	private int rows() {
		return this.observer.sql("select count(*) from " + this.table).query(Integer.class).single();
	}

	private static ObjectAssert<SQLException> assertThatFailureOf(Action action) {
		return assertThatObject(failureOf(action));
	}

	private static SQLException failureOf(Action action) {
		return catchThrowableOfType(SQLException.class, action::run);
	}

	@ParameterizedTest
	@EnumSource
	void losesTheLinkAfterTheCommit(Database database) throws SQLException {
		DatabaseFault fault = this.faults.at(Phase.COMMIT).lostLinkAfterwards();
		Connection connection = begin(database);
		Connection physical = connection.unwrap(database.type);
		assertThatFailureOf(connection::commit).returns("08006", SQLException::getSQLState);
		assertThat(fault.strikes()).isOne();
		assertThat(physical.isClosed()).isTrue();
		assertThat(connection.isClosed()).isTrue();
		connection.close();
		assertThat(rows()).isOne();
		assertThatThePoolHasAnotherConnection();
	}

	@ParameterizedTest
	@EnumSource
	void losesTheLinkBeforeTheCommit(Database database) throws SQLException {
		this.faults.at(Phase.COMMIT).lostLink();
		Connection connection = begin(database);
		Connection physical = connection.unwrap(database.type);
		assertThatFailureOf(connection::commit).returns("08006", SQLException::getSQLState);
		assertThat(physical.isClosed()).isTrue();
		// Nobody holds a lock any more.
		this.observer.sql("drop table " + this.table).update();
		connection.close();
		assertThatThePoolHasAnotherConnection();
	}

	private void assertThatThePoolHasAnotherConnection() throws SQLException {
		this.faults.clear();
		try (Connection another = this.dataSource.getConnection()) {
			assertThat(another.isValid(5)).isTrue();
		}
	}

	@ParameterizedTest
	@EnumSource
	void refusesTheCommitAndKeepsTheLink(Database database) throws SQLException {
		this.faults.at(Phase.COMMIT).once().refused();
		try (Connection connection = begin(database)) {
			assertThatFailureOf(connection::commit).returns("40001", SQLException::getSQLState);
			assertThat(connection.isValid(5)).isTrue();
			connection.rollback();
			assertThat(rows()).isZero();
			insert(connection);
			connection.commit();
		}
		assertThat(rows()).isOne();
	}

	@Test
	void failsTheRollback() throws SQLException {
		this.faults.at(Phase.ROLLBACK).serverShutdown();
		Connection connection = begin(Database.H2);
		assertThatFailureOf(connection::rollback).returns("57P01", SQLException::getSQLState);
		connection.close();
		assertThat(rows()).isZero();
		assertThatThePoolHasAnotherConnection();
	}

	@Test
	void failsOneOfSeveralStatements() throws SQLException {
		DatabaseFault fault = this.faults.at(Phase.STATEMENT).nth(3).lockTimeout();
		try (Connection connection = begin(Database.H2)) {
			insert(connection);
			assertThatFailureOf(() -> insert(connection)).returns("55P03", SQLException::getSQLState);
			insert(connection);
			connection.commit();
		}
		assertThat(rows()).isEqualTo(3);
		assertThat(fault.strikes()).isOne();
	}

	@Test
	void failsStatementsByTheirSql() throws SQLException {
		SQLException failure = new SQLException("constraint", "23505");
		this.faults.at(Phase.STATEMENT).matching("DELETE from " + this.table + ".*2").fails(failure);
		this.faults.at(Phase.PREPARE).matching("truncate").refused();
		try (Connection connection = begin(Database.H2); Statement statement = connection.createStatement()) {
			statement.execute("delete from " + this.table + " where id = 3");
			statement.addBatch("delete from " + this.table + " where id = 3");
			statement.addBatch("delete from " + this.table + " where id = 2");
			assertThatFailureOf(statement::executeBatch).isSameAs(failure);
			assertThatFailureOf(() -> connection.prepareStatement("truncate table " + this.table)).isNotNull();
			connection.commit();
		}
		assertThat(rows()).isOne();
	}

	@Test
	void refusesToLend() throws SQLException {
		begin(Database.H2).close();
		DatabaseFault fault = this.faults.at(Phase.BORROW).in("orders").refused();
		this.faults.at(Phase.BORROW).in("others").lenient().fails(new AssertionError("not here"));
		assertThatFailureOf(this.dataSource::getConnection).isInstanceOf(SQLTransientConnectionException.class);
		fault.disarm();
		this.faults.at(Phase.BORROW).once().failsAfterwards(new IllegalStateException("late"));
		assertThatIllegalStateException().isThrownBy(this.dataSource::getConnection).withMessage("late");
		assertThatThePoolHasAnotherConnection();
	}

	@Test
	void refusesToConnect() {
		this.pool.setInitializationFailTimeout(1);
		this.faults.at(Phase.CONNECT).refused();
		assertThatFailureOf(() -> begin(Database.H2)).returns("08001", SQLException::getSQLState);
	}

	@Test
	void endsTheLinkOfWhichTheTestsOwnFailureSpeaks() throws SQLException {
		SQLException failure = new SQLException("no route to host", "08S01");
		this.faults.at(Phase.STATEMENT).nth(2).fails(failure);
		try (Connection connection = begin(Database.H2)) {
			assertThatFailureOf(() -> insert(connection)).isSameAs(failure);
			assertThat(connection.isClosed()).isTrue();
		}
		assertThat(rows()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void letsTheDriversOwnConnectionBeReached(Database database) throws SQLException {
		try (Connection connection = begin(database);
				PreparedStatement statement = connection.prepareStatement("select 1")) {
			assertThat(connection.isWrapperFor(database.type)).isTrue();
			assertThat(connection.unwrap(database.type).isValid(5)).isTrue();
			assertThat(statement.getConnection()).isSameAs(connection);
			assertThat(connection.isWrapperFor(PGConnection.class)).isEqualTo(database == Database.POSTGRES);
		}
	}

	// What takes its time

	@Test
	void goesOnAfterAWhile() throws SQLException {
		this.faults.at(Phase.COMMIT).stalls(Duration.ofMillis(50));
		long begun = System.nanoTime();
		try (Connection connection = begin(Database.H2)) {
			connection.commit();
		}
		assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(Duration.ofMillis(50));
		assertThat(rows()).isOne();
	}

	@Test
	void goesOnWhenTold() throws Exception {
		DatabaseFault fault = this.faults.at(Phase.COMMIT).stalls();
		try (Connection connection = begin(Database.H2)) {
			Future<?> commit = inBackground(connection::commit);
			assertThat(fault.awaitStrike(LONG)).isTrue();
			assertThat(rows()).isZero();
			fault.disarm();
			commit.get(30, TimeUnit.SECONDS);
		}
		assertThat(rows()).isOne();
	}

	@Test
	void endsAStatementByItsTimeout() throws SQLException {
		this.faults.at(Phase.STATEMENT).nth(2).stalls();
		try (Connection connection = begin(Database.H2); Statement statement = connection.createStatement()) {
			statement.setQueryTimeout(1);
			assertThatFailureOf(() -> statement.execute("select 1")).isInstanceOf(SQLTimeoutException.class)
				.returns("57014", SQLException::getSQLState);
			connection.commit();
		}
	}

	@Test
	void endsACallByTheTimeoutOfTheNetwork() throws SQLException {
		this.faults.at(Phase.COMMIT).stalls();
		try (Connection connection = begin(Database.POSTGRES)) {
			connection.setNetworkTimeout(Runnable::run, 100);
			assertThatFailureOf(connection::commit).returns("08006", SQLException::getSQLState)
				.extracting(SQLException::getCause)
				.isInstanceOf(SocketTimeoutException.class);
			assertThat(connection.isClosed()).isTrue();
		}
		assertThat(rows()).isZero();
	}

	@Test
	void endsAStatementThatIsCanceled() throws Exception {
		DatabaseFault fault = this.faults.at(Phase.STATEMENT).nth(2).stalls();
		try (Connection connection = begin(Database.H2); Statement statement = connection.createStatement()) {
			Future<?> execution = inBackground(() -> statement.execute("select 1"));
			assertThat(fault.awaitStrike(LONG)).isTrue();
			statement.cancel();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> execution.get(30, TimeUnit.SECONDS))
				.havingCause()
				.isInstanceOfSatisfying(SQLException.class, (ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"));
			connection.commit();
		}
	}

	@Test
	void endsACallWhoseConnectionIsAborted() throws Exception {
		DatabaseFault fault = this.faults.at(Phase.COMMIT).stalls();
		try (Connection connection = begin(Database.POSTGRES)) {
			Future<?> commit = inBackground(connection::commit);
			assertThat(fault.awaitStrike(LONG)).isTrue();
			connection.abort(Runnable::run);
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> commit.get(30, TimeUnit.SECONDS))
				.havingCause()
				.isInstanceOfSatisfying(SQLException.class, (ex) -> assertThat(ex.getSQLState()).isEqualTo("08006"));
		}
	}

	@Test
	void endsACallOfAThreadThatIsInterrupted() throws SQLException {
		this.faults.at(Phase.COMMIT).stalls();
		try (Connection connection = begin(Database.H2)) {
			Thread.currentThread().interrupt();
			assertThatFailureOf(connection::commit).returns("08006", SQLException::getSQLState);
			assertThat(Thread.interrupted()).isTrue();
		}
	}

	private Future<?> inBackground(Action action) {
		CompletableFuture<Void> done = new CompletableFuture<>();
		this.executor.execute(() -> {
			try {
				action.run();
				done.complete(null);
			}
			catch (Throwable ex) {
				done.completeExceptionally(ex);
			}
		});
		return done;
	}

	// What the test is told

	@Test
	void strikesInTheOrderInWhichItWasTold() throws SQLException {
		StringBuilder order = new StringBuilder();
		this.faults.at(Phase.COMMIT).runs(() -> order.append('a'));
		this.faults.at(Phase.COMMIT).once().refused();
		this.faults.at(Phase.COMMIT).runs(() -> order.append('b'));
		try (Connection connection = begin(Database.H2)) {
			failureOf(connection::commit);
			connection.commit();
		}
		assertThat(order).hasToString("aab");
	}

	@Test
	void namesWhatDidNotHappen() throws SQLException {
		this.faults.at(Phase.COMMIT).once().refused();
		DatabaseFault missed = this.faults.at(Phase.STATEMENT).in("orders").matching("delete").nth(2).lostLink();
		this.faults.at(Phase.SAVEPOINT).lenient().lostLink();
		try (Connection connection = begin(Database.H2)) {
			failureOf(connection::commit);
		}
		assertThat(this.faults.missed()).containsExactly(missed);
		assertThat(missed).hasToString("at STATEMENT in 'orders' matching 'delete', time 2 only: lost link (%s)"
			.formatted(missed.toString().replaceAll(".*link \\((.*)\\)", "$1")));
		assertThat(missed.toString()).contains("DatabaseFaultsTests.namesWhatDidNotHappen(DatabaseFaultsTests.java:");
		assertThat(missed.struck()).isFalse();
		assertThat(this.faults.watched()).containsExactly("orders");
		this.faults.clear();
		assertThat(this.faults.missed()).isEmpty();
	}

	@Test
	void refusesWhatCannotHappen() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.faults.at(Phase.COMMIT).nth(0))
			.withMessageContaining("at least 1");
		assertThatIllegalStateException().isThrownBy(() -> this.faults.at(Phase.COMMIT).matching("select"))
			.withMessageContaining("no SQL at COMMIT");
	}

	private enum Database {

		H2(JdbcConnection.class) {

			@Override
			DataSource dataSource() {
				return new DriverManagerDataSource("jdbc:h2:mem:faults;DB_CLOSE_DELAY=-1");
			}

		},

		POSTGRES(org.postgresql.jdbc.PgConnection.class) {

			@Override
			DataSource dataSource() {
				return PostgresServer.running().dataSource();
			}

		};

		private final Class<? extends Connection> type;

		Database(Class<? extends Connection> type) {
			this.type = type;
		}

		abstract DataSource dataSource();

	}

	private interface Action {

		void run() throws SQLException;

	}

}
