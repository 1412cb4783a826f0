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

import io.transactionscope.reactive.ReactiveTransactionScope;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.Profile;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * What to avoid: a remote call inside a block, which keeps its connection for nothing.
 */
@Profile("demo")
@Component
class SlowDemo {

	private final ReactiveTransactionScope reserving;

	private final Stock stock;

	private final WebClient warehouse;

	private final Environment environment;

	SlowDemo(ReactiveTransactionScope transactions, Stock stock, WebClient.Builder webClients,
			Environment environment) {
		this.reserving = transactions.named("reserve-in-warehouse");
		this.stock = stock;
		this.warehouse = webClients.build();
		this.environment = environment;
	}

	Mono<String> reserve(int seconds) {
		return this.reserving.call(() -> this.stock.find("kettle")
			.flatMap((item) -> callWarehouse(seconds).map((answer) -> item.name() + " " + answer)));
	}

	private Mono<String> callWarehouse(int seconds) {
		return this.warehouse.get()
			.uri("http://localhost:{port}/demo/warehouse?seconds={seconds}",
					this.environment.getRequiredProperty("local.server.port"), seconds)
			.retrieve()
			.bodyToMono(String.class);
	}

}
