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

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransactionAdvisor;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.pool.tracked.TrackedPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.CustomScopeConfigurer;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.jpa.autoconfigure.JpaBaseConfiguration;
import org.springframework.boot.jpa.autoconfigure.JpaProperties;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizers;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Primary;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.vendor.AbstractJpaVendorAdapter;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.TransactionManager;
import org.springframework.transaction.jta.JtaTransactionManager;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What an application gets from the starter, and when it gets it not.
 */
class TransactionScopeAutoConfigurationTests {

	private static final String[] WITHOUT_JPA = { "org.springframework.orm", "jakarta.persistence", "org.hibernate" };

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class, JdbcTemplateAutoConfiguration.class,
				JdbcClientAutoConfiguration.class, HibernateJpaAutoConfiguration.class,
				TransactionManagerCustomizationAutoConfiguration.class,
				DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
				PoolAutoConfiguration.class, ScopedTransactionManagerAutoConfiguration.class,
				TransactionScopeAutoConfiguration.class, ScopedTransactionAutoConfiguration.class,
				ScopedTransactionVerifierAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true");

	private final ApplicationContextRunner withoutJpa = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class,
				DataSourceTransactionManagerAutoConfiguration.class, ScopedTransactionManagerAutoConfiguration.class,
				TransactionScopeAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true");

	private final ApplicationContextRunner jdbc = this.contextRunner
		.withClassLoader(new FilteredClassLoader(WITHOUT_JPA));

	@Test
	void providesAScopeOnAManagerOfOurs() {
		this.jdbc.run((context) -> {
			assertThat(context).hasNotFailed().hasSingleBean(TransactionScope.class);
			assertThat(context).getBean(PlatformTransactionManager.class)
				.isInstanceOf(ScopedJdbcTransactionManager.class);
			assertThat(context).hasSingleBean(ScopedTransactionAdvisor.class).hasSingleBean(TransactionTemplate.class);
			assertThat(context.getBean(TransactionScope.class)
				.<String, RuntimeException>call(
						() -> context.getBean(JdbcClient.class).sql("select 'works'").query(String.class).single()))
				.isEqualTo("works");
		});
	}

