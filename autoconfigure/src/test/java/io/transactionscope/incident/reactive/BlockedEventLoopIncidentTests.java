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

import io.transactionscope.incident.Witnesses;
import io.transactionscope.pool.diagnosis.BlockedEventLoop;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.reactive.ReactiveTransactionScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Connections that are held by code that blocks the thread on which their answers come.
 */
@Timeout(120)
@Tag("once")
class BlockedEventLoopIncidentTests {

	private final ReactiveService service = new ReactiveService(Shop.class);

	private final Witnesses witnesses = this.service.witnesses();

	@BeforeEach
	void warmUp() {
		this.service.ask(ReactiveService.CONNECTIONS, "/warm-up").forEach(Request::body);
		await().until(() -> this.service.metrics().idleSize() == ReactiveService.CONNECTIONS);
	}

	@AfterEach
	void close() throws Exception {
		this.service.calm();
		this.service.close();
	}

	@Test
	void codeThatBlocksAnEventLoopIsNamedWithItsFrame() {
		this.service.occupy("/price");
		Shop.awaitBlocking();
		this.witnesses.of(BlockedEventLoop.class, "Shop.think(")
			.butNot("held for long by statements", "silent")
			.exception(this.service.askQuickly().failure(), "'price-order'")
			.log("Shop.think(")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
	}

	/** Near miss: the same code, where it may block. */
	@Test
	void theSameCodeWhereItMayBlockIsNot() {
		this.service.occupy("/price-elsewhere");
		Shop.awaitBlocking();
		this.witnesses.of(HeldButIdle.class, "Connections are held but idle", "scope 'price-elsewhere'")
			.butNot("Shop.think(", "event loop")
			.exception(this.service.askQuickly().failure())
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
	}

	/** As users write it. */
	@RestController
	static class Shop {

		private final ReactiveTransactionScope transactions;

		private final DatabaseClient database;

		Shop(ReactiveTransactionScope transactions, DatabaseClient database) {
			this.transactions = transactions;
			this.database = database;
		}

		@GetMapping("/warm-up")
		Mono<Integer> warmUp() {
			return this.transactions.named("warm-up").call(() -> find().delayElement(Duration.ofMillis(300)));
		}

		@GetMapping("/price")
		Mono<Integer> price() {
			return this.transactions.named("price-order").call(() -> find().map(Shop::think));
		}

		@GetMapping("/price-elsewhere")
		Mono<Integer> priceElsewhere() {
			return this.transactions.named("price-elsewhere")
				.call(() -> find().publishOn(Schedulers.boundedElastic()).map(Shop::think));
		}

		private Mono<Integer> find() {
			return this.database.sql("select :order::int").bind("order", 1).mapValue(Integer.class).one();
		}

		private static Integer think(Integer order) {
			try {
				Thread.sleep(3000);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return order;
		}

		/** Until somebody thinks. */
		static void awaitBlocking() {
			await().untilAsserted(
					() -> assertThat(Thread.getAllStackTraces().values()).anySatisfy((frames) -> assertThat(frames)
						.anySatisfy((frame) -> assertThat(frame.getMethodName()).isEqualTo("think"))));
		}

	}

}
