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

import io.transactionscope.annotation.ScopedTransaction;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

/**
 * What is in stock.
 */
@Component
class Stock {

	private final DatabaseClient database;

	Stock(DatabaseClient database) {
		this.database = database;
	}

	Flux<StockItem> all() {
		return this.database.sql("SELECT sku, name, quantity FROM shop.stock ORDER BY sku")
			.mapProperties(StockItem.class)
			.all();
	}

	Mono<StockItem> find(String sku) {
		return this.database.sql("SELECT sku, name, quantity FROM shop.stock WHERE sku = :sku")
			.bind("sku", sku)
			.mapProperties(StockItem.class)
			.one();
	}

	/** Check and change in one statement, so that nobody comes between the two. */
	Mono<Void> take(String sku, int quantity) {
		return this.database
			.sql("UPDATE shop.stock SET quantity = quantity - :quantity WHERE sku = :sku AND quantity >= :quantity")
			.bind("sku", sku)
			.bind("quantity", quantity)
			.fetch()
			.rowsUpdated()
			.filter((taken) -> taken == 0)
			.flatMap((none) -> find(sku).switchIfEmpty(Mono.error(() -> new UnknownSkuException(sku))))
			.flatMap((item) -> Mono.error(new OutOfStockException(sku, quantity, item.quantity())));
	}

	/** The annotation: what the method returns is the block, once for each subscriber. */
	@ScopedTransaction(timeout = "2s")
	Mono<StockItem> restock(String sku, int quantity) {
		return this.database.sql("UPDATE shop.stock SET quantity = quantity + :quantity WHERE sku = :sku")
			.bind("sku", sku)
			.bind("quantity", quantity)
			.then()
			.then(find(sku));
	}

}
