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

import io.transactionscope.actuate.PoolsEndpoint;
import io.transactionscope.actuate.PoolsEndpointWebExtension;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.pool.PoolLedgers;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the actuator endpoint {@code pools}.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = PoolAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnAvailableEndpoint(PoolsEndpoint.class)
public final class PoolsEndpointAutoConfiguration {

	PoolsEndpointAutoConfiguration() {
	}

	@Bean
	@ConditionalOnBean(PoolLedgers.class)
	@ConditionalOnMissingBean
	PoolsEndpoint poolsEndpoint(PoolLedgers ledgers) {
		return new PoolsEndpoint(ledgers);
	}

	@Bean
	@ConditionalOnBean(PoolsEndpoint.class)
	@ConditionalOnMissingBean
	@ConditionalOnAvailableEndpoint(endpoint = PoolsEndpoint.class, exposure = EndpointExposure.WEB)
	PoolsEndpointWebExtension poolsEndpointWebExtension(PoolsEndpoint endpoint) {
		return new PoolsEndpointWebExtension(endpoint);
	}

}
