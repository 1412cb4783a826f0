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

package io.transactionscope.reference;

// tag::code[]
import java.time.Duration;

import io.transactionscope.reactive.ReactiveActiveScope;
import io.transactionscope.reactive.ReactiveTransactionScope;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.r2dbc.core.DatabaseClient;

class ReactiveOrders {

	private final ReactiveTransactionScope transactions;

	private final DatabaseClient database;

	private final ReactiveMail mail;

	ReactiveOrders(ReactiveTransactionScope transactions, DatabaseClient database, ReactiveMail mail) {
		this.transactions = transactions.timeout(Duration.ofSeconds(2));
		this.database = database;
		this.mail = mail;
	}

	Mono<String> place(String order) {
		return this.transactions.named("place-order").call((tx) -> {
			tx.afterCommit(() -> this.mail.confirm(order));
			return insert(order);
		});
	}

	// end::code[]
	// tag::many[]
	Flux<String> placeAll(Flux<String> orders) {
		return this.transactions.named("place-orders").callMany((tx) -> orders.concatMap(this::insert));
	}

	Flux<String> importAll(Flux<String> orders) {
		return this.transactions.named("import-orders").streamUncommitted((tx) -> orders.concatMap(this::insert));
	}

	// end::many[]
	// tag::operator[]
	Mono<String> replace(String order) {
		return delete(order).then(insert(order)).as(this.transactions::transactional);
	}

	// end::operator[]
	// tag::savepoint[]
	Flux<String> placeWhatCanBe(Flux<String> orders) {
		return this.transactions.named("place-orders")
			.callMany((tx) -> orders.concatMap((order) -> tryToPlace(tx, order)));
	}

	private Mono<String> tryToPlace(ReactiveActiveScope tx, String order) {
		return tx.savepoint((sp) -> insert(order)).onErrorResume((ex) -> Mono.empty());
	}

	// end::savepoint[]
	private Mono<Long> delete(String order) {
		return this.database.sql("delete from orders where name = :name").bind("name", order).fetch().rowsUpdated();
	}

	// tag::code[]
	private Mono<String> insert(String order) {
		return this.database.sql("insert into orders values (:name)").bind("name", order).then().thenReturn(order);
	}

	interface ReactiveMail {

		Mono<Void> confirm(String order);

	}

}
// end::code[]
