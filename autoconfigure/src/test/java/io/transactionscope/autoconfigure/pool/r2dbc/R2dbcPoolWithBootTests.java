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

package io.transactionscope.autoconfigure.pool.r2dbc;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.transactionscope.autoconfigure.metrics.PoolMetricsAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.autoconfigure.reactive.ReactiveTransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.reactive.ScopedR2dbcTransactionManagerAutoConfiguration;
import io.transactionscope.metrics.PoolMetrics;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.r2dbc.TrackedConnectionPool;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.reactive.ReactiveTransactionScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.r2dbc.autoconfigure.DataR2dbcAutoConfiguration;
import org.springframework.boot.data.r2dbc.autoconfigure.DataR2dbcRepositoriesAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.r2dbc.ConnectionFactoryBuilder;
import org.springframework.boot.r2dbc.EmbeddedDatabaseConnection;
import org.springframework.boot.r2dbc.OptionsCapableConnectionFactory;
import org.springframework.boot.r2dbc.autoconfigure.ConnectionFactoryOptionsBuilderCustomizer;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcConnectionDetails;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcInitializationAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.health.ConnectionFactoryHealthContributorAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.metrics.ConnectionPoolMetricsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.annotation.Id;
import org.springframework.data.r2dbc.core.R2dbcEntityTemplate;
import org.springframework.data.r2dbc.repository.config.EnableR2dbcRepositories;
import org.springframework.data.relational.core.mapping.Table;
import org.springframework.data.repository.reactive.ReactiveCrudRepository;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What Boot and Spring Data make of a connection factory, they also make of one whose
 * pool has a ledger.
 */
class R2dbcPoolWithBootTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(R2dbcAutoConfiguration.class, PoolAutoConfiguration.class,
				R2dbcPoolAutoConfiguration.class))
		.withPropertyValues("spring.r2dbc.generate-unique-name=true", "spring.r2dbc.pool.initial-size=1",
				"spring.r2dbc.pool.max-size=3");

	@Test
	void metersOfBootTellOfThePoolAndOursBesideThem() {
		this.runner
			.withConfiguration(AutoConfigurations.of(ConnectionPoolMetricsAutoConfiguration.class,
					PoolMetricsAutoConfiguration.class))
			.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
			.run((context) -> {
				MeterRegistry registry = context.getBean(MeterRegistry.class);
				context.getBean(PoolMetrics.class).bindTo(registry);
				Connection connection = borrow(context);
				assertThat(registry.get("r2dbc.pool.acquired").tag("name", "connectionFactory").gauge().value())
					.isEqualTo(1);
				assertThat(registry.get("r2dbc.pool.max.allocated").gauge().value()).isEqualTo(3);
				assertThat(registry.getMeters())
					.anyMatch((meter) -> meter.getId().getName().startsWith("transaction.scope.pool")
							&& "connectionFactory".equals(meter.getId().getTag("pool")));
				Mono.from(connection.close()).block(SOON);
				assertThat(registry.get("r2dbc.pool.acquired").gauge().value()).isZero();
			});
	}

	@Test
	void healthOfBootIsUp() {
		this.runner.withConfiguration(AutoConfigurations.of(ConnectionFactoryHealthContributorAutoConfiguration.class))
			.run((context) -> assertThat(
					context.getBean("r2dbcHealthContributor", ReactiveHealthIndicator.class).health().block(SOON))
				.isNotNull()
				.returns(Status.UP, Health::getStatus));
	}

	@Test
	void connectionFactoryCanBeDerivedFromIt() {
		this.runner.run((context) -> {
			ConnectionPool pool = context.getBean(ConnectionPool.class);
			assertThat(
					ConnectionFactoryBuilder.derivedFrom(pool).buildOptions().getValue(ConnectionFactoryOptions.DRIVER))
				.isEqualTo("h2");
			assertThat(EmbeddedDatabaseConnection.isEmbedded(pool)).isTrue();
			assertThat(pool.unwrap(OptionsCapableConnectionFactory.class)).isNotNull();
			assertThat(pool.unwrap(ConnectionPool.class)).isSameAs(pool);
			assertThat(pool.getMetadata().getName()).isEqualTo("H2");
			assertThat(pool.warmup().block(SOON)).isNotNull();
		});
	}

	@Test
	void detailsOfAServiceConnectionAndCustomizersOfOptionsArePartOfIt() {
		String database = UUID.randomUUID().toString();
		this.runner
			.withBean(R2dbcConnectionDetails.class,
					() -> () -> ConnectionFactoryOptions.parse("r2dbc:h2:mem:///" + database))
			.withBean(ConnectionFactoryOptionsBuilderCustomizer.class,
					() -> (options) -> options.option(ConnectionFactoryOptions.USER, "customized"))
			.run((context) -> {
				ConnectionPool pool = context.getBean(TrackedConnectionPool.class);
				ConnectionFactoryOptions options = ConnectionFactoryBuilder.derivedFrom(pool).buildOptions();
				assertThat(options.getValue(ConnectionFactoryOptions.DATABASE)).isEqualTo(database);
				assertThat(options.getValue(ConnectionFactoryOptions.USER)).isEqualTo("customized");
				Mono.from(borrow(context).close()).block(SOON);
			});
	}

	@Test
	void scriptsTemplatesAndRepositoriesWorkOnItInScopesAndOutside(@TempDir Path folder) throws Exception {
		Path schema = Files.writeString(folder.resolve("schema.sql"),
				"create table item (id int auto_increment primary key, name varchar(20))");
		this.runner.withConfiguration(AutoConfigurations.of(R2dbcInitializationAutoConfiguration.class,
				DataR2dbcAutoConfiguration.class, DataR2dbcRepositoriesAutoConfiguration.class,
				R2dbcTransactionManagerAutoConfiguration.class, ScopedR2dbcTransactionManagerAutoConfiguration.class,
				TransactionAutoConfiguration.class, ReactiveTransactionScopeAutoConfiguration.class))
			.withUserConfiguration(Repositories.class)
			.withPropertyValues("spring.sql.init.schema-locations=" + schema.toUri())
			.run((context) -> {
				assertThat(context).hasNotFailed();
				R2dbcEntityTemplate template = context.getBean(R2dbcEntityTemplate.class);
				Items items = context.getBean(Items.class);
				template.insert(new Item(null, "outside")).block(SOON);
				context.getBean(ReactiveTransactionScope.class)
					.named("store")
					.call(() -> items.save(new Item(null, "inside"))
						.doOnNext((saved) -> assertThat(leases(context)).isEqualTo(1)))
					.block(SOON);
				assertThat(items.findAll().map(Item::name).collectList().block(SOON)).containsExactly("outside",
						"inside");
				assertThat(leases(context)).isZero();
			});
	}

	private static Connection borrow(ApplicationContext context) {
		Connection connection = Mono.<Connection>from(context.getBean(ConnectionFactory.class).create()).block(SOON);
		assertThat(leases(context)).isEqualTo(1);
		return Objects.requireNonNull(connection);
	}

	private static long leases(ApplicationContext context) {
		return context.getBean(PoolLedgers.class)
			.find("connectionFactory")
			.orElseThrow()
			.snapshot()
			.leases()
			.stream()
			.map(Lease::id)
			.count();
	}

	@Table
	record Item(@Id @Nullable Integer id, String name) {

	}

	interface Items extends ReactiveCrudRepository<Item, Integer> {

	}

	@Configuration(proxyBeanMethods = false)
	@AutoConfigurationPackage
	@EnableR2dbcRepositories(considerNestedRepositories = true)
	static class Repositories {

	}

}
