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
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfigMXBean;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.annotation.TestDoubles;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.tracked.TrackedPool;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.jdbc.DataSourceUnwrapper;

/**
 * The pools of HikariCP.
 *
 * @param beanFactory the factory of the data sources
 * @param processor has their ledgers kept
 */
record DataSources(ConfigurableListableBeanFactory beanFactory,
		TrackedPoolBeanPostProcessor processor) implements KindOfPools<DataSource> {

	@Override
	public Class<DataSource> type() {
		return DataSource.class;
	}

	@Override
	public String with() {
		return "Pools with a ledger";
	}

	@Override
	public String without() {
		return "Data sources without one";
	}

	@Override
	public List<DataSource> ends(DataSource source) {
		return DataSourceTargets.ends(source);
	}

	@Override
	public @Nullable PoolLedger ledger(DataSource end) {
		TrackedPool tracked = TrackedPools.behind(end);
		return (tracked != null) ? tracked.ledger() : null;
	}

	@Override
	public boolean isPool(DataSource end) {
		return end instanceof HikariDataSource;
	}

	@Override
	public boolean hasMade(String beanName) {
		return this.processor.hasMade(beanName);
	}

	@Override
	public Map<String, PoolLedger> ledgersByBeanName() {
		Map<String, PoolLedger> byName = new LinkedHashMap<>();
		TrackedPools.byBeanName(this.beanFactory).forEach((name, pool) -> byName.put(name, pool.ledger()));
		return byName;
	}

	@Override
	public Stream<PoolLedger> ledgers() {
		return this.processor.pools().map(TrackedPool::ledger);
	}

	@Override
	public boolean mayComeToBeMore() {
		return TrackedPools.mayComeToBeMore(this.beanFactory);
	}

	@Override
	public String reason(DataSource end) {
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

}
