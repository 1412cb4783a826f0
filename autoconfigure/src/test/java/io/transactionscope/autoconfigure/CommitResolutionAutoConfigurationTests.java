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

package io.transactionscope.autoconfigure;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

import com.zaxxer.hikari.HikariDataSource;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.TransactionScope;
import io.transactionscope.autoconfigure.reactive.ReactiveTransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.reactive.ScopedR2dbcTransactionManagerAutoConfiguration;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.LinkProxy.Fate;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link CommitResolutionAutoConfiguration}.
 */
@Tag("once")
class CommitResolutionAutoConfigurationTests {

	private final LinkProxy link = PostgresServer.running().link();

	private final AtomicReference<Fate> fate = new AtomicReference<>(Fate.PASSED);

	private final ApplicationContextRunner application = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DataSourceTransactionManagerAutoConfiguration.class,
				TransactionAutoConfiguration.class, AopAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
				ScopedTransactionManagerAutoConfiguration.class, CommitResolutionAutoConfiguration.class))
		.withBean(HikariDataSource.class, this::pool);

	@BeforeEach
	void loseAnswers() {
		this.link.atCommit(() -> this.fate.getAndSet(Fate.PASSED));
	}

	@AfterEach
	void close() throws Exception {
		this.link.close();
	}

	private HikariDataSource pool() {
		PGSimpleDataSource driver = (PGSimpleDataSource) PostgresServer.running().dataSource(this.link);
		driver.setPrepareThreshold(0);
		HikariDataSource pool = new HikariDataSource();
		pool.setDataSource(driver);
		pool.setMaximumPoolSize(2);
		return pool;
	}

	@ParameterizedTest
	@ValueSource(strings = { "true", "on", "yes" })
	void resolvesTheCommitsOfScopesAndOfTransactionalMethods(String value) {
		this.application.withPropertyValues("transaction-scope.commit.resolve=" + value).run((context) -> {
			assertThat(byScope(context)).isOne();
			assertThat(byTemplate(context)).isOne();
		});
	}

	@Test
	void resolvesThoseOfJpaToo() {
		this.application.withConfiguration(AutoConfigurations.of(HibernateJpaAutoConfiguration.class))
			.withPropertyValues("transaction-scope.commit.resolve=true")
			.run((context) -> {
				assertThat(byScope(context)).isOne();
				assertThat(byTemplate(context)).isOne();
			});
	}

	@Test
	void resolvesThoseOfAManagerThatTheApplicationHasDefined() {
		this.application.withUserConfiguration(OwnManager.class)
			.withPropertyValues("transaction-scope.commit.resolve=true")
			.run((context) -> assertThat(byTemplate(context)).isOne());
	}

	@ParameterizedTest
	@ValueSource(strings = { "transaction-scope.commit.resolve=false", "other=true" })
	void resolvesNoneByDefault(String property) {
		this.application.withPropertyValues(property).run((context) -> {
			assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> byScope(context))
				.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
			assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> byTemplate(context))
				.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void resolvesReactiveOnes(boolean resolve) {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(R2dbcTransactionManagerAutoConfiguration.class,
					TransactionAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
					ReactiveTransactionScopeAutoConfiguration.class,
					ScopedR2dbcTransactionManagerAutoConfiguration.class, CommitResolutionAutoConfiguration.class))
			.withBean(ConnectionFactory.class, this::connections)
			.withPropertyValues("transaction-scope.commit.resolve=" + resolve)
			.run((context) -> {
				Mono<Long> write = DatabaseClient.create(context.getBean(ConnectionFactory.class))
					.sql("create temporary table written on commit drop as select 1")
					.fetch()
					.rowsUpdated();
				Mono<Long> byScope = Mono
					.defer(() -> context.getBean(ReactiveTransactionScope.class).call(() -> write));
				Mono<Long> byOperator = Mono
					.defer(() -> context.getBean(TransactionalOperator.class).transactional(write));
				for (Mono<Long> each : List.of(byScope, byOperator)) {
					this.fate.set(Fate.UNANSWERED);
					if (resolve) {
						assertThat(each.block()).isOne();
					}
					else {
						assertThatExceptionOfType(CommitFailedException.class).isThrownBy(each::block)
							.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
					}
				}
			});
	}

	private ConnectionFactory connections() {
		PGSimpleDataSource driver = (PGSimpleDataSource) PostgresServer.running().dataSource();
		return new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
			.host(this.link.host())
			.port(this.link.port())
			.username(Objects.requireNonNull(driver.getUser()))
			.password(driver.getPassword())
			.database(driver.getDatabaseName())
			.build());
	}

	private int byScope(ApplicationContext context) {
		this.fate.set(Fate.UNANSWERED);
		return context.getBean(TransactionScope.class).call(() -> write(context));
	}

	private int byTemplate(ApplicationContext context) {
		this.fate.set(Fate.UNANSWERED);
		Integer written = new TransactionTemplate(context.getBean(PlatformTransactionManager.class))
			.execute((status) -> write(context));
		return (written != null) ? written : 0;
	}

	/** Nothing that others see. */
	private static int write(ApplicationContext context) {
		JdbcClient jdbc = JdbcClient.create(context.getBean(HikariDataSource.class));
		jdbc.sql("create temporary table written (id int) on commit drop").update();
		return jdbc.sql("insert into written values (1)").update();
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnManager {

		@Bean
		ScopedJdbcTransactionManager transactionManager(HikariDataSource dataSource) {
			return new ScopedJdbcTransactionManager(dataSource);
		}

	}

}
