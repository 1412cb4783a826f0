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

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.logging.Logger;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.Credentials;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import org.h2.jdbc.JdbcConnection;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the connection over which a database is asked, which is opened as HikariCP
 * opens those of the pool, and is none of them.
 */
class InquiryConnectionTests {

	private final String url = "jdbc:h2:mem:" + UUID.randomUUID();

	private final Connection database;

	InquiryConnectionTests() throws SQLException {
		this.database = DriverManager.getConnection(this.url, "owner", "first");
		try (Statement statement = this.database.createStatement()) {
			statement.execute("create user deputy password 'other' admin");
		}
	}

	@AfterEach
	void close() throws SQLException {
		this.database.close();
	}

	@Test
	void opensByTheUrl() throws SQLException {
		opens("OWNER", (config) -> {
			config.setJdbcUrl(this.url);
			config.setUsername("owner");
			config.setPassword("first");
		});
	}

	@Test
	void opensByTheUrlThatHasTheUserInIt() throws SQLException {
		opens("OWNER", (config) -> config.setJdbcUrl(this.url + ";USER=owner;PASSWORD=first"));
	}

	@Test
	void opensByTheClassOfADataSource() throws SQLException {
		opens("OWNER", (config) -> {
			config.setDataSourceClassName("org.h2.jdbcx.JdbcDataSource");
			config.addDataSourceProperty("URL", this.url);
			config.setUsername("owner");
			config.setPassword("first");
		});
	}

	@Test
	void opensByADataSourceThatThereIs() throws SQLException {
		opens("OWNER", (config) -> config.setDataSource(new OwnersDataSource()));
	}

	@Test
	void opensByTheCredentialsOfTheMoment() throws SQLException {
		try (HikariDataSource hikari = new HikariDataSource(byUrl("owner", "first"));
				PoolLedger ledger = new PoolLedger(hikari, PoolSettings.defaults())) {
			hikari.setCredentials(Credentials.of("deputy", "other"));
			try (Connection connection = PoolLedger.openBeside(ledger.hikari())) {
				assertThat(connection.getMetaData().getUserName()).isEqualTo("DEPUTY");
			}
		}
	}

	@Test
	void opensByTheCredentialsOfAProvider() throws SQLException {
		opens("DEPUTY", (config) -> {
			config.setJdbcUrl(this.url);
			config.setCredentialsProvider(() -> Credentials.of("deputy", "other"));
		});
	}

	@Test
	void takesNoneOfAPoolThatHasNoneLeft() throws SQLException {
		HikariConfig config = byUrl("owner", "first");
		config.setMaximumPoolSize(1);
		try (HikariDataSource hikari = new HikariDataSource(config);
				PoolLedger ledger = new PoolLedger(hikari, PoolSettings.defaults());
				Connection only = hikari.getConnection();
				Connection own = PoolLedger.openBeside(ledger.hikari())) {
			assertThat(own.isValid(1)).isTrue();
			assertThat(own.unwrap(JdbcConnection.class)).isNotSameAs(only.unwrap(JdbcConnection.class));
			assertThat(ledger.snapshot()).returns(1, PoolSnapshot::total).returns(1, PoolSnapshot::active);
		}
	}

	@Test
	void opensNoneForAPoolThatHasNotBeenStarted() {
		try (HikariDataSource hikari = new HikariDataSource();
				PoolLedger ledger = new PoolLedger(hikari, PoolSettings.defaults())) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> PoolLedger.openBeside(ledger.hikari()));
		}
	}

	private void opens(String user, Consumer<HikariConfig> customizer) throws SQLException {
		HikariConfig config = new HikariConfig();
		customizer.accept(config);
		try (HikariDataSource hikari = new HikariDataSource(config);
				PoolLedger ledger = new PoolLedger(hikari, PoolSettings.defaults());
				Connection connection = PoolLedger.openBeside(ledger.hikari())) {
			await().until(() -> hikari.getHikariPoolMXBean().getIdleConnections() > 0);
			assertThat(connection.getMetaData().getUserName()).isEqualTo(user);
		}
	}

	private HikariConfig byUrl(String user, String password) {
		HikariConfig config = new HikariConfig();
		config.setJdbcUrl(this.url);
		config.setUsername(user);
		config.setPassword(password);
		return config;
	}

	/**
	 * Knows who connects, and lets nobody say so.
	 */
	private final class OwnersDataSource implements DataSource {

		@Override
		public Connection getConnection() throws SQLException {
			return DriverManager.getConnection(InquiryConnectionTests.this.url, "owner", "first");
		}

		@Override
		public Connection getConnection(String username, String password) throws SQLException {
			throw new SQLFeatureNotSupportedException();
		}

		@Override
		public @Nullable PrintWriter getLogWriter() {
			return null;
		}

		@Override
		public void setLogWriter(@Nullable PrintWriter out) {
		}

		@Override
		public void setLoginTimeout(int seconds) {
		}

		@Override
		public int getLoginTimeout() {
			return 0;
		}

		@Override
		public Logger getParentLogger() throws SQLFeatureNotSupportedException {
			throw new SQLFeatureNotSupportedException();
		}

		@Override
		public <T> T unwrap(Class<T> type) throws SQLException {
			throw new SQLFeatureNotSupportedException();
		}

		@Override
		public boolean isWrapperFor(Class<?> type) {
			return false;
		}

	}

}
