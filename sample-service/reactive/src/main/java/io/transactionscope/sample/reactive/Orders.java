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

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;

import io.transactionscope.reactive.ReactiveActiveScope;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.lock.LockResources;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

/**
 * The orders, placed as a whole or not at all.
 */
@Component
class Orders {

	private static final String INSERT = "INSERT INTO shop.orders (customer, sku, quantity) VALUES (:customer, :sku, :quantity)";

	private final ReactiveTransactionScope placing;

	private final ReactiveTransactionScope importing;

	private final DatabaseClient database;

	private final Stock stock;

	private final OrderFeed feed;

	private final Executor executor;

	private final Resource<Semaphore> importPermit = LockResources.permit(new Semaphore(1), Duration.ofMillis(200));

	Orders(ReactiveTransactionScope transactions, DatabaseClient database, Stock stock, OrderFeed feed,
			@Qualifier("applicationTaskExecutor") Executor executor) {
		this.placing = transactions.named("place-order").timeout(Duration.ofSeconds(5));
		this.importing = transactions.named("import-orders").timeout(Duration.ofMinutes(1));
		this.database = database;
		this.stock = stock;
		this.feed = feed;
		this.executor = executor;
	}

	/**
	 * The lambda: what it returns is the block. It commits when that completes, and rolls
	 * back when it fails, or when nobody waits for it any longer.
	 * @param delay how long to think about it
	 */
	Mono<Order> place(OrderRequest request, Duration delay) {
		return this.placing.call((tx) -> take(tx, request).delayElement(delay));
	}

	/**
	 * The stream: all in one block, each told of as soon as it is taken. One import at a
	 * time: its permit is free again once all is committed or rolled back.
	 */
	Flux<Order> placeAll(Flux<OrderRequest> requests) {
		return this.importing.streamUncommitted((tx) -> tx.enter(this.importPermit, this.executor)
			.thenMany(requests.concatMap((request) -> take(tx, request))));
	}

	private Mono<Order> take(ReactiveActiveScope tx, OrderRequest request) {
		return this.stock.take(request.sku(), request.quantity())
			.then(insert(request))
			.doOnNext((order) -> tx.afterCommit(() -> Mono.fromRunnable(() -> this.feed.announce(order))));
	}

	private Mono<Order> insert(OrderRequest request) {
		return this.database.sql(INSERT)
			.bindProperties(request)
			.filter((statement) -> statement.returnGeneratedValues("id", "placed_at"))
			.map((row) -> new Order(row.get("id", Long.class), request.customer(), request.sku(), request.quantity(),
					row.get("placed_at", OffsetDateTime.class)))
			.one();
	}

	Flux<Order> latest() {
		return this.database.sql("SELECT * FROM shop.orders ORDER BY id DESC LIMIT 50")
			.mapProperties(Order.class)
			.all();
	}

}
