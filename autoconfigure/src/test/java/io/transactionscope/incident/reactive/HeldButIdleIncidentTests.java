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

package io.transactionscope.incident.reactive;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.transactionscope.incident.SlowServer;
import io.transactionscope.incident.Witnesses;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.reactive.ReactiveTransactionScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Import;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Connections that are held while the database has nothing to do for them: for the answer
 * of another service, or for something that never comes.
 */
@Timeout(120)
@Tag("once")
class HeldButIdleIncidentTests {

	private final SlowServer warehouse = new SlowServer();

	private final ReactiveService service = new ReactiveService(Shop.class, "warehouse=" + this.warehouse.url(""));

	private final Witnesses witnesses = this.service.witnesses();

	HeldButIdleIncidentTests() throws IOException {
	}

	@AfterEach
	void close() throws Exception {
		this.warehouse.close();
		this.service.close();
	}

	@Test
	void aRemoteCallThatKeepsConnectionsIsNamedWithItsScope() {
		List<Request> holders = this.service.occupy("/place");
		awaitCalls();
		this.witnesses
			.of(HeldButIdle.class, "Connections are held but idle", "scope 'place-order'", "between its statements",
					"POST localhost ")
			.butNot("held for long by statements")
			.exception(this.service.askQuickly().failure(), "calls POST localhost", "still under way")
			.log("still under way")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		assertThat(this.service.page().at("/reports/0/diagnosis/details/call/name").asString())
			.isEqualTo("POST localhost");
		this.warehouse.answer();
		holders.forEach(Request::body);
	}

	@Test
	void aRemoteCallInATransactionalMethodIsNamedToo() {
		List<Request> holders = this.service.occupy("/reserve");
		awaitCalls();
		this.witnesses.of(HeldButIdle.class, "Stock.reserve' holds one", "POST localhost ")
			.exception(this.service.askQuickly().failure())
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		this.warehouse.answer();
		holders.forEach(Request::body);
	}

	/** Near miss: the same call, before the block. */
	@Test
	void aCallThatIsMadeWithoutAConnectionIsNobodysBusiness() {
		List<Request> careful = this.service.ask(2 * ReactiveService.CONNECTIONS, "/place-carefully");
		await().until(() -> this.warehouse.calls() == careful.size());
		this.service.askQuickly().body();
		this.witnesses.areSilent();
		this.warehouse.answer();
		careful.forEach(Request::body);
		this.witnesses.areSilent();
		assertThat(this.service.page().at("/snapshot/calls").has("place-carefully")).isFalse();
	}

	@Test
	void aBlockThatNeverEndsIsNamedAndSinceWhen() {
		this.service.occupy("/forget");
		this.witnesses
			.of(HeldButIdle.class, "Connections are held but idle", "scope 'forget-order'", "between its statements")
			.butNot("held for long by statements", "POST localhost")
			.exception(this.service.askQuickly().failure(), "'forget-order'", "last SQL: select ?")
			.log("'forget-order'")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		JsonNode holder = this.service.page().at("/holders/0/lease");
		assertThat(holder.at("/scope").asString()).isEqualTo("forget-order");
		assertThat(Duration.parse(holder.at("/age").asString())).isGreaterThan(Duration.ofSeconds(1));
	}

	/** Near miss: the same, but it gives up in time. */
	@Test
	void aBlockThatGivesUpInTimeIsNot() throws InterruptedException {
		// What is loaded for the first request takes none of that time.
		this.service.askQuickly().body();
		List<Request> impatient = this.service.ask(ReactiveService.CONNECTIONS, "/forget-in-time");
		// Who asks now is to wait for those, and not for nearly as long as anybody may.
		TimeUnit.MILLISECONDS.sleep(700);
		this.service.askQuickly().body();
		impatient.forEach((request) -> assertThat(request.failure()).isInstanceOf(TransactionTimedOutException.class));
		this.witnesses.areSilent();
	}

	/** Wait until calls take most of the time, however long it took to get to them. */
	private void awaitCalls() {
		await().until(() -> this.warehouse.calls() == ReactiveService.CONNECTIONS);
		await().atMost(Duration.ofSeconds(60))
			.untilAsserted(() -> assertThat(this.service.ledger().snapshot().leases())
				.allSatisfy((lease) -> assertThat(lease.calls()).first()
					.satisfies((call) -> assertThat(call.time().multipliedBy(2)).isGreaterThan(lease.age()))));
	}

	/** As users write it. */
	@RestController
	@Import(Stock.class)
	static class Shop {

		private final ReactiveTransactionScope transactions;

		private final DatabaseClient database;

		private final Stock stock;

		Shop(ReactiveTransactionScope transactions, DatabaseClient database, Stock stock) {
			this.transactions = transactions;
			this.database = database;
			this.stock = stock;
		}

		@GetMapping("/place")
		Mono<Integer> place() {
			return this.transactions.named("place-order").call(() -> find().flatMap(this.stock::reserveElsewhere));
		}

		@GetMapping("/reserve")
		Mono<Integer> reserve() {
			return this.stock.reserve();
		}

		@GetMapping("/place-carefully")
		Mono<Integer> placeCarefully() {
			return this.stock.reserveElsewhere(1)
				.flatMap((reserved) -> this.transactions.named("place-carefully").call(this::find));
		}

		@GetMapping("/forget")
		Mono<Integer> forget() {
			return this.transactions.named("forget-order").call(() -> find().then(Mono.never()));
		}

		@GetMapping("/forget-in-time")
		Mono<Integer> forgetInTime() {
			return this.transactions.named("forget-in-time")
				.timeout(Duration.ofSeconds(1))
				.call(() -> find().then(Mono.never()));
		}

		private Mono<Integer> find() {
			return this.database.sql("select 1").mapValue(Integer.class).one();
		}

	}

	static class Stock {

		private final DatabaseClient database;

		private final WebClient warehouse;

		Stock(DatabaseClient database, WebClient.Builder builder, @Value("${warehouse}") String warehouse) {
			this.database = database;
			this.warehouse = builder.baseUrl(warehouse).build();
		}

		@Transactional
		Mono<Integer> reserve() {
			return this.database.sql("select 1").mapValue(Integer.class).one().flatMap(this::reserveElsewhere);
		}

		Mono<Integer> reserveElsewhere(Integer order) {
			return this.warehouse.post().uri("/slow").retrieve().toBodilessEntity().thenReturn(order);
		}

	}

}
