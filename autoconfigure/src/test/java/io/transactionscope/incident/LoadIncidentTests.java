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

package io.transactionscope.incident;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Connections that come and go, and more who ask for one than there are: for long, for a
 * moment, or because the machine has no CPU left. Where others use the CPUs of this
 * machine up, that is said of each.
 */
@Timeout(180)
class LoadIncidentTests {

	private static final Duration SHORT = Duration.ofMillis(200);

	@SuppressWarnings("NullAway.Init") // Before all tests
	private static Service service;

	private final Witnesses witnesses = service.witnesses();

	private final AtomicBoolean over = new AtomicBoolean();

	private final List<Future<?>> crowd = new ArrayList<>();

	@BeforeAll
	static void start() {
		service = new Service("spring.datasource.hikari.connection-timeout=30000");
	}

	@AfterAll
	static void close() throws Exception {
		service.close();
	}

	@BeforeEach
	void quiet() {
		await().atMost(Duration.ofSeconds(30))
			.during(Duration.ofMillis(1500))
			.until(() -> service.page().at("/snapshot/waiting").asInt() == 0);
	}

	@AfterEach
	void end() {
		this.over.set(true);
		await().atMost(Duration.ofSeconds(60)).until(() -> this.crowd.stream().allMatch(Future::isDone));
	}

	@Test
	void aLoadThatLastsMakesThePoolTooSmall() {
		again(12, "charging", () -> service.jdbc().queryForObject("select count(pg_sleep(0.2))", Integer.class));
		await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
			JsonNode diagnosis = service.page().get("diagnosis");
			assertThat(diagnosis.get("kind").asString()).isIn("Undersized", "StarvedOfCpu");
			if (diagnosis.get("kind").asString().equals("Undersized")) {
				assertThat(Duration.parse(diagnosis.at("/details/window").asString()))
					.isGreaterThan(Duration.ofSeconds(9));
				assertThat(diagnosis.at("/details/needed").asDouble()).isBetween(5.0, 12.5);
				assertThat(diagnosis.get("summary").asString()).startsWith("Over the last ");
				assertThat(diagnosis.get("advice").asString()).contains("if the database has room");
			}
			assertThat(service.health().at("/details/diagnosis/kind").asString()).isIn("Undersized", "StarvedOfCpu");
		});
		nobodyIsFailed();
	}

	@Test
	void aBurstDoesNot() throws Exception {
		List<String> kinds = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			this.crowd.add(service.begin("bursting-" + i,
					() -> service.jdbc().queryForObject("select count(pg_sleep(0.2))", Integer.class)));
		}
		while (!this.crowd.stream().allMatch(Future::isDone)) {
			JsonNode page = service.page();
			kinds.add(page.at("/diagnosis/kind").asString());
			assertThat(page.at("/diagnosis/advice").asString()).doesNotContain("set spring.datasource");
		}
		assertThat(kinds).containsAnyOf("Burst", "StarvedOfCpu").doesNotContain("Undersized");
		nobodyIsFailed();
	}

	@Test
	void nobodySuffersFromShortWaits() throws Exception {
		again(6, "looking", () -> service.jdbc().queryForObject("select count(pg_sleep(0.01))", Integer.class));
		for (int i = 0; i < 50; i++) {
			JsonNode page = service.page();
			String waited = page.at("/snapshot/waiters/0/waited").asString("PT0S");
			if (Duration.parse(waited).compareTo(SHORT.dividedBy(2)) < 0) {
				assertThat(page.at("/diagnosis/kind").asString()).as("after %s", waited).isEqualTo("Healthy");
			}
		}
		nobodyIsFailed();
	}

	@Test
	void aMachineWithoutCpuIsNamed() {
		int processors = Runtime.getRuntime().availableProcessors();
		again(2 * processors, "spinning", LoadIncidentTests::spin);
		again(20, "pricing", () -> {
			service.transactions().named("price-order").run(() -> {
				service.jdbc().queryForObject("select 1", Integer.class);
				spin();
			});
			return true;
		});
		await().atMost(Duration.ofSeconds(90)).untilAsserted(() -> {
			JsonNode diagnosis = service.page().get("diagnosis");
			assertThat(diagnosis.get("kind").asString()).isEqualTo("StarvedOfCpu");
			assertThat(diagnosis.at("/details/load").asDouble()).isGreaterThan(0.5);
			assertThat(diagnosis.get("advice").asString()).doesNotContain("maximum-pool-size");
			assertThat(service.health().at("/details/diagnosis/summary").asString()).contains("The CPUs were");
		});
		nobodyIsFailed();
	}

	/**
	 * Whoever waits gets a connection in the end: there is no exception to read, and
	 * nothing for the log, as somebody gets one all the time.
	 */
	private void nobodyIsFailed() {
		assertThat(this.witnesses.ofOurs("WARN", "ERROR")).noneMatch((event) -> event.contains("the report in full"));
		assertThat(this.witnesses.since("exhaustions")).isZero();
		assertThat(service.meter("transaction.scope.pool.wait.longest", "scope", "unnamed")).isPositive();
		assertThat(service.page().at("/reports")).isEmpty();
	}

	/** Let so many do the same again and again until the test is over. */
	private void again(int size, String thread, Callable<?> work) {
		for (int i = 0; i < size; i++) {
			this.crowd.add(service.begin(thread + "-" + i, () -> {
				while (!this.over.get()) {
					work.call();
				}
				return true;
			}));
		}
	}

	private static boolean spin() {
		long end = System.nanoTime() + Duration.ofMillis(50).toNanos();
		while (System.nanoTime() < end) {
			Thread.onSpinWait();
		}
		return true;
	}

}
