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

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.autoconfigure.ConditionalOnEnabled;
import io.transactionscope.autoconfigure.pool.KindOfPools;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolInventory;
import io.transactionscope.autoconfigure.pool.PoolProperties;
import io.transactionscope.autoconfigure.pool.SizedPool;
import io.transactionscope.pool.PoolLedgers;
import org.aopalliance.intercept.MethodInterceptor;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.r2dbc.OptionsCapableConnectionFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.annotation.Role;
import org.springframework.data.repository.core.support.RepositoryFactoryBeanSupport;

/**
 * Auto-configuration of the {@link io.transactionscope.pool.PoolLedger ledgers} of R2DBC
 * pools, beside those of HikariCP's.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = PoolAutoConfiguration.class)
@ConditionalOnClass(ConnectionPool.class)
@ConditionalOnEnabled({ "transaction-scope.enabled", "transaction-scope.pool.enabled" })
@ImportRuntimeHints(R2dbcPoolRuntimeHints.class)
public final class R2dbcPoolAutoConfiguration {

	R2dbcPoolAutoConfiguration() {
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static TrackedConnectionPoolBeanPostProcessor trackedConnectionPoolBeanPostProcessor(
			ConfigurableListableBeanFactory beanFactory, ObjectProvider<PoolLedgers> ledgers,
			ObjectProvider<PoolProperties> properties) {
		return new TrackedConnectionPoolBeanPostProcessor(beanFactory, ledgers, properties);
	}

	@Bean
	static KindOfPools<ConnectionFactory> r2dbcPools(TrackedConnectionPoolBeanPostProcessor pools) {
		return pools.kind();
	}

	@Bean
	static PoolInventory<ConnectionFactory> r2dbcPoolInventory(ConfigurableListableBeanFactory beanFactory,
			TrackedConnectionPoolBeanPostProcessor pools) {
		return new PoolInventory<>(beanFactory, pools.kind(), pools.routers());
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ RepositoryFactoryBeanSupport.class, MethodInterceptor.class })
	static class OfRepositories {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static ReactiveRepositoryNamingBeanPostProcessor reactiveRepositoryNamingBeanPostProcessor() {
			return new ReactiveRepositoryNamingBeanPostProcessor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(OptionsCapableConnectionFactory.class)
	static class Sizes {

		@Bean
		static SizedPool.Source sizedConnectionPools(ConfigurableListableBeanFactory beanFactory) {
			return () -> TrackedR2dbcPools.byBeanName(beanFactory)
				.values()
				.stream()
				.<SizedPool>map(SizedConnectionPool::new)
				.toList();
		}

	}

}
