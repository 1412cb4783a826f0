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

package io.transactionscope.sample;

import io.transactionscope.TransactionScope;

import org.springframework.context.annotation.Profile;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;

/**
 * What to avoid: a remote call inside a scope, which keeps its connection for nothing.
 */
@Profile("demo")
@Component
class SlowDemo {

	private final TransactionScope reserving;

	private final Inventory inventory;

	private final RestClient warehouse;

	private final Environment environment;

	SlowDemo(TransactionScope transactions, Inventory inventory, RestClient.Builder restClients,
			Environment environment) {
		this.reserving = transactions.named("reserve-in-warehouse");
		this.inventory = inventory;
		this.warehouse = restClients.build();
		this.environment = environment;
	}

	String reserve(int seconds) {
		return this.reserving.call(() -> {
			StockItem item = this.inventory.find("kettle").orElseThrow();
			return item.name() + " " + callWarehouse(seconds);
		});
	}

	private String callWarehouse(int seconds) {
		String answer = this.warehouse.get()
			.uri("http://localhost:{port}/demo/warehouse?seconds={seconds}",
					this.environment.getRequiredProperty("local.server.port"), seconds)
			.retrieve()
			.body(String.class);
		return String.valueOf(answer);
	}

}
