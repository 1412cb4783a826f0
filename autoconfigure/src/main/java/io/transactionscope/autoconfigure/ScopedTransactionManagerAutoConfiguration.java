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

import javax.sql.DataSource;

import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import jakarta.persistence.EntityManagerFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizers;
import org.springframework.boot.transaction.jta.autoconfigure.JtaAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionManager;

/**
 * Auto-configuration of transaction managers that tell what became of a transaction, in
 * place of Boot's for JDBC and JPA.
 */
@AutoConfiguration(
		after = { DataSourceAutoConfiguration.class, JtaAutoConfiguration.class,
				TransactionManagerCustomizationAutoConfiguration.class },
		before = { DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class },
		beforeName = "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration")
@ConditionalOnEnabled("transaction-scope.enabled")
@ConditionalOnSingleCandidate(DataSource.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
public final class ScopedTransactionManagerAutoConfiguration {

	private static ScopedJdbcTransactionManager jdbcTransactionManager(DataSource dataSource, Environment environment) {
		ScopedJdbcTransactionManager manager = new ScopedJdbcTransactionManager(dataSource);
		if (!environment.getProperty("spring.dao.exceptiontranslation.enabled", Boolean.class, true)) {
			manager.setExceptionTranslator((task, sql, ex) -> null);
		}
		return manager;
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ JpaTransactionManager.class, EntityManagerFactory.class })
	@Order(0)
	static class Jpa {

		// JPA on the class path need not be in use: its auto-configuration comes later.
		@Bean
		@ConditionalOnMissingBean(TransactionManager.class)
		PlatformTransactionManager transactionManager(ListableBeanFactory beanFactory, DataSource dataSource,
				Environment environment, ObjectProvider<TransactionManagerCustomizers> customizers) {
			boolean inUse = beanFactory.getBeanNamesForType(EntityManagerFactory.class).length > 0;
			PlatformTransactionManager manager = inUse ? new ScopedJpaTransactionManager()
					: jdbcTransactionManager(dataSource, environment);
			customizers.ifAvailable((each) -> each.customize(manager));
			return manager;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Order(1)
	static class Jdbc {

		@Bean
		@ConditionalOnMissingBean(TransactionManager.class)
		ScopedJdbcTransactionManager transactionManager(DataSource dataSource, Environment environment,
				ObjectProvider<TransactionManagerCustomizers> customizers) {
			ScopedJdbcTransactionManager manager = jdbcTransactionManager(dataSource, environment);
			customizers.ifAvailable((each) -> each.customize(manager));
			return manager;
		}

	}

}
