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

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.pool.r2dbc.TrackedR2dbcPool;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.Assert;

/**
 * The R2DBC pools with a ledger among the connection factories of an application.
 *
 * @since 0.1.0
 */
public final class TrackedR2dbcPools {

	private TrackedR2dbcPools() {
	}

	/**
	 * Return the pools with a ledger, but for those that are lazy and that nobody has
	 * needed yet, and for those that only a router leads to.
	 * @param beanFactory the factory of the connection factories
	 * @return each of them once, by the name of its first bean
	 */
	public static Map<String, TrackedR2dbcPool> byBeanName(ConfigurableListableBeanFactory beanFactory) {
		Assert.notNull(beanFactory, "'beanFactory' must not be null");
		Map<String, TrackedR2dbcPool> byBeanName = new LinkedHashMap<>();
		beans(beanFactory).forEach((name, bean) -> {
			TrackedR2dbcPool tracked = behind(bean);
			if (tracked != null
					&& byBeanName.values().stream().noneMatch((known) -> known.ledger() == tracked.ledger())) {
				byBeanName.put(name, tracked);
			}
		});
		return byBeanName;
	}

	/**
	 * {@return whether there may be other pools later on than there are now, as those
	 * that a router is given, or of beans that are lazy}
	 * @param beanFactory the factory of the connection factories
	 */
	public static boolean mayComeToBeMore(ConfigurableListableBeanFactory beanFactory) {
		Assert.notNull(beanFactory, "'beanFactory' must not be null");
		return Stream.of(names(beanFactory)).anyMatch((name) -> isLeftForLater(name, beanFactory))
				|| beans(beanFactory).values()
					.stream()
					.anyMatch((bean) -> ConnectionFactoryTargets.routes(ConnectionFactoryTargets.end(bean)));
	}

	/**
	 * Return the pool that a connection factory leads to.
	 * @param factory the connection factory, which is not asked for a connection
	 * @return the pool, or {@code null} if it has no ledger, or there may be several
	 */
	public static @Nullable TrackedR2dbcPool behind(ConnectionFactory factory) {
		Assert.notNull(factory, "'factory' must not be null");
		return (ConnectionFactoryTargets.end(factory) instanceof TrackedR2dbcPool tracked) ? tracked : null;
	}

	private static Map<String, ConnectionFactory> beans(ConfigurableListableBeanFactory beanFactory) {
		Map<String, ConnectionFactory> beans = new LinkedHashMap<>();
		for (String name : names(beanFactory)) {
			if (!isLeftForLater(name, beanFactory) && beanFactory.getBean(name) instanceof ConnectionFactory factory) {
				beans.put(name, factory);
			}
		}
		return beans;
	}

	private static String[] names(ConfigurableListableBeanFactory beanFactory) {
		return beanFactory.getBeanNamesForType(ConnectionFactory.class, false, true);
	}

	private static boolean isLeftForLater(String name, ConfigurableListableBeanFactory beanFactory) {
		return !beanFactory.containsSingleton(name) && beanFactory.containsBeanDefinition(name)
				&& beanFactory.getBeanDefinition(name).isLazyInit();
	}

}
