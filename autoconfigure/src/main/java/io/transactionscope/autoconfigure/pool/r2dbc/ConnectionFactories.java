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
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.annotation.TestDoubles;
import io.transactionscope.autoconfigure.pool.KindOfPools;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.r2dbc.TrackedConnectionPool;
import io.transactionscope.pool.r2dbc.TrackedR2dbcPool;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * The pools of {@code r2dbc-pool}.
 *
 * @param beanFactory the factory of the connection factories
 * @param processor has their ledgers kept
 */
record ConnectionFactories(ConfigurableListableBeanFactory beanFactory,
		TrackedConnectionPoolBeanPostProcessor processor) implements KindOfPools<ConnectionFactory> {

	@Override
	public Class<ConnectionFactory> type() {
		return ConnectionFactory.class;
	}

	@Override
	public String with() {
		return "R2DBC pools with a ledger";
	}

	@Override
	public String without() {
		return "Connection factories without one";
	}

	@Override
	public List<ConnectionFactory> ends(ConnectionFactory source) {
		ConnectionFactory end = ConnectionFactoryTargets.end(source);
		Map<String, ConnectionFactory> targets = ConnectionFactoryTargets.targets(end);
		return targets.isEmpty() ? List.of(end)
				: targets.values().stream().flatMap((target) -> ends(target).stream()).distinct().toList();
	}

	@Override
	public @Nullable PoolLedger ledger(ConnectionFactory end) {
		return (end instanceof TrackedR2dbcPool tracked) ? tracked.ledger() : null;
	}

	@Override
	public boolean isPool(ConnectionFactory end) {
		return end instanceof ConnectionPool;
	}

	@Override
	public boolean hasMade(String beanName) {
		return this.processor.hasMade(beanName);
	}

	@Override
	public Map<String, PoolLedger> ledgersByBeanName() {
		Map<String, PoolLedger> byName = new LinkedHashMap<>();
		TrackedR2dbcPools.byBeanName(this.beanFactory).forEach((name, pool) -> byName.put(name, pool.ledger()));
		return byName;
	}

	@Override
	public Stream<PoolLedger> ledgers() {
		return this.processor.pools().map(TrackedConnectionPool::ledger);
	}

	@Override
	public boolean mayComeToBeMore() {
		return TrackedR2dbcPools.mayComeToBeMore(this.beanFactory);
	}

	@Override
	public String reason(ConnectionFactory end) {
		if (TestDoubles.isMockOrSpy(end)) {
			return "a test has put it there";
		}
		if (ConnectionFactoryTargets.routes(end)) {
			return "it leads nowhere yet";
		}
		String type = end.getClass().getName();
		if (!(end instanceof ConnectionPool)) {
			return type + " is no pool of r2dbc-pool, and tells of none behind it";
		}
		String reason = this.processor.reasonToLeave(end);
		return (reason != null) ? reason : "it was made before there were ledgers, for a bean that is needed early";
	}

}
