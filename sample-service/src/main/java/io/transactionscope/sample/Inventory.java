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

import java.util.List;
import java.util.Optional;

import io.transactionscope.annotation.ScopedTransaction;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What is in stock.
 */
@Component
class Inventory {

	private final JdbcClient jdbc;

	Inventory(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	List<StockItem> all() {
		return this.jdbc.sql("SELECT sku, name, qty AS quantity FROM inventory ORDER BY sku")
			.query(StockItem.class)
			.list();
	}

	Optional<StockItem> find(String sku) {
		return this.jdbc.sql("SELECT sku, name, qty AS quantity FROM inventory WHERE sku = ?")
			.param(sku)
			.query(StockItem.class)
			.optional();
	}

	/** Check and change in one statement, so that nobody comes between the two. */
	void take(String sku, int quantity) throws OutOfStockException {
		int taken = this.jdbc.sql("UPDATE inventory SET qty = qty - ? WHERE sku = ? AND qty >= ?")
			.params(quantity, sku, quantity)
			.update();
		if (taken == 0) {
			StockItem item = find(sku).orElseThrow(() -> new UnknownSkuException(sku));
			throw new OutOfStockException(sku, quantity, item.quantity());
		}
	}

	void putBack(String sku, int quantity) {
		this.jdbc.sql("UPDATE inventory SET qty = qty + ? WHERE sku = ?").params(quantity, sku).update();
	}

	/** The annotation: a method of a bean is the block. */
	@ScopedTransaction(timeout = "2s")
	Optional<StockItem> restock(String sku, int quantity) {
		putBack(sku, quantity);
		return find(sku);
	}

}
