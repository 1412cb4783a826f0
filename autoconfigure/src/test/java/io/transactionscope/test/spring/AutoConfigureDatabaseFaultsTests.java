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

package io.transactionscope.test.spring;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.tracked.TrackedPool;
import io.transactionscope.test.DatabaseFault;
import io.transactionscope.test.DatabaseFaults;
import io.transactionscope.test.Phase;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.h2.jdbc.JdbcConnection;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aot.AotDetector;
import org.springframework.aot.generate.GeneratedFiles.Kind;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.data.jpa.test.autoconfigure.DataJpaTest;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.SpringProperties;
import org.springframework.core.io.InputStreamSource;
import org.springframework.core.test.tools.ClassFile;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.SourceFile;
import org.springframework.core.test.tools.TestCompiler;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabase;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.test.context.TestContextManager;
import org.springframework.test.context.aot.TestContextAotGenerator;
import org.springframework.test.util.ReflectionTestUtils;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockito.Mockito.mock;

/**
 * Tests of {@link AutoConfigureDatabaseFaults}.
 */
@Tag("once")
class AutoConfigureDatabaseFaultsTests {

	private final ApplicationContextRunner bare = new ApplicationContextRunner()
		.withInitializer(AutoConfigureDatabaseFaultsTests::customize)
		.withConfiguration(AutoConfigurations.of(PoolAutoConfiguration.class));

	private final ApplicationContextRunner boot = this.bare
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class,
				DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
				ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true");

	private static void customize(ConfigurableApplicationContext context) {
		new DatabaseFaultsContextCustomizer().customizeContext(context, mock(MergedContextConfiguration.class));
	}

	// The pool of the application

	@ParameterizedTest
	@ValueSource(strings = { "transaction-scope.pool.enabled=true", "transaction-scope.pool.enabled=false",
			"spring.datasource.connection-fetch=lazy",
			"spring.datasource.type=org.apache.commons.dbcp2.BasicDataSource",
			"spring.datasource.type=org.springframework.jdbc.datasource.SimpleDriverDataSource" })
	void theCommitIsInDoubtWhateverThePool(String property) {
		this.boot.withPropertyValues(property).run((context) -> {
			DatabaseFaults faults = context.getBean(DatabaseFaults.class);
			DataSource dataSource = context.getBean(DataSource.class);
			JdbcTemplate jdbc = new JdbcTemplate(dataSource);
			jdbc.execute("create table orders (id int)");
			// Or all would be gone with the last connection of the database in memory.
			try (Connection other = dataSource.getConnection()) {
				assertThat(other.isValid(5)).isTrue();
				DatabaseFault afterwards = faults.at(Phase.COMMIT).once().lostLinkAfterwards();
				assertInDoubt(context.getBean(TransactionScope.class), jdbc);
				assertThat(afterwards.strikes()).isOne();
				faults.at(Phase.COMMIT).once().lostLink();
				assertInDoubt(context.getBean(TransactionScope.class), jdbc);
				assertThat(jdbc.queryForObject("select count(*) from orders", Integer.class)).isOne();
				faults.at(Phase.BORROW).once().refused();
				assertThat(catchThrowable(
						() -> context.getBean(TransactionScope.class).run((tx) -> tx.connection().isValid(5))))
					.extracting(NestedExceptionUtils::getMostSpecificCause)
					.isInstanceOf(SQLTransientConnectionException.class);
			}
		});
	}

	@Test
	void theCommitIsInDoubtWithJpa() {
		this.boot.withConfiguration(AutoConfigurations.of(HibernateJpaAutoConfiguration.class))
			.withUserConfiguration(Packages.class)
			.run((context) -> {
				assertThat(context).hasSingleBean(ScopedJpaTransactionManager.class);
				JdbcTemplate jdbc = new JdbcTemplate(context.getBean(DataSource.class));
				jdbc.execute("create table orders (id int)");
				context.getBean(DatabaseFaults.class).at(Phase.COMMIT).once().lostLinkAfterwards();
				assertInDoubt(context.getBean(TransactionScope.class), jdbc);
			});
	}

