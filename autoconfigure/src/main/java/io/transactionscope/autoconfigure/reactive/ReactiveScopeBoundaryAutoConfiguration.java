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

import io.transactionscope.autoconfigure.ConditionalOnEnabled;
import io.transactionscope.reactive.ReactiveScopeBoundary;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.web.server.WebFilter;

/**
 * Auto-configuration of the ends of WebFlux exchanges, which no reactive scope may
 * outlast.
 *
 * @since 0.1.0
 */
@AutoConfiguration
@ConditionalOnEnabled("transaction-scope.enabled")
@ConditionalOnClass({ Mono.class, WebFilter.class, ReactiveTransactionManager.class })
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
public final class ReactiveScopeBoundaryAutoConfiguration {

	ReactiveScopeBoundaryAutoConfiguration() {
	}

	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	WebFilter reactiveScopeBoundaryFilter() {
		return (exchange, chain) -> ReactiveScopeBoundary.around(chain.filter(exchange));
	}

}
