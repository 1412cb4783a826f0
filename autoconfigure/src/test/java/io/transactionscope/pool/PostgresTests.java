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
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.TestPool.Person;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.PostgresServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for what depends on a database server on the other side of a network.
 */
class PostgresTests {

	private final DataSource postgres = PostgresServer.running().dataSource();

	private final JdbcClient server = JdbcClient.create(this.postgres);

	private final TestPool pool = new TestPool(2, TestPool.TIMED, (config) -> config.setDataSource(this.postgres));

	@AfterEach
	void close() {
		Borrower.current().exchangeDeadline(Borrower.NO_DEADLINE);
		this.pool.close();
		this.server.sql("drop table if exists item").update();
	}

	@Test
	void leaseNamesTheServersProcess() throws SQLException {
		try (Connection connection = this.pool.dataSource().getConnection()) {
			long process = serverProcess();
			try (Statement statement = connection.createStatement();
					var processes = statement.executeQuery("select pg_backend_pid()")) {
				processes.next();
				assertThat(process).isEqualTo(processes.getLong(1));
			}
			String question = this.pool.ledger().report().text().lines().reduce((first, last) -> last).orElseThrow();
			assertThat(question).startsWith("Ask the server: select pid, application_name, ");
			assertThat(this.server.sql(question.substring("Ask the server: ".length())).query().listOfRows())
				.singleElement()
				.extracting("pid")
				.isEqualTo((int) process);
		}
	}

	@Test
	void discardedConnectionEndsItsSessionAndLeavesNothingBehind() throws SQLException {
		this.server.sql("create table item (name text)").update();
		Connection connection = this.pool.dataSource().getConnection();
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement()) {
			statement.executeUpdate("insert into item values ('uncommitted')");
		}
		long process = serverProcess();
		assertThat(sessions(process)).isOne();
		TrackedDataSource.discard(connection, this.pool.dataSource());
		await().until(() -> sessions(process) == 0);
		assertThat(this.server.sql("select count(*) from item").query(Integer.class).single()).isZero();
		try (Connection next = this.pool.dataSource().getConnection()) {
			assertThat(next.isValid(1)).isTrue();
		}
	}

	/** Nor would it be somebody else's, behind a pooler. */
	@Test
	void isolationLevelIsThatOfTheTransactionAndTheSessionIsNotChanged() throws SQLException {
		JdbcClient jdbc = JdbcClient.create(this.pool.dataSource());
		TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(this.pool.dataSource()));
		for (Isolation each : List.of(Isolation.SERIALIZABLE, Isolation.REPEATABLE_READ, Isolation.READ_UNCOMMITTED)) {
			scope.isolation(each).readOnly().run((tx) -> {
				assertThat(tx.connection().getTransactionIsolation()).isEqualTo(each.value());
				assertThat(jdbc.sql("show transaction_read_only").query(String.class).single()).isEqualTo("on");
				assertThat(jdbc.sql("show default_transaction_isolation").query(String.class).single())
					.isEqualTo("read committed");
			});
		}
	}

	@Test
	void deadlineEndsACommitThatTakesTooLong() throws SQLException {
		this.server.sql("create table item (name text)").update();
		this.server.sql("""
				create or replace function dawdle() returns trigger language plpgsql
				as $$ begin perform pg_sleep(20); return null; end $$""").update();
		this.server.sql("""
				create constraint trigger dawdle after insert on item deferrable initially deferred
				for each row execute function dawdle()""").update();
		Connection connection = this.pool.dataSource().getConnection();
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement()) {
			statement.executeUpdate("insert into item values ('slow')");
		}
		Borrower.current().exchangeDeadline(System.nanoTime() + Duration.ofMillis(800).toNanos());
		long begin = System.nanoTime();
		assertThatExceptionOfType(SQLException.class).isThrownBy(connection::commit)
			.satisfies((ex) -> assertThat(ex.getSQLState()).startsWith("08"));
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
		connection.close();
		Borrower.current().exchangeDeadline(Borrower.NO_DEADLINE);
		try (Connection next = this.pool.dataSource().getConnection()) {
			assertThat(next.getNetworkTimeout()).isZero();
		}
		this.server.sql("select pg_terminate_backend(pid) from pg_stat_activity where query = 'COMMIT'")
			.query()
			.listOfRows();
	}

	@Test
	void deadlineEndsAStatementThatTakesTooLong() throws SQLException {
		try (Connection connection = this.pool.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			// Whole seconds, as JDBC has it
			Borrower.current().exchangeDeadline(System.nanoTime() + Duration.ofMillis(950).toNanos());
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> statement.execute("select pg_sleep(20)"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"));
			Borrower.current().exchangeDeadline(Borrower.NO_DEADLINE);
		}
	}

	@Test
	void waitForALockShowsWhoHasIt() throws Exception {
		this.server.sql("create table item (name text)").update();
		this.server.sql("insert into item values ('locked')").update();
		Person first = this.pool.personIn("first");
		Connection owner = first.borrows();
		first.does(() -> {
			owner.setAutoCommit(false);
			return owner.createStatement().executeUpdate("update item set name = 'mine'");
		});
		Person second = this.pool.personIn("second");
		Connection other = second.borrows();
		Future<Integer> blocked = second
			.begins(() -> other.createStatement().executeUpdate("update item set name = 'mine too'"));
		await().until(() -> this.pool.ledger()
			.snapshot()
			.leases()
			.stream()
			.anyMatch((lease) -> lease.phase() == Phase.IN_STATEMENT && "second".equals(lease.scope())));
		String text = this.pool.ledger().report().text();
		assertThat(text).contains("'first'")
			.contains("idle between statements")
			.contains("last SQL: update item set name = ?");
		first.does(() -> {
			owner.rollback();
			return true;
		});
		assertThat(blocked.get(10, TimeUnit.SECONDS)).isOne();
	}

	private long serverProcess() {
		return Objects.requireNonNull(this.pool.ledger().snapshot().leases().get(0).serverProcess()).number();
	}

	private int sessions(long process) {
		return this.server.sql("select count(*) from pg_stat_activity where pid = ?")
			.param(process)
			.query(Integer.class)
			.single();
	}

}
