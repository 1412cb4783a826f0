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

package io.transactionscope.autoconfigure.pool.lint;

import java.util.Objects;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.autoconfigure.pool.r2dbc.R2dbcPoolAutoConfiguration;
import io.transactionscope.test.PostgresServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a developer reads when R2DBC pools do not fit.
 */
@ExtendWith(OutputCaptureExtension.class)
class R2dbcPoolStartUpTests {

	private final ApplicationContextRunner bare = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(R2dbcAutoConfiguration.class, PoolAutoConfiguration.class,
				R2dbcPoolAutoConfiguration.class, PoolLintAutoConfiguration.class,
				PoolContradictionsAutoConfiguration.class))
		.withPropertyValues("spring.r2dbc.pool.initial-size=0");

	private final ApplicationContextRunner runner = this.bare
		.withPropertyValues("spring.r2dbc.generate-unique-name=true");

	@Test
	void refusesAPoolThatSubscriptionsCanLockEachOtherOutOf() {
		this.runner
			.withPropertyValues("transaction-scope.lint.mode=fail", "transaction-scope.lint.threads=20",
					"transaction-scope.lint.connections-per-thread=2", "spring.r2dbc.pool.max-size=20",
					"spring.r2dbc.pool.max-acquire-time=5s")
			.run((context) -> assertThat(lint(context)).isEqualTo(
					"Pool connectionFactory may have 20 connections: 20 subscriptions that take 2 at a time can lock "
							+ "each other out of fewer than 21."));
	}

	@Test
	void warnsOfAPoolWhereWhoWaitsMayWaitForEver(CapturedOutput output) {
		this.runner.withPropertyValues("transaction-scope.lint.mode=warn").run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(output).contains("Pool connectionFactory has no max-acquire-time: who waits for a connection "
					+ "waits for ever if none comes back.");
		});
	}

	@Test
	void saysWhichPropertiesToChange() {
		this.runner
			.withPropertyValues("transaction-scope.lint.mode=fail", "transaction-scope.lint.threads=20",
					"transaction-scope.lint.connections-per-thread=2")
			.run((context) -> assertThat(analysis(context).getAction())
				.startsWith("Change spring.r2dbc.pool.max-size or spring.r2dbc.pool.max-acquire-time, or what"));
	}

	@Test
	void acceptsAPoolThatLetsNobodyWaitForEver() {
		this.runner.withPropertyValues("transaction-scope.lint.mode=fail", "spring.r2dbc.pool.max-acquire-time=5s")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void refusesAWaitTargetThatThePoolDoesNotLetAnybodyWaitFor() {
		this.runner.withPropertyValues("transaction-scope.pool.wait-target=3s", "spring.r2dbc.pool.max-acquire-time=2s")
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining("less than the max-acquire-time of pool connectionFactory, which is PT2S")
				.hasMessageContaining("raise spring.r2dbc.pool.max-acquire-time"));
	}

	@Test
	void acceptsAWaitTargetOfAPoolThatLetsEverybodyWaitForEver() {
		this.runner.withPropertyValues("transaction-scope.pool.wait-target=3s")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	// PostgreSQL, whose tests allow 200 connections, three of which are reserved

	@Test
	void countsWhatR2dbcAndJdbcMayAskOneServerFor() {
		bothOnPostgres(100, 98).run((context) -> assertThat(lint(context)).startsWith("PostgreSQL at ")
			.contains("allows 197 connections: the pools of 1 instance(s) may ask for 198."));
		bothOnPostgres(100, 97).run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void tellsWhyAServerCannotBeAsked(CapturedOutput output) {
		this.bare
			.withPropertyValues("transaction-scope.lint.mode=warn",
					"spring.r2dbc.url=r2dbc:postgresql://localhost:1/orders", "spring.r2dbc.username=nobody")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(output)
					.contains("PostgreSQL at localhost:1 could not be asked how many connections it allows: ");
			});
	}

	@Test
	void asksOverTheR2dbcPoolWhereThereIsNoOther() {
		onPostgres(198).run((context) -> assertThat(lint(context)).contains("allows 197 connections"));
	}

	private ApplicationContextRunner onPostgres(int maximum) {
		PGSimpleDataSource server = (PGSimpleDataSource) PostgresServer.running().dataSource();
		return this.bare.withPropertyValues("transaction-scope.lint.mode=fail",
				"spring.r2dbc.url=r2dbc:postgresql://%s:%d/%s".formatted(
						Objects.requireNonNull(server.getServerNames())[0], server.getPortNumbers()[0],
						server.getDatabaseName()),
				"spring.r2dbc.username=" + server.getUser(),
				"spring.r2dbc.password=" + Objects.requireNonNullElse(server.getPassword(), ""),
				"spring.r2dbc.pool.max-size=" + maximum, "spring.r2dbc.pool.max-acquire-time=30s");
	}

	private ApplicationContextRunner bothOnPostgres(int r2dbc, int jdbc) {
		return onPostgres(r2dbc).withBean(HikariDataSource.class, () -> {
			PGSimpleDataSource server = (PGSimpleDataSource) PostgresServer.running().dataSource();
			HikariDataSource pool = new HikariDataSource();
			pool.setJdbcUrl(server.getUrl());
			pool.setUsername(server.getUser());
			pool.setPassword(server.getPassword());
			pool.setMaximumPoolSize(jdbc);
			pool.setMinimumIdle(1);
			return pool;
		});
	}

	private static String lint(AssertableApplicationContext context) {
		return analysis(context).getDescription();
	}

	private static FailureAnalysis analysis(AssertableApplicationContext context) {
		assertThat(context).hasFailed();
		Throwable failure = Objects.requireNonNull(context.getStartupFailure());
		return Objects.requireNonNull(new PoolLintFailureAnalyzer().analyze(failure));
	}

}
