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

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

import javax.sql.DataSource;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.ds.common.BaseDataSource;
import org.postgresql.xa.PGXADataSource;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * The PostgreSQL server of the tests, started once a JVM: in a container where a
 * container engine answers, and from the binaries of Maven Central otherwise.
 *
 * <p>
 * The system property {@code transaction-scope.test.postgres}, or the environment
 * variable {@code TRANSACTION_SCOPE_TEST_POSTGRES}, forces one way: {@code container} or
 * {@code embedded}.
 */
public final class PostgresServer {

	private static final String PROPERTY = "transaction-scope.test.postgres";

	private static final String VARIABLE = "TRANSACTION_SCOPE_TEST_POSTGRES";

	private static final String IMAGE = "postgres:18";

	private static final String MAX_CONNECTIONS = "200";

	private static final String MAX_PREPARED_TRANSACTIONS = "20";

	private static @Nullable PostgresServer running;

	private final PGSimpleDataSource dataSource;

	private PostgresServer(PGSimpleDataSource dataSource) {
		this.dataSource = dataSource;
	}

	public static synchronized PostgresServer running() {
		PostgresServer server = running;
		if (server == null) {
			server = start();
			running = server;
		}
		return server;
	}

	/**
	 * Unpooled: each connection is a new session. Pools set how long a login may take, so
	 * that each needs one of its own.
	 */
	public DataSource dataSource() {
		return direct(new PGSimpleDataSource());
	}

	/** A link to it that can be frozen and cut. */
	public LinkProxy link() {
		return LinkProxy.to(Objects.requireNonNull(this.dataSource.getServerNames())[0],
				this.dataSource.getPortNumbers()[0]);
	}

	/** The same as {@link #dataSource()}, over a link. */
	public DataSource dataSource(LinkProxy link) {
		return linked(new PGSimpleDataSource(), link);
	}

	/** For two-phase commits. */
	public PGXADataSource xaDataSource() {
		return direct(new PGXADataSource());
	}

	/** The same as {@link #xaDataSource()}, over a link. */
	public PGXADataSource xaDataSource(LinkProxy link) {
		return linked(new PGXADataSource(), link);
	}

	private <T extends BaseDataSource> T direct(T direct) {
		direct.setUrl(this.dataSource.getUrl());
		direct.setUser(this.dataSource.getUser());
		direct.setPassword(this.dataSource.getPassword());
		return withoutEndlessWaits(direct);
	}

	private <T extends BaseDataSource> T linked(T linked, LinkProxy link) {
		linked.setServerNames(new String[] { link.host() });
		linked.setPortNumbers(new int[] { link.port() });
		linked.setDatabaseName(this.dataSource.getDatabaseName());
		linked.setUser(this.dataSource.getUser());
		linked.setPassword(this.dataSource.getPassword());
		return withoutEndlessWaits(linked);
	}

	private static PostgresServer start() {
		Way way = way();
		System.out.println("PostgreSQL of the tests: " + way.description);
		return switch (way) {
			case CONTAINER -> container();
			case EMBEDDED -> embedded();
		};
	}

	private static Way way() {
		String forced = System.getProperty(PROPERTY, System.getenv(VARIABLE));
		if (forced != null && !forced.isBlank()) {
			return Way.valueOf(forced.trim().toUpperCase(Locale.ROOT));
		}
		return DockerClientFactory.instance().isDockerAvailable() ? Way.CONTAINER : Way.EMBEDDED;
	}

	@SuppressWarnings("resource") // Lives as long as the JVM
	private static PostgresServer container() {
		PostgreSQLContainer container = new PostgreSQLContainer(IMAGE).withEnv("POSTGRES_HOST_AUTH_METHOD", "trust")
			.withCommand("postgres", "-c", "fsync=off", "-c", "max_connections=" + MAX_CONNECTIONS, "-c",
					"max_prepared_transactions=" + MAX_PREPARED_TRANSACTIONS);
		container.start();
		Runtime.getRuntime().addShutdownHook(new Thread(container::stop));
		PGSimpleDataSource dataSource = new PGSimpleDataSource();
		dataSource.setUrl(container.getJdbcUrl());
		dataSource.setUser(container.getUsername());
		dataSource.setPassword(container.getPassword());
		return new PostgresServer(withoutEndlessWaits(dataSource));
	}

	@SuppressWarnings("resource") // Stops itself with the JVM
	private static PostgresServer embedded() {
		try {
			return new PostgresServer(withoutEndlessWaits((PGSimpleDataSource) EmbeddedPostgres.builder()
				.setServerConfig("max_connections", MAX_CONNECTIONS)
				.setServerConfig("max_prepared_transactions", MAX_PREPARED_TRANSACTIONS)
				.setPGStartupWait(Duration.ofMinutes(1))
				.start()
				.getPostgresDatabase()));
		}
		catch (IOException ex) {
			throw new UncheckedIOException("No container engine answers, and the embedded server does not start", ex);
		}
	}

	/** A test that leaves a transaction open fails the next one, and does not stop it. */
	private static <T extends BaseDataSource> T withoutEndlessWaits(T dataSource) {
		dataSource.setOptions("-c lock_timeout=5s");
		return dataSource;
	}

	private enum Way {

		CONTAINER("a container of " + IMAGE), EMBEDDED("an embedded server");

		private final String description;

		Way(String description) {
			this.description = description;
		}

	}

}
