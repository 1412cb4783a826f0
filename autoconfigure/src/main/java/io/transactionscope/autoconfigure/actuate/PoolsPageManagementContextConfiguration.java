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

package io.transactionscope.autoconfigure.actuate;

import java.util.Objects;

import io.transactionscope.actuate.PoolsEndpoint;
import io.transactionscope.actuate.PoolsPage;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;

/**
 * {@link ManagementContextConfiguration @ManagementContextConfiguration} of the page of
 * the endpoint {@code pools}, wherever the endpoint is: at the application's port or at
 * one of its own.
 */
@ManagementContextConfiguration(proxyBeanMethods = false)
@ConditionalOnWebApplication
@ConditionalOnAvailableEndpoint(endpoint = PoolsEndpoint.class, exposure = EndpointExposure.WEB)
@ConditionalOnBean({ PoolsEndpoint.class, PathMappedEndpoints.class })
class PoolsPageManagementContextConfiguration {

	private static final EndpointId ENDPOINT = EndpointId.of("pools");

	@Bean
	PoolsPage poolsPage(PathMappedEndpoints endpoints) {
		return new PoolsPage(
				Objects.requireNonNull(endpoints.getPath(ENDPOINT), "The endpoint 'pools' must have a path"));
	}

}
