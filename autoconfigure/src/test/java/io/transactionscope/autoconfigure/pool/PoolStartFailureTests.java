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

package io.transactionscope.autoconfigure.pool;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.test.PostgresServer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * What whoever starts an application reads when its database is not to be had.
 */
@Tag("once")
@ExtendWith(OutputCaptureExtension.class)
class PoolStartFailureTests {

	@Test
	void isAnalyzedForWhoBorrowsEarly(CapturedOutput output) {
		assertThatException().isThrownBy(() -> start(Trouble.NO_SUCH_DATABASE, EarlyBorrower.class));
		assertThatItIsAnalyzed(Trouble.NO_SUCH_DATABASE, output);
	}

	@ParameterizedTest
	@EnumSource
	void isAnalyzedForHibernate(Trouble trouble, CapturedOutput output) {
		assertThatException().isThrownBy(() -> start(trouble, Jpa.class));
		assertThatItIsAnalyzed(trouble, output);
	}

	@Test
	void isAnalyzedForAPoolThatStartsWithoutAConnection(CapturedOutput output) {
		assertThatException().isThrownBy(() -> start(Trouble.NOBODY_LISTENS, Jpa.class,
				"--spring.datasource.hikari.initialization-fail-timeout=-1",
				"--spring.datasource.hikari.connection-timeout=2000"));
		assertThatItIsAnalyzed(Trouble.NOBODY_LISTENS, output);
	}

	@Test
	void isNotBlamedForWhatElseFails(CapturedOutput output) {
		assertThatException().isThrownBy(() -> start(Trouble.NOBODY_LISTENS, Indifferent.class));
		assertThat(output).contains("could not be started").doesNotContain("could not open its first connection");
	}

	@Test
	void isReportedToTheFirstBorrowerWhereNobodyBorrowsEarly(CapturedOutput output) {
		try (ConfigurableApplicationContext context = start(Trouble.NOBODY_LISTENS, Jdbc.class)) {
			assertThat(output).doesNotContain("Incident", "localhost:1");
			DataSource dataSource = context.getBean(DataSource.class);
			assertThat(catchThrowable(dataSource::getConnection)).isInstanceOf(SQLException.class);
		}
		assertThat(output).containsOnlyOnce("the pool could not be started")
			.containsOnlyOnce("To change: " + Trouble.NOBODY_LISTENS.advice)
			.doesNotContain("FAILED TO START");
	}

	private static void assertThatItIsAnalyzed(Trouble trouble, CapturedOutput output) {
		assertThat(output).containsOnlyOnce("APPLICATION FAILED TO START")
			.containsOnlyOnce("A connection pool could not open its first connection (" + trouble.state)
			.containsOnlyOnce("Action:\n\n" + trouble.advice)
			.doesNotContain("Application run failed");
	}

	@SuppressWarnings("resource") // Closed by the caller
	private static ConfigurableApplicationContext start(Trouble trouble, Class<?> type, String... more) {
		SpringApplication application = new SpringApplication(type);
		application.setWebApplicationType(WebApplicationType.NONE);
		List<String> arguments = new ArrayList<>(List.of("--spring.datasource.url=" + trouble.url(),
				"--spring.datasource.username=" + trouble.user(), "--spring.datasource.password=wrong",
				"--spring.datasource.hikari.pool-name=orders", "--spring.main.banner-mode=off"));
		arguments.addAll(List.of(more));
		return application.run(arguments.toArray(String[]::new));
	}

	private enum Trouble {

		NOBODY_LISTENS("SQL state 08001", "Start the database") {

			@Override
			String url() {
				return "jdbc:postgresql://localhost:1/orders";
			}

		},

		NO_SUCH_DATABASE("SQL state 3D000", "Create the database") {

			@Override
			String url() {
				return "jdbc:postgresql://localhost:%d/nowhere".formatted(server().getPortNumbers()[0]);
			}

		},

		WRONG_PASSWORD("SQL state 28000", "Correct spring.datasource.username") {

			@Override
			String url() {
				String url = "jdbc:h2:mem:of-somebody-else;DB_CLOSE_DELAY=-1";
				assertThatNoException().isThrownBy(() -> DriverManager.getConnection(url, "sa", "right").close());
				return url;
			}

		};

		private final String state;

		private final String advice;

		Trouble(String state, String advice) {
			this.state = state;
			this.advice = advice;
		}

		abstract String url();

		String user() {
			return (this == NO_SUCH_DATABASE) ? String.valueOf(server().getUser()) : "sa";
		}

		static PGSimpleDataSource server() {
			return (PGSimpleDataSource) PostgresServer.running().dataSource();
		}

	}

	@Test
	void saysThatTheDatabaseIsNotThere() {
		FailureAnalysis analysis = analysis("jdbc:postgresql://localhost:1/orders", "nobody", "secret-word");
		assertThat(analysis.getDescription()).contains("SQL state 08001").contains("localhost:1");
		assertThat(analysis.getAction()).startsWith("Start the database");
		assertThat(analysis.getDescription()).doesNotContain("secret-word");
	}

	@Test
	void saysThatTheCredentialsAreWrong() throws Exception {
		String url = "jdbc:h2:mem:" + UUID.randomUUID();
		try (Connection connection = DriverManager.getConnection(url, "sa", "right")) {
			assertThat(connection).isNotNull();
			FailureAnalysis analysis = analysis(url, "sa", "wrong");
			assertThat(analysis.getDescription()).contains("SQL state 28000");
			assertThat(analysis.getAction()).contains("spring.datasource.username", "spring.datasource.password");
		}
	}

	@Test
	void saysWhatTheDriverSaysOtherwise() {
		FailureAnalysis analysis = analysis("jdbc:h2:mem:" + UUID.randomUUID() + ";INIT=NONSENSE", "sa", "");
		assertThat(analysis.getDescription()).contains("NONSENSE");
		assertThat(analysis.getAction()).contains("spring.datasource");
	}

	@Test
	void saysNothingOfFailuresOfAPoolThatHasStarted() throws Exception {
		try (Connection connection = DriverManager.getConnection("jdbc:h2:mem:" + UUID.randomUUID())) {
			SQLException failure = catchThrowableOfType(SQLException.class,
					() -> connection.createStatement().execute("nonsense"));
			assertThat(new PoolStartFailureAnalyzer(new DefaultListableBeanFactory()).analyze(failure)).isNull();
		}
	}

	private static FailureAnalysis analysis(String url, String user, String password) {
		try (HikariDataSource pool = new HikariDataSource()) {
			pool.setJdbcUrl(url);
			pool.setUsername(user);
			pool.setPassword(password);
			SQLException failure = catchThrowableOfType(SQLException.class, pool::getConnection);
			return Objects.requireNonNull(new PoolStartFailureAnalyzer(new DefaultListableBeanFactory())
				.analyze(new IllegalStateException("The application does not start", failure)));
		}
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ DataSourceAutoConfiguration.class, PoolAutoConfiguration.class })
	static class Jdbc {

	}

	@Configuration(proxyBeanMethods = false)
	static class EarlyBorrower extends Jdbc {

		@Bean
		InitializingBean early(DataSource dataSource) {
			return () -> new JdbcTemplate(dataSource).execute("select 1");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Indifferent extends Jdbc {

		@Bean
		InitializingBean early(DataSource dataSource) {
			return () -> {
				assertThat(catchThrowable(dataSource::getConnection)).isNotNull();
				throw new IllegalStateException("Something else");
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@AutoConfigurationPackage
	@ImportAutoConfiguration(HibernateJpaAutoConfiguration.class)
	static class Jpa extends Jdbc {

	}

}
