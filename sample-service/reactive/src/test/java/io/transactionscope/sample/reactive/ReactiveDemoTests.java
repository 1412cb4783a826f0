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

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import io.transactionscope.actuate.PoolSnapshotDescriptor.LeaseDescriptor;
import io.transactionscope.actuate.PoolSnapshotDescriptor.WaiterDescriptor;
import io.transactionscope.actuate.PoolsEndpoint;
import io.transactionscope.actuate.PoolsEndpoint.PoolDescriptor;
import io.transactionscope.sample.reactive.NestedDemo.Tally;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.context.ActiveProfiles;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.test.web.reactive.server.WebTestClient.ResponseSpec;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClient.RequestHeadersSpec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The profile {@code demo}, and what the endpoint {@code pools} and the client are told
 * meanwhile, on whichever database the subclass brings.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@AutoConfigureWebTestClient(timeout = "PT20S")
@ActiveProfiles("demo")
abstract class ReactiveDemoTests {

	private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

	@Autowired
	WebTestClient client;

	@Autowired
	PoolsEndpoint endpoint;

	@LocalServerPort
	int port;

	WebClient web = WebClient.create();

	final Disposable.Composite clients = Disposables.composite();

	@BeforeEach
	void connect() {
		this.web = WebClient.create("http://localhost:" + this.port);
	}

	@AfterEach
	void allConnectionsAreBack() {
		this.clients.dispose();
		await().until(this::leases, List::isEmpty);
	}

	@Test
	void givesBrowsersThePage() {
		ask("/actuator/pools", BROWSER).expectStatus()
			.isOk()
			.expectHeader()
			.contentType("text/html;charset=UTF-8")
			.expectBody(String.class)
			.value((page) -> assertThat(page).startsWith("<!DOCTYPE html>"));
	}

	@Test
	void givesEverybodyElseJson() {
		ask("/actuator/pools", "application/json").expectBody()
			.jsonPath("$.pools[0].snapshot.pool")
			.isEqualTo("connectionFactory")
			.jsonPath("$.pools[0].snapshot.maximum")
			.isEqualTo(4);
	}

	@Test
	void namesWhoHoldsWhatNeverEndsUntilTheClientsHangUp() {
		occupy("/demo/never?seconds=60");
		assertThat(leases()).extracting(LeaseDescriptor::scope).containsOnly("await-answer");
		assertThat(leases()).extracting(LeaseDescriptor::thread)
			.doesNotHaveDuplicates()
			.allMatch((holder) -> holder.startsWith("subscription "));
		call("/demo/slow?seconds=0");
		await().until(() -> pool().snapshot().waiters().stream().map(WaiterDescriptor::scope).toList(),
				List.of("reserve-in-warehouse")::equals);
		awaitDiagnosis("HeldButIdle", "scope 'await-answer'");
		this.clients.dispose();
		await().until(this::leases, List::isEmpty);
	}

	@Test
	void saysThatItIsBusyAndNoMoreToWhoeverGetsNoConnection() {
		occupy("/demo/never?seconds=60");
		CompletableFuture<String> outside = answer(this.web.get().uri("/stock"));
		CompletableFuture<String> inBlock = answer(this.web.post().uri("/demo/slow?seconds=0"));
		assertThat(List.of(outside.join(), inBlock.join())).allSatisfy((problem) -> assertThat(problem)
			.contains("503 application/problem+json", "\"Busy\"", "There was no connection to the database.")
			.doesNotContain("await-answer", "subscription", "Diagnosis", "idle"));
		assertThat(pool().reports().get(0).trigger()).hasToString("ACQUIRE_TIMEOUT");
		ask("/actuator/pools/connectionFactory", "application/json").expectBody()
			.jsonPath("$.reports[0].text")
			.value((text) -> assertThat(text).asString().contains("'await-answer' on subscription "));
	}

