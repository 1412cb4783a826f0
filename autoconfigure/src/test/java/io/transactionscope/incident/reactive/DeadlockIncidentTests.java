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

import java.util.List;

import io.transactionscope.incident.Witnesses;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.r2dbc.R2dbcPoolDeadlockException;
import io.transactionscope.reactive.ReactiveTransactionScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Subscriptions that hold all connections and wait for more, each of which is failed at
 * once, while the others go on.
 */
@Timeout(120)
@Tag("once")
class DeadlockIncidentTests {

	private @Nullable ReactiveService running;

	@AfterEach
	void close() throws Exception {
		if (this.running != null) {
			this.running.calm();
			this.running.close();
		}
	}

	@Test
	void aBlockInsideOfABlockIsOneOnceAllHoldOne() {
		ReactiveService service = start(ReactiveService.CONNECTIONS);
		Witnesses witnesses = service.witnesses();
		List<Request> requests = service.occupy("/nested");
		service.bean(Shop.class).open();
		Throwable victim = onlyVictim(requests);
		witnesses.of(SelfDeadlock.class, "Deadlock", "scope 'place-order'", "scope 'write-audit'")
			.butNot("held for long", "held but idle", "as far as the ledger can see")
			.exception(victim, "To change: Do the inner work in the outer transaction", "which is 3 connections")
			.log("Incident 1 of connectionFactory, the report in full")
			.health("DEGRADED")
			.page()
			.meter("deadlocks", 1)
			.meter("exhaustions", 0);
	}

	/** Near miss: the same with one connection more. */
	@Test
	void aBlockInsideOfABlockIsNoneWhereThereIsOneConnectionMore() {
		ReactiveService service = start(ReactiveService.CONNECTIONS + 1);
		Witnesses witnesses = service.witnesses();
		List<Request> requests = service.ask(ReactiveService.CONNECTIONS, "/nested");
		service.awaitHeld(ReactiveService.CONNECTIONS);
		service.bean(Shop.class).open();
		requests.forEach(Request::body);
		witnesses.areSilent();
	}

	@Test
	void blocksThatAreZippedInsideOfABlockAreOneOnceAllHoldOne() {
		ReactiveService service = start(ReactiveService.CONNECTIONS);
		Witnesses witnesses = service.witnesses();
		List<Request> requests = service.occupy("/zipped-inside");
		service.bean(Shop.class).open();
		Throwable victim = onlyVictim(requests);
		witnesses.of(SelfDeadlock.class, "Deadlock", "scope 'place-order'")
			.butNot("held for long", "held but idle")
			.exception(victim, "To change: Do the inner work in the outer transaction")
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 0);
		assertThat(witnesses.since("deadlocks")).isPositive();
	}

	/** Near miss: zipped, too, but in a chain that holds none. */
	@Test
	void blocksThatAreZippedSideBySideAreNone() {
		ReactiveService service = start(ReactiveService.CONNECTIONS);
		Witnesses witnesses = service.witnesses();
		List<Request> requests = service.ask(3 * ReactiveService.CONNECTIONS, "/zipped");
		service.awaitHeld(ReactiveService.CONNECTIONS);
		await().until(() -> service.metrics().pendingAcquireSize() > 0);
		service.bean(Shop.class).open();
		requests.forEach(Request::body);
		witnesses.areSilent();
	}

	private ReactiveService start(int connections) {
		ReactiveService service = new ReactiveService(Shop.class, "spring.r2dbc.pool.max-size=" + connections,
				"spring.r2dbc.pool.max-acquire-time=30s");
		this.running = service;
		return service;
	}

	/** All but one get what they have asked for, and long before their patience ends. */
	private static Throwable onlyVictim(List<Request> requests) {
		List<Request> victims = requests.stream().filter((request) -> !request.isServed()).toList();
		assertThat(victims).hasSize(1);
		Throwable failure = victims.get(0).failure();
		assertThat(failure).hasRootCauseInstanceOf(R2dbcPoolDeadlockException.class);
		return failure;
	}

	/** As users write it. */
	@RestController
	static class Shop {

		private final ReactiveTransactionScope placing;

		private final ReactiveTransactionScope reserving;

		private final ReactiveTransactionScope auditing;

		private final DatabaseClient database;

		private final Sinks.Empty<Void> opening = Sinks.empty();

		Shop(ReactiveTransactionScope transactions, DatabaseClient database) {
			this.placing = transactions.named("place-order");
			this.reserving = transactions.named("reserve-stock");
			this.auditing = transactions.named("write-audit");
			this.database = database;
		}

		@GetMapping("/nested")
		Mono<Integer> nested() {
			return this.placing.call(() -> write(1).delayUntil(this::opened)
				.flatMap((order) -> this.auditing.requiresNew().call(() -> write(order))));
		}

		@GetMapping("/zipped-inside")
		Mono<Integer> zippedInside() {
			return this.placing.call(() -> write(1).delayUntil(this::opened)
				.flatMap((order) -> Mono
					.zip(this.reserving.requiresNew().call(() -> write(order)),
							this.auditing.requiresNew().call(() -> write(order)))
					.thenReturn(order)));
		}

		@GetMapping("/zipped")
		Mono<Integer> zipped() {
			return Mono
				.zip(this.reserving.call(() -> write(1).delayUntil(this::opened)),
						this.auditing.call(() -> write(2).delayUntil(this::opened)))
				.thenReturn(3);
		}

		private Mono<Integer> write(int what) {
			return this.database.sql("select :what::int").bind("what", what).mapValue(Integer.class).one();
		}

		/** Only then does anybody go on who has got a first connection. */
		void open() {
			this.opening.tryEmitEmpty();
		}

		private Mono<Void> opened(Integer what) {
			return this.opening.asMono();
		}

	}

}
