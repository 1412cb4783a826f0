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

package io.transactionscope.autoconfigure.reactive;

import java.util.Arrays;
import java.util.UUID;

import javax.sql.DataSource;

import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransactionAdvisor;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionVerifierAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveTransactionScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionManager;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.reactive.TransactionalOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.Mockito.mock;

/**
 * What a reactive application gets from the starter, and when it gets it not.
 */
class ReactiveTransactionScopeAutoConfigurationTests {

	private static final AutoConfigurations ALL = AutoConfigurations.of(DataSourceAutoConfiguration.class,
			R2dbcAutoConfiguration.class, TransactionManagerCustomizationAutoConfiguration.class,
			DataSourceTransactionManagerAutoConfiguration.class, R2dbcTransactionManagerAutoConfiguration.class,
			TransactionAutoConfiguration.class, ScopedTransactionManagerAutoConfiguration.class,
			TransactionScopeAutoConfiguration.class, ScopedTransactionAutoConfiguration.class,
			ScopedTransactionVerifierAutoConfiguration.class, ScopedR2dbcTransactionManagerAutoConfiguration.class,
			ReactiveTransactionScopeAutoConfiguration.class, ReactiveScopedTransactionAutoConfiguration.class);

	private static final String[] SETTINGS = { "spring.r2dbc.generate-unique-name=true",
			"spring.datasource.generate-unique-name=true" };

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner().withConfiguration(ALL)
		.withPropertyValues(SETTINGS);

