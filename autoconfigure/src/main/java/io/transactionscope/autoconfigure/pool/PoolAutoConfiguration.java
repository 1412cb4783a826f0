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

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.autoconfigure.ConditionalOnEnabled;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.naming.Occasions;
import io.transactionscope.text.ApplicationCode;
import org.hibernate.engine.jdbc.connections.spi.MultiTenantConnectionProvider;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurationPackages;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.hibernate.autoconfigure.HibernatePropertiesCustomizer;
import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * Auto-configuration of the {@link io.transactionscope.pool.PoolLedger ledgers} of pools,
 * of those of HikariCP itself, and of what names their borrowers.
 *
 * @since 0.1.0
 */
@AutoConfiguration
@Conditional(PoolAutoConfiguration.OnPools.class)
@ConditionalOnEnabled({ "transaction-scope.enabled", "transaction-scope.pool.enabled" })
@EnableConfigurationProperties(PoolProperties.class)
public final class PoolAutoConfiguration {

	PoolAutoConfiguration() {
	}

	@Bean
	@ConditionalOnMissingBean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static PoolLedgers poolLedgers(ObjectProvider<Borrower.Occasion> occasions, BeanFactory beanFactory) {
		if (AutoConfigurationPackages.has(beanFactory)) {
			ApplicationCode.isIn(AutoConfigurationPackages.get(beanFactory));
		}
		return new PoolLedgers(new Occasions(occasions.orderedStream().toList()));
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ HikariDataSource.class, DelegatingDataSource.class, DataSourceUnwrapper.class })
	static class Hikari {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static TrackedPoolBeanPostProcessor trackedPoolBeanPostProcessor(ConfigurableListableBeanFactory beanFactory,
				ObjectProvider<PoolLedgers> ledgers, ObjectProvider<PoolProperties> properties) {
			return new TrackedPoolBeanPostProcessor(beanFactory, ledgers, properties);
		}

		@Bean
		static KindOfPools<DataSource> hikariPools(TrackedPoolBeanPostProcessor pools) {
			return pools.kind();
		}

		@Bean
		static PoolInventory<DataSource> poolInventory(ConfigurableListableBeanFactory beanFactory,
				TrackedPoolBeanPostProcessor pools) {
			return new PoolInventory<>(beanFactory, pools.kind(), pools.routers());
		}

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static TransactionNamingBeanPostProcessor transactionNamingBeanPostProcessor() {
			return new TransactionNamingBeanPostProcessor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ HikariDataSource.class, HibernatePropertiesCustomizer.class,
			MultiTenantConnectionProvider.class })
	static class Hibernate {

		@Bean
		TenantPools tenantPools(TrackedPoolBeanPostProcessor pools) {
			return new TenantPools(pools::watched);
		}

	}

	/**
	 * Matches where there are pools of a kind that ledgers are kept of.
	 *
	 * @since 0.1.0
	 */
	public static final class OnPools extends AnyNestedCondition {

		OnPools() {
			super(ConfigurationPhase.PARSE_CONFIGURATION);
		}

		@ConditionalOnClass({ HikariDataSource.class, DelegatingDataSource.class, DataSourceUnwrapper.class })
		static class OfHikari {

		}

		@ConditionalOnClass(name = "io.r2dbc.pool.ConnectionPool")
		static class OfR2dbc {

		}

	}

}
