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

package io.transactionscope.reference.shop;

// tag::orders[]
import java.time.Duration;
import java.util.Map;

import io.transactionscope.TransactionScope;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

@Component
class Orders {

	private static final Logger logger = LoggerFactory.getLogger(Orders.class);

	private final TransactionScope transactions;

	private final JdbcClient jdbc;

	Orders(TransactionScope transactions, JdbcClient jdbc) {
		this.transactions = transactions.named("place-order").timeout(Duration.ofSeconds(2));
		this.jdbc = jdbc;
	}

	int place(String sku, int quantity) throws OutOfStockException {
		return this.transactions.call((tx) -> {
			insert(sku, quantity);
			takeFromStock(sku, quantity);
			tx.afterCommit(() -> logger.info("Ordered: {} {}", quantity, sku));
			return quantity;
		});
	}

	private void insert(String sku, int quantity) {
		this.jdbc.sql("""
				insert into orders (sku, quantity)
				values (?, ?)
				""").params(sku, quantity).update();
	}

	private void takeFromStock(String sku, int quantity) throws OutOfStockException {
		int rows = this.jdbc.sql("""
				update stock set quantity = quantity - :quantity
				where sku = :sku and quantity >= :quantity
				""").param("sku", sku).param("quantity", quantity).update();
		if (rows == 0) {
			throw new OutOfStockException(sku);
		}
	}

	Map<String, Object> summary() {
		return this.jdbc.sql("""
				select (select count(*) from orders) as orders,
				       (select sum(quantity) from stock) as stock
				""").query().singleRow();
	}

}
// end::orders[]
