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

import java.time.Duration;
import java.util.Map;
import java.util.UUID;

import com.zaxxer.hikari.HikariDataSource;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.actuate.PoolsEndpoint;
import io.transactionscope.autoconfigure.actuate.PoolsEndpointAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.autoconfigure.pool.r2dbc.R2dbcPoolAutoConfiguration;
import io.transactionscope.health.PoolHealthIndicator;
import io.transactionscope.test.RoutedPools;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributors;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.health.ConnectionFactoryHealthContributorAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.r2dbc.connection.lookup.AbstractRoutingConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the application's health tells of R2DBC pools, and the endpoint: the same, in one
 * list with those of HikariCP.
 */
class R2dbcPoolHealthTests {

	private final ApplicationContextRunner bare = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PoolAutoConfiguration.class, R2dbcPoolAutoConfiguration.class,
				HealthContributorAutoConfiguration.class, HealthContributorRegistryAutoConfiguration.class,
				PoolHealthContributorAutoConfiguration.class, PoolsEndpointAutoConfiguration.class))
		.withPropertyValues("management.endpoints.web.exposure.include=*",
				"management.endpoints.jmx.exposure.include=*");

	private final ApplicationContextRunner boot = this.bare
		.withConfiguration(AutoConfigurations.of(R2dbcAutoConfiguration.class, DataSourceAutoConfiguration.class,
				ConnectionFactoryHealthContributorAutoConfiguration.class))
		.withPropertyValues("spring.r2dbc.generate-unique-name=true");

	@Test
	void tellsOfThePoolAlone() {
		this.boot.run((context) -> {
			assertThat(context.getBean(HealthContributorRegistry.class).getContributor("pool"))
				.isInstanceOf(PoolHealthIndicator.class);
			Health health = context.getBean("poolHealthContributor", PoolHealthIndicator.class).health();
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(health.getDetails()).containsEntry("pool", "connectionFactory");
			context.getBean(ConnectionPool.class).dispose();
			assertThat(context.getBean("poolHealthContributor", PoolHealthIndicator.class).health().getStatus())
				.isEqualTo(Status.OUT_OF_SERVICE);
		});
	}

	@Test
	void tellsOfThePoolWithoutHikariCpAndWithoutJdbc() {
		this.boot.withClassLoader(new FilteredClassLoader("com.zaxxer.hikari", "org.springframework.jdbc."))
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean("poolHealthContributor")).isInstanceOf(PoolHealthIndicator.class);
				assertThat(context).hasSingleBean(PoolsEndpoint.class);
			});
	}

	@Test
	void tellsOfPoolsOfBothKindsInOneList() {
		this.bare.withUserConfiguration(BothKinds.class).run((context) -> {
			CompositeHealthContributor pools = context.getBean("poolHealthContributor",
					CompositeHealthContributor.class);
			assertThat(pools.stream()).extracting(HealthContributors.Entry::name)
				.containsExactlyInAnyOrder("orders", "events");
			assertThat(context.getBean(PoolsEndpoint.class).pools().pools())
				.extracting((pool) -> pool.snapshot().pool())
				.containsExactlyInAnyOrder("orders", "events");
			context.getBean("events", ConnectionPool.class).dispose();
			assertThat(pools.stream()).extracting(HealthContributors.Entry::name).containsExactly("orders");
			context.getBean(HikariDataSource.class).close();
			assertThat(pools.stream()).hasSize(2)
				.allSatisfy((pool) -> assertThat(((HealthIndicator) pool.contributor()).health()).isNotNull()
					.returns(Status.OUT_OF_SERVICE, Health::getStatus));
		});
	}

	@Test
	void tellsOfWhatARouterLeadsToByItsKeys() {
		this.bare.withBean("tenants", ConnectionFactory.class, Router::new)
			.run((context) -> assertThat(
					context.getBean("poolHealthContributor", CompositeHealthContributor.class).stream())
				.extracting(HealthContributors.Entry::name)
				.containsExactly("tenants:eu"));
	}

	@Test
	void makesNoPoolThatIsLazyAndTellsOfItOnceItIsNeeded() {
		this.bare.withUserConfiguration(LazyPool.class).run((context) -> {
			assertThat(context.getBeanFactory().containsSingleton("late")).isFalse();
			CompositeHealthContributor pools = context.getBean("poolHealthContributor",
					CompositeHealthContributor.class);
			assertThat(pools.stream()).isEmpty();
			context.getBean("late");
			assertThat(pools.stream()).extracting(HealthContributors.Entry::name).containsExactly("late");
		});
	}

	@Test
	void saysNothingWhereThereIsNoPool() {
		this.boot.withPropertyValues("spring.r2dbc.pool.enabled=false")
			.run((context) -> assertThat(context.getBean(HealthContributorRegistry.class).getContributor("pool"))
				.isNull());
	}

	@Test
	void applicationWithoutR2dbcPoolIsNotTouched() {
		this.boot.withClassLoader(new FilteredClassLoader("io.r2dbc.pool", "com.zaxxer.hikari"))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean("poolLedgers")
				.doesNotHaveBean("poolHealthContributor")
				.doesNotHaveBean("trackedConnectionPoolBeanPostProcessor"));
	}

	private static ConnectionPool pool() {
		return new ConnectionPool(
				ConnectionPoolConfiguration.builder(ConnectionFactories.get("r2dbc:h2:mem:///" + UUID.randomUUID()))
					.initialSize(0)
					.maxAcquireTime(Duration.ofSeconds(10))
					.build());
	}

	private static class Router extends AbstractRoutingConnectionFactory {

		Router() {
			setTargetConnectionFactories(Map.of("eu", pool()));
		}

		@Override
		protected Mono<Object> determineCurrentLookupKey() {
			return Mono.just("eu");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class BothKinds {

		@Bean
		HikariDataSource orders() {
			return RoutedPools.pool("orders");
		}

		@Bean
		ConnectionPool events() {
			return pool();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyPool {

		@Bean
		@Lazy
		ConnectionPool late() {
			return pool();
		}

	}

}
