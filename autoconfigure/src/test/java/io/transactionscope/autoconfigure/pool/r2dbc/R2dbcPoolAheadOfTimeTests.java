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

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.autoconfigure.health.PoolHealthContributorAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.autoconfigure.pool.lint.PoolContradictionsAutoConfiguration;
import io.transactionscope.autoconfigure.pool.lint.PoolLintAutoConfiguration;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.r2dbc.TrackedConnectionPool;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributors;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.Compiled;
import org.springframework.core.test.tools.TestCompiler;
import org.springframework.javapoet.ClassName;
import org.springframework.r2dbc.connection.DelegatingConnectionFactory;
import org.springframework.r2dbc.connection.lookup.AbstractRoutingConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * R2DBC pools have ledgers in an application that was processed ahead of time, too.
 */
@Tag("once")
class R2dbcPoolAheadOfTimeTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	@Test
	@CompileWithForkedClassLoader
	void bootsPoolHasALedger() {
		process(Boots.class, (context) -> {
			assertThat(context.getBean(ConnectionPool.class)).isInstanceOf(TrackedConnectionPool.class);
			assertThatTheLedgerTells(context, "connectionFactory", "connectionFactory");
		});
	}

	@Test
	@CompileWithForkedClassLoader
	void poolsThatBeansLeadToHaveLedgers() {
		process(Leading.class, (context) -> {
			assertThatTheLedgerTells(context, "front", "front");
			assertThatTheLedgerTells(context, "tenants", "tenants:eu");
			assertThat(context.getBean("poolHealthContributor", CompositeHealthContributor.class).stream())
				.extracting(HealthContributors.Entry::name)
				.containsExactly("front", "tenants:eu");
		});
	}

	private static void process(Class<?> application, Check check) {
		TestGenerationContext generation = new TestGenerationContext(
				new ClassNameGenerator(ClassName.get(application)));
		ClassName initializer = new ApplicationContextAotGenerator().processAheadOfTime(annotated(application),
				generation);
		generation.writeGeneratedContent();
		TestCompiler.forSystem().with(generation).compile((compiled) -> runOn(compiled, initializer, check));
	}

	private static GenericApplicationContext annotated(Class<?> application) {
		GenericApplicationContext context = new AnnotationConfigApplicationContext();
		properties().applyTo(context);
		context.registerBean(application);
		return context;
	}

	@SuppressWarnings("unchecked")
	private static void runOn(Compiled compiled, ClassName initializer, Check check) {
		try (GenericApplicationContext context = new GenericApplicationContext()) {
			properties().applyTo(context);
			compiled.getInstance(ApplicationContextInitializer.class, initializer.toString()).initialize(context);
			context.refresh();
			check.accept(context);
		}
	}

	private static TestPropertyValues properties() {
		return TestPropertyValues.of("spring.r2dbc.generate-unique-name=true", "spring.r2dbc.pool.initial-size=0",
				"transaction-scope.lint.mode=warn");
	}

	private static void assertThatTheLedgerTells(ApplicationContext context, String bean, String name) {
		PoolLedger ledger = context.getBean(PoolLedgers.class).find(name).orElseThrow();
		Connection connection = Objects
			.requireNonNull(Mono.<Connection>from(context.getBean(bean, ConnectionFactory.class).create()).block(SOON));
		assertThat(ledger.snapshot().leases()).hasSize(1);
		Mono.from(connection.close()).block(SOON);
		assertThat(ledger.snapshot().leases()).isEmpty();
	}

	@FunctionalInterface
	interface Check {

		void accept(ApplicationContext context);

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ R2dbcAutoConfiguration.class, PoolAutoConfiguration.class,
			R2dbcPoolAutoConfiguration.class, PoolLintAutoConfiguration.class,
			PoolContradictionsAutoConfiguration.class, PoolHealthContributorAutoConfiguration.class })
	static class Boots {

	}

	@Configuration(proxyBeanMethods = false)
	static class Leading extends Boots {

		@Bean
		ConnectionFactory front() {
			return new DelegatingConnectionFactory(pool());
		}

		@Bean
		ConnectionFactory tenants() {
			return new Router();
		}

		private static ConnectionPool pool() {
			return new ConnectionPool(
					ConnectionPoolConfiguration.builder(ConnectionFactories.get("r2dbc:h2:mem:///" + UUID.randomUUID()))
						.initialSize(0)
						.build());
		}

		static class Router extends AbstractRoutingConnectionFactory {

			Router() {
				setTargetConnectionFactories(Map.of("eu", pool()));
			}

			@Override
			protected Mono<Object> determineCurrentLookupKey() {
				return Mono.just("eu");
			}

		}

	}

}
