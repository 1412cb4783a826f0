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

package io.transactionscope.contract;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;

import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.FaultyDbcp;
import io.transactionscope.test.FaultyDriver;
import io.transactionscope.test.FaultyHikari;
import io.transactionscope.test.FaultyPool;
import io.transactionscope.test.FaultyTomcat;
import jakarta.persistence.EntityManagerFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * How an application is put together: with what the starter provides, or with a
 * transaction manager of its own.
 */
enum Wiring {

	/** What the starter provides. */
	STARTER(ScopedJdbcTransactionManager.class, null),

	/** The same, but HikariCP's pool as it is. */
	BARE_POOL(ScopedJdbcTransactionManager.class, null),

	/** The same with Commons DBCP2. */
	DBCP2(ScopedJdbcTransactionManager.class, null),

	/** The same with Tomcat's pool. */
	TOMCAT_JDBC(ScopedJdbcTransactionManager.class, null),

	/** The same with {@code spring.datasource.connection-fetch=lazy}. */
	LAZY(ScopedJdbcTransactionManager.class, LazyFetching.class),

	/** A user-defined {@link DataSourceTransactionManager}. */
	OWN_DATA_SOURCE_MANAGER(DataSourceTransactionManager.class, OwnDataSourceManager.class),

	/** A user-defined {@link JdbcTransactionManager}, which is Boot's default. */
	OWN_JDBC_MANAGER(JdbcTransactionManager.class, OwnJdbcManager.class),

	/** What the starter provides with JPA. */
	STARTER_JPA(ScopedJpaTransactionManager.class, null),

	/** The same with a session that is open for the whole request. */
	OPEN_IN_VIEW(ScopedJpaTransactionManager.class, null),

	/** A user-defined {@link JpaTransactionManager}, which is Boot's default. */
	OWN_JPA_MANAGER(JpaTransactionManager.class, OwnJpaManager.class);

	private final Class<? extends PlatformTransactionManager> manager;

	private final @Nullable Class<?> configuration;

	Wiring(Class<? extends PlatformTransactionManager> manager, @Nullable Class<?> configuration) {
		this.manager = manager;
		this.configuration = configuration;
	}

	Class<? extends PlatformTransactionManager> manager() {
		return this.manager;
	}

	Class<? extends DataSource> dataSource() {
		return switch (this) {
			case BARE_POOL -> FaultyHikari.class;
			case DBCP2 -> FaultyDbcp.class;
			case TOMCAT_JDBC -> FaultyTomcat.class;
			case LAZY -> LazyConnectionDataSourceProxy.class;
			default -> TrackedDataSource.class;
		};
	}

	FaultyPool pool(FaultyDriver driver, int size, Duration timeout) {
		return switch (this) {
			case DBCP2 -> new FaultyDbcp(driver, size, timeout);
			case TOMCAT_JDBC -> new FaultyTomcat(driver, size, timeout);
			default -> new FaultyHikari(driver, size, timeout);
		};
	}

	/** Whether a ledger stands before the pool. */
	boolean isTracked() {
		return this != BARE_POOL && !isOtherPool();
	}

	/** Whether the pool is not HikariCP. */
	boolean isOtherPool() {
		return this == DBCP2 || this == TOMCAT_JDBC;
	}

	/** Whether it is like another one, and need not be combined with everything. */
	boolean isVariant() {
		return isOtherPool() || this == OPEN_IN_VIEW;
	}

	Class<?>[] configurations() {
		return (this.configuration != null) ? new Class<?>[] { this.configuration } : new Class<?>[0];
	}

	Class<?>[] autoConfigurations() {
		List<Class<?>> classes = new ArrayList<>(List.of(AopAutoConfiguration.class, TransactionAutoConfiguration.class,
				TransactionManagerCustomizationAutoConfiguration.class,
				DataSourceTransactionManagerAutoConfiguration.class, ScopedTransactionManagerAutoConfiguration.class,
				TransactionScopeAutoConfiguration.class, ScopedTransactionAutoConfiguration.class));
		if (this != BARE_POOL) {
			classes.add(PoolAutoConfiguration.class);
		}
		if (isJpa()) {
			classes.add(HibernateJpaAutoConfiguration.class);
		}
		return classes.toArray(Class<?>[]::new);
	}

	boolean isJpa() {
		return this == STARTER_JPA || this == OPEN_IN_VIEW || this == OWN_JPA_MANAGER;
	}

	/** Whether the manager is one of ours, and so tells plain transactions right. */
	boolean isStarter() {
		return this == STARTER || this == BARE_POOL || this == LAZY || this == STARTER_JPA || isVariant();
	}

	/** Whether the blocks begin and end their transactions themselves. */
	boolean isJdbc() {
		return !isJpa();
	}

	/** What Boot does for a data source that it configures itself. */
	@Configuration(proxyBeanMethods = false)
	static class LazyFetching implements BeanPostProcessor, Ordered {

		@Override
		public int getOrder() {
			return 0;
		}

		@Override
		public Object postProcessAfterInitialization(Object bean, String beanName) {
			return (bean instanceof DataSource dataSource) ? new LazyConnectionDataSourceProxy(dataSource) : bean;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnDataSourceManager {

		@Bean
		DataSourceTransactionManager transactionManager(DataSource dataSource) {
			return new DataSourceTransactionManager(dataSource);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnJdbcManager {

		@Bean
		JdbcTransactionManager transactionManager(DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnJpaManager {

		@Bean
		JpaTransactionManager transactionManager(EntityManagerFactory entityManagerFactory) {
			return new JpaTransactionManager(entityManagerFactory);
		}

	}

}
