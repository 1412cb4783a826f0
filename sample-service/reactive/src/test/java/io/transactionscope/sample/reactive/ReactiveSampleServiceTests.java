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

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.PoolMetrics;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Wrapped;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.context.annotation.Import;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.test.web.reactive.server.WebTestClient.ResponseSpec;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The service over HTTP, on whichever database the subclass brings.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@AutoConfigureWebTestClient(timeout = "PT20S")
@Import(ObservedScopes.class)
abstract class ReactiveSampleServiceTests {

	private static final String SLOWLY = "/orders?delay=PT30S";

	private static final String IMPORT = "/orders/import";

	private static final ParameterizedTypeReference<ServerSentEvent<String>> EVENT = new ParameterizedTypeReference<>() {
	};

	@Autowired
	WebTestClient client;

	@Autowired
	DatabaseClient database;

	@Autowired
	ConnectionFactory connectionFactory;

	@Autowired
	ObservedScopes observed;

	@LocalServerPort
	int port;

	WebClient web = WebClient.create();

	@BeforeEach
	void connect() {
		this.web = WebClient.create("http://localhost:" + this.port);
	}

	@BeforeEach
	void stockUp() {
		change("DELETE FROM shop.orders");
		change("UPDATE shop.stock SET quantity = 20 WHERE sku = 'beans'");
		change("UPDATE shop.stock SET quantity = 1 WHERE sku = 'kettle'");
	}

	@AfterEach
	void allConnectionsAreBack() {
		await().until(this::connectionsInUse, (inUse) -> inUse == 0);
	}

	@Test
	void commitsAnOrder() {
		Order placed = body(place("Ada", "beans", 2), Order.class);
		assertThat(placed).returns("Ada", Order::customer).returns("beans", Order::sku).returns(2, Order::quantity);
		assertThat(orders()).containsExactly(placed);
		assertThat(inStock("beans")).isEqualTo(18);
	}

	@Test
	void leavesNothingBehindWhenItIsOutOfStock() {
		place("Ada", "kettle", 2).expectStatus()
			.isEqualTo(HttpStatus.CONFLICT)
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody()
			.jsonPath("$.title")
			.isEqualTo("Out of stock")
			.jsonPath("$.detail")
			.isEqualTo("2 of 'kettle' ordered, 1 available.")
			.jsonPath("$.sku")
			.isEqualTo("kettle");
		assertThatNothingHappened();
	}

	@Test
	void leavesNothingBehindWhenTheItemIsUnknown() {
		place("Ada", "unobtainium", 1).expectStatus()
			.isEqualTo(HttpStatus.UNPROCESSABLE_CONTENT)
			.expectBody()
			.jsonPath("$.sku")
			.isEqualTo("unobtainium");
		assertThatNothingHappened();
	}

