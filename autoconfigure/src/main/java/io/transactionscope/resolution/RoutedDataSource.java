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

package io.transactionscope.resolution;

import java.lang.reflect.Method;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.util.ReflectionUtils;

/**
 * Finds out where a data source leads that routes by what the thread has, such as its
 * tenant.
 */
final class RoutedDataSource {

	/** Spring tells it to subclasses alone. */
	private static final @Nullable Method TARGET = ReflectionUtils.findMethod(AbstractRoutingDataSource.class,
			"determineTargetDataSource");

	private RoutedDataSource() {
	}

	/**
	 * Return where the data source leads the current thread.
	 * @param dataSource one that may route
	 * @return the target, or the data source where it does not route, or does not tell
	 */
	static DataSource target(DataSource dataSource) {
		DataSource target = dataSource;
		AbstractRoutingDataSource routing = routing(target);
		while (routing != null) {
			DataSource next = next(routing);
			if (next == null) {
				return target;
			}
			target = next;
			routing = routing(target);
		}
		return target;
	}

	private static @Nullable AbstractRoutingDataSource routing(DataSource dataSource) {
		return DataSourceUnwrapper.unwrap(dataSource, AbstractRoutingDataSource.class);
	}

	private static @Nullable DataSource next(AbstractRoutingDataSource routing) {
		try {
			if (TARGET == null) {
				return null;
			}
			ReflectionUtils.makeAccessible(TARGET);
			return (DataSource) ReflectionUtils.invokeMethod(TARGET, routing);
		}
		catch (RuntimeException ex) {
			return null;
		}
	}

}
