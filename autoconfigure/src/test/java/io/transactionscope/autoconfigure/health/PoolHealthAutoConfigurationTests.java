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

package io.transactionscope.autoconfigure.health;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.health.DatabaseHealthIndicator;
import io.transactionscope.health.PoolHealthIndicator;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.test.RoutedPools;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.context.annotation.Configurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.actuate.endpoint.StatusAggregator;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.AvailabilityProbesAutoConfiguration;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.application.AvailabilityHealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributors;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.health.DataSourceHealthContributorAutoConfiguration;
import org.springframework.boot.jdbc.health.DataSourceHealthIndicator;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What the application's health tells about its pools, and when it does not.
 */
class PoolHealthAutoConfigurationTests {

	private static final Configurations ENDPOINT = AutoConfigurations.of(EndpointAutoConfiguration.class,
			PoolHealthStatusAutoConfiguration.class, HealthEndpointAutoConfiguration.class);

	// Boot's component waits until a suspended pool is resumed.
	private static final String WITHOUT_DB = "management.health.db.enabled=false";

	private final ApplicationContextRunner bare = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PoolAutoConfiguration.class, HealthContributorAutoConfiguration.class,
				HealthContributorRegistryAutoConfiguration.class, DataSourceHealthContributorAutoConfiguration.class,
				PoolHealthContributorAutoConfiguration.class, DatabaseHealthContributorAutoConfiguration.class));

	private final ApplicationContextRunner contextRunner = this.bare
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true");

	@Test
	void tellsOfThePool() {
		this.contextRunner
			.run((context) -> assertThat(context.getBean(HealthContributorRegistry.class).getContributor("pool"))
				.isInstanceOf(PoolHealthIndicator.class));
	}

	@Test
	void tellsOfThePoolBehindLazyConnections() {
		this.contextRunner.withPropertyValues("spring.datasource.connection-fetch=lazy")
			.run((context) -> assertThat(context.getBean(HealthContributorRegistry.class).getContributor("pool"))
				.isInstanceOf(PoolHealthIndicator.class));
	}

	@Test
	void tellsOfSeveralPoolsByTheNamesOfTheirBeans() {
		this.bare.withUserConfiguration(TwoPools.class).run((context) -> {
			assertThat(context.getBean("poolHealthContributor", CompositeHealthContributor.class).stream())
				.extracting(HealthContributors.Entry::name)
				.containsExactly("orders", "reports");
		});
	}

	@Test
	void makesNoPoolThatIsLazy() {
		this.bare.withUserConfiguration(TwoPools.class, LazyPool.class)
			.withPropertyValues(WITHOUT_DB)
			.run((context) -> {
				assertThat(context.getBeanFactory().containsSingleton("lazy")).isFalse();
				assertThat(context.getBean("poolHealthContributor", CompositeHealthContributor.class).stream())
					.extracting(HealthContributors.Entry::name)
					.containsExactly("orders", "reports");
			});
	}

	@Test
	void tellsOfALazyPoolThatBootHasNeeded() {
		this.bare.withUserConfiguration(TwoPools.class, LazyPool.class)
			.run((context) -> assertThat(
					context.getBean("poolHealthContributor", CompositeHealthContributor.class).stream())
				.extracting(HealthContributors.Entry::name)
				.containsExactly("orders", "reports", "lazy"));
	}

	@Test
	void tellsOfALazyPoolOnceTheApplicationHasNeededIt() {
		this.bare.withUserConfiguration(TwoPools.class, LazyPool.class)
			.withPropertyValues(WITHOUT_DB)
			.run((context) -> {
				context.getBean("lazy");
				assertThat(context.getBean("poolHealthContributor", CompositeHealthContributor.class).stream())
					.extracting(HealthContributors.Entry::name)
					.containsExactly("orders", "reports", "lazy");
			});
	}

	@Test
	void tellsOfPoolsThatARouterLeadsToWhileItDoes() {
		this.bare.withUserConfiguration(Tenants.class).withPropertyValues(WITHOUT_DB).run((context) -> {
			CompositeHealthContributor pools = context.getBean("poolHealthContributor",
					CompositeHealthContributor.class);
			assertThat(pools.stream()).extracting(HealthContributors.Entry::name).containsExactly("tenant-1");
			Tenants tenants = context.getBean(Tenants.class);
			tenants.lead(context.getBean(AbstractRoutingDataSource.class), "tenant-1", "tenant-2");
			await().untilAsserted(() -> assertThat(pools.stream()).extracting(HealthContributors.Entry::name)
				.containsExactly("tenant-1", "tenant-2"));
			Objects.requireNonNull(tenants.pools.get("tenant-1")).close();
			assertThat(pools.stream()).extracting(HealthContributors.Entry::name).containsExactly("tenant-2");
		});
	}

	@Test
	void tellsOfEachPoolOfARouterIfTheyAreNamedAlike() {
		this.bare.withUserConfiguration(Tenants.class)
			.withPropertyValues(WITHOUT_DB, "tenants.pool-name=tenants")
			.run((context) -> {
				CompositeHealthContributor pools = context.getBean("poolHealthContributor",
						CompositeHealthContributor.class);
				context.getBean(Tenants.class)
					.lead(context.getBean(AbstractRoutingDataSource.class), "tenant-1", "tenant-2", "tenant-3");
				await().untilAsserted(() -> assertThat(pools.stream()).extracting(HealthContributors.Entry::name)
					.containsExactly("tenants", "tenants-2", "tenants-3"));
				assertThat(pools.stream()).extracting(HealthContributors.Entry::contributor).doesNotHaveDuplicates();
			});
	}

	@Test
	void tellsNothingOfThePoolsOfASibling() {
		this.bare.run((parent) -> child(parent, "orders").run((orders) -> child(parent, "reports").run((reports) -> {
			assertThat(parent.getBean(PoolLedgers.class).all()).hasSize(2);
			assertThat(reports.getBean("poolHealthContributor")).isInstanceOf(PoolHealthIndicator.class);
		})));
	}

	@Test
	void tellsOfThePoolsOfAChild() {
		this.bare.withUserConfiguration(TwoPools.class)
			.withPropertyValues(WITHOUT_DB)
			.run((parent) -> child(parent, "stock").run((child) -> assertThat(
					parent.getBean("poolHealthContributor", CompositeHealthContributor.class).stream())
				.extracting(HealthContributors.Entry::name)
				.containsExactly("orders", "reports", "stock")));
	}

	private ApplicationContextRunner child(ApplicationContext parent, String name) {
		return this.bare.withParent(parent).withBean(name, HikariDataSource.class, () -> {
			HikariDataSource pool = TwoPools.pool(name);
			pool.setPoolName(name);
			return pool;
		});
	}

	@Test
	void leavesTheAggregationToAnotherStarter() {
		this.contextRunner.withConfiguration(ENDPOINT)
			.withConfiguration(AutoConfigurations.of(StatusOfACompanyAutoConfiguration.class))
			.run((context) -> assertThat(context).getBean(StatusAggregator.class)
				.isSameAs(context.getBean("statusOfACompany")));
	}

	@Test
	void saysNothingWhereThereIsNoPool() {
		this.bare.withBean(DataSource.class, SimpleDriverDataSource::new)
			.run((context) -> assertThat(context.getBean(HealthContributorRegistry.class).getContributor("pool"))
				.isNull());
	}

	@ParameterizedTest
	@CsvSource({ "management.health.pool.enabled", "management.health.defaults.enabled",
			"transaction-scope.pool.enabled" })
	void isSwitchedOff(String key) {
		this.contextRunner.withPropertyValues(key + "=false")
			.run((context) -> assertThat(context).doesNotHaveBean("poolHealthContributor"));
	}

	@Test
	void doesWithoutBootsHealth() {
		new ApplicationContextRunner().withUserConfiguration(Application.class)
			.withPropertyValues("transaction-scope.health.replace-db=true")
			.withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("poolHealthContributor"));
	}

	@Test
	void backsOffFromAnIndicatorOfTheApplication() {
		this.contextRunner.withUserConfiguration(OwnIndicator.class)
			.run((context) -> assertThat(context).hasBean("poolHealthIndicator")
				.doesNotHaveBean("poolHealthContributor"));
	}

	@Test
	void refusesAThresholdThatMakesNoSense() {
		this.contextRunner.withPropertyValues("transaction-scope.health.degraded-wait=0")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining("transaction-scope.health.degraded-wait")
				.hasMessageContaining("It must be positive"));
	}

	@Test
	void refusesToBeOutOfServiceBeforeItIsDegraded() {
		this.contextRunner.withPropertyValues("transaction-scope.health.degraded-wait=6s")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining("transaction-scope.health.degraded-wait")
				.hasMessageContaining("PT6S")
				.hasMessageContaining("at most transaction-scope.health.out-of-service-wait, which is PT5S")
				.hasMessageContaining("raise that"));
	}

	@Test
	void refusesAThresholdThatIsNeverReached() {
		this.contextRunner.withPropertyValues("transaction-scope.health.recovery=366d")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining("transaction-scope.health.recovery")
				.hasMessageContaining("It must be at most PT8760H;"));
	}

	@Test
	void poolThatIsClosedLeavesUnlessItIsTheLast() {
		this.bare.withUserConfiguration(TwoPools.class).run((context) -> {
			CompositeHealthContributor pools = context.getBean("poolHealthContributor",
					CompositeHealthContributor.class);
			unwrap(context, "orders").close();
			assertThat(pools.stream()).extracting(HealthContributors.Entry::name).containsExactly("reports");
			assertThat(pools.getContributor("orders")).isNull();
			assertThat(pools.getContributor("reports")).isNotNull();
			unwrap(context, "reports").close();
			assertThat(pools.stream()).hasSize(2)
				.extracting(HealthContributors.Entry::contributor)
				.asInstanceOf(InstanceOfAssertFactories.list(HealthIndicator.class))
				.allSatisfy((pool) -> assertThat(pool.health()).isNotNull()
					.returns(Status.OUT_OF_SERVICE, Health::getStatus));
		});
	}

	// Status of the whole

	@Test
	void severalDegradedPoolsAreDegradedTogether() {
		this.bare.withUserConfiguration(TwoPools.class)
			.withConfiguration(ENDPOINT)
			.withPropertyValues(WITHOUT_DB)
			.run((context) -> {
				suspend(context, "orders");
				assertThat(status(context, "pool")).isEqualTo(Status.UP);
				suspend(context, "reports");
				assertThat(status(context, "pool")).isEqualTo(PoolHealthIndicator.DEGRADED);
				assertThat(status(context)).isEqualTo(Status.UP);
				resume(context, "reports");
				assertThat(status(context, "pool")).isEqualTo(Status.UP);
			});
	}

	@Test
	void groupOfNothingButADegradedPoolIsDegradedAndAnswersWith200() {
		this.contextRunner.withConfiguration(ENDPOINT)
			.withPropertyValues("management.endpoint.health.group.pools.include=pool",
					"spring.datasource.hikari.allow-pool-suspension=true")
			.run((context) -> {
				suspend(context, "dataSource");
				assertThat(status(context, "pools")).isEqualTo(PoolHealthIndicator.DEGRADED);
				HealthEndpointGroups groups = context.getBean(HealthEndpointGroups.class);
				assertThat(groups.get("pools")).isNotNull()
					.returns(200,
							(group) -> group.getHttpCodeStatusMapper().getStatusCode(PoolHealthIndicator.DEGRADED));
			});
	}

	@Test
	void keepsToTheConfiguredOrderOfStatuses() {
		this.contextRunner.withConfiguration(ENDPOINT)
			.withPropertyValues("management.endpoint.health.status.order=down,out-of-service,degraded,up",
					"spring.datasource.hikari.allow-pool-suspension=true", WITHOUT_DB)
			.run((context) -> {
				assertThat(status(context)).isEqualTo(Status.UP);
				suspend(context, "dataSource");
				assertThat(status(context)).isEqualTo(PoolHealthIndicator.DEGRADED);
			});
	}

	@Test
	void leavesAnAggregatorOfTheApplicationAlone() {
		this.contextRunner.withConfiguration(ENDPOINT)
			.withBean(StatusAggregator.class, StatusAggregator::getDefault)
			.run((context) -> assertThat(context.getBean(StatusAggregator.class))
				.isSameAs(StatusAggregator.getDefault()));
	}

	@Test
	void leavesTheAggregatorOfBootAloneWhereItTellsOfNoPool() {
		this.contextRunner.withConfiguration(ENDPOINT)
			.withPropertyValues("management.health.pool.enabled=false")
			.run((context) -> assertThat(context).getBean(StatusAggregator.class)
				.isNotInstanceOf(DegradedStatusAggregator.class));
	}

	@Test
	void isInNoProbeGroupAndAnswersWith200WhenDegraded() {
		this.contextRunner.withConfiguration(ENDPOINT)
			.withConfiguration(AutoConfigurations.of(ApplicationAvailabilityAutoConfiguration.class,
					AvailabilityProbesAutoConfiguration.class, AvailabilityHealthContributorAutoConfiguration.class))
			.withPropertyValues("management.endpoint.health.probes.enabled=true")
			.run((context) -> {
				assertThat(context).hasSingleBean(HealthEndpoint.class);
				HealthEndpointGroups groups = context.getBean(HealthEndpointGroups.class);
				assertThat(groups.getNames()).containsExactlyInAnyOrder("liveness", "readiness");
				assertThat(groups.get("liveness")).isNotNull().returns(false, (group) -> group.isMember("pool"));
				assertThat(groups.get("readiness")).isNotNull().returns(false, (group) -> group.isMember("pool"));
				assertThat(groups.getPrimary().isMember("pool")).isTrue();
				assertThat(groups.getPrimary().getHttpCodeStatusMapper().getStatusCode(PoolHealthIndicator.DEGRADED))
					.isEqualTo(200);
			});
	}

	// db

	@Test
	void leavesBootsIndicatorOfTheDatabaseUnlessAsked() {
		this.contextRunner.run((context) -> assertThat(context.getBean("dbHealthContributor"))
			.isInstanceOf(DataSourceHealthIndicator.class));
	}

	@Test
	void replacesBootsIndicatorOfTheDatabaseWhenAsked() {
		this.contextRunner
			.withPropertyValues("transaction-scope.health.replace-db=true",
					"spring.datasource.hikari.maximum-pool-size=1")
			.run((context) -> {
				DatabaseHealthIndicator db = context.getBean("dbHealthContributor", DatabaseHealthIndicator.class);
				assertThat(context.getBean(HealthContributorRegistry.class).getContributor("db")).isSameAs(db);
				try (Connection connection = context.getBean(DataSource.class).getConnection()) {
					assertThat(connection).isNotNull();
					assertThat(db.health().getStatus()).isEqualTo(Status.UNKNOWN);
				}
				// It waits for a second, for which the machine may stand still.
				await().untilAsserted(() -> assertThat(db.health().getStatus()).isEqualTo(Status.UP));
			});
	}

	@Test
	void replacesTheIndicatorsOfPoolsOnly() {
		this.bare.withUserConfiguration(TwoPools.class)
			.withBean("other", DataSource.class, SimpleDriverDataSource::new)
			.withPropertyValues("transaction-scope.health.replace-db=true")
			.run((context) -> {
				CompositeHealthContributor db = context.getBean("dbHealthContributor",
						CompositeHealthContributor.class);
				assertThat(db.getContributor("orders")).isInstanceOf(DatabaseHealthIndicator.class);
				assertThat(db.getContributor("reports")).isInstanceOf(DatabaseHealthIndicator.class);
				assertThat(db.getContributor("other")).isInstanceOf(DataSourceHealthIndicator.class);
			});
	}

	@Test
	void followsARoutingDataSource() {
		this.bare.withUserConfiguration(RoutedPools.class)
			.withPropertyValues("transaction-scope.health.replace-db=true")
			.run((context) -> {
				CompositeHealthContributor db = context.getBean("dbHealthContributor",
						CompositeHealthContributor.class);
				assertThat(db.getContributor("dataSource"))
					.asInstanceOf(InstanceOfAssertFactories.type(CompositeHealthContributor.class))
					.extracting((routed) -> routed.getContributor("writer"))
					.isInstanceOf(DatabaseHealthIndicator.class);
			});
	}

	private static Status status(ApplicationContext context, String... path) {
		HealthEndpoint endpoint = context.getBean(HealthEndpoint.class);
		HealthDescriptor health = (path.length > 0) ? endpoint.healthForPath(path) : endpoint.health();
		return Objects.requireNonNull(health).getStatus();
	}

	private static HikariDataSource unwrap(ApplicationContext context, String bean) throws SQLException {
		return context.getBean(bean, DataSource.class).unwrap(HikariDataSource.class);
	}

	private static void suspend(ApplicationContext context, String bean) throws SQLException {
		HikariDataSource pool = unwrap(context, bean);
		pool.getConnection().close();
		pool.getHikariPoolMXBean().suspendPool();
	}

	private static void resume(ApplicationContext context, String bean) throws SQLException {
		unwrap(context, bean).getHikariPoolMXBean().resumePool();
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ DataSourceAutoConfiguration.class, PoolAutoConfiguration.class,
			PoolHealthContributorAutoConfiguration.class, DatabaseHealthContributorAutoConfiguration.class })
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoPools {

		@Bean
		HikariDataSource orders() {
			return pool("orders");
		}

		@Bean
		HikariDataSource reports() {
			return pool("reports");
		}

		private static HikariDataSource pool(String name) {
			HikariDataSource pool = new HikariDataSource();
			pool.setJdbcUrl("jdbc:h2:mem:" + name);
			pool.setMaximumPoolSize(2);
			pool.setAllowPoolSuspension(true);
			return pool;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyPool {

		@Bean
		@Lazy
		HikariDataSource lazy() {
			return TwoPools.pool("lazy");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Tenants {

		private final Map<Object, HikariDataSource> pools = new HashMap<>();

		@Value("${tenants.pool-name:}")
		private String poolName;

		@Bean
		AbstractRoutingDataSource tenants() {
			AbstractRoutingDataSource router = new AbstractRoutingDataSource() {

				@Override
				protected Object determineCurrentLookupKey() {
					return "tenant-1";
				}

			};
			lead(router, "tenant-1");
			return router;
		}

		private void lead(AbstractRoutingDataSource router, String... tenants) {
			for (String each : tenants) {
				this.pools.computeIfAbsent(each, (key) -> {
					HikariDataSource pool = TwoPools.pool(each);
					pool.setPoolName(this.poolName.isEmpty() ? each : this.poolName);
					return pool;
				});
			}
			router.setTargetDataSources(new HashMap<>(this.pools));
			router.afterPropertiesSet();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnIndicator {

		@Bean
		HealthIndicator poolHealthIndicator() {
			return () -> Health.up().build();
		}

	}

}