	@Test
	void refusesInvalidRequests() {
		place("", "", 0).expectStatus()
			.isBadRequest()
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody()
			.jsonPath("$.errors")
			.value((Object errors) -> assertThat(errors).asString()
				.contains("customer must not be blank", "sku must not be blank",
						"quantity must be greater than or equal to 1"));
		post("/orders?delay=later", new OrderRequest("Ada", "beans", 1)).expectStatus().isBadRequest();
		post("/orders", "{").expectStatus()
			.isBadRequest()
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON);
		post("/orders", "{\"customer\": \"Ada\", \"sku\": \"beans\", \"quantity\": 1.9}").expectStatus().isBadRequest();
		place("Ada\r\nINFO forged", "beans", 1).expectStatus().isBadRequest();
		place("Ada", "beans\u0000", 1).expectStatus().isBadRequest();
		assertThatNothingHappened();
	}

	@Test
	void sellsTheLastItemOnce() {
		List<Integer> answers = Flux.range(0, 8)
			.flatMap((each) -> this.web.post()
				.uri("/orders")
				.bodyValue(new OrderRequest("Ada", "kettle", 1))
				.exchangeToMono((response) -> response.releaseBody().thenReturn(response.statusCode().value())))
			.collectList()
			.block();
		assertThat(answers).hasSize(8).containsOnlyOnce(201).containsOnly(201, 409);
		assertThat(orders()).hasSize(1);
		assertThat(inStock("kettle")).isZero();
	}

	@Test
	void restocks() {
		post("/stock/kettle/restock", "{\"quantity\": 4}").expectStatus()
			.isOk()
			.expectBody()
			.jsonPath("$.quantity")
			.isEqualTo(5);
		assertThat(inStock("kettle")).isEqualTo(5);
		post("/stock/unobtainium/restock", "{\"quantity\": 4}").expectStatus().isNotFound();
		post("/stock/kettle/restock", "{\"quantity\": -4}").expectStatus().isBadRequest();
		assertThat(inStock("kettle")).isEqualTo(5);
	}

	@Test
	void tellsThoseWhoListenOfWhatIsCommitted() {
		List<String> heard = new CopyOnWriteArrayList<>();
		Disposable listener = this.web.get()
			.uri("/orders/stream")
			.retrieve()
			.bodyToFlux(EVENT)
			.subscribe((event) -> heard.add((event.event() != null) ? event.event() : "listening"));
		try {
			await().until(() -> heard.contains("listening"));
			assertThat(connectionsInUse()).isZero();
			place("Ada", "kettle", 2).expectStatus().isEqualTo(HttpStatus.CONFLICT);
			place("Ada", "beans", 2).expectStatus().isCreated();
			await().until(() -> heard.size() > 1);
			assertThat(heard).containsExactly("listening", "placed");
		}
		finally {
			listener.dispose();
		}
	}

	@Test
	void rollsBackWhenAClientHangsUp() throws IOException {
		try (Caller caller = new Caller(this.port)) {
			caller.post(SLOWLY, order("beans", 2));
			await().until(this::connectionsInUse, (inUse) -> inUse == 1);
		}
		await().until(this::connectionsInUse, (inUse) -> inUse == 0);
		assertThatNothingHappened();
	}

	@Test
	void rollsBackWhenAClientNoLongerWaits() {
		Disposable caller = this.web.post()
			.uri(SLOWLY)
			.bodyValue(new OrderRequest("Ada", "beans", 2))
			.retrieve()
			.toBodilessEntity()
			.subscribe();
		await().until(this::connectionsInUse, (inUse) -> inUse == 1);
		caller.dispose();
		await().until(this::connectionsInUse, (inUse) -> inUse == 0);
		assertThatNothingHappened();
	}

	@Test
	void rollsBackAtItsDeadline() {
		post(SLOWLY, new OrderRequest("Ada", "beans", 2)).expectStatus()
			.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE)
			.expectBody()
			.jsonPath("$.title")
			.isEqualTo("Timed out");
		assertThatNothingHappened();
	}

	@Test
	void importsAllOrNothing() throws IOException {
		try (Caller caller = new Caller(this.port)) {
			caller.postLines(IMPORT);
			caller.sendLine(order("beans", 2));
			caller.awaitLine("event:taken");
			caller.sendLine(order("beans", 3));
			caller.awaitLine("event:taken");
			assertThatNothingHappened();
			caller.endLines();
			caller.awaitLine("event:committed");
			assertThat(orders()).hasSize(2);
			assertThat(inStock("beans")).isEqualTo(15);
		}
	}

	@Test
	void importsNothingWhenALaterLineIsOutOfStock() throws IOException {
		try (Caller caller = new Caller(this.port)) {
			caller.postLines(IMPORT);
			caller.sendLine(order("beans", 2));
			caller.awaitLine("event:taken");
			caller.sendLine(order("kettle", 2));
			caller.awaitLine("event:failed");
			assertThatNothingHappened();
		}
	}

	@Test
	void importsNothingWhenAClientHangsUp() throws IOException {
		try (Caller caller = new Caller(this.port)) {
			caller.postLines(IMPORT);
			caller.sendLine(order("beans", 2));
			caller.awaitLine("event:taken");
			assertThat(connectionsInUse()).isOne();
		}
		await().until(this::connectionsInUse, (inUse) -> inUse == 0);
		assertThatNothingHappened();
	}

	@Test
	void importsOneAfterTheOther() throws IOException {
		try (Caller first = new Caller(this.port); Caller second = new Caller(this.port)) {
			first.postLines(IMPORT);
			first.sendLine(order("beans", 2));
			first.awaitLine("event:taken");
			second.postLines(IMPORT);
			second.sendLine(order("beans", 2));
			second.awaitLine("event:failed");
			first.endLines();
			first.awaitLine("event:committed");
			assertThat(orders()).hasSize(1);
		}
	}

	@Test
	void keepsOrdersAndStockTogetherWhoeverHangsUpWhenever() throws IOException {
		change("UPDATE shop.stock SET quantity = 1000 WHERE sku = 'beans'");
		Random random = new Random(14);
		for (int i = 0; i < 200; i++) {
			try (Caller caller = new Caller(this.port)) {
				caller.post("/orders?delay=PT0.002S", order("beans", 1));
				LockSupport.parkNanos(random.nextInt(8_000_000));
				caller.hangUp();
			}
		}
		await().until(this::connectionsInUse, (inUse) -> inUse == 0);
		assertThat(inStock("beans") + one("SELECT count(*) FROM shop.orders", Long.class)).isEqualTo(1000);
	}

	@Test
	void isObservedAsAPartOfItsRequest() {
		this.observed.reset();
		place("Ada", "beans", 1).expectStatus().isCreated();
		post("/stock/kettle/restock", "{\"quantity\": 4}").expectStatus().isOk();
		await().untilAsserted(() -> assertThat(this.observed.scopes())
			.containsExactly("place-order in http.server.requests", "Stock.restock in http.server.requests"));
	}

	@Test
	void isHealthyAndMeasured() {
		place("Ada", "beans", 1).expectStatus().isCreated();
		assertThat(get("/actuator/health", String.class)).endsWith("\"status\":\"UP\"}");
		assertThat(get("/actuator/metrics/transaction.scope?tag=transaction.scope.name:place-order"
				+ "&tag=transaction.scope.outcome:committed", String.class))
			.contains("\"statistic\":\"COUNT\"");
	}

	private ResponseSpec place(String customer, String sku, int quantity) {
		return post("/orders", new OrderRequest(customer, sku, quantity));
	}

	private ResponseSpec post(String uri, Object body) {
		return this.client.post().uri(uri).contentType(MediaType.APPLICATION_JSON).bodyValue(body).exchange();
	}

	private static String order(String sku, int quantity) {
		return "{\"customer\": \"Ada\", \"sku\": \"%s\", \"quantity\": %d}".formatted(sku, quantity);
	}

	private List<Order> orders() {
		return List.of(get("/orders", Order[].class));
	}

	private int inStock(String sku) {
		return get("/stock/" + sku, StockItem.class).quantity();
	}

	private <T> T get(String uri, Class<T> type) {
		ResponseSpec response = this.client.get().uri(uri).exchange();
		response.expectStatus().isOk();
		return body(response, type);
	}

	private static <T> T body(ResponseSpec response, Class<T> type) {
		return Objects.requireNonNull(response.expectBody(type).returnResult().getResponseBody());
	}

	private void change(String sql) {
		this.database.sql(sql).then().block();
	}

	<T> T one(String sql, Class<T> type) {
		return Objects.requireNonNull(this.database.sql(sql).mapValue(type).one().block());
	}

	private int connectionsInUse() {
		Object pool = this.connectionFactory;
		while (!(pool instanceof ConnectionPool) && pool instanceof Wrapped<?> wrapped) {
			pool = wrapped.unwrap();
		}
		return ((ConnectionPool) pool).getMetrics().map(PoolMetrics::acquiredSize).orElseThrow();
	}

	private void assertThatNothingHappened() {
		assertThat(orders()).isEmpty();
		assertThat(one("SELECT count(*) FROM shop.orders", Long.class)).isZero();
		assertThat(inStock("beans")).isEqualTo(20);
		assertThat(inStock("kettle")).isOne();
	}

}
