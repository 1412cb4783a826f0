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

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.baomidou.dynamic.datasource.DynamicRoutingDataSource;
import com.baomidou.dynamic.datasource.ds.GroupDataSource;
import com.baomidou.dynamic.datasource.ds.ItemDataSource;
import io.transactionscope.pool.tracked.TrackedPool;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * The data sources that one of a known kind leads to: Spring's that delegate, as for lazy
 * connections, and those that route, Spring's and dynamic-datasource's.
 *
 * <p>
 * They can be replaced while others borrow, and while a router is set up anew: what is
 * replaced is the single target, and only if it still is the one that was looked at.
 */
final class DataSourceTargets {

	private static final boolean DYNAMIC = ClassUtils.isPresent(
			"com.baomidou.dynamic.datasource.DynamicRoutingDataSource", DataSourceTargets.class.getClassLoader());

	private static final @Nullable Field RESOLVED = field(AbstractRoutingDataSource.class, "resolvedDataSources");

	private static final @Nullable VarHandle FALLBACK = fallback();

	private static final @Nullable Field READ_ONLY = field(LazyConnectionDataSourceProxy.class, "readOnlyDataSource");

	private DataSourceTargets() {
	}

	/**
	 * Return what a data source leads to.
	 * @return each of them, none if it leads to no other one, or does not say to which
	 */
	static List<DataSource> of(DataSource dataSource) {
		return ofItself(behindProxies(dataSource));
	}

	/** A proxy has the fields of what it stands for, and nothing in them. */
	private static DataSource behindProxies(DataSource dataSource) {
		return (AopProxyUtils.getSingletonTarget(dataSource) instanceof DataSource target) ? behindProxies(target)
				: dataSource;
	}

	/**
	 * Return whether what a data source leads to changes while the application runs.
	 */
	static boolean routes(DataSource dataSource) {
		DataSource target = behindProxies(dataSource);
		return target instanceof AbstractRoutingDataSource || (DYNAMIC && Dynamic.routes(target));
	}

	/**
	 * Return whether a data source is of a class of the application's that decides by
	 * itself where it leads, or keeps others from changing that. It is neither asked nor
	 * told: it may know of no target as yet, or make it as it is asked.
	 */
	static boolean isLeftToItself(DataSource dataSource) {
		return behindProxies(dataSource) instanceof DelegatingDataSource delegating
				&& !(delegating instanceof TrackedPool) && !(isSprings(delegating, "getTargetDataSource")
						&& isSprings(delegating, "setTargetDataSource", DataSource.class));
	}

	private static boolean isSprings(DelegatingDataSource dataSource, String method, Class<?>... parameters) {
		return ClassUtils.getMethod(dataSource.getClass(), method, parameters)
			.getDeclaringClass()
			.getPackageName()
			.startsWith("org.springframework.jdbc.");
	}

	private static List<DataSource> ofItself(DataSource dataSource) {
		if (dataSource instanceof TrackedPool || isLeftToItself(dataSource)) {
			return List.of();
		}
		if (dataSource instanceof DelegatingDataSource delegating) {
			return Stream.of(delegating.getTargetDataSource(), readOnlyTarget(delegating))
				.filter(Objects::nonNull)
				.toList();
		}
		if (dataSource instanceof AbstractRoutingDataSource routing) {
			return of(routing);
		}
		return DYNAMIC ? Dynamic.of(dataSource) : List.of();
	}

	private static @Nullable DataSource readOnlyTarget(DelegatingDataSource delegating) {
		return (delegating instanceof LazyConnectionDataSourceProxy && READ_ONLY != null
				&& ReflectionUtils.getField(READ_ONLY, delegating) instanceof DataSource target) ? target : null;
	}

	private static List<DataSource> of(AbstractRoutingDataSource routing) {
		List<DataSource> targets = new ArrayList<>();
		try {
			targets.addAll(routing.getResolvedDataSources().values());
		}
		catch (IllegalStateException ex) {
			// It knows how to do without.
		}
		if (routing.getResolvedDefaultDataSource() != null) {
			targets.add(routing.getResolvedDefaultDataSource());
		}
		return targets;
	}

	/**
	 * Have a data source lead to others.
	 * @param dataSource the data source
	 * @param replacement returns for each target what is to be in its place, which may be
	 * itself
	 */
	static void replace(DataSource dataSource, UnaryOperator<DataSource> replacement) {
		replaceOfItself(behindProxies(dataSource), replacement);
	}

	private static void replaceOfItself(DataSource dataSource, UnaryOperator<DataSource> replacement) {
		if (isLeftToItself(dataSource)) {
			return;
		}
		if (dataSource instanceof DelegatingDataSource delegating) {
			DataSource target = delegating.getTargetDataSource();
			DataSource other = (target != null) ? replacement.apply(target) : null;
			if (other != target) {
				delegating.setTargetDataSource(other);
			}
			DataSource readOnly = readOnlyTarget(delegating);
			if (readOnly != null && delegating instanceof LazyConnectionDataSourceProxy lazy) {
				lazy.setReadOnlyDataSource(replacement.apply(readOnly));
			}
		}
		else if (dataSource instanceof AbstractRoutingDataSource routing && RESOLVED != null && FALLBACK != null) {
			replaceIn(routing, RESOLVED, FALLBACK, replacement);
		}
		else if (DYNAMIC) {
			Dynamic.replace(dataSource, replacement);
		}
	}

	/**
	 * Replace what the keys have been resolved to. To have them resolved once more, as
	 * setters would, asks a subclass for keys that it does not expect.
	 */
	@SuppressWarnings("unchecked")
	private static void replaceIn(AbstractRoutingDataSource routing, Field resolved, VarHandle fallback,
			UnaryOperator<DataSource> replacement) {
		if (ReflectionUtils.getField(resolved, routing) instanceof Map<?, ?> targets) {
			replaceAll((Map<Object, DataSource>) targets, replacement);
		}
		DataSource target = routing.getResolvedDefaultDataSource();
		DataSource other = (target != null) ? replacement.apply(target) : null;
		if (other != target) {
			fallback.compareAndSet(routing, target, other);
		}
	}

	/** Writes nothing where nothing is to be replaced: others read at each borrow. */
	private static <K> void replaceAll(Map<K, DataSource> targets, UnaryOperator<DataSource> replacement) {
		targets.forEach((key, target) -> {
			DataSource other = replacement.apply(target);
			if (other != target) {
				targets.replace(key, target, other);
			}
		});
	}

	private static @Nullable Field field(Class<?> type, String name) {
		try {
			Field field = type.getDeclaredField(name);
			field.setAccessible(true);
			return field;
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			// Then its pools have no ledgers, which is said at the start.
			return null;
		}
	}

	private static @Nullable VarHandle fallback() {
		try {
			return MethodHandles.privateLookupIn(AbstractRoutingDataSource.class, MethodHandles.lookup())
				.findVarHandle(AbstractRoutingDataSource.class, "resolvedDefaultDataSource", DataSource.class);
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			// As above.
			return null;
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

	/**
	 * Those of dynamic-datasource, which need not be there. What it closes, and asks for
	 * connections in use as it does, stays the pool that it has made.
	 */
	private static final class Dynamic {

		private Dynamic() {
		}

		static boolean routes(DataSource dataSource) {
			return dataSource instanceof DynamicRoutingDataSource;
		}

		static List<DataSource> of(DataSource dataSource) {
			if (dataSource instanceof ItemDataSource item) {
				return List.of(item.getDataSource());
			}
			return (dataSource instanceof DynamicRoutingDataSource router)
					? List.copyOf(router.getDataSources().values()) : List.of();
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

	}

}
