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

package io.transactionscope.autoconfigure.pool.lint;

import io.transactionscope.autoconfigure.ConditionalOnEnabled;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolProperties;
import io.transactionscope.pool.PoolLedgers;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/**
 * Auto-configuration of the check for properties of pools that contradict each other.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = PoolLintAutoConfiguration.class)
@Conditional(PoolAutoConfiguration.OnPools.class)
@ConditionalOnEnabled("transaction-scope.enabled")
@EnableConfigurationProperties({ PoolProperties.class, PoolLintProperties.class })
public final class PoolContradictionsAutoConfiguration {

	PoolContradictionsAutoConfiguration() {
	}

	@Bean
	PoolContradictions poolContradictions(PoolProperties pool, PoolLintProperties lint,
			ObjectProvider<PoolLedgers> ledgers) {
		return new PoolContradictions(pool, lint, ledgers);
	}

}
