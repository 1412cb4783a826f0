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
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import org.junit.jupiter.api.Test;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

class PoolsEndpointAutoConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class, PoolAutoConfiguration.class,
				PoolsEndpointAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true", "spring.datasource.hikari.pool-name=orders");

	private final ApplicationContextRunner exposed = this.runner
		.withPropertyValues("management.endpoints.web.exposure.include=pools");

	@Test
	void showsThePoolsOfTheApplication() {
		this.exposed.run((context) -> assertThat(context.getBean(PoolsEndpoint.class).pool("orders")).isNotNull());
	}

	@Test
	void isNotThereUnlessExposed() {
		this.runner.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(PoolsEndpoint.class));
	}

	@Test
	void isNotThereWithoutAccess() {
		this.exposed.withPropertyValues("management.endpoint.pools.access=NONE")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(PoolsEndpoint.class));
	}

	@Test
	void isNotThereWhereNoPoolIsWatched() {
		this.exposed.withPropertyValues("transaction-scope.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(PoolsEndpoint.class));
	}

	@Test
	void isNotThereWithoutActuator() {
		this.exposed.withClassLoader(new FilteredClassLoader(ConditionalOnAvailableEndpoint.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(PoolsEndpoint.class));
	}

}
