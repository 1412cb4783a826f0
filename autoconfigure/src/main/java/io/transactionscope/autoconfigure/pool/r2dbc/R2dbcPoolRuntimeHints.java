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

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * What a native image has to know for the ledgers of R2DBC pools: where a pool has how
 * long it lets everybody wait, and a router what it leads to.
 */
class R2dbcPoolRuntimeHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		hints.reflection()
			.registerTypeIfPresent(classLoader, "io.r2dbc.pool.ConnectionPool",
					(type) -> type.withField("maxAcquireTime"))
			.registerTypeIfPresent(classLoader,
					"org.springframework.r2dbc.connection.lookup.AbstractRoutingConnectionFactory",
					(type) -> type.withField("resolvedConnectionFactories")
						.withField("resolvedDefaultConnectionFactory"));
	}

}
