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

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
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
	 * Return the ledgers of the same pools, of those that are no beans, as a router leads
	 * to, and of those of child contexts, but of no sibling's.
	 * @param beanFactory the factory of the data sources
	 * @return each of them once, those that are no beans by the names of their pools,
	 * which are followed by a number where that name is taken
	 */
	public static Map<String, PoolLedger> ledgersByName(ConfigurableListableBeanFactory beanFactory) {
		Map<String, PoolLedger> byName = new LinkedHashMap<>();
		byBeanName(beanFactory).forEach((name, pool) -> byName.put(name, pool.ledger()));
		Stream<PoolLedger> here = beanFactory.getBeanProvider(TrackedPoolBeanPostProcessor.class)
			.stream()
			.flatMap(TrackedPoolBeanPostProcessor::pools)
			.map(TrackedPool::ledger);
		// A child has its ledgers among its parent's, as Boot has its health.
		Stream<PoolLedger> below = beanFactory.getBeansOfType(PoolLedgers.class)
			.values()
			.stream()
			.flatMap((ledgers) -> ledgers.all().stream());
		Stream.concat(here, below)
			.filter((ledger) -> !byName.containsValue(ledger))
			.distinct()
			.sorted(Comparator.comparing(PoolLedger::pool))
			.forEach((ledger) -> byName.put(nameFor(ledger, byName.keySet()), ledger));
		return byName;
	}

	/** Those of a router may be named alike. */
	private static String nameFor(PoolLedger ledger, Set<String> taken) {
		String own = ledger.pool();
		return Stream
			.concat(Stream.of(own), IntStream.iterate(2, (i) -> i + 1).mapToObj((i) -> "%s-%d".formatted(own, i)))
			.filter((name) -> !taken.contains(name))
			.findFirst()
			.orElseThrow();
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