	@Test
	void endsWhatNeverEndsAtItsDeadline() {
		this.client.post()
			.uri("/demo/never?seconds=1")
			.exchange()
			.expectStatus()
			.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE)
			.expectBody()
			.jsonPath("$.title")
			.isEqualTo("Timed out");
	}

	@Test
	void namesTheCallThatConnectionsAreHeldFor() {
		occupy("/demo/slow?seconds=60");
		call("/demo/slow?seconds=0");
		await().until(() -> leases().stream().flatMap((lease) -> lease.calls().stream()).toList(),
				(calls) -> calls.size() == 4 && calls.stream().allMatch((call) -> call.name().equals("GET localhost")));
		awaitDiagnosis("HeldButIdle", "GET localhost takes");
		await().untilAsserted(() -> ask("/actuator/health", "application/json").expectBody()
			.jsonPath("$.components.pool.status")
			.isEqualTo("DEGRADED"));
	}

	@Test
	void resolvesTheDeadlocksOfNestedBlocks() {
		Tally tally = this.client.post()
			.uri("/demo/nested?blocks=4")
			.exchange()
			.expectBody(Tally.class)
			.returnResult()
			.getResponseBody();
		assertThat(tally).isEqualTo(new Tally(3, 1, 0));
		ask("/actuator/pools/connectionFactory", "application/json").expectBody()
			.jsonPath("$.reports[0].trigger")
			.isEqualTo("DEADLOCK")
			.jsonPath("$.reports[0].diagnosis.kind")
			.isEqualTo("SelfDeadlock")
			.jsonPath("$.reports[0].diagnosis.details.floor")
			.isEqualTo(5);
	}

	@Test
	void givesBackWhatIsForgotten() {
		long leaks = pool().snapshot().events().leaks();
		this.client.post().uri("/demo/leak?seconds=1").exchange().expectStatus().isOk();
		assertThat(leases()).hasSize(1);
		await().until(this::leases, List::isEmpty);
		assertThat(pool().snapshot().events().leaks()).isEqualTo(leaks + 1);
	}

	@Test
	void servesMoreCustomersThanThereAreConnections() {
		Long served = this.client.post()
			.uri("/demo/undersized?customers=6&seconds=1")
			.exchange()
			.expectBody(Long.class)
			.returnResult()
			.getResponseBody();
		assertThat(served).isGreaterThanOrEqualTo(6);
		assertThat(pool().snapshot().scopes()).extracting((scope) -> scope.scope()).contains("charge");
	}

	@Test
	void refusesDemosThatNeverEnd() {
		Stream
			.of("slow?seconds=1000", "nested?blocks=0", "never?seconds=0", "leak?seconds=-1", "blocked?seconds=1000",
					"undersized?customers=1000", "undersized?seconds=1000")
			.forEach((demo) -> this.client.post().uri("/demo/" + demo).exchange().expectStatus().isBadRequest());
	}

	/** Have a connection held for each of them. */
	void occupy(String uri) {
		for (int i = 0; i < 4; i++) {
			call(uri);
		}
		await().until(this::leases, (leases) -> leases.size() == 4);
	}

	void call(String uri) {
		this.clients.add(this.web.post().uri(uri).retrieve().toBodilessEntity().onErrorComplete().subscribe());
	}

	private static CompletableFuture<String> answer(RequestHeadersSpec<?> request) {
		return request
			.exchangeToMono((response) -> response.bodyToMono(String.class)
				.map((body) -> "%d %s %s".formatted(response.statusCode().value(),
						response.headers().contentType().orElse(MediaType.ALL), body)))
			.toFuture();
	}

	PoolDescriptor pool() {
		return this.endpoint.pools().pools().get(0);
	}

	private List<LeaseDescriptor> leases() {
		return pool().snapshot().leases();
	}

	private ResponseSpec ask(String uri, String accepted) {
		return this.client.get().uri(uri).header("Accept", accepted).exchange();
	}

	/** Await a diagnosis of that kind, which says that. */
	void awaitDiagnosis(String kind, String said) {
		await().until(() -> pool().diagnosis(),
				(found) -> found != null && found.kind().equals(kind) && found.summary().contains(said));
	}

}
