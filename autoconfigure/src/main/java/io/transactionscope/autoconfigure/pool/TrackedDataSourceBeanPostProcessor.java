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

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.tracked.TrackedDataSource;

import org.springframework.aop.scope.ScopedObject;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.core.Ordered;

/**
 * Puts a {@link TrackedDataSource} in front of each HikariCP pool. Its ledger is open as
 * long as the pool's bean lives, and no longer than the context.
 *
 * <p>
 * Its order is negative so that it comes before Boot's wrapper for
 * {@code spring.datasource.connection-fetch=lazy}, which has order 0: outside of that one
 * it would see a connection borrowed when a transaction begins although none is.
 *
 * <p>
 * Other data sources stay as they are. So do pools in a scope of their own, which are
 * replaced behind their proxy.
 */
class TrackedDataSourceBeanPostProcessor implements DestructionAwareBeanPostProcessor, DisposableBean, Ordered {

	private final Map<Object, TrackedDataSource> tracked = new ConcurrentHashMap<>();

	private final ObjectProvider<PoolLedgers> ledgers;

	private final ObjectProvider<PoolProperties> properties;

	TrackedDataSourceBeanPostProcessor(ObjectProvider<PoolLedgers> ledgers, ObjectProvider<PoolProperties> properties) {
		this.ledgers = ledgers;
		this.properties = properties;
	}

	@Override
	public int getOrder() {
		return -100;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof TrackedDataSource dataSource) {
			add(dataSource.ledger());
		}
		boolean scoped = bean instanceof ScopedObject || ScopedProxyUtils.isScopedTarget(beanName);
		return (bean instanceof HikariDataSource pool && !scoped) ? this.tracked.computeIfAbsent(pool, this::track)
				: bean;
	}

	private TrackedDataSource track(Object pool) {
		PoolLedger ledger = new PoolLedger((HikariDataSource) pool, this.properties.getObject().settings());
		add(ledger);
		return new TrackedDataSource(ledger);
	}

	private void add(PoolLedger ledger) {
		PoolLedgers ledgers = this.ledgers.getObject();
		if (!ledgers.all().contains(ledger)) {
			ledgers.add(ledger);
		}
	}

	@Override
	public boolean requiresDestruction(Object bean) {
		return this.tracked.containsKey(bean);
	}

	@Override
	public void postProcessBeforeDestruction(Object bean, String beanName) {
		TrackedDataSource dataSource = this.tracked.remove(bean);
		if (dataSource != null) {
			dataSource.ledger().close();
		}
	}

	/**
	 * End what is left: nobody tells of the end of a pool that a {@code FactoryBean} has
	 * got from elsewhere.
	 */
	@Override
	public void destroy() {
		this.tracked.values().forEach((dataSource) -> dataSource.ledger().close());
		this.tracked.clear();
	}

}
