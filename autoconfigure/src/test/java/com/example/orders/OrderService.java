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

package com.example.orders;

import io.transactionscope.TransactionScope;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.client.RestClient;

/**
 * Takes orders, and reserves what is ordered in the middle of the transaction, as one
 * should not.
 */
public final class OrderService {

	private final TransactionScope transactions;

	private final JdbcClient jdbc;

	private final RestClient warehouse;

	/**
	 * Create the service.
	 */
	public OrderService(TransactionScope transactions, JdbcClient jdbc, RestClient warehouse) {
		this.transactions = transactions;
		this.jdbc = jdbc;
		this.warehouse = warehouse;
	}

	/**
	 * Place an order.
	 */
	public void place(String item) {
		this.transactions.named("place-order").run(() -> {
			this.jdbc.sql("insert into orders (item) values (:item)").param("item", item).update();
			reserve(item);
		});
	}

	private void reserve(String item) {
		this.warehouse.post().uri("/reservations").body(item).retrieve().toBodilessEntity();
	}

}
