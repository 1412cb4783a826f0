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

package io.transactionscope.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.sample.FollowUps.FollowUp;
import io.transactionscope.sample.WitnessingAnnouncer.Sighting;
import io.transactionscope.test.DatabaseFaults;
import io.transactionscope.test.Phase;
import io.transactionscope.test.spring.AutoConfigureDatabaseFaults;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.bean.override.mockito.MockitoSpyBean;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.test.web.servlet.client.RestTestClient.BodyContentSpec;
import org.springframework.test.web.servlet.client.RestTestClient.ResponseSpec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doCallRealMethod;
import static org.mockito.Mockito.doThrow;

/**
 * The service over HTTP, on whichever database the subclass brings.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@AutoConfigureRestTestClient
@AutoConfigureDatabaseFaults
@Import(WitnessingAnnouncer.class)
abstract class SampleServiceTests {

	@Autowired
	RestTestClient client;

	@Autowired
	JdbcClient jdbc;

	@Autowired
	WitnessingAnnouncer announcer;

	@Autowired
	TransactionScope transactions;

	@Autowired
	Invoices invoices;

	@Autowired
	Resource<Semaphore> stocktakePermit;

	@Autowired
	OrderExport export;

	@Autowired
	DataSource dataSource;

	@Autowired
	Scheduler jobs;

	@Autowired
	DatabaseFaults faults;

	@MockitoSpyBean
	Orders orders;

	@BeforeEach
	void removeInvoices() throws IOException {
		for (Path invoice : invoices()) {
			Files.delete(invoice);
		}
	}

	/** Whatever is in their directory, temporary files as well. */
	private List<Path> invoices() {
		try (Stream<Path> files = Files.list(this.invoices.directory())) {
			return files.toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@BeforeEach
	void stockUp() {
		this.jdbc.sql("DELETE FROM orders").update();
		stock("beans", 20);
		stock("kettle", 1);
		this.announcer.reset();
	}

	@AfterEach
	void nothingIsLeftToDoAndAllConnectionsAreBack() {
		soon(() -> assertThat(openConfirmations()).isZero());
		soon(() -> assertThat(this.announcer.connectionsInUse()).isZero());
	}

	private static void soon(ThrowingRunnable assertion) {
		await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5)).untilAsserted(assertion);
	}

	private int openConfirmations() {
		return this.jdbc.sql("SELECT count(*) FROM event_publication WHERE status <> 'COMPLETED'")
			.query(Integer.class)
			.single();
	}

	@Test
	void commitsAnOrder() {
		ResponseSpec response = place("Ada", new OrderLine("beans", 2), new OrderLine("kettle", 1));
		response.expectStatus().isCreated().expectHeader().valueMatches("Location", "http://.*/orders/\\d+");
		Order placed = body(response, Order.class);
		assertThat(placed.lines()).containsExactly(new OrderLine("beans", 2), new OrderLine("kettle", 1));
		assertThat(orders()).containsExactly(placed);
		assertThat(get("/orders/" + placed.id(), Order.class)).isEqualTo(placed);
		assertThat(inStock("beans")).isEqualTo(18);
		assertThat(inStock("kettle")).isZero();
	}

	@Test
	void keepsTheInvoiceOfAnOrderAsLongAsTheOrder() {
		Order placed = body(place("Ada", new OrderLine("beans", 2)), Order.class);
		assertThat(get("/orders/" + placed.id() + "/invoice", String.class)).contains("for Ada");
		assertThat(invoices()).hasSize(1);
		assertThat(this.orders.cancel(placed.id())).isTrue();
		assertThat(invoices()).isEmpty();
	}

	@Test
	void addsUpLinesOfTheSameItem() {
		place("Ada", new OrderLine("beans", 2), new OrderLine("beans", 3)).expectStatus().isCreated();
		assertThat(orders().get(0).lines()).containsExactly(new OrderLine("beans", 5));
	}

	@Test
	void leavesNothingBehindWhenALaterLineIsOutOfStock() {
		place("Ada", new OrderLine("beans", 2), new OrderLine("kettle", 2)).expectStatus()
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
	void leavesNothingBehindWhenALaterItemIsUnknown() {
		place("Ada", new OrderLine("beans", 2), new OrderLine("unobtainium", 1)).expectStatus()
			.isEqualTo(HttpStatus.UNPROCESSABLE_CONTENT)
			.expectBody()
			.jsonPath("$.sku")
			.isEqualTo("unobtainium");
		assertThatNothingHappened();
	}

	@Test
	void refusesInvalidRequests() {
		place("", new OrderLine("", 0)).expectStatus()
			.isBadRequest()
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody()
			.jsonPath("$.errors")
			.value((Object errors) -> assertThat(errors).asString()
				.contains("customer must not be blank", "lines[0].sku must not be blank",
						"lines[0].quantity must be greater than or equal to 1"));
		place("Ada").expectStatus()
			.isBadRequest()
			.expectBody()
			.jsonPath("$.errors[0]")
			.isEqualTo("lines must not be empty");
		post("/orders", "{\"customer\": \"Ada\", \"lines\": [null]}").expectStatus()
			.isBadRequest()
			.expectBody()
			.jsonPath("$.errors[0]")
			.isEqualTo("lines[0] must not be null");
		post("/orders", "{").expectStatus()
			.isBadRequest()
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON);
		assertThatNothingHappened();
	}

	@Test
	void refusesWhatIsFarTooLongWithoutALookAtAllOfIt() {
		refuses("{\"customer\": \"Ada\", \"lines\": [{}" + ",{}".repeat(300_000) + "]}").jsonPath("$.errors")
			.doesNotExist();
		refuses("{\"customer\": \"Ada\", \"lines\": [{}" + ",{}".repeat(3000) + "]}").jsonPath("$.errors.length()")
			.isEqualTo(20);
		assertThatNothingHappened();
	}

	@ParameterizedTest
	@ValueSource(strings = { "Ada\r\nINFO forged", "Ada\u0000", "\u202EadA", "Ada\u2028", "Ada\u001B[2J" })
	void refusesNamesThatNobodyHas(String name) {
		place(name, new OrderLine("beans", 1)).expectStatus()
			.isBadRequest()
			.expectBody()
			.jsonPath("$.errors[0]")
			.isEqualTo("customer must not have control characters");
		place("Ada", new OrderLine(name, 1)).expectStatus().isBadRequest();
		export(name).expectStatus().isBadRequest();
		this.client.get().uri("/inventory/{sku}", name).exchange().expectStatus().isBadRequest();
		assertThatNothingHappened();
	}

	@Test
	void takesNamesThatPeopleHave() {
		place("Zoë O'Neill-Müller, 注文", new OrderLine("beans", 1)).expectStatus().isCreated();
	}

	@Test
	void refusesPartsOfItems() {
		refuses("{\"customer\": \"Ada\", \"lines\": [{\"sku\": \"beans\", \"quantity\": 1.9}]}");
		post("/inventory/beans/restock", "{\"quantity\": 1.9}").expectStatus().isBadRequest();
		assertThatNothingHappened();
	}

	private BodyContentSpec refuses(String order) {
		return post("/orders", order).expectStatus()
			.isBadRequest()
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody();
	}

	@Test
	void saysThatItIsBusyWhereOthersHaveTheLock() {
		this.transactions.run(() -> {
			stock("beans", 20);
			CompletableFuture
				.runAsync(() -> post("/inventory/beans/restock", "{\"quantity\": 1}").expectStatus()
					.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE)
					.expectHeader()
					.contentType(MediaType.APPLICATION_PROBLEM_JSON))
				.join();
		});
		assertThatNothingHappened();
	}

	@Test
	void announcesAnOrderOnceItIsCommittedAndItsConnectionIsBackAndItsInvoiceIsThere() {
		place("Ada", new OrderLine("beans", 1)).expectStatus().isCreated();
		assertThat(this.announcer.sightings()).containsExactly(new Sighting("Ada", 0, true, true));
		assertThat(get("/announcements", String[].class)[0]).endsWith("was placed by Ada");
	}

	@Test
	void announcesNothingThatALargerBlockTakesBack() {
		IOException failure = new IOException("later in the larger block");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.transactions.run(() -> {
			this.orders.place("Ada", List.of(new OrderLine("beans", 1)));
			throw failure;
		})).isSameAs(failure);
		assertThatNothingHappened();
	}

	@Test
	void saysThatAnOrderStandsWhoseAnnouncementFailed() {
		this.announcer.breakDown();
		place("Ada", new OrderLine("beans", 1)).expectStatus()
			.isEqualTo(HttpStatus.INTERNAL_SERVER_ERROR)
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody()
			.jsonPath("$.outcome")
			.isEqualTo("COMMITTED");
		assertThat(orders()).hasSize(1);
	}

	@Test
	void confirmsAnOrderAtOnceAndShipsItWhenItIsTime() {
		Order placed = body(place("Ada", new OrderLine("beans", 1)), Order.class);
		soon(() -> assertThat(followUp().confirmedAt()).isNotNull());
		assertThat(followUp()).returns(placed.id(), FollowUp::orderId)
			.satisfies((followUp) -> assertThat(followUp.shippedAt()).isNull());
		assertThat(
				this.jobs.reschedule(FollowUps.SHIP.instance(String.valueOf(placed.id())).scheduledTo(Instant.now())))
			.isTrue();
		this.jobs.triggerCheckForDueExecutions();
		soon(() -> assertThat(followUp().shippedAt()).isNotNull());
	}

	private FollowUp followUp() {
		return get("/follow-ups", FollowUp[].class)[0];
	}

	@Test
	void saysThatAnOrderIsInDoubtWhenTheLinkIsLostAtItsCommitAndTheNextProcessConfirmsIt() throws SQLException {
		this.faults.at(Phase.COMMIT).once().lostLinkAfterwards();
		place("Ada", new OrderLine("beans", 1)).expectStatus()
			.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE)
			.expectBody()
			.jsonPath("$.title")
			.isEqualTo("Commit failed")
			.jsonPath("$.outcome")
			.isEqualTo("UNKNOWN");
		assertThat(orders()).hasSize(1);
		assertThat(this.announcer.sightings()).isEmpty();
		assertThat(followUp().confirmedAt()).isNull();
		runAnotherProcess();
		assertThat(followUp().confirmedAt()).isNotNull();
	}

	/** On the same database, until nothing is left to do. */
	private void runAnotherProcess() throws SQLException {
		HikariDataSource pool = this.dataSource.unwrap(HikariDataSource.class);
		try (ConfigurableApplicationContext other = new SpringApplicationBuilder(SampleServiceApplication.class)
			.web(WebApplicationType.NONE)
			.run("--spring.datasource.url=" + pool.getJdbcUrl(), "--spring.datasource.username=" + pool.getUsername(),
					"--spring.datasource.password=" + pool.getPassword())) {
			assertThat(other.isRunning()).isTrue();
			soon(() -> assertThat(openConfirmations()).isZero());
		}
	}

	@Test
	void saysThatItIsBusyWhenThereIsNoConnection() {
		this.faults.at(Phase.BORROW).once().refused();
		place("Ada", new OrderLine("beans", 1)).expectStatus()
			.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE)
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody()
			.jsonPath("$.title")
			.isEqualTo("Busy");
		assertThatNothingHappened();
	}

	@Test
	void sellsTheLastItemOnce() throws Exception {
		Callable<Integer> order = () -> place("Ada", new OrderLine("beans", 1), new OrderLine("kettle", 1))
			.returnResult(String.class)
			.getStatus()
			.value();
		ExecutorService customers = Executors.newFixedThreadPool(8);
		try {
			List<Future<Integer>> answers = customers.invokeAll(Collections.nCopies(8, order));
			assertThat(answers).extracting(Future::get).containsOnlyOnce(201).containsOnly(201, 409);
		}
		finally {
			customers.shutdownNow();
		}
		assertThat(orders()).hasSize(1);
		assertThat(inStock("kettle")).isZero();
		assertThat(inStock("beans")).isEqualTo(19);
	}

	@Test
	void givesBackTheStockOfACancelledOrder() {
		place("Ada", new OrderLine("beans", 2), new OrderLine("kettle", 1)).expectStatus().isCreated();
		long id = orders().get(0).id();
		cancel(id).expectStatus().isNoContent();
		assertThat(orders()).isEmpty();
		assertThat(inStock("beans")).isEqualTo(20);
		assertThat(inStock("kettle")).isOne();
		cancel(id).expectStatus().isNotFound().expectHeader().contentType(MediaType.APPLICATION_PROBLEM_JSON);
		assertThat(inStock("beans")).isEqualTo(20);
	}

	@Test
	void restocks() {
		post("/inventory/kettle/restock", "{\"quantity\": 4}").expectStatus()
			.isOk()
			.expectBody()
			.jsonPath("$.quantity")
			.isEqualTo(5);
		assertThat(inStock("kettle")).isEqualTo(5);
		post("/inventory/unobtainium/restock", "{\"quantity\": 4}").expectStatus().isNotFound();
		post("/inventory/kettle/restock", "{\"quantity\": -4}").expectStatus().isBadRequest();
		assertThat(inStock("kettle")).isEqualTo(5);
	}

	@Test
	void takesStockOfASingleMoment() {
		doAnswer((ordered) -> {
			place("Ada", new OrderLine("beans", 2)).expectStatus().isCreated();
			return ordered.callRealMethod();
		}).when(this.orders).ordered();
		Stocktake stocktake = get("/stocktake", Stocktake.class);
		assertThat(stocktake.available()).contains(new StockItem("beans", "Coffee beans, 1 kg", 20));
		assertThat(stocktake.ordered()).isEmpty();
		assertThat(inStock("beans")).isEqualTo(18);
	}

	@Test
	void turnsStocktakesAwayWhereTooManyAreTaken() {
		ResourceScope.run((scope) -> {
			scope.enter(this.stocktakePermit);
			this.client.get().uri("/stocktake").exchange().expectStatus().isOk();
			scope.enter(this.stocktakePermit);
			this.client.get()
				.uri("/stocktake")
				.exchange()
				.expectStatus()
				.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE)
				.expectHeader()
				.contentType(MediaType.APPLICATION_PROBLEM_JSON);
		});
		this.client.get().uri("/stocktake").exchange().expectStatus().isOk();
	}

	@Test
	void keepsTheLastExportBesideTheNewOneAndWhateverFailsChangesNeither() throws IOException {
		Path file = this.export.file();
		Path backup = file.resolveSibling("orders.csv.bak");
		place("Ada", new OrderLine("beans", 1)).expectStatus().isCreated();
		export("Ada").expectStatus().isOk().expectBody().jsonPath("$.orders").isEqualTo(1);
		place("Grace", new OrderLine("beans", 1)).expectStatus().isCreated();
		doThrow(new IllegalStateException("half way")).when(this.orders).latest(Integer.MAX_VALUE);
		export("Ada").expectStatus().is5xxServerError();
		assertThat(file).content().contains(";Ada;").doesNotContain(";Grace;");
		doCallRealMethod().when(this.orders).latest(Integer.MAX_VALUE);
		export("Ada").expectStatus().isOk().expectBody().jsonPath("$.orders").isEqualTo(2);
		assertThat(file).content().contains(";Ada;", ";Grace;");
		assertThat(backup).content().contains(";Ada;").doesNotContain(";Grace;");
		assertThat(file.getParent()).isDirectoryNotContaining("glob:**.tmp");
	}

	@Test
	void exportsForEachClientAsOftenAsItMay() {
		for (int i = 0; i < 3; i++) {
			export("Linus").expectStatus().isOk();
		}
		export("Linus").expectStatus()
			.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE)
			.expectBody()
			.jsonPath("$.detail")
			.value((String detail) -> assertThat(detail).contains("3 in PT1M for Linus"));
		export("Dennis").expectStatus().isOk();
	}

	private ResponseSpec export(String client) {
		return this.client.post().uri("/exports?client={client}", client).exchange();
	}

	@Test
	void isHealthyAndMeasured() {
		place("Ada", new OrderLine("beans", 1)).expectStatus().isCreated();
		assertThat(get("/actuator/health", String.class)).endsWith("\"status\":\"UP\"}");
		assertThat(get("/actuator/metrics/transaction.scope?tag=transaction.scope.name:place-order"
				+ "&tag=transaction.scope.outcome:committed", String.class))
			.contains("\"statistic\":\"COUNT\"");
	}

	ResponseSpec place(String customer, OrderLine... lines) {
		return post("/orders", new OrderController.OrderRequest(customer, List.of(lines)));
	}

	private ResponseSpec post(String uri, Object body) {
		return this.client.post().uri(uri).contentType(MediaType.APPLICATION_JSON).body(body).exchange();
	}

	private ResponseSpec cancel(long id) {
		return this.client.delete().uri("/orders/{id}", id).exchange();
	}

	private List<Order> orders() {
		return List.of(get("/orders", Order[].class));
	}

	private int inStock(String sku) {
		return get("/inventory/" + sku, StockItem.class).quantity();
	}

	<T> T get(String uri, Class<T> type) {
		ResponseSpec response = this.client.get().uri(uri).exchange();
		response.expectStatus().isOk();
		return body(response, type);
	}

	private static <T> T body(ResponseSpec response, Class<T> type) {
		return Objects.requireNonNull(response.expectBody(type).returnResult().getResponseBody());
	}

	private void stock(String sku, int quantity) {
		this.jdbc.sql("UPDATE inventory SET qty = ? WHERE sku = ?").params(quantity, sku).update();
	}

	void assertThatNothingHappened() {
		assertThat(orders()).isEmpty();
		assertThat(this.jdbc.sql("SELECT count(*) FROM orders").query(Long.class).single()).isZero();
		assertThat(this.jdbc.sql("SELECT count(*) FROM order_line").query(Long.class).single()).isZero();
		assertThat(inStock("beans")).isEqualTo(20);
		assertThat(inStock("kettle")).isOne();
		assertThat(this.announcer.sightings()).isEmpty();
		assertThat(invoices()).isEmpty();
	}

}
