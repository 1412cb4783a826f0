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
import java.util.Objects;
import java.util.Set;

import io.transactionscope.pool.PoolLedger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Says in one line, as the application starts, which pools of a kind have a ledger, and
 * which beans lead to none, and why. Makes no bean for that and asks for no connection.
 *
 * @param <T> the type of the beans
 * @since 0.1.0
 */
public class PoolInventory<T> implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(PoolInventory.class);

	private final ConfigurableListableBeanFactory beanFactory;

	private final KindOfPools<T> kind;

	private final RouterWatch<T> routers;

	/**
	 * Create an inventory.
	 * @param beanFactory the factory of the beans
	 * @param kind of the pools
	 * @param routers begins to look at the routers once the inventory is taken
	 */
	public PoolInventory(ConfigurableListableBeanFactory beanFactory, KindOfPools<T> kind, RouterWatch<T> routers) {
		this.beanFactory = Objects.requireNonNull(beanFactory, "beanFactory must not be null");
		this.kind = Objects.requireNonNull(kind, "kind must not be null");
		this.routers = Objects.requireNonNull(routers, "routers must not be null");
	}

	@Override
	public void afterSingletonsInstantiated() {
		this.routers.begin();
		Class<T> type = this.kind.type();
		Set<String> with = new LinkedHashSet<>();
		Set<String> without = new LinkedHashSet<>();
		for (String name : this.beanFactory.getBeanNamesForType(type, true, false)) {
			if (ScopedProxyUtils.isScopedTarget(name)) {
				continue;
			}
			if (hasScopeOfItsOwn(name)) {
				without.add("'%s' (it has a scope of its own)".formatted(name));
			}
			else if (!isMade(name)) {
				without.add("'%s' (it has not been made yet)".formatted(name));
			}
			else {
				Object bean = this.beanFactory.getBean(name);
				if (type.isInstance(bean)) {
					this.kind.ends(type.cast(bean)).forEach((end) -> enter(name, end, with, without));
				}
			}
		}
		if (!with.isEmpty() || !without.isEmpty()) {
			logger.info("{}: {}. {}: {}.", this.kind.with(), list(with), this.kind.without(), list(without));
		}
	}

	private boolean hasScopeOfItsOwn(String name) {
		return !this.beanFactory.isSingleton(name)
				|| this.beanFactory.containsBean(ScopedProxyUtils.getTargetBeanName(name));
	}

	/** What a factory is to make, it makes as it is asked for that, and may refuse to. */
	private boolean isMade(String name) {
		return this.beanFactory.containsSingleton(name)
				&& (this.kind.hasMade(name) || !this.beanFactory.isFactoryBean(name));
	}

	private void enter(String bean, T end, Set<String> with, Set<String> without) {
		PoolLedger ledger = this.kind.ledger(end);
		if (ledger != null) {
			with.add("'%s' (%s)".formatted(bean, ledger.pool()));
		}
		else {
			without.add("'%s' (%s)".formatted(bean, this.kind.reason(end)));
		}
	}

	static String list(Collection<String> names) {
		return names.isEmpty() ? "none" : String.join(", ", names);
	}

}
