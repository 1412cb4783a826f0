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

package io.transactionscope.pool.tracked;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.ProxyConnection;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.DeadlinePassedException;
import io.transactionscope.pool.RecordingDataSource;
import org.h2.jdbc.JdbcConnection;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link TrackedDataSource} and the connections it gives out.
 */
class TrackedDataSourceTests {

	private final RecordingDataSource database = new RecordingDataSource(h2());

	private HikariDataSource pool = pool(1, Duration.ofSeconds(10));

	private TrackedDataSource dataSource = new TrackedDataSource(this.pool);

	@BeforeEach
	void createTable() {
		JdbcClient.create(this.dataSource).sql("create table item (name varchar)").update();
		this.database.clear();
	}

	@AfterEach
	void close() {
		Borrower.current().exchangeName(null);
		Borrower.current().exchangeDeadline(Borrower.NO_DEADLINE);
		this.database.failNoMore();
		this.pool.close();
	}

	// Borrowing

	@Test
	void deadlineEndsTheWaitForAConnection() throws SQLException {
		Borrower.current().exchangeName("place-order");
		Connection held = this.pool.getConnection();
		long start = System.nanoTime();
		deadlineIn(Duration.ofSeconds(1));
		assertThatExceptionOfType(SQLTransientConnectionException.class).isThrownBy(this.dataSource::getConnection)
			.withMessageContaining(this.pool.getPoolName())
			.withMessageContaining("No connection for scope 'place-order'")
			.withMessageContaining("the scope's deadline ended the wait")
			.withMessageContaining("not the pool's connectionTimeout");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(8));
		held.close();
	}

	@Test
	void connectionIsBackWhenWhoIsToldOfItFails() throws SQLException {
		Error failure = new StackOverflowError();
		Borrower.Watch watch = mock(Borrower.Watch.class);
		willThrow(failure).given(watch).borrows();
		Borrower.Watch previous = Borrower.current().exchangeWatch(watch);
		try {
			assertThatThrownBy(this.dataSource::getConnection).isSameAs(failure);
		}
		finally {
			Borrower.current().exchangeWatch(previous);
		}
		assertThat(this.dataSource.ledger().snapshot().leases()).isEmpty();
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
		this.dataSource.getConnection().close();
	}

	@Test
	void connectionTimeoutEndsTheWaitWhenItComesFirst() throws SQLException {
		use(pool(1, Duration.ofMillis(250)));
		Connection held = this.pool.getConnection();
		deadlineIn(Duration.ofMinutes(1));
		assertThatExceptionOfType(SQLTransientConnectionException.class).isThrownBy(this.dataSource::getConnection)
			.withMessageContaining("connectionTimeout ended the wait");
		held.close();
	}

	@Test
	void pastTheDeadlineNoConnectionIsGivenOut() {
		deadlineIn(Duration.ofMillis(-5));
		assertThatExceptionOfType(SQLTransientConnectionException.class).isThrownBy(this.dataSource::getConnection)
			.withMessageContaining("the deadline of the current scope had passed");
		assertThat(this.database.calls()).isEmpty();
	}

	@Test
	void startsThePoolUnderADeadline() throws SQLException {
		HikariDataSource lazilyStarted = new HikariDataSource();
		lazilyStarted.setDataSource(this.database);
		use(lazilyStarted);
		deadlineIn(Duration.ofMinutes(1));
		try (Connection connection = this.dataSource.getConnection()) {
			assertThat(connection.isClosed()).isFalse();
		}
	}

	@Test
	void closedPoolSaysSoUnderADeadline() {
		this.pool.close();
		deadlineIn(Duration.ofSeconds(1));
		assertThatExceptionOfType(SQLException.class).isThrownBy(this.dataSource::getConnection)
			.withMessageContaining("has been closed");
	}

	// COMMIT

	@Test
	void commitWaitsUntilTheDeadlineAndLeavesNoNetworkTimeoutBehind() throws SQLException {
		try (Connection connection = begin()) {
			deadlineIn(Duration.ofSeconds(20));
			this.database.clear();
			connection.commit();
		}
		assertThat(this.database.calls()).filteredOn((call) -> call.contains("etworkTimeout") || call.equals("commit"))
			.satisfiesExactly((call) -> assertThat(call).isEqualTo("getNetworkTimeout"),
					(call) -> assertThat(milliseconds(call)).isBetween(10_000, 20_000),
					(call) -> assertThat(call).isEqualTo("commit"),
					(call) -> assertThat(call).isEqualTo("setNetworkTimeout 0"));
		assertThat(names()).containsExactly("kept");
	}

	@Test
	void commitKeepsAShorterNetworkTimeout() throws SQLException {
		try (Connection connection = begin()) {
			connection.setNetworkTimeout(Runnable::run, 500);
			deadlineIn(Duration.ofSeconds(20));
			this.database.clear();
			connection.commit();
			assertThat(this.database.calls()).containsExactly("commit");
		}
	}

	@Test
	void commitWithoutADeadlineIsJustACommit() throws SQLException {
		try (Connection connection = begin()) {
			this.database.clear();
			connection.commit();
			assertThat(this.database.calls()).containsExactly("commit");
		}
	}

	@Test
	void commitIsNotSentPastTheDeadline() throws SQLException {
		Borrower.current().exchangeName("place-order");
		try (Connection connection = begin()) {
			deadlineIn(Duration.ofMillis(-5));
			this.database.clear();
			assertThatExceptionOfType(DeadlinePassedException.class).isThrownBy(connection::commit)
				.withMessageMatching("COMMIT was not sent: the deadline of scope 'place-order' passed \\d+ ms ago\\.");
			assertThat(this.database.calls()).isEmpty();
			connection.rollback();
		}
		Borrower.current().exchangeDeadline(Borrower.NO_DEADLINE);
		assertThat(names()).isEmpty();
	}

	@Test
	void failedCommitLeavesNoNetworkTimeoutBehind() throws SQLException {
		try (Connection connection = begin()) {
			deadlineIn(Duration.ofSeconds(20));
			this.database.failOn("commit", "40001");
			assertThatExceptionOfType(SQLException.class).isThrownBy(connection::commit)
				.withMessage("Told to fail on commit");
			assertThat(this.database.calls()).last().isEqualTo("setNetworkTimeout 0");
		}
		assertThat(this.database.opened()).isOne();
	}

	@Test
	void lostLinkAtCommitIsTheFailure() throws SQLException {
		Connection connection = begin();
		deadlineIn(Duration.ofSeconds(20));
		this.database.failOn("commit", "08006");
		assertThatExceptionOfType(SQLException.class).isThrownBy(connection::commit)
			.withMessage("Told to fail on commit");
		connection.close();
	}

	@Test
	void connectionWhoseNetworkTimeoutCannotBeRestoredDoesNotGoBack() throws SQLException {
		Connection connection = begin();
		deadlineIn(Duration.ofSeconds(20));
		this.database.failOn("setNetworkTimeout 0", "HY000");
		assertThatNoException().isThrownBy(connection::commit);
		connection.close();
		this.database.failNoMore();
		assertThat(connection.isClosed()).isTrue();
		Borrower.current().exchangeDeadline(Borrower.NO_DEADLINE);
		assertThat(names()).containsExactly("kept");
		assertThat(this.database.opened()).isEqualTo(2);
	}

	// Statements

	@Test
	void statementsHaveUntilTheDeadlineInWholeSecondsRoundedUp() throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			deadlineIn(Duration.ofMillis(9_500));
			try (Statement statement = connection.createStatement();
					PreparedStatement prepared = connection.prepareStatement("select 1");
					Statement callable = connection.prepareCall("select 1")) {
				int secondsLeft = (int) Math
					.ceil((Borrower.current().deadline() - System.nanoTime()) / (double) TimeUnit.SECONDS.toNanos(1));
				assertThat(List.of(statement.getQueryTimeout(), prepared.getQueryTimeout(), callable.getQueryTimeout()))
					.allSatisfy((timeout) -> assertThat(timeout).isBetween(secondsLeft, 10));
			}
		}
	}

	@Test
	void nextBorrowerHasTheOriginalQueryTimeout() throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			deadlineIn(Duration.ofSeconds(20));
			connection.createStatement().close();
		}
		Borrower.current().exchangeDeadline(Borrower.NO_DEADLINE);
		try (Connection connection = this.dataSource.getConnection();
				Statement statement = connection.createStatement()) {
			assertThat(statement.getQueryTimeout()).isZero();
		}
	}

	@Test
	void outerDeadlineCountsAgainOnceTheInnerOneIsOver() throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			deadlineIn(Duration.ofSeconds(60));
			long outer = deadlineIn(Duration.ofSeconds(10));
			connection.createStatement().close();
			Borrower.current().exchangeDeadline(outer);
			try (Statement statement = connection.createStatement()) {
				assertThat(statement.getQueryTimeout()).isBetween(30, 60);
			}
			Borrower.current().exchangeDeadline(Borrower.NO_DEADLINE);
			try (Statement statement = connection.createStatement()) {
				assertThat(statement.getQueryTimeout()).isZero();
			}
		}
	}

	@Test
	void pastTheDeadlineNoStatementIsSent() throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			deadlineIn(Duration.ofMillis(-5));
			try (PreparedStatement statement = connection.prepareStatement("insert into item values ('late')")) {
				statement.setQueryTimeout(5);
				assertThatExceptionOfType(DeadlinePassedException.class).isThrownBy(statement::executeUpdate)
					.withMessageStartingWith("The statement was not sent");
			}
		}
		Borrower.current().exchangeDeadline(Borrower.NO_DEADLINE);
		assertThat(names()).doesNotContain("late");
	}

	@Test
	void addsNoCallWithoutADeadline() throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			connection.setAutoCommit(false);
			try (PreparedStatement statement = connection.prepareStatement("select 1")) {
				statement.executeQuery().close();
			}
			connection.commit();
		}
		assertThat(this.database.calls()).containsExactly("setAutoCommit", "prepareStatement", "commit",
				"setAutoCommit", "clearWarnings");
	}

	// The connection as an object

	@Test
	void connectionLeadsToThePoolsAndToTheDrivers() throws SQLException {
		use(pool(1, Duration.ofSeconds(10), h2()));
		try (Connection connection = this.dataSource.getConnection()) {
			assertThat(connection.isWrapperFor(ProxyConnection.class)).isTrue();
			assertThat(connection.unwrap(ProxyConnection.class)).isInstanceOf(ProxyConnection.class);
			assertThat(connection.isWrapperFor(JdbcConnection.class)).isTrue();
			assertThat(connection.unwrap(JdbcConnection.class)).isInstanceOf(JdbcConnection.class);
			assertThat(connection.unwrap(Connection.class)).isInstanceOf(JdbcConnection.class);
			assertThat(connection.unwrap(TrackedConnection.class)).isSameAs(connection);
			assertThat(connection.isWrapperFor(String.class)).isFalse();
		}
	}

	@Test
	void connectionIsEqualToItselfOnly() throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			assertThat(connection).isEqualTo(connection.unwrap(TrackedConnection.class))
				.hasSameHashCodeAs(connection.unwrap(TrackedConnection.class));
			assertThat(connection).isNotEqualTo(connection.unwrap(ProxyConnection.class));
		}
	}

	@Test
	void closingTwiceReturnsOnce() throws SQLException {
		Connection first = this.dataSource.getConnection();
		first.close();
		try (Connection second = this.dataSource.getConnection()) {
			first.close();
			assertThat(first.isClosed()).isTrue();
			assertThat(second.isClosed()).isFalse();
			assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isOne();
		}
	}

	@Test
	void closedConnectionRefusesWork() throws SQLException {
		Connection connection = this.dataSource.getConnection();
		connection.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(connection::createStatement);
		assertThatExceptionOfType(SQLException.class).isThrownBy(connection::commit);
	}

	// Discarding

	@Test
	void discardedConnectionTakesItsTransactionAlongAndThePoolRefills() throws SQLException {
		Connection connection = begin();
		TrackedDataSource.discard(connection, this.dataSource);
		assertThat(connection.isClosed()).isTrue();
		connection.close();
		assertIsReplaced();
	}

	@Test
	void discardedConnectionCommitsNothingWhenItIsReset() throws SQLException {
		Connection connection = begin();
		TrackedDataSource.discard(connection, this.dataSource);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> connection.setAutoCommit(true))
			.withMessage("Connection is closed");
		assertIsReplaced();
	}

	@Test
	void discardedConnectionSendsNothingThatWouldCommit() throws SQLException {
		Connection connection = begin();
		Statement statement = connection.createStatement();
		TrackedDataSource.discard(connection, this.dataSource);
		assertThatExceptionOfType(CommitNotSentException.class).isThrownBy(connection::commit);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> statement.execute("COMMIT"))
			.withMessage("Connection is closed");
		assertIsReplaced();
	}

	@Test
	void discardReachesThroughALazyHandle() throws SQLException {
		LazyConnectionDataSourceProxy lazy = new LazyConnectionDataSourceProxy(this.dataSource);
		Connection connection = begin(lazy.getConnection());
		TrackedDataSource.discard(connection, lazy);
		assertThat(connection.isClosed()).isTrue();
		connection.close();
		assertIsReplaced();
	}

	@Test
	void discardingALazyHandleFetchesNothing() throws SQLException {
		LazyConnectionDataSourceProxy lazy = new LazyConnectionDataSourceProxy(this.dataSource);
		Connection connection = lazy.getConnection();
		this.database.clear();
		TrackedDataSource.discard(connection, lazy);
		assertThat(connection.isClosed()).isTrue();
		assertThat(this.database.calls()).isEmpty();
		assertThat(this.database.opened()).isOne();
	}

	@Test
	void discardsABareConnectionOfThePool() throws SQLException {
		Connection connection = begin(this.pool.getConnection());
		TrackedDataSource.discard(connection, this.pool);
		assertThat(connection.isClosed()).isTrue();
		connection.close();
		assertIsReplaced();
	}

	@Test
	void discardedConnectionInAWrapperLeavesItsPlace() throws SQLException {
		use(wrapping(false));
		TrackedDataSource.discard(begin(), this.dataSource);
		assertThat(this.database.calls()).contains("abort");
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
		assertThat(names()).isEmpty();
	}

	@Test
	void discardedConnectionInAWrapperThatUnwrapsItIsReplaced() throws SQLException {
		use(wrapping(true));
		Connection connection = this.dataSource.getConnection();
		TrackedDataSource.discard(connection, this.dataSource);
		await().untilAsserted(() -> assertThat(this.database.calls()).containsSubsequence("abort", "close"));
		assertThat(names()).isEmpty();
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
	}

	@Test
	void discardsAConnectionThatThePoolHasGivenUp() throws SQLException {
		Connection connection = begin();
		this.database.failOn("commit", "08006");
		assertThatExceptionOfType(SQLException.class).isThrownBy(connection::commit);
		TrackedDataSource.discard(connection, this.dataSource);
		assertThat(connection.isClosed()).isTrue();
		connection.close();
		assertThat(names()).isEmpty();
	}

	@Test
	void discardsAConnectionOfNoPool() throws SQLException {
		Connection connection = begin(this.database.getConnection());
		TrackedDataSource.discard(connection, this.database);
		assertThat(connection.isClosed()).isTrue();
		assertThat(this.database.calls()).containsSubsequence("abort", "close");
		assertThat(names()).isEmpty();
	}

	private void assertIsReplaced() {
		await().untilAsserted(() -> assertThat(this.database.calls()).containsSubsequence("abort", "close"));
		assertThat(names()).isEmpty();
		assertThat(this.database.opened()).isEqualTo(2);
		assertThat(this.pool.getHikariPoolMXBean().getTotalConnections()).isOne();
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
	}

	private void use(HikariDataSource pool) {
		this.pool.close();
		this.pool = pool;
		this.dataSource = new TrackedDataSource(pool);
	}

	private Connection begin() throws SQLException {
		return begin(this.dataSource.getConnection());
	}

	private Connection begin(Connection connection) throws SQLException {
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement()) {
			statement.executeUpdate("insert into item values ('kept')");
		}
		return connection;
	}

	private List<String> names() {
		return JdbcClient.create(this.dataSource).sql("select name from item").query(String.class).list();
	}

	private HikariDataSource pool(int size, Duration connectionTimeout) {
		return pool(size, connectionTimeout, this.database);
	}

	private static HikariDataSource pool(int size, Duration connectionTimeout, DataSource database) {
		HikariConfig config = new HikariConfig();
		config.setDataSource(database);
		config.setMaximumPoolSize(size);
		config.setConnectionTimeout(connectionTimeout.toMillis());
		return new HikariDataSource(config);
	}

	/**
	 * As an application's own class of pools has it that does something on each borrow.
	 */
	private HikariDataSource wrapping(boolean unwraps) {
		HikariDataSource wrapping = new HikariDataSource() {

			@Override
			public Connection getConnection() throws SQLException {
				Connection lent = super.getConnection();
				return (Connection) Proxy.newProxyInstance(getClass().getClassLoader(),
						new Class<?>[] { Connection.class }, (proxy, method, args) -> {
							if (unwraps && args != null && args[0] == ProxyConnection.class) {
								return method.getName().equals("unwrap") ? lent : true;
							}
							try {
								return method.invoke(lent, args);
							}
							catch (InvocationTargetException ex) {
								throw ex.getCause();
							}
						});
			}

		};
		wrapping.setDataSource(this.database);
		wrapping.setMaximumPoolSize(1);
		return wrapping;
	}

	private static JdbcDataSource h2() {
		JdbcDataSource database = new JdbcDataSource();
		database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		return database;
	}

	private static long deadlineIn(Duration remaining) {
		return Borrower.current().exchangeDeadline(System.nanoTime() + remaining.toNanos());
	}

	private static int milliseconds(String call) {
		return Integer.parseInt(call.substring(call.indexOf(' ') + 1));
	}

}
