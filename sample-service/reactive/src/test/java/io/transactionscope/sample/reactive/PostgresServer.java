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

package io.transactionscope.sample.reactive;

import java.io.IOException;
import java.util.Locale;

import io.r2dbc.spi.ConnectionFactoryOptions;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

import org.springframework.boot.r2dbc.autoconfigure.R2dbcConnectionDetails;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ImportSelector;
import org.springframework.core.type.AnnotationMetadata;

/**
 * A PostgreSQL server for the service: in a container where a container engine answers,
 * and from the binaries of Maven Central otherwise.
 *
 * <p>
 * The system property {@code transaction-scope.test.postgres}, or the environment
 * variable {@code TRANSACTION_SCOPE_TEST_POSTGRES}, forces one way: {@code container} or
 * {@code embedded}.
 */
class PostgresServer implements ImportSelector {

	private static final Log logger = LogFactory.getLog(PostgresServer.class);

	private static final String PROPERTY = "transaction-scope.test.postgres";

	private static final String VARIABLE = "TRANSACTION_SCOPE_TEST_POSTGRES";

	@Override
	public String[] selectImports(AnnotationMetadata importingClass) {
		Way way = way();
		logger.info("PostgreSQL of the tests: " + way);
		return new String[] { way.configuration.getName() };
	}

	private static Way way() {
		String forced = System.getProperty(PROPERTY, System.getenv(VARIABLE));
		if (forced != null && !forced.isBlank()) {
			return Way.valueOf(forced.trim().toUpperCase(Locale.ROOT));
		}
		return DockerClientFactory.instance().isDockerAvailable() ? Way.CONTAINER : Way.EMBEDDED;
	}

	private static R2dbcConnectionDetails details(String host, int port, String database, String user,
			String password) {
		return () -> ConnectionFactoryOptions.builder()
			.option(ConnectionFactoryOptions.DRIVER, "postgresql")
			.option(ConnectionFactoryOptions.HOST, host)
			.option(ConnectionFactoryOptions.PORT, port)
			.option(ConnectionFactoryOptions.DATABASE, database)
			.option(ConnectionFactoryOptions.USER, user)
			.option(ConnectionFactoryOptions.PASSWORD, password)
			.build();
	}

	private enum Way {

		CONTAINER(InContainer.class), EMBEDDED(Embedded.class);

		private final Class<?> configuration;

		Way(Class<?> configuration) {
			this.configuration = configuration;
		}

	}

	@TestConfiguration(proxyBeanMethods = false)
	static class InContainer {

		@Bean(initMethod = "start")
		PostgreSQLContainer postgres() {
			return new PostgreSQLContainer("postgres:18");
		}

		@Bean
		R2dbcConnectionDetails connectionDetails(PostgreSQLContainer postgres) {
			return details(postgres.getHost(), postgres.getFirstMappedPort(), postgres.getDatabaseName(),
					postgres.getUsername(), postgres.getPassword());
		}

	}

	@TestConfiguration(proxyBeanMethods = false)
	static class Embedded {

		@Bean
		EmbeddedPostgres postgres() throws IOException {
			return EmbeddedPostgres.start();
		}

		@Bean
		R2dbcConnectionDetails connectionDetails(EmbeddedPostgres postgres) {
			return details("localhost", postgres.getPort(), "postgres", "postgres", "postgres");
		}

	}

}
