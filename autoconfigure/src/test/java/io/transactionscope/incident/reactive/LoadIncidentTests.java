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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.transactionscope.incident.Witnesses;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Connections that come and go, and more who ask for one than there are: for long, or for
 * a moment. Where others use the CPUs of this machine up, that is said of each.
 */
@Timeout(120)
@Tag("once")
class LoadIncidentTests {

	private static final int CUSTOMERS = 8;

	private final ReactiveService service = new ReactiveService(Shop.class, "spring.r2dbc.pool.max-acquire-time=30s");

	private final Witnesses witnesses = this.service.witnesses();

	private final ExecutorService customers = Executors.newFixedThreadPool(CUSTOMERS);

	private final AtomicBoolean over = new AtomicBoolean();

	@AfterEach
	void close() throws Exception {
		this.over.set(true);
		this.customers.shutdown();
		assertThat(this.customers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
		this.service.close();
	}

	@Test
	void aLoadThatLastsMakesThePoolTooSmall() {
		comeAgainAndAgain("/charge");
		await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
			JsonNode diagnosis = this.service.page().get("diagnosis");
			assertThat(diagnosis.get("kind").asString()).isIn("Undersized", "StarvedOfCpu");
			if (diagnosis.get("kind").asString().equals("Undersized")) {
				assertThat(Duration.parse(diagnosis.at("/details/window").asString()))
					.isGreaterThan(Duration.ofSeconds(9));
				assertThat(diagnosis.at("/details/needed").asDouble()).isBetween(2.0, CUSTOMERS + 0.5);
				assertThat(diagnosis.get("advice").asString()).contains("spring.r2dbc.pool.max-size")
					.doesNotContain("hikari");
			}
			assertThat(this.service.health().at("/details/diagnosis/kind").asString()).isIn("Undersized",
					"StarvedOfCpu");
		});
		nobodyIsFailed();
	}

	/** Near miss: more than there are connections, but not for long. */
	@Test
	void aBurstDoesNot() {
		List<String> kinds = new ArrayList<>();
		List<Request> burst = this.service.ask(30, "/charge");
		while (!burst.stream().allMatch(Request::isAnswered)) {
			JsonNode page = this.service.page();
			kinds.add(page.at("/diagnosis/kind").asString());
			assertThat(page.at("/diagnosis/advice").asString()).doesNotContain("set spring.");
		}
		burst.forEach(Request::body);
		assertThat(kinds).containsAnyOf("Burst", "StarvedOfCpu").doesNotContain("Undersized");
		nobodyIsFailed();
	}

	/** Whoever waits gets a connection in the end. */
	private void nobodyIsFailed() {
		assertThat(this.witnesses.ofOurs("WARN", "ERROR")).noneMatch((event) -> event.contains("the report in full"));
		assertThat(this.witnesses.since("exhaustions")).isZero();
		assertThat(this.service.page().at("/reports")).isEmpty();
	}

	private void comeAgainAndAgain(String path) {
		for (int i = 0; i < CUSTOMERS; i++) {
			CompletableFuture<Void> unused = CompletableFuture.runAsync(() -> {
				while (!this.over.get()) {
					this.service.ask(path).body();
				}
			}, this.customers);
		}
	}

	/** As users write it. */
	@RestController
	static class Shop {

		private final DatabaseClient database;

		Shop(DatabaseClient database) {
			this.database = database;
		}

		@GetMapping("/charge")
		Mono<Long> charge() {
			return this.database.sql("select count(pg_sleep(0.2))").mapValue(Long.class).one();
		}

	}

	/**
	 * Near miss: the same load, on a pool that has room for it.
	 */
	@Test
	void theSameLoadOnALargerPoolDoesNot() throws Exception {
		try (ReactiveService larger = new ReactiveService(Shop.class, "spring.r2dbc.pool.max-size=" + CUSTOMERS,
				"spring.r2dbc.pool.max-acquire-time=30s")) {
			larger.ask(CUSTOMERS, "/charge").forEach(Request::body);
			Witnesses witnesses = larger.witnesses();
			for (int i = 0; i < 5; i++) {
				List<Request> load = larger.ask(CUSTOMERS, "/charge");
				witnesses.areSilent();
				load.forEach(Request::body);
			}
			witnesses.areSilent();
		}
	}

}
