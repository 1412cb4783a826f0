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
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import jakarta.persistence.EntityManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Other services that are called by who holds a connection.
 */
@Timeout(120)
class RemoteCallIncidentTests {

	@SuppressWarnings("NullAway.Init") // Before all tests
	private static Service service;

	private static SlowServer warehouse;

	private static RestClient client;

	private final Witnesses witnesses = service.witnesses();

	@BeforeAll
	static void start() throws Exception {
		service = new Service();
		warehouse = new SlowServer();
		client = RestClient.builder()
			.requestFactory(new JdkClientHttpRequestFactory())
			.observationRegistry(service.bean(ObservationRegistry.class))
			.build();
		post("/fast");
	}

	@AfterAll
	static void close() throws Exception {
		warehouse.close();
		service.close();
	}

	@BeforeEach
	void keepWaiting() {
		warehouse.keepWaiting();
	}

	@AfterEach
	void answer() {
		warehouse.answer();
		await().untilAsserted(() -> assertThat(service.ledger().snapshot().leases()).isEmpty());
	}

	@Test
	void aCallThatKeepsConnectionsIsNamedWithItsScope() throws Exception {
		List<FutureTask<Void>> crowd = service.crowd(Service.CONNECTIONS, "placing",
				(there) -> service.transactions().named("OrderService.place").run(() -> {
					service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					post("/slow");
				}));
		awaitCalls();
		Throwable failure = catchThrowable(service::borrow);
		assertThat(failure).message()
			.containsPattern("POST localhost takes \\d+ ms of \\d+ ms held\\.")
			.containsPattern("calls POST localhost, \\d+ ms, still under way");
		this.witnesses
			.of(HeldButIdle.class, "Connections are held but idle", "scope 'OrderService.place'",
					"between its statements", "POST localhost takes ")
			.exception(failure)
			.log("still under way")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		Future<Void> waiting = service.insist();
		await().untilAsserted(() -> {
			JsonNode page = service.page();
			assertThat(page.at("/diagnosis/kind").asString()).isEqualTo("HeldButIdle");
			assertThat(page.at("/diagnosis/details/call/name").asString()).isEqualTo("POST localhost");
			assertThat(page.at("/holders/0/lease/calls/0/name").asString()).isEqualTo("POST localhost");
			assertThat(service.health().at("/details/diagnosis/summary").asString()).contains("POST localhost takes");
		});
		warehouse.answer();
		waiting.get(60, TimeUnit.SECONDS);
		allOf(crowd);
		assertThat(service.ledger().snapshot().calls().get("OrderService.place")).singleElement().satisfies((call) -> {
			assertThat(call.name()).isEqualTo("POST localhost");
			assertThat(call.count()).isEqualTo(Service.CONNECTIONS);
			assertThat(call.awaited()).isTrue();
			assertThat(call.underWay()).isFalse();
			assertThat(call.longest()).isGreaterThan(Duration.ofMillis(500));
		});
	}

	@Test
	void aCallInAPlainTransactionOfJpaIsNamed() throws Exception {
		TransactionTemplate transaction = new TransactionTemplate(service.bean(PlatformTransactionManager.class));
		transaction.setName("com.acme.StockService.reserve");
		EntityManager entities = service.bean(EntityManager.class);
		List<FutureTask<Void>> crowd = service.crowd(Service.CONNECTIONS, "reserving",
				(there) -> transaction.executeWithoutResult((status) -> {
					entities.createNativeQuery("select 1").getSingleResult();
					there.run();
					post("/slow");
				}));
		awaitCalls();
		this.witnesses.of(HeldButIdle.class, "scope 'StockService.reserve'", "POST localhost takes ")
			.exception(catchThrowable(service::borrow))
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		warehouse.answer();
		allOf(crowd);
	}

	@Test
	void aCallThatMayGoOnBesideItsCallerIsOnlySaidToBeUnderWay() throws Exception {
		WebClient reactive = WebClient.builder().observationRegistry(service.bean(ObservationRegistry.class)).build();
		List<FutureTask<Void>> crowd = service.crowd(Service.CONNECTIONS, "asking",
				(there) -> service.transactions().named("ask").run(() -> {
					service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					reactive.get().uri(warehouse.url("/slow")).retrieve().toBodilessEntity().block();
				}));
		awaitCalls();
		this.witnesses.of(HeldButIdle.class, "scope 'ask'", "GET localhost is under way for ")
			.butNot("GET localhost takes")
			.exception(catchThrowable(service::borrow))
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		warehouse.answer();
		allOf(crowd);
		assertThat(service.ledger().snapshot().calls().get("ask")).singleElement()
			.satisfies((call) -> assertThat(call.awaited()).isFalse());
	}

	@Test
	void aShortCallIsNotWhatConnectionsAreHeldFor() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		List<FutureTask<Void>> crowd = service.crowd(Service.CONNECTIONS, "thinking",
				(there) -> service.transactions().named("think").run(() -> {
					service.jdbc().queryForObject("select 1", Integer.class);
					post("/fast");
					there.run();
					end.await();
				}));
		await().untilAsserted(() -> assertThat(service.ledger().snapshot().leases())
			.allSatisfy((lease) -> assertThat(lease.calls().get(0).total().multipliedBy(4)).isLessThan(lease.age())));
		this.witnesses.of(HeldButIdle.class, "Connections are held but idle", "scope 'think'")
			.butNot("POST localhost takes", "POST localhost is under way")
			.exception(catchThrowable(service::borrow), "calls POST localhost")
			.log("calls POST localhost")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		end.countDown();
		allOf(crowd);
	}

	@Test
	void callsThatAreMadeWithoutAConnectionAreNobodysBusiness() {
		int calls = warehouse.calls();
		post("/fast");
		service.transactions().named("careful").run((tx) -> {
			service.jdbc().queryForObject("select 1", Integer.class);
			tx.afterCommit(() -> post("/fast"));
		});
		assertThat(warehouse.calls()).isEqualTo(calls + 2);
		assertThat(service.ledger().snapshot().calls()).doesNotContainKey("careful");
		assertThat(this.witnesses.ofOurs("WARN", "ERROR")).isEmpty();
		assertThat(this.witnesses.since("exhaustions")).isZero();
		assertThat(service.page().toString()).doesNotContain("careful\",\"calls\":[{");
	}

	private static void post(String path) {
		client.post().uri(warehouse.url(path)).retrieve().toBodilessEntity();
	}

	/** Wait until calls take most of the time, however long it took to get to them. */
	private static void awaitCalls() {
		await().atMost(Duration.ofSeconds(60))
			.untilAsserted(() -> assertThat(service.ledger().snapshot().leases()).hasSize(Service.CONNECTIONS)
				.allSatisfy((lease) -> assertThat(lease.calls()).first()
					.satisfies((call) -> assertThat(call.time().multipliedBy(4))
						.isGreaterThan(lease.age().multipliedBy(3)))));
	}

	private static void allOf(List<FutureTask<Void>> crowd) throws Exception {
		for (FutureTask<Void> each : crowd) {
			each.get(60, TimeUnit.SECONDS);
		}
	}

}
