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

package io.transactionscope.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.h2.jdbcx.JdbcDataSource;

/**
 * What the transactions run on.
 */
public enum Database {

	/** A driver that does nothing: what is left is bookkeeping. */
	STUB {

		@Override
		DataSource start() {
			return new StubDataSource();
		}

	},

	/** H2, in the memory of this JVM. */
	H2 {

		@Override
		DataSource start() {
			JdbcDataSource dataSource = new JdbcDataSource();
			dataSource.setURL(newH2());
			return withAccounts(dataSource);
		}

	},

	/** PostgreSQL, over the loopback interface. */
	POSTGRESQL {

		@Override
		DataSource start() {
			return withAccounts(PostgresHolder.SERVER.getPostgresDatabase());
		}

	};

	/** More than there are threads: each updates an account of its own. */
	private static final int ACCOUNTS = 256;

	private static final int CONNECTIONS = 10;

	/** Have it run; it ends with the JVM. */
	abstract DataSource start();

	/** A pool in front of it, configured alike for all peers. */
	final HikariDataSource pool() {
		return new HikariDataSource(pooled(CONNECTIONS));
	}

	/** The configuration of a pool of so many connections in front of it. */
	final HikariConfig pooled(int connections) {
		HikariConfig config = new HikariConfig();
		config.setPoolName(name());
		config.setDataSource(start());
		config.setMaximumPoolSize(connections);
		return config;
	}

	/** A reactive pool in front of PostgreSQL. */
	static ConnectionPool reactivePool() {
		withAccounts(PostgresHolder.SERVER.getPostgresDatabase());
		return new ConnectionPool(ConnectionPoolConfiguration
			.builder(new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
				.host("localhost")
				.port(PostgresHolder.SERVER.getPort())
				.username("postgres")
				.password("postgres")
				.database("postgres")
				.build()))
			.initialSize(CONNECTIONS)
			.maxSize(CONNECTIONS)
			.build());
	}

	/** The URL of a database that does not exist yet. */
	static String newH2() {
		return "jdbc:h2:mem:%s;DB_CLOSE_DELAY=-1".formatted(UUID.randomUUID());
	}

	static DataSource withAccounts(DataSource dataSource) {
		try (Connection connection = dataSource.getConnection(); Statement statement = connection.createStatement()) {
			statement.execute("drop table if exists account");
			statement.execute("create table account (id int primary key, balance bigint not null)");
			for (int id = 0; id < ACCOUNTS; id++) {
				statement.execute("insert into account values (%d, 0)".formatted(id));
			}
			return dataSource;
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** One server is enough for a JVM that measures several benchmarks. */
	private static final class PostgresHolder {

		private static final EmbeddedPostgres SERVER = start();

		private static EmbeddedPostgres start() {
			try {
				return EmbeddedPostgres.start();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
