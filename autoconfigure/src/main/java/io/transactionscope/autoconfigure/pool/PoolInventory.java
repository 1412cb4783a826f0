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

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfigMXBean;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.annotation.TestDoubles;
import io.transactionscope.pool.tracked.TrackedPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.jdbc.DataSourceUnwrapper;

/**
 * Says in one line, as the application starts, which pools have a ledger, and which data
 * sources have none, and why. Makes no bean for that and asks for no connection.
 */
class PoolInventory implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(PoolInventory.class);

	private final ConfigurableListableBeanFactory beanFactory;

	private final TrackedPoolBeanPostProcessor pools;

	PoolInventory(ConfigurableListableBeanFactory beanFactory, TrackedPoolBeanPostProcessor pools) {
		this.beanFactory = beanFactory;
		this.pools = pools;
	}

	@Override
	public void afterSingletonsInstantiated() {
		this.pools.routers().begin();
		Set<String> with = new LinkedHashSet<>();
		Set<String> without = new LinkedHashSet<>();
		for (String name : this.beanFactory.getBeanNamesForType(DataSource.class, true, false)) {
			if (ScopedProxyUtils.isScopedTarget(name)) {
				continue;
			}
			if (hasScopeOfItsOwn(name)) {
				without.add("'%s' (it has a scope of its own)".formatted(name));
			}
			else if (!isMade(name)) {
				without.add("'%s' (it has not been made yet)".formatted(name));
			}
			else if (this.beanFactory.getBean(name) instanceof DataSource dataSource) {
				DataSourceTargets.ends(dataSource).forEach((end) -> enter(name, end, with, without));
			}
		}
		if (!with.isEmpty() || !without.isEmpty()) {
			logger.info("Pools with a ledger: {}. Data sources without one: {}.", list(with), list(without));
		}
	}

	private boolean hasScopeOfItsOwn(String name) {
		return !this.beanFactory.isSingleton(name)
				|| this.beanFactory.containsBean(ScopedProxyUtils.getTargetBeanName(name));
	}

	/** What a factory is to make, it makes as it is asked for that, and may refuse to. */
	private boolean isMade(String name) {
		return this.beanFactory.containsSingleton(name)
				&& (this.pools.hasMade(name) || !this.beanFactory.isFactoryBean(name));
	}

	private static void enter(String bean, DataSource end, Set<String> with, Set<String> without) {
		TrackedPool tracked = TrackedPools.behind(end);
		if (tracked != null) {
			with.add("'%s' (%s)".formatted(bean, tracked.ledger().pool()));
		}
		else {
			without.add("'%s' (%s)".formatted(bean, reason(end)));
		}
	}

	/**
	 * Return why there is no ledger where a walk from a data source ends.
	 */
	static String reason(DataSource end) {
		if (TestDoubles.isMockOrSpy(end)) {
			return "a test has put it there";
		}
		if (end instanceof HikariDataSource && !TrackedPoolBeanPostProcessor.DerivedPool.canStandFor(end)) {
			return "nothing else can be a %s: it is final, has visible fields or final methods, or runs in a native image"
				.formatted(end.getClass().getName());
		}
		if (end instanceof HikariDataSource) {
			return "it was made before there were ledgers, for a bean that is needed early";
		}
		String type = end.getClass().getName();
		if (DataSourceTargets.routes(end)) {
			return "it leads nowhere yet";
		}
		if (DataSourceTargets.isLeftToItself(end)) {
			return type + " decides by itself where it leads";
		}
		return (DataSourceUnwrapper.unwrap(end, HikariConfigMXBean.class, HikariDataSource.class) != null)
				? type + " leads to a pool of HikariCP's and is no DelegatingDataSource"
				: type + " is no pool of HikariCP's";
	}

	static String list(Collection<String> names) {
		return names.isEmpty() ? "none" : String.join(", ", names);
	}

}