	private static void assertInDoubt(TransactionScope scope, JdbcTemplate jdbc) {
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> scope.run(() -> jdbc.update("insert into orders values (1)")))
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
	}

	@Test
	void thePoolStaysWhatItWas() {
		this.boot.run((context) -> {
			HikariDataSource pool = context.getBean(HikariDataSource.class);
			assertThat(pool).isSameAs(context.getBean(DataSource.class)).isInstanceOf(TrackedPool.class);
			assertThat(context.getBean(PoolLedgers.class).all()).hasSize(1);
			try (Connection connection = pool.getConnection()) {
				assertThat(connection.unwrap(JdbcConnection.class).isValid(5)).isTrue();
				assertThat(context.getBean(PoolLedgers.class).all().get(0).snapshot().leases()).hasSize(1);
			}
		});
	}

	@Test
	void thePoolConnectsToWhereAServiceIs() {
		this.boot.withBean(JdbcConnectionDetails.class, Service::new).run((context) -> {
			context.getBean(DatabaseFaults.class).at(Phase.STATEMENT).refused();
			assertThatItStrikes(context.getBean(DataSource.class), "40001");
			assertThat(context.getBean(HikariDataSource.class).getJdbcUrl()).isEqualTo(new Service().getJdbcUrl());
		});
	}

	@Test
	void thePoolMayHaveTheClassOfADataSource() {
		this.bare.withBean("orders", HikariDataSource.class, () -> {
			HikariDataSource pool = new HikariDataSource();
			pool.setDataSourceClassName(JdbcDataSource.class.getName());
			pool.addDataSourceProperty("url", "jdbc:h2:mem:" + UUID.randomUUID());
			return pool;
		}).run((context) -> {
			context.getBean(DatabaseFaults.class).at(Phase.STATEMENT).refused();
			assertThatItStrikes(context.getBean(DataSource.class), "40001");
		});
	}

	@Test
	void eachPoolIsKnownByItsBeanThoughItHasStartedBefore() {
		this.bare.withBean("orders", HikariDataSource.class, AutoConfigureDatabaseFaultsTests::started)
			.withBean("reports", LazyConnectionDataSourceProxy.class,
					() -> new LazyConnectionDataSourceProxy(started()))
			.run((context) -> {
				DatabaseFaults faults = context.getBean(DatabaseFaults.class);
				assertThat(faults.watched()).containsExactly("orders", "reports");
				faults.at(Phase.STATEMENT).in("orders").lockTimeout();
				faults.at(Phase.STATEMENT).in("reports").serverShutdown();
				assertThatItStrikes(context.getBean("orders", DataSource.class), "55P03");
				assertThatItStrikes(context.getBean("reports", DataSource.class), "57P01");
			});
	}

	@Test
	void thePoolMayBeInAParentOfTheTestsContext() {
		this.boot.run((parent) -> this.bare.withParent(parent)
			.withBean("reports", HikariDataSource.class, AutoConfigureDatabaseFaultsTests::started)
			.run((context) -> {
				DatabaseFaults faults = context.getBean(DatabaseFaults.class);
				assertThat(faults.watched()).containsExactly("dataSource", "reports");
				faults.at(Phase.STATEMENT).refused();
				assertThatItStrikes(parent.getBean(DataSource.class), "40001");
				assertThatItStrikes(context.getBean("reports", DataSource.class), "40001");
			}));
	}

	@Test
	void aDataSourceOfTheApplicationsOwnKeepsItsClass() {
		this.bare.withBean("orders", Own.class, Own::new).run((context) -> {
			context.getBean(DatabaseFaults.class).at(Phase.STATEMENT).refused();
			assertThatItStrikes(context.getBean(Own.class), "40001");
		});
	}

	static class Own extends DriverManagerDataSource {

		Own() {
			super("jdbc:h2:mem:own");
		}

	}

	private static HikariDataSource started() {
		HikariConfig config = new HikariConfig();
		config.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
		config.setMaximumPoolSize(1);
		return new HikariDataSource(config);
	}

	private static void assertThatItStrikes(DataSource dataSource, String state) {
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> new JdbcTemplate(dataSource).execute("select 1"))
			.havingRootCause()
			.isInstanceOfSatisfying(SQLException.class, (ex) -> assertThat(ex.getSQLState()).isEqualTo(state));
	}

	@Test
	void aDeadlinePassesWhileTheDatabaseTakesItsTime() {
		this.boot.run((context) -> {
			JdbcTemplate jdbc = new JdbcTemplate(context.getBean(DataSource.class));
			jdbc.execute("create table orders (id int)");
			TransactionScope scope = context.getBean(TransactionScope.class).timeout(Duration.ofSeconds(2));
			scope.run(() -> jdbc.update("insert into orders values (1)"));
			DatabaseFault stall = context.getBean(DatabaseFaults.class).at(Phase.STATEMENT).matching("insert").stalls();
			// By the timeout of the statement, in whole seconds, or that of the network.
			assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(() -> scope.run(() -> jdbc.update("insert into orders values (2)")))
				.withMessageContaining("timeout");
			assertThat(stall.strikes()).isOne();
			stall.disarm();
			assertThat(jdbc.queryForObject("select count(*) from orders", Integer.class)).isOne();
		});
	}

	// The test

	@SpringBootTest(classes = Application.class, properties = "spring.datasource.generate-unique-name=true")
	@AutoConfigureDatabaseFaults
	abstract static class OrdersTests {

		@Autowired
		@SuppressWarnings("NullAway.Init")
		DatabaseFaults faults;

		@Autowired
		@SuppressWarnings("NullAway.Init")
		DataSource dataSource;

		void forgets() {
			this.faults.at(Phase.COMMIT).lostLink();
		}

		void isLenient() {
			this.faults.at(Phase.COMMIT).lenient().lostLink();
		}

		void usesIt() {
			this.faults.at(Phase.STATEMENT).refused();
			assertThatItStrikes(this.dataSource, "40001");
		}

		void hasNone() {
			new JdbcTemplate(this.dataSource).execute("select 1");
		}

		@Transactional
		void isRolledBack() {
			assertThat(TransactionSynchronizationManager.isActualTransactionActive()).isTrue();
			this.faults.at(Phase.ROLLBACK).lenient().fails(new AssertionError("The test has ended"));
		}

	}

	static class First extends OrdersTests {

	}

	static class Second extends OrdersTests {

	}

	@Test
	void failsIfWhatWasToHappenDidNot() {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> run(First.class, "forgets", null))
			.withMessageStartingWith("First.forgets has passed, but what was to happen did not")
			.withMessageContaining("  - at COMMIT: lost link (")
			.withMessageContaining("OrdersTests.forgets(AutoConfigureDatabaseFaultsTests.java:")
			.withMessageContaining("[dataSource]");
	}

	@Test
	void saysNothingOfThatIfItHasFailedAnyway() {
		assertThatCode(() -> run(First.class, "forgets", new IllegalStateException("before")))
			.doesNotThrowAnyException();
	}

	@Test
	void leavesNothingToTheNextOneInTheSameContext() throws Exception {
		run(First.class, "isLenient", null);
		run(First.class, "usesIt", null);
		run(Second.class, "hasNone", null);
		run(Second.class, "isRolledBack", null);
	}

	@Test
	@CompileWithForkedClassLoader
	void worksAfterProcessingAheadOfTime() {
		InMemoryGeneratedFiles generated = new InMemoryGeneratedFiles();
		new TestContextAotGenerator(generated).processAheadOfTime(Stream.of(First.class));
		TestCompiler.forSystem()
			.withSources(generated.getGeneratedFiles(Kind.SOURCE)
				.values()
				.stream()
				.map((source) -> SourceFile.of((out) -> out.append(content(source))))
				.toList())
			.withClasses(generated.getGeneratedFiles(Kind.CLASS)
				.entrySet()
				.stream()
				.map((type) -> ClassFile.of(ClassFile.toClassName(type.getKey()), type.getValue()))
				.toList())
			.compile((compiled) -> {
				SpringProperties.setFlag(AotDetector.AOT_ENABLED);
				assertThatCode(() -> run(First.class, "usesIt", null)).doesNotThrowAnyException();
			});
	}

	private static String content(InputStreamSource source) throws IOException {
		try (InputStream in = source.getInputStream()) {
			return new String(in.readAllBytes(), StandardCharsets.UTF_8);
		}
	}

	private static void run(Class<? extends OrdersTests> type, String name, @Nullable Throwable failure)
			throws Exception {
		TestContextManager manager = new TestContextManager(type);
		OrdersTests test = type.getDeclaredConstructor().newInstance();
		manager.prepareTestInstance(test);
		Method method = OrdersTests.class.getDeclaredMethod(name);
		manager.beforeTestMethod(test, method);
		ReflectionTestUtils.invokeMethod(test, name);
		manager.afterTestMethod(test, method, failure);
	}

	@Nested
	@DataJpaTest
	@ContextConfiguration(classes = Application.class)
	@AutoConfigureDatabaseFaults
	class Slice {

		@Test
		void fails(@Autowired DatabaseFaults faults, @Autowired DataSource dataSource) {
			assertThat(dataSource).isInstanceOf(EmbeddedDatabase.class);
			faults.at(Phase.STATEMENT).refused();
			assertThatItStrikes(dataSource, "40001");
		}

	}

	@AutoConfigurationPackage
	@Configuration(proxyBeanMethods = false)
	static class Packages {

	}

	@AutoConfigurationPackage
	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ PoolAutoConfiguration.class, DataSourceAutoConfiguration.class,
			DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
			ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class })
	static class Application {

	}

	private static final class Service implements JdbcConnectionDetails {

		@Override
		public String getUsername() {
			return "sa";
		}

		@Override
		public String getPassword() {
			return "";
		}

		@Override
		public String getJdbcUrl() {
			return "jdbc:h2:mem:service";
		}

	}

}
