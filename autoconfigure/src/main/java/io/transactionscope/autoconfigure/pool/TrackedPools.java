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

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.pool.tracked.TrackedPool;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.util.Assert;

/**
 * The pools with a ledger among the data sources of an application.
 *
 * @since 0.1.0
 */
public final class TrackedPools {

	private TrackedPools() {
	}

	/**
	 * Return the pools with a ledger, but for those that are lazy and that nobody has
	 * needed yet.
	 * @param beanFactory the factory of the data sources
	 * @return each of them once, by the name of its first bean
	 */
	public static Map<String, TrackedPool> byBeanName(ConfigurableListableBeanFactory beanFactory) {
		Assert.notNull(beanFactory, "'beanFactory' must not be null");
		Map<String, TrackedPool> byBeanName = new LinkedHashMap<>();
		for (String name : beanFactory.getBeanNamesForType(DataSource.class, false, true)) {
			TrackedPool tracked = (!isLeftForLater(name, beanFactory)
					&& beanFactory.getBean(name) instanceof DataSource dataSource) ? behind(dataSource) : null;
			if (tracked != null && !byBeanName.containsValue(tracked)) {
				byBeanName.put(name, tracked);
			}
		}
		return byBeanName;
	}

	/**
	 * {@return whether there may be other pools later on than there are now, as those
	 * that a router is given, or of beans that are lazy}
	 * @param beanFactory the factory of the data sources
	 */
	public static boolean mayComeToBeMore(ConfigurableListableBeanFactory beanFactory) {
		Assert.notNull(beanFactory, "'beanFactory' must not be null");
		return Stream.of(beanFactory.getBeanNamesForType(DataSource.class, false, true))
			.anyMatch((name) -> isLeftForLater(name, beanFactory)
					|| (beanFactory.getBean(name) instanceof DataSource dataSource
							&& DataSourceTargets.routes(dataSource)));
	}

	private static boolean isLeftForLater(String name, ConfigurableListableBeanFactory beanFactory) {
		return !beanFactory.containsSingleton(name) && beanFactory.containsBeanDefinition(name)
				&& beanFactory.getBeanDefinition(name).isLazyInit();
	}

	/**
	 * Return the pool that a data source leads to.
	 * @param dataSource the data source, which is not asked for a connection
	 * @return the pool, or {@code null} if it has no ledger, or there are several
	 */
	public static @Nullable TrackedPool behind(DataSource dataSource) {
		Assert.notNull(dataSource, "'dataSource' must not be null");
		if (DataSourceTargets.ends(dataSource).stream().anyMatch(DataSourceTargets::isLeftToItself)) {
			return null;
		}
		// By their classes: by an interface, who routes answers for the current target.
		HikariDataSource pool = DataSourceUnwrapper.unwrap(dataSource, HikariDataSource.class);
		return (pool instanceof TrackedPool tracked) ? tracked
				: DataSourceUnwrapper.unwrap(dataSource, TrackedDataSource.class);
	}

}
