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

package io.transactionscope.autoconfigure.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.metrics.PoolMetrics;
import io.transactionscope.pool.PoolLedgers;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ImportRuntimeHints;

/**
 * Auto-configuration of {@link PoolMetrics}, beside Boot's meters of HikariCP.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = PoolAutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({ PoolLedgers.class, MeterRegistry.class })
@ImportRuntimeHints(PoolMetricsRuntimeHints.class)
public final class PoolMetricsAutoConfiguration {

	PoolMetricsAutoConfiguration() {
	}

	@Bean
	@ConditionalOnMissingBean
	PoolMetrics poolMetrics(PoolLedgers ledgers, ObjectProvider<MeterFilter> filters) {
		return new PoolMetrics(ledgers, filters.orderedStream().toList());
	}

}
