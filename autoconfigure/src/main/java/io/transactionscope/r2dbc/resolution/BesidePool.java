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

package io.transactionscope.r2dbc.resolution;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Wrapped;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Finds where a pool opens its connections, to open one beside it.
 */
final class BesidePool {

	private static final boolean POOL = ClassUtils.isPresent("io.r2dbc.pool.ConnectionPool",
			BesidePool.class.getClassLoader());

	private BesidePool() {
	}

	/**
	 * Return where to open connections outside of the pool.
	 * @param factory the pool, something that wraps it, or anything else
	 * @return the pool's own factory, or the given one if there is no pool of
	 * {@code r2dbc-pool} in it
	 */
	static ConnectionFactory of(ConnectionFactory factory) {
		ConnectionFactory each = factory;
		ConnectionFactory pooled = null;
		while (each != null && pooled == null) {
			pooled = POOL ? Pools.pooled(each) : null;
			each = inside(each);
		}
		return (pooled != null) ? pooled : factory;
	}

	private static @Nullable ConnectionFactory inside(ConnectionFactory factory) {
		try {
			return (factory instanceof Wrapped<?> wrapped && wrapped.unwrap() instanceof ConnectionFactory inner
					&& inner != factory) ? inner : null;
		}
		catch (RuntimeException ex) {
			// As far as it goes
			return null;
		}
	}

	/**
	 * Is loaded where the library is there.
	 */
	private static final class Pools {

		private static @Nullable ConnectionFactory pooled(ConnectionFactory factory) {
			return (factory instanceof ConnectionPool pool) ? pool.unwrap() : null;
		}

	}

}
