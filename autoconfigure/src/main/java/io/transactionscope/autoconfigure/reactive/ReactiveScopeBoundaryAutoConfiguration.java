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
import io.transactionscope.autoconfigure.ConditionalOnEnabled;
import io.transactionscope.pool.r2dbc.Exchange;
import io.transactionscope.reactive.ReactiveScopeBoundary;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.server.ServerWebExchange;
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

	/**
	 * Tells the ledgers of R2DBC pools of exchanges.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnEnabled("transaction-scope.pool.enabled")
	@ConditionalOnClass({ ConnectionPool.class, HandlerMapping.class })
	static class OfPools {

		@Bean
		@Order(Ordered.HIGHEST_PRECEDENCE)
		WebFilter borrowingExchangeFilter() {
			return (exchange, chain) -> Exchange.around(chain.filter(exchange), () -> route(exchange));
		}

		private static @Nullable String route(ServerWebExchange exchange) {
			Object route = exchange.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
			if (route == null) {
				return null;
			}
			// A client may send any word there, and each would be another name.
			RequestMethod method = RequestMethod.resolve(exchange.getRequest().getMethod());
			return (method != null) ? method + " " + route : route.toString();
		}

	}

}
