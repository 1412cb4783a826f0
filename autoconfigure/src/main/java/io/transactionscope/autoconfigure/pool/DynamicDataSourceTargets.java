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

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import javax.sql.DataSource;

import com.baomidou.dynamic.datasource.DynamicRoutingDataSource;
import com.baomidou.dynamic.datasource.ds.GroupDataSource;
import com.baomidou.dynamic.datasource.ds.ItemDataSource;

/**
 * The data sources that those of dynamic-datasource lead to. What it closes, and asks for
 * connections in use as it does, stays the pool that it has made.
 */
final class DynamicDataSourceTargets {

	private DynamicDataSourceTargets() {
	}

	static List<DataSource> of(DataSource dataSource) {
		if (dataSource instanceof ItemDataSource item) {
			return List.of(item.getDataSource());
		}
		return (dataSource instanceof DynamicRoutingDataSource router) ? List.copyOf(router.getDataSources().values())
				: List.of();
	}

	static void replace(DataSource dataSource, UnaryOperator<DataSource> replacement) {
		if (dataSource instanceof ItemDataSource item) {
			DataSource target = item.getDataSource();
			DataSource other = replacement.apply(target);
			if (other != target) {
				item.setDataSource(other);
			}
		}
		else if (dataSource instanceof DynamicRoutingDataSource router) {
			replaceAll(router.getDataSources(), replacement);
			for (GroupDataSource group : router.getGroupDataSources().values()) {
				replaceAll(group.getDataSourceMap(), replacement);
			}
		}
	}

	private static void replaceAll(Map<String, DataSource> targets, UnaryOperator<DataSource> replacement) {
		targets.replaceAll((name, target) -> replacement.apply(target));
	}

}
