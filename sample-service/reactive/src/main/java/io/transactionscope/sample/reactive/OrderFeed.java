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

package io.transactionscope.sample.reactive;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

import org.springframework.stereotype.Component;

/**
 * Tells whoever listens about orders. What it has told cannot be taken back, so it must
 * only hear of what is committed.
 */
@Component
class OrderFeed {

	private static final Log logger = LogFactory.getLog(OrderFeed.class);

	private final Sinks.Many<Order> orders = Sinks.many().multicast().directBestEffort();

	synchronized void announce(Order order) {
		logger.info("Order %d was placed by %s".formatted(order.id(), order.customer()));
		this.orders.tryEmitNext(order);
	}

	/** The orders from now on. Who listens holds no connection. */
	Flux<Order> orders() {
		return this.orders.asFlux();
	}

}
