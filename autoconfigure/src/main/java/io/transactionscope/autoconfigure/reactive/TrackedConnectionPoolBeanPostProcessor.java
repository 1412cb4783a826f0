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

package io.transactionscope.autoconfigure.reactive;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.r2dbc.pool.ConnectionPool;
import io.transactionscope.annotation.TestDoubles;
import io.transactionscope.autoconfigure.pool.PoolProperties;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.r2dbc.TrackedConnectionPool;
import io.transactionscope.pool.r2dbc.TrackedR2dbcPool;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.core.Ordered;

/**
 * Puts a {@link TrackedConnectionPool} in the place of each pool of {@code r2dbc-pool}.
 * Its ledger is open as long as the pool's bean lives, and no longer than the context.
 *
 * <p>
 * Pools that a test has mocked or spies on stay as they are.
 */
class TrackedConnectionPoolBeanPostProcessor implements DestructionAwareBeanPostProcessor, DisposableBean, Ordered {

	private final Map<Object, TrackedConnectionPool> tracked = new ConcurrentHashMap<>();

	private final ObjectProvider<PoolLedgers> ledgers;

	private final ObjectProvider<PoolProperties> properties;

	TrackedConnectionPoolBeanPostProcessor(ObjectProvider<PoolLedgers> ledgers,
			ObjectProvider<PoolProperties> properties) {
		this.ledgers = ledgers;
		this.properties = properties;
	}

	@Override
	public int getOrder() {
		return -100;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (!(bean instanceof ConnectionPool pool) || bean instanceof TrackedR2dbcPool || TestDoubles.isMockOrSpy(bean)
				|| pool.isDisposed()) {
			return bean;
		}
		return this.tracked.computeIfAbsent(pool, (key) -> track(pool, beanName));
	}

	private TrackedConnectionPool track(ConnectionPool pool, String beanName) {
		TrackedConnectionPool tracked = TrackedConnectionPool.watch(pool, beanName,
				this.properties.getObject().settings());
		this.ledgers.getObject().add(tracked.ledger());
		return tracked;
	}

	@Override
	public boolean requiresDestruction(Object bean) {
		return this.tracked.containsKey(bean);
	}

	@Override
	public void postProcessBeforeDestruction(Object bean, String beanName) {
		TrackedConnectionPool pool = this.tracked.remove(bean);
		if (pool != null) {
			pool.ledger().close();
		}
	}

	@Override
	public void destroy() {
		this.tracked.values().forEach((pool) -> pool.ledger().close());
		this.tracked.clear();
	}

}
