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

package io.transactionscope.autoconfigure.pool.lint;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.autoconfigure.ConditionalOnEnabled;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.autoconfigure.pool.SizedPool;
import io.transactionscope.autoconfigure.pool.TrackedPools;
import io.transactionscope.autoconfigure.pool.r2dbc.R2dbcPoolAutoConfiguration;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * Auto-configuration of the check of pool sizes at start-up.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { PoolAutoConfiguration.class, R2dbcPoolAutoConfiguration.class })
@Conditional(PoolAutoConfiguration.OnPools.class)
@ConditionalOnEnabled({ "transaction-scope.enabled", "transaction-scope.pool.enabled" })
@ConditionalOnProperty("transaction-scope.lint.mode")
@EnableConfigurationProperties(PoolLintProperties.class)
public final class PoolLintAutoConfiguration {

	PoolLintAutoConfiguration() {
	}

	@Bean
	PoolLint poolLint(ObjectProvider<SizedPool.Source> sources, PoolLintProperties properties) {
		return new PoolLint(sources.stream().toList(), properties);
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ HikariDataSource.class, DelegatingDataSource.class, DataSourceUnwrapper.class })
	static class Hikari {

		@Bean
		SizedPool.Source sizedHikariPools(ConfigurableListableBeanFactory beanFactory) {
			return () -> TrackedPools.byBeanName(beanFactory)
				.values()
				.stream()
				.<SizedPool>map(SizedHikariPool::new)
				.toList();
		}

	}

}
