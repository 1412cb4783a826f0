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

package io.transactionscope.autoconfigure.health;

import java.util.Map;

import io.transactionscope.autoconfigure.pool.KindOfPools;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.autoconfigure.pool.r2dbc.R2dbcPoolAutoConfiguration;
import io.transactionscope.health.PoolHealthIndicator;
import io.transactionscope.health.PoolHealthPolicy;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/**
 * Auto-configuration of {@link PoolHealthIndicator}, as the component {@code pool} of the
 * application's health: of all kinds of pools. It comes after Boot's components
 * {@code db} and {@code r2dbc}, for which each data source and each connection factory is
 * made, and has none made itself that is lazy.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { PoolAutoConfiguration.class, R2dbcPoolAutoConfiguration.class }, afterName = {
		"org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
		"org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration",
		"org.springframework.boot.jdbc.autoconfigure.health.DataSourceHealthContributorAutoConfiguration",
		"org.springframework.boot.r2dbc.autoconfigure.health.ConnectionFactoryHealthContributorAutoConfiguration" })
@ConditionalOnClass(ConditionalOnEnabledHealthIndicator.class)
@ConditionalOnBean({ PoolLedgers.class, KindOfPools.class })
@Conditional(PoolHealthContributorAutoConfiguration.OnPoolBeans.class)
@ConditionalOnEnabledHealthIndicator("pool")
@EnableConfigurationProperties(PoolHealthProperties.class)
public final class PoolHealthContributorAutoConfiguration {

	PoolHealthContributorAutoConfiguration() {
	}

	/**
	 * Return the health of the pool, or of each pool if there are several or may come to
	 * be.
	 * @return the contributor, or {@code null} if there is no pool to tell of
	 */
	@Bean
	@ConditionalOnMissingBean(name = { "poolHealthIndicator", "poolHealthContributor" })
	@Nullable HealthContributor poolHealthContributor(ConfigurableListableBeanFactory beanFactory, PoolLedgers ledgers,
			PoolHealthProperties properties) {
		PoolHealthPolicy policy = properties.policy();
		NamedLedgers named = new NamedLedgers(beanFactory);
		Map<String, PoolLedger> pools = named.get();
		boolean more = named.mayComeToBeMore();
		if (pools.size() == 1 && !more) {
			return new PoolHealthIndicator(pools.values().iterator().next(), policy);
		}
		return (more || !pools.isEmpty()) ? new PoolsHealthContributor(ledgers, named, policy) : null;
	}

	/**
	 * Matches where there is a bean that may be a pool, or lead to one.
	 */
	static final class OnPoolBeans extends AnyNestedCondition {

		OnPoolBeans() {
			super(ConfigurationPhase.REGISTER_BEAN);
		}

		@ConditionalOnBean(type = "javax.sql.DataSource")
		static class OfDataSources {

		}

		@ConditionalOnBean(type = "io.r2dbc.spi.ConnectionFactory")
		static class OfConnectionFactories {

		}

	}

}