	@Test
	void usesTheJpaManagerWhereJpaIsInUse() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasNotFailed().hasSingleBean(TransactionScope.class);
			assertThat(context).getBean(PlatformTransactionManager.class)
				.isInstanceOf(ScopedJpaTransactionManager.class);
			context.getBean(TransactionScope.class).run((tx) -> assertThat(tx.connection()).isNotNull());
		});
	}

	@Test
	void leavesTheManagerThatAConfigurationDerivedFromBootsMakesItself() {
		this.contextRunner.withUserConfiguration(OwnJpa.class)
			.run((context) -> assertThat(context).hasNotFailed()
				.getBean(PlatformTransactionManager.class)
				.isExactlyInstanceOf(JpaTransactionManager.class));
	}

	@Test
	void usesTheJdbcManagerWhereJpaIsOnTheClassPathOnly() {
		this.withoutJpa.withBean(NeedsJdbcManager.class)
			.run((context) -> assertThat(context).hasNotFailed()
				.getBean(PlatformTransactionManager.class)
				.isInstanceOf(ScopedJdbcTransactionManager.class)
				.isSameAs(context.getBean(NeedsJdbcManager.class).manager()));
	}

	@Test
	void usesTheJdbcManagerWhereAnApplicationWithoutHibernateStarts() {
		start(Started.class, "spring.autoconfigure.exclude=" + HibernateJpaAutoConfiguration.class.getName(),
				(context) -> assertThat(context.getBean(NeedsJdbcManager.class).manager())
					.isInstanceOf(ScopedJdbcTransactionManager.class));
	}

	@Test
	void hasNoManagerWhereBootHasNone() {
		start(Empty.class, "spring.autoconfigure.exclude=" + HibernateJpaAutoConfiguration.class.getName() + ","
				+ DataSourceTransactionManagerAutoConfiguration.class.getName(), (context) -> {
					assertThat(context.getBeanProvider(TransactionManager.class)).isEmpty();
					assertThat(context.getBean(TransactionScope.class)
						.<Boolean, RuntimeException>call(TransactionSynchronizationManager::isActualTransactionActive))
						.isTrue();
				});
	}

	@Test
	void hasTheJpaManagerWhereThatForJdbcIsExcluded() {
		start(Empty.class,
				"spring.autoconfigure.exclude=" + DataSourceTransactionManagerAutoConfiguration.class.getName(),
				(context) -> assertThat(context.getBean(JpaTransactionManager.class))
					.isInstanceOf(ScopedJpaTransactionManager.class));
	}

	@Test
	void leavesManagersToBootWhereOursAreExcluded() {
		start(Empty.class, "spring.autoconfigure.exclude=" + ScopedTransactionManagerAutoConfiguration.class.getName(),
				(context) -> assertThat(context.getBean(PlatformTransactionManager.class).getClass())
					.isEqualTo(JpaTransactionManager.class));
	}

	private static void start(Class<?> application, String property, Consumer<ConfigurableApplicationContext> check) {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(application)
			.web(WebApplicationType.NONE)
			.properties("spring.datasource.generate-unique-name=true", "spring.main.banner-mode=off", property)
			.run()) {
			check.accept(context);
		}
	}

	@Test
	void backsOffFromAManagerOfTheApplication() {
		this.jdbc.withUserConfiguration(OwnManager.class).run((context) -> {
			assertThat(context).hasSingleBean(TransactionScope.class).hasSingleBean(PlatformTransactionManager.class);
			assertThat(context.getBean(PlatformTransactionManager.class).getClass())
				.isEqualTo(JdbcTransactionManager.class);
		});
	}

	@Test
	void backsOffFromAScopeOfTheApplicationOfThatName() {
		this.jdbc.withUserConfiguration(OwnScope.class)
			.run((context) -> assertThat(context.getBean(TransactionScope.class).name()).isEqualTo("mine"));
	}

	@Test
	void prefersAScopeThatTheApplicationMakesOfOurs() {
		this.jdbc.withUserConfiguration(DerivedScope.class)
			.run((context) -> assertThat(context.getBean(TransactionScope.class).name()).isEqualTo("derived"));
	}

	@Test
	void leavesEverythingToBootWhenDisabled() {
		this.jdbc.withPropertyValues("transaction-scope.enabled=false").run((context) -> {
			assertThat(context).doesNotHaveBean(TransactionScope.class).hasSingleBean(HikariDataSource.class);
			assertThat(context.getBean(PlatformTransactionManager.class).getClass())
				.isEqualTo(JdbcTransactionManager.class);
		});
	}

	@Test
	void doesWithoutAop() {
		this.jdbc
			.withClassLoader(new FilteredClassLoader("org.springframework.orm", "jakarta.persistence", "org.hibernate",
					"org.aopalliance"))
			.run((context) -> assertThat(context).doesNotHaveBean(ScopedTransactionAdvisor.class)
				.hasSingleBean(TransactionScope.class));
	}

	@Test
	void doesWithoutADataSource() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(PoolAutoConfiguration.class,
					ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
					ScopedTransactionAutoConfiguration.class, ScopedTransactionVerifierAutoConfiguration.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(TransactionScope.class));
	}

	@Test
	void honoursTheSettingsOfBoot() {
		this.jdbc
			.withPropertyValues("spring.transaction.default-timeout=7s",
					"spring.dao.exceptiontranslation.enabled=false")
			.run((context) -> {
				ScopedJdbcTransactionManager manager = context.getBean(ScopedJdbcTransactionManager.class);
				assertThat(manager.getDefaultTimeout()).isEqualTo(7);
				assertThat(manager.getExceptionTranslator().translate("task", null, new java.sql.SQLException("x")))
					.isNull();
			});
	}

	@Test
	void standsBelowTheLazyConnections() {
		this.jdbc.withPropertyValues("spring.datasource.connection-fetch=lazy").run((context) -> {
			DataSource dataSource = context.getBean(DataSource.class);
			assertThat(dataSource).isInstanceOf(LazyConnectionDataSourceProxy.class);
			assertThat(((LazyConnectionDataSourceProxy) dataSource).getTargetDataSource())
				.isInstanceOf(TrackedPool.class);
			assertThat(DataSourceUnwrapper.unwrap(dataSource, HikariDataSource.class)).isNotNull();
		});
	}

	@Test
	void makesAScopeForEachManagerSelectedByQualifier() {
		this.jdbc.withUserConfiguration(TwoDataSources.class, TwoManagers.class, Client.class).run((context) -> {
			Client client = context.getBean(Client.class);
			client.orders.run((tx) -> assertThat(tx.connection().getMetaData().getURL()).contains("orders"));
			client.reports.run((tx) -> assertThat(tx.connection().getMetaData().getURL()).contains("reports"));
			assertThat(context.getBean(TransactionScope.class)).isSameAs(client.orders);
			assertThat(context).hasBean("ordersTransactionScope").hasBean("reportsTransactionScope");
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { NoDefaultManager.class, FallbackManager.class })
	void injectsTheScopeOfTheManagerThatIsInjected(Class<?> other) {
		this.jdbc.withUserConfiguration(TwoDataSources.class, OrdersManager.class, other).run((context) -> {
			assertThat(context).hasNotFailed();
			context.getBean(TransactionScope.class)
				.run((tx) -> assertThat(tx.connection().getMetaData().getURL()).contains("orders"));
			context.getBean("reportsTransactionScope", TransactionScope.class)
				.run((tx) -> assertThat(tx.connection().getMetaData().getURL()).contains("reports"));
		});
	}

	@Test
	void makesAScopeForEachDataSourceWhereThereIsNoManager() {
		this.jdbc.withUserConfiguration(TwoDataSources.class).run((context) -> {
			assertThat(context).doesNotHaveBean(PlatformTransactionManager.class);
			context.getBean("reportsTransactionScope", TransactionScope.class)
				.run((tx) -> assertThat(tx.connection().getMetaData().getURL()).contains("reports"));
			assertThatExceptionOfType(NoUniqueBeanDefinitionException.class)
				.isThrownBy(() -> context.getBean(TransactionScope.class));
		});
	}

	@Test
	void createsNothingEarlyWhenBeansAreLookedUpByType() {
		this.jdbc.withInitializer((context) -> context.addBeanFactoryPostProcessor((beanFactory) -> {
			beanFactory.getBeanNamesForType(Runnable.class, true, true);
			assertThat(beanFactory.getSingletonNames()).doesNotContain("dataSource", "transactionManager");
		})).run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void makesNoManagerThatIsLazyOrHasAScopeOfItsOwn() {
		this.contextRunner.withUserConfiguration(MadeForWhoNeedsThem.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(MadeForWhoNeedsThem.class).made).isEmpty();
			assertThat(context).doesNotHaveBean("scopedTarget.tenantTransactionScope");
			context.getBean("reportsTransactionScope", TransactionScope.class).run(() -> {
			});
			assertThat(context.getBean(MadeForWhoNeedsThem.class).made).containsExactly("reports");
		});
	}

	@Test
	void makesNoDataSourceThatIsLazyOrHasAScopeOfItsOwn() {
		this.contextRunner.withUserConfiguration(SourcesForWhoNeedsThem.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(SourcesForWhoNeedsThem.class).made).isEmpty();
		});
	}

	@Test
	void injectsNoScopeOfAManagerThatIsNotInjected() {
		this.contextRunner.withUserConfiguration(NotInjected.class).run((context) -> {
			assertThat(context.getBeanProvider(TransactionScope.class).getIfUnique()).isNotNull()
				.isSameAs(context.getBean("ordersTransactionScope"));
			assertThat(context).hasBean("internalTransactionScope");
		});
	}

	@Test
	void observesWhereThereIsARegistry() {
		TestObservationRegistry registry = TestObservationRegistry.create();
		this.jdbc.withBean(io.micrometer.observation.ObservationRegistry.class, () -> registry).run((context) -> {
			TransactionScope scope = context.getBean(TransactionScope.class).named("observed");
			scope.run(() -> {
			});
			TestObservationRegistryAssert.assertThat(registry)
				.hasSingleObservationThat()
				.hasNameEqualTo("transaction.scope")
				.hasContextualNameEqualTo("observed")
				.hasLowCardinalityKeyValue("transaction.scope.name", "observed")
				.hasLowCardinalityKeyValue("transaction.scope.outcome", "committed")
				.hasLowCardinalityKeyValue("transaction.scope.propagation", "required")
				.hasBeenStarted()
				.hasBeenStopped();
		});
	}

	@Test
	void refusesASlowThresholdThatIsNotPositive() {
		this.jdbc.withPropertyValues("transaction-scope.slow-threshold=0s")
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining("Invalid transaction-scope.slow-threshold PT0S: must be positive"));
	}

	@Test
	void refusesASlowThresholdThatCannotBeCounted() {
		this.jdbc.withPropertyValues("transaction-scope.slow-threshold=200000d")
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining(
						"Invalid transaction-scope.slow-threshold PT4800000H: must be positive and at most PT8760H"));
	}

	@Test
	void letsTransactionalMethodsAndScopesShareATransaction() {
		this.jdbc.run((context) -> {
			TransactionTemplate template = context.getBean(TransactionTemplate.class);
			TransactionScope scope = context.getBean(TransactionScope.class);
			assertThatExceptionOfType(TransactionException.class)
				.isThrownBy(() -> template.executeWithoutResult((status) -> scope.outermost().run(() -> {
				})))
				.withMessageContaining("must be the outermost one");
		});
	}

	record NeedsJdbcManager(DataSourceTransactionManager manager) {
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = { R2dbcAutoConfiguration.class, DataJpaRepositoriesAutoConfiguration.class })
	static class Empty {

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = { R2dbcAutoConfiguration.class, DataJpaRepositoriesAutoConfiguration.class })
	static class Started {

		@Bean
		NeedsJdbcManager needsJdbcManager(DataSourceTransactionManager manager) {
			return new NeedsJdbcManager(manager);
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
	static class OwnScope {

		@Bean
		TransactionScope transactionScope(PlatformTransactionManager manager) {
			return TransactionScope.create(manager).named("mine");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DerivedScope {

		@Bean
		TransactionScope derivedScope(@Qualifier("transactionScope") TransactionScope scope) {
			return scope.named("derived");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoDataSources {

		@Bean
		HikariDataSource ordersDataSource() {
			return dataSource("orders");
		}

		@Bean
		HikariDataSource reportsDataSource() {
			return dataSource("reports");
		}

		private HikariDataSource dataSource(String name) {
			HikariDataSource dataSource = new HikariDataSource();
			dataSource.setJdbcUrl("jdbc:h2:mem:" + name);
			dataSource.setMaximumPoolSize(2);
			return dataSource;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoManagers {

		@Bean
		@Primary
		ScopedJdbcTransactionManager ordersTransactionManager(@Qualifier("ordersDataSource") DataSource dataSource) {
			return new ScopedJdbcTransactionManager(dataSource);
		}

		@Bean
		ScopedJdbcTransactionManager reportsTransactionManager(@Qualifier("reportsDataSource") DataSource dataSource) {
			return new ScopedJdbcTransactionManager(dataSource);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OrdersManager {

		@Bean
		ScopedJdbcTransactionManager ordersTransactionManager(@Qualifier("ordersDataSource") DataSource dataSource) {
			return new ScopedJdbcTransactionManager(dataSource);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NoDefaultManager {

		@Bean(defaultCandidate = false)
		ScopedJdbcTransactionManager reportsTransactionManager(@Qualifier("reportsDataSource") DataSource dataSource) {
			return new ScopedJdbcTransactionManager(dataSource);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FallbackManager {

		@Bean
		@Fallback
		ScopedJdbcTransactionManager reportsTransactionManager(@Qualifier("reportsDataSource") DataSource dataSource) {
			return new ScopedJdbcTransactionManager(dataSource);
		}

	}

	static class Client {

		private final TransactionScope orders;

		private final TransactionScope reports;

		Client(TransactionScope orders, @Qualifier("reportsTransactionScope") TransactionScope reports) {
			this.orders = orders;
			this.reports = reports;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnJpa extends JpaBaseConfiguration {

		OwnJpa(DataSource dataSource, JpaProperties properties, ObjectProvider<JtaTransactionManager> jta) {
			super(dataSource, properties, jta);
		}

		@Override
		protected AbstractJpaVendorAdapter createJpaVendorAdapter() {
			return new HibernateJpaVendorAdapter();
		}

		@Override
		protected Map<String, Object> getVendorProperties(DataSource dataSource) {
			return Map.of();
		}

		@Override
		public PlatformTransactionManager transactionManager(
				ObjectProvider<TransactionManagerCustomizers> customizers) {
			return new JpaTransactionManager();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class MadeForWhoNeedsThem {

		private final List<String> made = new ArrayList<>();

		@Bean
		static CustomScopeConfigurer tenants() {
			CustomScopeConfigurer scopes = new CustomScopeConfigurer();
			scopes.addScope("tenant", new SimpleThreadScope());
			return scopes;
		}

		@Bean
		@Primary
		PlatformTransactionManager ordersTransactionManager(DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}

		@Bean
		@Lazy
		PlatformTransactionManager reportsTransactionManager(DataSource dataSource) {
			return made("reports", new JdbcTransactionManager(dataSource));
		}

		@Bean
		@Scope(scopeName = "tenant", proxyMode = ScopedProxyMode.INTERFACES)
		PlatformTransactionManager tenantTransactionManager(DataSource dataSource) {
			return made("tenant", new JdbcTransactionManager(dataSource));
		}

		private <T> T made(String name, T manager) {
			this.made.add(name);
			return manager;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SourcesForWhoNeedsThem {

		private final List<String> made = new ArrayList<>();

		@Bean
		@Lazy
		DataSource reports() {
			return made("reports");
		}

		@Bean
		@Scope("prototype")
		DataSource imports() {
			return made("import");
		}

		private DataSource made(String name) {
			this.made.add(name);
			return new HikariDataSource();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NotInjected {

		@Bean
		PlatformTransactionManager ordersTransactionManager(DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}

		@Bean(autowireCandidate = false)
		PlatformTransactionManager internalTransactionManager(DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}

	}

}
