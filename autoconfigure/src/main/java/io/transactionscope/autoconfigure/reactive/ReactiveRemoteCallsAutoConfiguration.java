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

package io.transactionscope.autoconfigure.reactive;

import io.r2dbc.pool.ConnectionPool;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.remote.RemoteCallFilter;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Auto-configuration of what notices the calls that Boot's {@code WebClient} builders and
 * HTTP service clients make in reactive transactions.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = PoolAutoConfiguration.class)
@ConditionalOnClass({ ConnectionPool.class, WebClient.class, WebClientCustomizer.class })
@ConditionalOnBean(PoolLedgers.class)
public final class ReactiveRemoteCallsAutoConfiguration {

	ReactiveRemoteCallsAutoConfiguration() {
	}

	/**
	 * Before those of the application: what they add, such as a filter that asks for a
	 * token, is a part of the call.
	 */
	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	WebClientCustomizer remoteCallWebClientCustomizer(PoolLedgers ledgers) {
		RemoteCallFilter filter = new RemoteCallFilter(ledgers);
		return (builder) -> builder.filter(filter);
	}

}
