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
import java.util.Objects;
import java.util.stream.Collectors;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.health.DatabaseHealthIndicator;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.autoconfigure.pool.TrackedPools;
import io.transactionscope.pool.tracked.TrackedPool;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.SimpleAutowireCandidateResolver;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.health.DataSourceHealthContributorAutoConfiguration;
import org.springframework.boot.jdbc.health.DataSourceHealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

/**
 * Auto-configuration of {@link DatabaseHealthIndicator} in place of Boot's component
 * {@code db}.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { DataSourceAutoConfiguration.class, PoolAutoConfiguration.class },
		before = DataSourceHealthContributorAutoConfiguration.class)
@ConditionalOnClass({ HikariDataSource.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBooleanProperty("transaction-scope.health.replace-db")
@ConditionalOnBean({ PoolLedgers.class, DataSource.class })
@ConditionalOnEnabledHealthIndicator("db")
public final class DatabaseHealthContributorAutoConfiguration {

	DatabaseHealthContributorAutoConfiguration() {
	}

	@Bean
	@ConditionalOnMissingBean(name = { "dbHealthIndicator", "dbHealthContributor" })
	HealthContributor dbHealthContributor(ConfigurableListableBeanFactory beanFactory, Environment environment) {
		Map<String, DataSource> dataSources = SimpleAutowireCandidateResolver.resolveAutowireCandidates(beanFactory,
				DataSource.class, false, true);
		if (environment.getProperty("management.health.db.ignore-routing-data-sources", Boolean.class, false)) {
			dataSources.values().removeIf(AbstractRoutingDataSource.class::isInstance);
		}
		return (dataSources.size() == 1) ? contributor(dataSources.values().iterator().next())
				: CompositeHealthContributor.fromMap(dataSources,
						DatabaseHealthContributorAutoConfiguration::contributor);
	}

	private static HealthContributor contributor(DataSource dataSource) {
		AbstractRoutingDataSource routing = DataSourceUnwrapper.unwrap(dataSource, AbstractRoutingDataSource.class);
		if (routing != null) {
			Map<String, DataSource> targets = routing.getResolvedDataSources()
				.entrySet()
				.stream()
				.collect(Collectors.toMap((target) -> Objects.toString(target.getKey()), Map.Entry::getValue));
			return CompositeHealthContributor.fromMap(targets, DatabaseHealthContributorAutoConfiguration::contributor);
		}
		TrackedPool tracked = TrackedPools.behind(dataSource);
		return (tracked != null) ? new DatabaseHealthIndicator(tracked) : new DataSourceHealthIndicator(dataSource);
	}

}
