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
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.transactionscope.TransactionScope;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.metrics.PoolMetricsAutoConfiguration;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.metrics.PoolMetrics;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.PoolSettings.BorrowSite;
import io.transactionscope.pool.PoolSettings.DeadlockPolicy;
import io.transactionscope.pool.RemoteCallPolicy;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.pool.tracked.TrackedPool;
import io.transactionscope.test.RoutedPools;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.CustomScopeConfigurer;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.metrics.DataSourcePoolMetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Which pools get a ledger, how it is configured, and that all else goes on working.
 */
class PoolAutoConfigurationTests {

	private final ApplicationContextRunner bare = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PoolAutoConfiguration.class, PoolMetricsAutoConfiguration.class));

	private final ApplicationContextRunner jdbc = this.bare
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class,
				TransactionManagerCustomizationAutoConfiguration.class,
				DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true", "spring.datasource.name=orders");

	private final ApplicationContextRunner scoped = this.jdbc.withConfiguration(AutoConfigurations
		.of(ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class));

	// Which pools

	@Test
	void keepsTheLedgerOfThePool() {
		this.jdbc.run((context) -> {
			DataSource dataSource = context.getBean(DataSource.class);
			assertThat(dataSource).isInstanceOf(TrackedPool.class);
			assertThat(ledger(context)).isSameAs(((TrackedPool) dataSource).ledger());
			assertThat(ledger(context).pool()).isEqualTo("orders");
			assertThat(dataSource.unwrap(HikariDataSource.class)).isInstanceOf(HikariDataSource.class);
		});
	}

	@ParameterizedTest
	@CsvSource({ "transaction-scope.enabled", "transaction-scope.pool.enabled" })
	void leavesThePoolAloneWhenDisabled(String key) {
		this.jdbc.withPropertyValues(key + "=false")
			.run((context) -> assertThat(context).hasSingleBean(HikariDataSource.class)
				.doesNotHaveBean(PoolLedgers.class)
				.doesNotHaveBean(PoolMetrics.class));
	}

	@Test
	void leavesOtherDataSourcesAlone() {
		this.bare.withBean(SimpleDriverDataSource.class, SimpleDriverDataSource::new)
			.run((context) -> assertThat(context.getBean(PoolLedgers.class).all()).isEmpty());
	}

	@Test
	void keepsALedgerForEachPoolBehindARoutingDataSource() {
		this.bare.withUserConfiguration(RoutedPools.class).run((context) -> {
			DataSource routing = context.getBean(DataSource.class);
			assertThat(routing).isInstanceOf(AbstractRoutingDataSource.class);
			assertThat(context.getBean(PoolLedgers.class).all()).extracting(PoolLedger::pool)
				.containsExactly("replica", "writer");
			try (Connection connection = routing.getConnection()) {
				assertThat(connection).isNotNull();
				assertThat(ledger(context, "replica").snapshot().leases()).hasSize(1);
				assertThat(ledger(context, "writer").snapshot().leases()).isEmpty();
			}
		});
	}

	@Test
	void takesOverALedgerOfTheApplication() {
		this.bare.withUserConfiguration(OwnLedger.class).run((context) -> {
			TrackedDataSource dataSource = context.getBean("dataSource", TrackedDataSource.class);
			assertThat(context.getBean(PoolLedgers.class).all()).containsExactly(dataSource.ledger());
			assertThat(context.getBean("alias")).isSameAs(dataSource);
		});
	}

	@Test
	void leavesAPoolAloneThatHasAScopeOfItsOwn() {
		this.bare.withUserConfiguration(ScopedPool.class).run((context) -> {
			assertThat(context.getBean("pool")).isInstanceOf(HikariDataSource.class);
			assertThat(context.getBean(ScopedProxyUtils.getTargetBeanName("pool")))
				.isExactlyInstanceOf(HikariDataSource.class);
			assertThat(context.getBean(PoolLedgers.class).all()).isEmpty();
		});
	}

	@Test
	void closesTheLedgerWithTheContext() {
		this.bare.withUserConfiguration(OutlivingPool.class).run((context) -> {
			assertThat(ledger(context).pool()).isEqualTo("outliving");
			assertThat(threads()).contains("outliving:ledger");
			context.close();
			await().untilAsserted(() -> assertThat(threads()).doesNotContain("outliving:ledger"));
		});
	}

	@Test
	void closesTheLedgerOfAPoolFromElsewhereWithTheContext() {
		try (HikariDataSource container = RoutedPools.pool("container")) {
			this.bare.withBean("dataSource", PoolFromElsewhere.class, () -> new PoolFromElsewhere(container))
				.run((context) -> {
					assertThat(context.getBean("dataSource")).isInstanceOf(TrackedPool.class);
					assertThat(threads()).contains("container:ledger");
					context.close();
					await().untilAsserted(() -> assertThat(threads()).doesNotContain("container:ledger"));
					assertThat(container.isClosed()).isFalse();
				});
		}
	}

	@Test
	void closesATrackedDataSourceOfTheApplicationWithTheContext() {
		this.bare.withUserConfiguration(OwnLedger.class).run((context) -> {
			new JdbcTemplate(context.getBean("dataSource", DataSource.class)).execute("select 1");
			assertThat(threads()).contains("own:ledger").anyMatch((name) -> name.startsWith("own:housekeeper"));
			context.close();
			await().untilAsserted(() -> assertThat(threads()).noneMatch((name) -> name.startsWith("own:")));
		});
	}

	private static List<String> threads() {
		return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
	}

	// Settings

	@Test
	void defaultsAreThoseOfTheLedger() {
		assertThat(bind(Map.of()).settings()).isEqualTo(PoolSettings.defaults());
	}

	@Test
	void eachSettingHasItsKey() {
		Map<String, String> keys = Map.ofEntries(Map.entry("deadlock", "report"), Map.entry("deadlock-grace", "1s"),
				Map.entry("leak-threshold", "2m"), Map.entry("capture-borrow-site", "sampled"),
				Map.entry("remote-calls", "fail"), Map.entry("max-waiting", "7"), Map.entry("wait-target", "50ms"),
				Map.entry("wait-interval", "3s"), Map.entry("reports", "4"), Map.entry("scopes", "5"),
				Map.entry("sampling", "0"));
		assertThat(bind(keys).settings()).returns(DeadlockPolicy.REPORT, PoolSettings::deadlock)
			.returns(Duration.ofSeconds(1), PoolSettings::deadlockGrace)
			.returns(Duration.ofMinutes(2), PoolSettings::leakThreshold)
			.returns(BorrowSite.SAMPLED, PoolSettings::borrowSite)
			.returns(RemoteCallPolicy.FAIL, PoolSettings::remoteCalls)
			.returns(7, PoolSettings::maxWaiting)
			.returns(Duration.ofMillis(50), PoolSettings::waitTarget)
			.returns(Duration.ofSeconds(3), PoolSettings::waitInterval)
			.returns(4, PoolSettings::reports)
			.returns(5, PoolSettings::scopes)
			.returns(Duration.ZERO, PoolSettings::sampling);
	}

	@Test
	void deadlockIsSwitchedOffByWhatYamlMakesOfOff() {
		assertThat(bind(Map.of("deadlock", "false")).deadlock()).isEqualTo(DeadlockPolicy.OFF);
	}

	@ParameterizedTest
	@CsvSource({ "max-waiting, 0", "wait-target, 0s", "wait-interval, -1s", "leak-threshold, -1s", "reports, 0",
			"scopes, -1", "sampling, -1ms", "deadlock-grace, -1ms", "leak-threshold, 366d", "sampling, 366d",
			"wait-target, 200000d", "wait-interval, 200000d", "deadlock-grace, 200000d" })
	void refusesWhatMakesNoSense(String key, String value) {
		this.jdbc.withPropertyValues("transaction-scope.pool." + key + "=" + value)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining("transaction-scope.pool." + key)
				.hasMessageContaining("It must be")
				.hasMessageMatching(".*; \\S.*"));
	}

	@ParameterizedTest
	@CsvSource({ "leak-threshold, 9223372036854775807d", "wait-target, 9223372036854775807d",
			"sampling, 99999999999999999999ms", "deadlock-grace, PT99999999999999999999S", "reports, 3000000000" })
	void namesThePropertyWhoseValueIsBeyondAllNumbers(String key, String value) {
		this.jdbc.withPropertyValues("transaction-scope.pool." + key + "=" + value)
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining("transaction-scope.pool." + key)
				.hasStackTraceContaining(value));
	}

	@Test
	void configuresTheLedger() {
		this.scoped.withPropertyValues("transaction-scope.pool.scopes=1").run((context) -> {
			TransactionScope scope = context.getBean(TransactionScope.class);
			scope.named("first").run((tx) -> tx.connection().getMetaData());
			scope.named("second").run((tx) -> tx.connection().getMetaData());
			assertThat(ledger(context).snapshot().scopes()).extracting(ScopeStatistics::scope)
				.containsExactlyInAnyOrder("first", ScopeStatistics.OTHER);
		});
	}

	// Names

	@Test
	void namesTransactionsOfAManagerOfTheApplication() {
		this.jdbc.withUserConfiguration(OwnManager.class)
			.run((context) -> assertThat(holder(context, "com.example.Orders.place")).isEqualTo("Orders.place"));
	}

	@Test
	void namesTransactionsOfBootsManager() {
		this.jdbc.run((context) -> {
			assertThat(context.getBean(PlatformTransactionManager.class).getClass())
				.isEqualTo(JdbcTransactionManager.class);
			assertThat(holder(context, "com.example.Orders.place")).isEqualTo("Orders.place");
		});
	}

	@Test
	void addsNothingToAManagerThatNamesBorrowersItself() {
		this.scoped.run((context) -> {
			assertThat(context.getBean(ScopedJdbcTransactionManager.class).getTransactionExecutionListeners())
				.isEmpty();
			assertThat(holder(context, "com.example.Orders.place")).isEqualTo("Orders.place");
		});
	}

	@Test
	void namesTransactionsOfJpa() {
		this.jdbc.withConfiguration(AutoConfigurations.of(HibernateJpaAutoConfiguration.class))
			.run((context) -> assertThat(holder(context, "com.example.Orders.place")).isEqualTo("Orders.place"));
	}

	@Test
	void lazyConnectionIsHeldFromTheFirstStatementOn() {
		this.jdbc.withPropertyValues("spring.datasource.connection-fetch=lazy").run((context) -> {
			JdbcTemplate template = new JdbcTemplate(context.getBean(DataSource.class));
			transaction(context, "com.example.Orders.place").executeWithoutResult((status) -> {
				assertThat(ledger(context).snapshot().leases()).isEmpty();
				template.execute("select 1");
				assertThat(ledger(context).snapshot().leases()).extracting(Lease::scope)
					.containsExactly("Orders.place");
			});
		});
	}

	// Meters

	@Test
	void addsMetersToThoseOfHikariCp() {
		this.jdbc
			.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
					SimpleMetricsExportAutoConfiguration.class, CompositeMeterRegistryAutoConfiguration.class,
					DataSourcePoolMetricsAutoConfiguration.class))
			.withUserConfiguration(Warmed.class)
			.run((context) -> {
				MeterRegistry registry = context.getBean(MeterRegistry.class);
				assertThat(registry.get("hikaricp.connections.max").tag("pool", "orders").gauge().value())
					.isEqualTo(10);
				assertThat(registry.get("transaction.scope.pool.deadlocks").tag("pool", "orders").functionCounter())
					.isNotNull();
				assertThat(registry.get("transaction.scope.pool.hold").tag("pool", "orders").functionTimer().count())
					.isEqualTo(1);
			});
	}

	@Test
	void doesWithoutMeters() {
		this.jdbc.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(PoolMetrics.class));
		this.jdbc.withClassLoader(new FilteredClassLoader("io.micrometer"))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	private static @Nullable String holder(ApplicationContext context, String transaction) {
		return transaction(context, transaction).execute((status) -> {
			assertThat(ledger(context).snapshot().leases()).hasSize(1);
			return String.valueOf(ledger(context).snapshot().leases().get(0).scope());
		});
	}

	private static TransactionTemplate transaction(ApplicationContext context, String name) {
		DefaultTransactionDefinition definition = new DefaultTransactionDefinition();
		definition.setName(name);
		return new TransactionTemplate(context.getBean(PlatformTransactionManager.class), definition);
	}

	private static PoolLedger ledger(ApplicationContext context) {
		assertThat(context.getBean(PoolLedgers.class).all()).hasSize(1);
		return context.getBean(PoolLedgers.class).all().get(0);
	}

	private static PoolLedger ledger(ApplicationContext context, String pool) {
		return context.getBean(PoolLedgers.class).find(pool).orElseThrow();
	}

	private static PoolProperties bind(Map<String, String> keys) {
		MapConfigurationPropertySource source = new MapConfigurationPropertySource();
		keys.forEach((key, value) -> source.put("transaction-scope.pool." + key, value));
		return new Binder(source).bindOrCreate("transaction-scope.pool", PoolProperties.class);
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnLedger {

		@Bean
		TrackedDataSource dataSource() {
			return new TrackedDataSource(new PoolLedger(RoutedPools.pool("own"), PoolSettings.defaults()));
		}

		@Bean
		DataSource alias(TrackedDataSource dataSource) {
			return dataSource;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ScopedPool {

		@Bean
		static CustomScopeConfigurer threadScope() {
			var configurer = new CustomScopeConfigurer();
			configurer.addScope("thread", new SimpleThreadScope());
			return configurer;
		}

		@Bean
		@Scope(scopeName = "thread", proxyMode = ScopedProxyMode.TARGET_CLASS)
		HikariDataSource pool() {
			return RoutedPools.pool("scoped");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OutlivingPool {

		@Bean(destroyMethod = "")
		HikariDataSource pool() {
			return RoutedPools.pool("outliving");
		}

	}

	record PoolFromElsewhere(HikariDataSource pool) implements FactoryBean<DataSource> {

		@Override
		public DataSource getObject() {
			return this.pool;
		}

		@Override
		public Class<?> getObjectType() {
			return DataSource.class;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnManager {

		@Bean
		JdbcTransactionManager transactionManager(DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Warmed {

		@Bean
		Connection warmUp(DataSource dataSource) throws SQLException {
			Connection connection = dataSource.getConnection();
			connection.close();
			return connection;
		}

	}

}
