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

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.test.MariaDbServer;
import io.transactionscope.test.PostgresServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.datasource.AbstractDataSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a developer reads when pools do not fit.
 */
@ExtendWith(OutputCaptureExtension.class)
class PoolStartUpTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class, PoolAutoConfiguration.class,
				PoolLintAutoConfiguration.class, PoolContradictionsAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true", "spring.datasource.name=orders");

	// Nesting

	@Test
	void checksNothingUnlessAsked() {
		this.contextRunner
			.withPropertyValues("transaction-scope.lint.threads=20", "transaction-scope.lint.connections-per-thread=2")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(PoolLint.class));
	}

	@Test
	void refusesAPoolThatThreadsCanLockEachOtherOutOf() {
		nested("fail", 20, 20).run((context) -> {
			assertThat(context).hasFailed();
			FailureAnalysis analysis = lint(context);
			assertThat(analysis.getDescription())
				.isEqualTo("Pool orders may have 20 connections: 20 threads that take 2 at a time can lock each other "
						+ "out of fewer than 21.");
			assertThat(analysis.getAction()).contains("spring.datasource.hikari.maximum-pool-size",
					"transaction-scope.lint.mode=warn");
		});
	}

	@Test
	void acceptsAPoolThatIsJustLargeEnough() {
		nested("fail", 20, 21).run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void onlyWarnsIfToldTo(CapturedOutput output) {
		nested("warn", 20, 20).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(output).contains("Pool orders may have 20 connections");
		});
	}

	@Test
	void asksForTheNumberOfThreads() {
		this.contextRunner
			.withPropertyValues("transaction-scope.lint.mode=fail", "transaction-scope.lint.connections-per-thread=2")
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining("transaction-scope.lint.connections-per-thread")
				.hasMessageContaining("needs transaction-scope.lint.threads"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "threads", "connections-per-thread", "instances" })
	void refusesNumbersBelowOne(String key) {
		this.contextRunner
			.withPropertyValues("transaction-scope.lint.mode=fail", "transaction-scope.lint.%s=0".formatted(key))
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining("transaction-scope.lint." + key));
	}

	@Test
	void countsMoreThreadsThanThereAreNumbersFor() {
		nested("fail", Integer.MAX_VALUE, 10).withPropertyValues("transaction-scope.lint.connections-per-thread=3")
			.run((context) -> assertThat(lint(context).getDescription()).contains("fewer than 4294967295"));
	}

	@Test
	void countsMoreInstancesThanThereAreNumbersFor() {
		onPostgres(Integer.MAX_VALUE, 10)
			.run((context) -> assertThat(lint(context).getDescription()).contains("may ask for 21474836470"));
	}

	@Test
	void borrowsNoConnectionForTheNestingAlone() {
		nested("fail", 1, 10).run((context) -> assertThat(context.getBean(PoolLedgers.class).all())
			.allSatisfy((ledger) -> assertThat(ledger.snapshot().total()).isZero()));
	}

	// Contradictions

	@Test
	void refusesALintThatHasNothingToLookAt() {
		withoutLedgers("fail").run((context) -> assertThat(context).getFailure()
			.isInstanceOf(InvalidConfigurationPropertyValueException.class)
			.hasMessageContaining("transaction-scope.lint.mode")
			.hasMessageContaining("'fail'")
			.hasMessageContaining("transaction-scope.pool.enabled=false")
			.hasMessageContaining("leave out one of the two"));
	}

	@Test
	void warnsOfALintThatHasNothingToLookAt(CapturedOutput output) {
		withoutLedgers("warn").run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(output).contains("transaction-scope.lint.mode=warn looks at no pool");
		});
	}

	@Test
	void saysNothingOfALintWhereAllIsSwitchedOff(CapturedOutput output) {
		withoutLedgers("fail").withPropertyValues("transaction-scope.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain("transaction-scope.lint.mode");
	}

	private ApplicationContextRunner withoutLedgers(String mode) {
		return this.contextRunner.withPropertyValues("transaction-scope.pool.enabled=false",
				"transaction-scope.lint.mode=" + mode);
	}

	@Test
	void refusesAWaitTargetThatThePoolDoesNotLetAnybodyWaitFor() {
		impatient("3s").run((context) -> assertThat(context).getFailure()
			.isInstanceOf(InvalidConfigurationPropertyValueException.class)
			.hasMessageContaining("transaction-scope.pool.wait-target")
			.hasMessageContaining("PT3S")
			.hasMessageContaining("less than the connectionTimeout of pool orders, which is PT2S")
			.hasMessageContaining("spring.datasource.hikari.connection-timeout"));
	}

	@Test
	void acceptsAWaitTargetBelowThePatienceOfThePool() {
		impatient("1s").run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void warnsOfAWaitTargetThatIsNoneForOneOfThePools(CapturedOutput output) {
		impatient("3s").withBean("patient", HikariDataSource.class, PoolStartUpTests::patientPool)
			.withBean("impatient", HikariDataSource.class, PoolStartUpTests::impatientPool)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(output).contains("wait-target (PT3S) has no effect on pool impatient")
					.doesNotContain("no effect on pool patient");
			});
	}

	private static HikariDataSource patientPool() {
		HikariDataSource pool = new HikariDataSource();
		pool.setPoolName("patient");
		pool.setJdbcUrl("jdbc:h2:mem:patient");
		return pool;
	}

	private static HikariDataSource impatientPool() {
		HikariDataSource pool = patientPool();
		pool.setPoolName("impatient");
		pool.setConnectionTimeout(2000);
		return pool;
	}

	private ApplicationContextRunner impatient(String target) {
		return this.contextRunner.withPropertyValues("transaction-scope.pool.wait-target=" + target,
				"spring.datasource.hikari.connection-timeout=2000");
	}

	private ApplicationContextRunner nested(String mode, int threads, int maximum) {
		return this.contextRunner.withPropertyValues("transaction-scope.lint.mode=" + mode,
				"transaction-scope.lint.threads=" + threads, "transaction-scope.lint.connections-per-thread=2",
				"spring.datasource.hikari.maximum-pool-size=" + maximum);
	}

	private static FailureAnalysis lint(AssertableApplicationContext context) {
		Throwable failure = Objects.requireNonNull(context.getStartupFailure());
		return Objects.requireNonNull(new PoolLintFailureAnalyzer().analyze(failure));
	}

	// PostgreSQL, whose tests allow 200 connections, three of which are reserved

	@Test
	void refusesPoolsThatMayAskForMoreThanTheServerAllows() {
		onPostgres(2, 99).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(lint(context).getDescription())
				.contains("allows 197 connections: the pools of 2 instance(s) may ask for 198");
		});
	}

	@Test
	void tellsWhyTheServerCannotBeAskedInOneLine(CapturedOutput output) {
		this.contextRunner.withPropertyValues("transaction-scope.lint.mode=warn")
			.withBean(HikariDataSource.class, () -> unavailablePool("server\nis \u202Edown"))
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(output).contains("PostgreSQL at db could not be asked how many connections it allows: ")
					.contains("server\\nis \\u202Edown")
					.doesNotContain("server\nis");
			});
	}

	private static HikariDataSource unavailablePool(String reason) {
		HikariDataSource pool = new HikariDataSource();
		pool.setJdbcUrl("jdbc:postgresql://db/orders");
		pool.setDataSource(new AbstractDataSource() {

			@Override
			public Connection getConnection() throws SQLException {
				throw new SQLException(reason);
			}

			@Override
			public Connection getConnection(String username, String password) throws SQLException {
				return getConnection();
			}

		});
		return pool;
	}

	@Test
	void acceptsPoolsThatTheServerHasRoomFor() {
		onPostgres(2, 98).run((context) -> assertThat(context).hasNotFailed());
	}

	// MariaDB, whose tests allow 300 connections, by either driver

	@Test
	@EnabledIf("io.transactionscope.test.MariaDbServer#isInstalled")
	void refusesPoolsThatMayAskForMoreThanMariaDbAllows() {
		onMariaDb(MariaDbServer.running().urlForMysql(), 151).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(lint(context).getDescription()).startsWith("The MySQL or MariaDB server at 127.0.0.1:")
				.contains("allows 300 connections: the pools of 2 instance(s) may ask for 302");
		});
		onMariaDb(MariaDbServer.running().url(), 151).run((context) -> assertThat(context).hasFailed());
	}

	@Test
	@EnabledIf("io.transactionscope.test.MariaDbServer#isInstalled")
	void acceptsPoolsThatMariaDbHasRoomFor() {
		onMariaDb(MariaDbServer.running().urlForMysql(), 150).run((context) -> assertThat(context).hasNotFailed());
	}

	private ApplicationContextRunner onMariaDb(String url, int maximum) {
		return this.contextRunner.withPropertyValues("spring.datasource.generate-unique-name=false",
				"spring.datasource.url=" + url, "spring.datasource.hikari.maximum-pool-size=" + maximum,
				"spring.datasource.hikari.minimum-idle=1", "transaction-scope.lint.mode=fail",
				"transaction-scope.lint.instances=2");
	}

	private ApplicationContextRunner onPostgres(int instances, int maximum) {
		PGSimpleDataSource server = (PGSimpleDataSource) PostgresServer.running().dataSource();
		return this.contextRunner.withPropertyValues("spring.datasource.generate-unique-name=false",
				"spring.datasource.url=" + server.getUrl(), "spring.datasource.username=" + server.getUser(),
				"spring.datasource.hikari.maximum-pool-size=" + maximum, "spring.datasource.hikari.minimum-idle=1",
				"transaction-scope.lint.mode=fail", "transaction-scope.lint.instances=" + instances);
	}

}
