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

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import javax.sql.DataSource;

import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

/**
 * The data sources that one of Spring's own kinds leads to: those that delegate, as for
 * lazy connections, and those that route.
 */
final class DataSourceTargets {

	private DataSourceTargets() {
	}

	/**
	 * Return what a data source leads to.
	 * @return each of them, none if it leads to no other one, or does not say to which
	 */
	static List<DataSource> of(DataSource dataSource) {
		List<DataSource> targets = new ArrayList<>();
		replace(dataSource, (target) -> {
			targets.add(target);
			return target;
		});
		return targets;
	}

	/**
	 * Have a data source lead to others.
	 * @param dataSource the data source
	 * @param replacement returns for each target what is to be in its place, which may be
	 * itself
	 */
	static void replace(DataSource dataSource, UnaryOperator<DataSource> replacement) {
		if (dataSource instanceof DelegatingDataSource delegating) {
			DataSource target = delegating.getTargetDataSource();
			DataSource other = (target != null) ? replacement.apply(target) : null;
			if (other != target) {
				delegating.setTargetDataSource(other);
			}
		}
		else if (dataSource instanceof AbstractRoutingDataSource routing) {
			replaceIn(routing, replacement);
		}
	}

	private static void replaceIn(AbstractRoutingDataSource routing, UnaryOperator<DataSource> replacement) {
		Map<Object, DataSource> targets = resolved(routing);
		Map<Object, Object> others = new LinkedHashMap<>();
		targets.forEach((key, target) -> others.put(key, replacement.apply(target)));
		DataSource fallback = routing.getResolvedDefaultDataSource();
		DataSource other = (fallback != null) ? replacement.apply(fallback) : null;
		if (other == fallback && others.equals(targets)) {
			return;
		}
		routing.setTargetDataSources(others);
		if (other != null) {
			routing.setDefaultTargetDataSource(other);
		}
		routing.initialize();
	}

	private static Map<Object, DataSource> resolved(AbstractRoutingDataSource routing) {
		try {
			return routing.getResolvedDataSources();
		}
		catch (IllegalStateException ex) {
			// It knows how to do without.
			return Map.of();
		}
	}

	/**
	 * Return where a walk from a data source to its targets ends.
	 */
	static List<DataSource> ends(DataSource dataSource) {
		List<DataSource> targets = of(dataSource);
		return targets.isEmpty() ? List.of(dataSource)
				: targets.stream().flatMap((target) -> ends(target).stream()).distinct().toList();
	}

}
