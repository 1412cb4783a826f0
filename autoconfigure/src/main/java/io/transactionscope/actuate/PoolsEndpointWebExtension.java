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

package io.transactionscope.actuate;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/**
 * {@link EndpointWebExtension @EndpointWebExtension} that finds a pool and a lease by
 * query parameters, too: what is in the name of a pool, such as a slash, may be more than
 * a server takes in a path.
 *
 * @since 0.1.0
 */
@EndpointWebExtension(endpoint = PoolsEndpoint.class)
public class PoolsEndpointWebExtension {

	private final PoolsEndpoint endpoint;

	/**
	 * Create an extension.
	 * @param endpoint the endpoint to extend
	 */
	public PoolsEndpointWebExtension(PoolsEndpoint endpoint) {
		this.endpoint = Objects.requireNonNull(endpoint, "endpoint must not be null");
	}

	/**
	 * Return all pools, one of them, or the holder of one of its connections.
	 * @param pool the name of the pool, or {@code null} for all
	 * @param lease the id of a lease, or {@code null} for the pool
	 * @return what the endpoint returns for these, {@code null} if there is no such pool
	 * or lease
	 */
	@ReadOperation
	public @Nullable OperationResponseBody pools(@Nullable String pool, @Nullable String lease) {
		if (pool == null) {
			return this.endpoint.pools();
		}
		return (lease != null) ? this.endpoint.holder(pool, lease) : this.endpoint.pool(pool);
	}

}
