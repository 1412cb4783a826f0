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

import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.DeadlinePassedException;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.test.PostgresServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGResultSetMetaData;
import org.postgresql.jdbc.PgArray;
import org.postgresql.jdbc.PgResultSet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What leads from a pooled connection to a statement or a connection leads back to what
 * was handed out, so that nothing gets past the deadline and the ledger.
 */
class LeadingBackTests {

	private final HikariDataSource pool = pool();

	private final TrackedDataSource dataSource = new TrackedDataSource(this.pool);

	private Connection connection;

	@BeforeEach
	void borrow() throws SQLException {
		this.connection = this.dataSource.getConnection();
		this.connection.setAutoCommit(false);
	}

	@AfterEach
	void close() throws SQLException {
		Borrower.current().exchangeDeadline(Borrower.NO_DEADLINE);
		this.connection.close();
		this.dataSource.close();
	}

	@Test
	void rowsLeadToTheirStatement() throws SQLException {
		try (Statement statement = this.connection.createStatement();
				ResultSet rows = statement.executeQuery("select 1")) {
			assertThat(rows.getStatement()).isSameAs(statement);
			assertLeadsBack(rows.getStatement());
		}
	}

	@Test
	void rowsOfAPreparedStatementLeadToIt() throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement("select 1")) {
			assertThat(statement.executeQuery().getStatement()).isSameAs(statement);
			assertThat(statement.execute()).isTrue();
			assertThat(statement.getResultSet()).isSameAs(statement.getResultSet());
			assertThat(statement.getResultSet().getStatement()).isSameAs(statement);
			assertLeadsBack(statement.getResultSet().getStatement());
		}
	}

	@Test
	void rowsFetchedInPiecesLeadToTheirStatement() throws SQLException {
		deadlineIn(Duration.ofMinutes(1));
		try (Statement statement = this.connection.createStatement()) {
			statement.setFetchSize(1);
			ResultSet rows = statement.executeQuery("select 1");
			assertThat(rows).isInstanceOf(FetchedRows.class);
			assertThat(rows.getStatement()).isSameAs(statement);
		}
	}

	@Test
	void generatedKeysLeadToTheirStatement() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			statement.execute("create temporary table item (id serial, name varchar) on commit drop");
			statement.execute("insert into item (name) values ('x')", Statement.RETURN_GENERATED_KEYS);
			assertThat(statement.getGeneratedKeys().getStatement()).isSameAs(statement);
		}
	}

	@Test
	void metaDataLeadsToItsConnection() throws SQLException {
		assertThat(this.connection.getMetaData().getConnection()).isSameAs(this.connection);
		assertLeadsBack(this.connection.getMetaData().getConnection().createStatement());
	}

	@Test
	void rowsOfMetaDataLeadToAStatementThatIsWatched() throws SQLException {
		try (ResultSet rows = this.connection.getMetaData().getTables(null, null, "%", null)) {
			assertThat(rows.getStatement()).isSameAs(rows.getStatement());
			assertThat(rows.getStatement().getConnection()).isSameAs(this.connection);
			assertLeadsBack(rows.getStatement());
		}
	}

	@Test
	void metaDataIsAskedForUntilTheDeadline() throws SQLException {
		int unlimited = this.connection.getMetaData().getConnection().getNetworkTimeout();
		Connection driver = this.connection.unwrap(Connection.class);
		assertThat(driver.getNetworkTimeout()).isEqualTo(unlimited);
		var metaData = this.connection.getMetaData();
		deadlineIn(Duration.ofSeconds(30));
		metaData.getSchemas().close();
		assertThat(driver.getNetworkTimeout()).isBetween(1, 30_500);
	}

	@Test
	void ledgerSeesThatMetaDataIsAskedFor() throws SQLException {
		this.connection.getMetaData().getTables(null, null, "%", null).close();
		assertThat(lastSql()).isEqualTo("DatabaseMetaData.getTables()");
		assertThat(this.connection.getMetaData().getDatabaseProductName()).isEqualTo("PostgreSQL");
	}

	@Test
	void metaDataIsNotAskedForPastTheDeadline() throws SQLException {
		DatabaseMetaData metaData = this.connection.getMetaData();
		deadlineIn(Duration.ofMillis(-1));
		assertThatExceptionOfType(DeadlinePassedException.class)
			.isThrownBy(() -> metaData.getTables(null, null, "%", null));
	}

	@Test
	void rowsAreChangedWithinTheDeadlineAndForTheLedgerToSee() throws SQLException {
		try (Statement statement = this.connection.createStatement(ResultSet.TYPE_FORWARD_ONLY,
				ResultSet.CONCUR_UPDATABLE)) {
			statement.execute("create temporary table item (id int primary key, name varchar) on commit drop");
			statement.execute("insert into item values (1, 'x')");
			ResultSet rows = statement.executeQuery("select id, name from item");
			assertThat(rows.next()).isTrue();
			rows.updateString("name", "y");
			rows.updateRow();
			assertThat(lastSql()).isEqualTo("ResultSet.updateRow()");
			rows.updateString("name", "z");
			deadlineIn(Duration.ofMillis(-1));
			assertThatExceptionOfType(DeadlinePassedException.class).isThrownBy(rows::updateRow);
		}
	}

	@Test
	void rowsOfAnArrayLeadToTheStatementItCameFrom() throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement("select array[1, 2]")) {
			ResultSet rows = statement.executeQuery();
			assertThat(rows.next()).isTrue();
			Array array = rows.getArray(1);
			ResultSet elements = array.getResultSet();
			assertThat(elements.next()).isTrue();
			assertThat(elements.getInt(2)).isOne();
			assertThat(elements.getStatement()).isSameAs(statement);
			assertLeadsBack(elements.getStatement());
		}
	}

	@Test
	void rowsOfACreatedArrayDoNotLeadPastTheConnection() throws SQLException {
		Array array = this.connection.createArrayOf("integer", new Object[] { 1, 2 });
		assertThat(array.getResultSet().getStatement()).isNull();
	}

	@Test
	void arrayIsTheDriversOwnWhenItIsHandedBack() throws SQLException {
		Array array = this.connection.createArrayOf("integer", new Object[] { 1, 2 });
		assertThat(((java.sql.Wrapper) array).unwrap(PgArray.class)).isNotNull();
		try (PreparedStatement statement = this.connection.prepareStatement("select cardinality(?)")) {
			statement.setArray(1, array);
			assertThat(one(statement)).isEqualTo(2);
			statement.setObject(1, array);
			assertThat(one(statement)).isEqualTo(2);
			statement.setObject(1, array, Types.ARRAY);
			assertThat(one(statement)).isEqualTo(2);
		}
	}

	@Test
	void rowsOfACursorLeadToTheCall() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			statement.execute("""
					create function pg_temp.numbers() returns refcursor language plpgsql as $$
					declare numbers refcursor;
					begin
						open numbers for select 1;
						return numbers;
					end $$""");
		}
		try (CallableStatement call = this.connection.prepareCall("{? = call pg_temp.numbers()}")) {
			call.registerOutParameter(1, Types.REF_CURSOR);
			call.execute();
			ResultSet rows = (ResultSet) call.getObject(1);
			assertThat(rows.next()).isTrue();
			assertThat(rows.getStatement()).isSameAs(call);
			assertThat(call.getObject(1, ResultSet.class).getStatement()).isSameAs(call);
			assertLeadsBack(rows.getStatement());
		}
	}

	@Test
	void rowsLeadToTheDriversOwnWhenUnwrapped() throws SQLException {
		try (Statement statement = this.connection.createStatement();
				ResultSet rows = statement.executeQuery("select 1")) {
			assertThat(rows.unwrap(ResultSet.class)).isInstanceOf(PgResultSet.class);
			assertThat(rows.isWrapperFor(PgResultSet.class)).isTrue();
			assertThat(rows.getMetaData()).isInstanceOf(PGResultSetMetaData.class);
			assertThat(rows).hasToString("TrackedResultSet wrapping " + ((TrackedResultSet) rows).delegate());
		}
	}

	private void assertLeadsBack(Statement statement) throws SQLException {
		assertThat(statement.getConnection()).isSameAs(this.connection);
		statement.getConnection().createStatement().execute("select 'seen' as it");
		assertThat(this.dataSource.ledger().snapshot().leases()).singleElement()
			.returns("select ? as it", Lease::lastSql);
		long previous = deadlineIn(Duration.ofMillis(-1));
		Statement bounded = (statement instanceof PreparedStatement) ? statement.getConnection().createStatement()
				: statement;
		assertThatExceptionOfType(DeadlinePassedException.class).isThrownBy(() -> bounded.execute("select 2"));
		Borrower.current().exchangeDeadline(previous);
	}

	private @Nullable String lastSql() {
		return this.dataSource.ledger().snapshot().leases().get(0).lastSql();
	}

	private static long deadlineIn(Duration time) {
		return Borrower.current().exchangeDeadline(System.nanoTime() + time.toNanos());
	}

	private static int one(PreparedStatement statement) throws SQLException {
		try (ResultSet rows = statement.executeQuery()) {
			assertThat(rows.next()).isTrue();
			return rows.getInt(1);
		}
	}

	private static HikariDataSource pool() {
		HikariConfig config = new HikariConfig();
		config.setDataSource(PostgresServer.running().dataSource());
		config.setMaximumPoolSize(1);
		return new HikariDataSource(config);
	}

}
