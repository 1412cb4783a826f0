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

import javax.sql.DataSource;

import io.transactionscope.pool.tracked.TrackedDataSource;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.util.Assert;

/**
 * The pools with a ledger among the data sources of an application.
 */
public final class TrackedDataSources {

	private TrackedDataSources() {
	}

	/**
	 * Return the pools with a ledger.
	 * @param beanFactory the factory of the data sources
	 * @return each of them once, by the name of its first bean
	 */
	public static Map<String, TrackedDataSource> byBeanName(ListableBeanFactory beanFactory) {
		Assert.notNull(beanFactory, "'beanFactory' must not be null");
		Map<String, TrackedDataSource> byBeanName = new LinkedHashMap<>();
		beanFactory.getBeansOfType(DataSource.class, false, true).forEach((name, dataSource) -> {
			TrackedDataSource tracked = DataSourceUnwrapper.unwrap(dataSource, TrackedDataSource.class);
			if (tracked != null && !byBeanName.containsValue(tracked)) {
				byBeanName.put(name, tracked);
			}
		});
		return byBeanName;
	}

}