	@Test
	void providesAScopeOnAManagerOfOurs() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasNotFailed()
				.hasSingleBean(ReactiveTransactionScope.class)
				.hasBean("reactiveTransactionScope")
				.hasSingleBean(ReactiveTransactionManager.class)
				.hasSingleBean(TransactionalOperator.class)
				.hasSingleBean(ScopedTransactionAdvisor.class)
				.doesNotHaveBean(TransactionScope.class)
				.doesNotHaveBean(DataSource.class);
			assertThat(context.getBean("connectionFactoryTransactionManager"))
				.isInstanceOf(ScopedR2dbcTransactionManager.class);
		});
	}

	@Test
	void isTheSameInAWebApplicationOfEitherKind() {
		new ReactiveWebApplicationContextRunner().withConfiguration(ALL)
			.withPropertyValues(SETTINGS)
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(ReactiveTransactionScope.class));
		new WebApplicationContextRunner().withConfiguration(ALL)
			.withPropertyValues(SETTINGS)
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(ReactiveTransactionScope.class));
	}

	@Test
	void hasNoManagerWhereBootHasNone() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(R2dbcAutoConfiguration.class,
					ScopedR2dbcTransactionManagerAutoConfiguration.class))
			.withPropertyValues(SETTINGS)
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(TransactionManager.class));
	}

	@Test
	void backsOffFromAManagerOfTheApplication() {
		this.contextRunner.withUserConfiguration(OwnManager.class).run((context) -> {
			assertThat(context).hasSingleBean(ReactiveTransactionScope.class)
				.hasBean("reactiveTransactionScope")
				.hasSingleBean(ReactiveTransactionManager.class);
			assertThat(context.getBean(ReactiveTransactionManager.class).getClass())
				.isEqualTo(R2dbcTransactionManager.class);
		});
	}

	@Test
	void backsOffFromAScopeOfTheApplicationOfThatName() {
		this.contextRunner.withUserConfiguration(OwnScope.class)
			.run((context) -> assertThat(context.getBean(ReactiveTransactionScope.class).name()).isEqualTo("mine"));
	}

	@Test
	void prefersAScopeThatTheApplicationMakesOfOurs() {
		this.contextRunner.withUserConfiguration(DerivedScope.class)
			.run((context) -> assertThat(context.getBean(ReactiveTransactionScope.class).name()).isEqualTo("derived"));
	}

	@Test
	void leavesEverythingToBootWhenDisabled() {
		this.contextRunner.withPropertyValues("transaction-scope.enabled=false").run((context) -> {
			assertThat(context).hasNotFailed()
				.doesNotHaveBean(ReactiveTransactionScope.class)
				.doesNotHaveBean(ScopedTransactionAdvisor.class);
			assertThat(context.getBean("connectionFactoryTransactionManager").getClass())
				.isEqualTo(R2dbcTransactionManager.class);
		});
	}

	@Test
	void providesNoScopeWhereThereAreSeveralConnectionFactoriesAndNoManager() {
		this.contextRunner.withUserConfiguration(TwoConnectionFactories.class)
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(ReactiveTransactionManager.class)
				.doesNotHaveBean(ReactiveTransactionScope.class));
	}

	@Test
	void makesAScopeForEachManagerSelectedByQualifier() {
		this.contextRunner.withUserConfiguration(TwoConnectionFactories.class, TwoManagers.class).run((context) -> {
			assertThat(context).hasBean("ordersReactiveTransactionScope").hasBean("reportsReactiveTransactionScope");
			assertThat(context.getBean(ReactiveTransactionScope.class))
				.isSameAs(context.getBean("ordersReactiveTransactionScope"));
		});
	}

	@ParameterizedTest
	@CsvSource({ "connectionFactoryTransactionManager, reactiveTransactionScope",
			"transactionManager, reactiveTransactionScope", "reactiveTransactionManager, reactiveTransactionScope",
			"ordersTransactionManager, ordersReactiveTransactionScope",
			"ordersReactiveTransactionManager, ordersReactiveTransactionScope",
			"ordersConnectionFactoryTransactionManager, ordersReactiveTransactionScope",
			"orders, ordersReactiveTransactionScope" })
	void namesTheScopeAfterItsManager(String manager, String scope) {
		this.contextRunner
			.withBean(manager, ReactiveTransactionManager.class, () -> mock(ReactiveTransactionManager.class))
			.run((context) -> assertThat(context.getBeanNamesForType(ReactiveTransactionScope.class))
				.containsExactly(scope));
	}

	@Test
	void isCalledOtherwiseWhereItsNameIsTaken() {
		this.contextRunner.withBean("reactiveTransactionScope", String.class, () -> "taken")
			.run((context) -> assertThat(context.getBeanNamesForType(ReactiveTransactionScope.class))
				.containsExactly("io.transactionscope.reactiveTransactionScope"));
	}

	@Test
	void standsBesideABlockingScope() {
		this.contextRunner.withUserConfiguration(OwnDataSource.class).run((context) -> {
			assertThat(context).hasNotFailed()
				.hasSingleBean(ReactiveTransactionScope.class)
				.hasSingleBean(TransactionScope.class)
				.hasBean("transactionScope")
				.hasBean("reactiveTransactionScope")
				.hasSingleBean(ScopedTransactionAdvisor.class);
			assertThat(context.getBean(PlatformTransactionManager.class))
				.isInstanceOf(ScopedJdbcTransactionManager.class);
			assertThat(context.getBean(ReactiveTransactionManager.class))
				.isInstanceOf(ScopedR2dbcTransactionManager.class);
		});
	}

	@Test
	void standsBesideABlockingScopeOfTheSameStem() {
		this.contextRunner
			.withBean("ordersTransactionManager", ReactiveTransactionManager.class,
					() -> mock(ReactiveTransactionManager.class))
			.withBean("ordersReactiveTransactionManager", PlatformTransactionManager.class,
					() -> mock(PlatformTransactionManager.class))
			.run((context) -> {
				assertThat(context.getBeanNamesForType(TransactionScope.class))
					.containsExactly("ordersReactiveTransactionScope");
				assertThat(context.getBeanNamesForType(ReactiveTransactionScope.class))
					.containsExactly("io.transactionscope.ordersReactiveTransactionScope");
			});
	}

	@Test
	void leavesBothManagersToBootWhenDisabledAsBootHasThem() {
		this.contextRunner.withUserConfiguration(OwnDataSource.class)
			.withPropertyValues("transaction-scope.enabled=false")
			.run((context) -> assertThat(context.getBeansOfType(TransactionManager.class)).hasSize(2));
	}

	@Test
	void letsTransactionalMethodsSayWhichOfBothManagersTheyMean() {
		this.contextRunner.withUserConfiguration(OwnDataSource.class).withBean(Reports.class).run((context) -> {
			Reports reports = context.getBean(Reports.class);
			assertThat(reports.blocking()).isEqualTo("blocking");
			assertThat(reports.reactive().block()).isEqualTo("reactive");
			assertThatExceptionOfType(NoUniqueBeanDefinitionException.class).isThrownBy(reports::either);
		});
	}

	@Test
	void standsBesideMocks() {
		this.contextRunner
			.withBean("mocked", ReactiveTransactionManager.class, () -> mock(ReactiveTransactionManager.class))
			.withBean("scope", ReactiveTransactionScope.class, () -> mock(ReactiveTransactionScope.class))
			.run((context) -> assertThat(context).hasNotFailed().hasBean("mockedReactiveTransactionScope"));
	}

	@Test
	void doesWithoutReactor() {
		this.contextRunner.withClassLoader(new FilteredClassLoader("reactor", "io.r2dbc", "org.springframework.r2dbc"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(TransactionScope.class)
				.doesNotHaveBean("reactiveTransactionScope")
				.doesNotHaveBean("reactiveTransactionScopeLifecycle"));
	}

	@Test
	void doesWithoutR2dbc() {
		this.contextRunner.withClassLoader(new FilteredClassLoader("io.r2dbc", "org.springframework.r2dbc"))
			.withBean("manager", ReactiveTransactionManager.class, () -> mock(ReactiveTransactionManager.class))
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(ReactiveTransactionScope.class));
	}

	@Test
	void doesWithoutSpringsR2dbc() {
		this.contextRunner.withClassLoader(new FilteredClassLoader("org.springframework.r2dbc"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ReactiveTransactionScope.class));
	}

	@Test
	void doesWithoutAop() {
		this.contextRunner.withClassLoader(new FilteredClassLoader("org.aopalliance"))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(ScopedTransactionAdvisor.class)
				.hasSingleBean(ReactiveTransactionScope.class));
	}

	@Test
	void createsNothingEarlyWhenBeansAreLookedUpByType() {
		this.contextRunner.withInitializer((context) -> context.addBeanFactoryPostProcessor((beanFactory) -> {
			beanFactory.getBeanNamesForType(Runnable.class, true, true);
			assertThat(Arrays.asList(beanFactory.getSingletonNames())).doesNotContain("connectionFactory",
					"connectionFactoryTransactionManager");
		})).run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void makesNoManagerThatIsLazy() {
		this.contextRunner.withUserConfiguration(TwoConnectionFactories.class, TwoManagers.class)
			.withBean("lazyTransactionManager", ReactiveTransactionManager.class,
					() -> mock(ReactiveTransactionManager.class), (definition) -> definition.setLazyInit(true))
			.run((context) -> {
				assertThat(context.getBeanFactory().containsSingleton("lazyTransactionManager")).isFalse();
				assertThat(context).hasBean("lazyReactiveTransactionScope");
			});
	}

	@Test
	void refusesASlowThresholdThatIsNotPositive() {
		this.contextRunner.withPropertyValues("transaction-scope.slow-threshold=0s")
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining("Invalid transaction-scope.slow-threshold PT0S: must be positive"));
	}

	private static ConnectionFactory connectionFactory(String name) {
		return ConnectionFactories.get("r2dbc:h2:mem:///" + name + UUID.randomUUID() + "?options=DB_CLOSE_DELAY=-1");
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnManager {

		@Bean
		R2dbcTransactionManager reactiveTransactionManager(ConnectionFactory connectionFactory) {
			return new R2dbcTransactionManager(connectionFactory);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnScope {

		@Bean
		ReactiveTransactionScope reactiveTransactionScope(ReactiveTransactionManager manager) {
			return ReactiveTransactionScope.create(manager).named("mine");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DerivedScope {

		@Bean
		ReactiveTransactionScope derivedScope(@Qualifier("reactiveTransactionScope") ReactiveTransactionScope scope) {
			return scope.named("derived");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnDataSource {

		@Bean
		DataSource dataSource() {
			return new DriverManagerDataSource("jdbc:h2:mem:" + UUID.randomUUID());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoConnectionFactories {

		@Bean
		ConnectionFactory ordersConnectionFactory() {
			return connectionFactory("orders");
		}

		@Bean
		ConnectionFactory reportsConnectionFactory() {
			return connectionFactory("reports");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoManagers {

		@Bean
		@Primary
		R2dbcTransactionManager ordersTransactionManager(
				@Qualifier("ordersConnectionFactory") ConnectionFactory connectionFactory) {
			return new ScopedR2dbcTransactionManager(connectionFactory);
		}

		@Bean
		R2dbcTransactionManager reportsTransactionManager(
				@Qualifier("reportsConnectionFactory") ConnectionFactory connectionFactory) {
			return new ScopedR2dbcTransactionManager(connectionFactory);
		}

	}

	static class Reports {

		@Transactional("transactionManager")
		public String blocking() {
			return "blocking";
		}

		@Transactional("connectionFactoryTransactionManager")
		public Mono<String> reactive() {
			return Mono.just("reactive");
		}

		@Transactional
		public Mono<String> either() {
			return Mono.just("either");
		}

	}

}
