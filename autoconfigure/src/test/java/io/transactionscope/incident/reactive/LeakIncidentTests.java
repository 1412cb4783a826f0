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

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.incident.Witnesses;
import io.transactionscope.pool.diagnosis.Leak;
import io.transactionscope.reactive.ReactiveTransactionScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Connections that nobody is going to give back: their borrower was cancelled, or has put
 * them away, or has forgotten them.
 */
@Timeout(120)
@Tag("once")
class LeakIncidentTests {

	private final ReactiveService service = new ReactiveService(Shop.class,
			"transaction-scope.pool.leak-threshold=1500ms");

	private final Witnesses witnesses = this.service.witnesses();

	@AfterEach
	void close() throws Exception {
		Shop.KEPT.clear();
		this.service.close();
	}

	/** The exchange is over, and with it the code that would have closed it. */
	@Test
	void aClientThatHangsUpLeavesAConnectionBehindThatWasBorrowedByHand() {
		List<Request> requests = this.service.occupy("/sum-by-hand");
		awaitStatements();
		requests.forEach(Request::hangUp);
		this.witnesses
			.of(Leak.class, "2 connections are leaked", "'GET /sum-by-hand'",
					"the exchange that it was borrowed in has ended")
			.butNot("Deadlock", "held but idle", "try-with-resources")
			.exception(this.service.askQuickly().failure(), "with Flux.usingWhen")
			.log("Incident 1 of connectionFactory, the report in full")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1)
			.meter("leaks", ReactiveService.CONNECTIONS);
		assertThat(this.witnesses.since("long.leases")).isZero();
		await().until(() -> {
			System.gc();
			return this.service.askQuickly().isServed();
		});
	}

	/** Near miss: the same request, in a block. */
	@Test
	void aClientThatHangsUpDuringABlockLeavesNothingBehind() {
		List<Request> requests = this.service.occupy("/sum");
		awaitStatements();
		requests.forEach(Request::hangUp);
		this.service.calm();
		this.service.askQuickly().body();
		this.witnesses.areSilent();
	}

	@Test
	void connectionsThatAreKeptOutsideAreLeaks() {
		this.service.occupy("/keep").forEach(Request::body);
		this.witnesses.of(Leak.class, "2 connections are leaked")
			.butNot("Deadlock", "held but idle")
			.exception(this.service.askQuickly().failure(), "'GET /keep'")
			.log("'GET /keep'")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1)
			.meter("leaks", ReactiveService.CONNECTIONS);
		assertThat(this.witnesses.since("long.leases")).isZero();
	}

	/** The pool has it back, from whoever has forgotten it. */
	@Test
	void connectionsThatAreGarbageAreGivenBackAndReported() {
		this.service.occupy("/forget").forEach(Request::body);
		await().untilAsserted(() -> {
			System.gc();
			assertThat(this.service.held()).isZero();
		});
		this.service.askQuickly().body();
		this.witnesses.of(Leak.class, "Leak, nothing refers to it any more: 'GET /forget' on ").log().nobodyFails();
		await().untilAsserted(() -> assertThat(this.witnesses.since("leaks")).isEqualTo(ReactiveService.CONNECTIONS));
		assertThat(this.witnesses.since("long.leases")).isZero();
	}

	/** Near miss: kept outside as well, for long, but it is used. */
	@Test
	void aConnectionThatIsHeldForLongAndUsedIsNone() {
		this.service.ask("/keep").body();
		await().untilAsserted(() -> {
			this.service.ask("/use").body();
			assertThat(this.witnesses.since("long.leases")).isOne();
			assertThat(this.service.log()).contains("A connection has been held for long");
		});
		assertThat(this.witnesses.since("leaks")).isZero();
		this.witnesses.areSilent();
	}

	/**
	 * Soon, or their clients hang up when the leases have lasted, or the statements
	 * ended.
	 */
	private static void awaitStatements() {
		await().pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(20))
			.until(() -> ReactiveService.database()
				.sql("select count(*) from pg_stat_activity where query like ? and state = 'active'")
				.param(Shop.SUM + "%")
				.query(Integer.class)
				.single() == ReactiveService.CONNECTIONS);
	}

	/** As users write it. */
	@RestController
	static class Shop {

		private static final String SUM = "select count(pg_sleep(2))";

		private static final Queue<Connection> KEPT = new ConcurrentLinkedQueue<>();

		private final ReactiveTransactionScope transactions;

		private final ConnectionFactory connections;

		private final DatabaseClient database;

		Shop(ReactiveTransactionScope transactions, ConnectionFactory connections, DatabaseClient database) {
			this.transactions = transactions;
			this.connections = connections;
			this.database = database;
		}

		/** It closes what it has borrowed, if it comes to that. */
		@GetMapping("/sum-by-hand")
		Mono<Long> sumByHand() {
			return Mono.from(this.connections.create())
				.flatMap((connection) -> execute(connection, SUM)
					.flatMap((sum) -> Mono.from(connection.close()).thenReturn(sum)));
		}

		@GetMapping("/sum")
		Mono<Long> sum() {
			return this.transactions.named("sum").call(() -> this.database.sql(SUM).mapValue(Long.class).one());
		}

		@GetMapping("/keep")
		Mono<Long> keep() {
			return Mono.from(this.connections.create())
				.doOnNext(KEPT::add)
				.flatMap((connection) -> execute(connection, "select 1::bigint"));
		}

		@GetMapping("/forget")
		Mono<Long> forget() {
			return Mono.from(this.connections.create())
				.flatMap((connection) -> execute(connection, "select 2::bigint"));
		}

		@GetMapping("/use")
		Mono<Long> use() {
			return Flux.fromIterable(KEPT).next().flatMap((connection) -> execute(connection, "select 3::bigint"));
		}

		private static Mono<Long> execute(Connection connection, String sql) {
			return Flux.from(connection.createStatement(sql).execute())
				.flatMap((result) -> result.map((row) -> row.get(0, Long.class)))
				.next();
		}

	}

}
