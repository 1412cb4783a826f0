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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.report.PoolReport.Trigger;
import io.transactionscope.pool.report.PoolReport;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.hibernate.cfg.MultiTenancySettings;
import org.hibernate.context.spi.CurrentTenantIdentifierResolver;
import org.hibernate.engine.jdbc.connections.spi.AbstractDataSourceBasedMultiTenantConnectionProviderImpl;
import org.hibernate.service.spi.Configurable;
import org.hibernate.service.spi.ServiceRegistryAwareService;
import org.hibernate.service.spi.ServiceRegistryImplementor;
import org.hibernate.service.spi.Startable;
import org.hibernate.service.spi.Stoppable;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernatePropertiesCustomizer;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.orm.jpa.SharedEntityManagerCreator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

/**
 * The pools of Hibernate's tenants have ledgers, and their connections keep to the
 * deadline.
 */
class TenantPoolsTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PoolAutoConfiguration.class, DataSourceAutoConfiguration.class,
				HibernateJpaAutoConfiguration.class, TransactionAutoConfiguration.class,
				ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true",
				"spring.datasource.hikari.pool-name=central");

	@Test
	void haveLedgersAndKeepToTheDeadline() {
		try (Tenants tenants = new Tenants()) {
			this.runner.withBean(Tenants.class, () -> tenants).run((context) -> {
				TransactionScope scope = context.getBean(TransactionScope.class);
				EntityManager entityManager = SharedEntityManagerCreator
					.createSharedEntityManager(context.getBean(EntityManagerFactory.class));
				PoolLedgers ledgers = context.getBean(PoolLedgers.class);
				for (String tenant : new String[] { "acme", "umbrella" }) {
					tenants.current = tenant;
					scope.named("place-order").run(() -> {
						assertThat(entityManager.createNativeQuery("call database()", String.class).getSingleResult())
							.asString()
							.isEqualToIgnoringCase(tenant);
						assertThat(ledgers.find(tenant).orElseThrow().snapshot().leases()).singleElement()
							.returns("place-order", (lease) -> lease.scope());
					});
				}
				try (Connection taken = tenants.selectDataSource("umbrella").getConnection()) {
					assertThat(taken.isValid(1)).isTrue();
					long before = System.nanoTime();
					Throwable failure = catchThrowable(() -> scope.named("cancel-order")
						.timeout(Duration.ofMillis(1500))
						.run(() -> entityManager.createNativeQuery("select 1").getSingleResult()));
					assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
					assertThat(failure).rootCause()
						.asInstanceOf(type(PoolExhaustedException.class))
						.extracting(PoolExhaustedException::report)
						.returns("umbrella", (report) -> report.pool())
						.returns(Trigger.DEADLINE, (report) -> report.trigger());
				}
			});
		}
	}

	@Test
	void areLeftToAProviderThatDoesMoreAboutItsConnections() {
		try (Tenants tenants = new WithSchema()) {
			this.runner.withBean(Tenants.class, () -> tenants).run((context) -> {
				EntityManager entityManager = SharedEntityManagerCreator
					.createSharedEntityManager(context.getBean(EntityManagerFactory.class));
				context.getBean(TransactionScope.class)
					.run(() -> assertThat(
							entityManager.createNativeQuery("call schema()", String.class).getSingleResult())
						.isEqualTo("INFORMATION_SCHEMA"));
			});
		}
	}

	@Test
	void areThoseOfAProviderThatHibernateTellsWhatItTellsItsServices() {
		try (Served tenants = new Served()) {
			this.runner.withBean(Tenants.class, () -> tenants).run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(tenants.told).containsExactly("services", "settings", "start");
				assertThat(context.getBean(PoolLedgers.class).find("acme")).isPresent();
				context.close();
				assertThat(tenants.told).endsWith("stop").hasSize(4);
			});
		}
	}

	@Test
	void areForgottenOnceTheyAreClosed() {
		this.runner.run((context) -> {
			TrackedPoolBeanPostProcessor pools = context.getBean(TrackedPoolBeanPostProcessor.class);
			HikariDataSource closed = new HikariDataSource();
			pools.watched(closed);
			assertThat(pools.requiresDestruction(closed)).isTrue();
			closed.close();
			try (HikariDataSource other = new HikariDataSource()) {
				pools.watched(other);
				assertThat(pools.requiresDestruction(other)).isTrue();
			}
			assertThat(pools.requiresDestruction(closed)).isFalse();
		});
	}

	/**
	 * As applications have it: one bean that is all three.
	 */
	static class Tenants extends AbstractDataSourceBasedMultiTenantConnectionProviderImpl<String>
			implements CurrentTenantIdentifierResolver<String>, HibernatePropertiesCustomizer, AutoCloseable {

		final Map<String, HikariDataSource> pools = new ConcurrentHashMap<>();

		volatile String current = "acme";

		@Override
		public void customize(Map<String, Object> hibernateProperties) {
			hibernateProperties.put(MultiTenancySettings.MULTI_TENANT_CONNECTION_PROVIDER, this);
			hibernateProperties.put(MultiTenancySettings.MULTI_TENANT_IDENTIFIER_RESOLVER, this);
		}

		@Override
		public String resolveCurrentTenantIdentifier() {
			return this.current;
		}

		@Override
		public boolean validateExistingCurrentSessions() {
			return false;
		}

		@Override
		protected DataSource selectAnyDataSource() {
			return selectDataSource("acme");
		}

		@Override
		protected DataSource selectDataSource(String tenant) {
			return this.pools.computeIfAbsent(tenant, (name) -> {
				HikariDataSource pool = new HikariDataSource();
				pool.setJdbcUrl("jdbc:h2:mem:" + name);
				pool.setPoolName(name);
				pool.setMaximumPoolSize(1);
				return pool;
			});
		}

		@Override
		public void close() {
			this.pools.values().forEach(HikariDataSource::close);
		}

	}

	static class WithSchema extends Tenants {

		@Override
		public Connection getConnection(String tenant) throws SQLException {
			Connection connection = super.getConnection(tenant);
			connection.setSchema("INFORMATION_SCHEMA");
			return connection;
		}

	}

	static class Served extends Tenants implements ServiceRegistryAwareService, Configurable, Startable, Stoppable {

		final List<String> told = new ArrayList<>();

		@Override
		public void injectServices(ServiceRegistryImplementor serviceRegistry) {
			this.told.add("services");
		}

		@Override
		public void configure(Map<String, Object> settings) {
			this.told.add("settings");
		}

		@Override
		public void start() {
			this.told.add("start");
		}

		@Override
		public void stop() {
			this.told.add("stop");
		}

	}

}
