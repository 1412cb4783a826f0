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

package io.transactionscope.autoconfigure.reactive;

import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.RequestReplySenderContext;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.autoconfigure.pool.r2dbc.R2dbcPoolAutoConfiguration;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.snapshot.Abandonment;
import io.transactionscope.pool.snapshot.Lease;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.r2dbc.autoconfigure.DataR2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableReactiveWebApplicationContext;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.webflux.autoconfigure.HttpHandlerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.annotation.Id;
import org.springframework.data.r2dbc.repository.Query;
import org.springframework.data.r2dbc.repository.config.EnableR2dbcRepositories;
import org.springframework.data.r2dbc.repository.R2dbcRepository;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Who borrows from an R2DBC pool outside of scopes, by what Reactor's context tells.
 */
@ExtendWith(OutputCaptureExtension.class)
class ReactiveBorrowersTests {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(HttpHandlerAutoConfiguration.class, WebFluxAutoConfiguration.class,
				R2dbcAutoConfiguration.class, DataR2dbcAutoConfiguration.class, PoolAutoConfiguration.class,
				R2dbcPoolAutoConfiguration.class, ReactiveScopeBoundaryAutoConfiguration.class))
		.withUserConfiguration(Application.class)
		.withPropertyValues("spring.r2dbc.url=r2dbc:h2:mem:///" + UUID.randomUUID(), "spring.r2dbc.pool.initial-size=0",
				"spring.r2dbc.pool.max-size=2", "transaction-scope.pool.sampling=0s",
				"transaction-scope.pool.leak-threshold=1s");

	@Test
	void exchangeIsKnownByItsMethodAndPatternAndNeverByItsValues() {
		this.runner.run((context) -> {
			assertThat(get(context, "/orders/4711")).isEqualTo("GET /orders/{id}");
			assertThat(get(context, "/functional/4711")).isEqualTo("GET /functional/{id}");
		});
	}

	@Test
	void callOfARepositoryIsKnownByItsMethod() {
		this.runner.run((context) -> {
			Orders orders = context.getBean(Orders.class);
			PoolLedger ledger = ledger(context);
			orders.now().block(PATIENCE);
			assertThat(ledger.snapshot().scopes()).extracting((scope) -> scope.scope())
				.containsExactly("ReactiveBorrowersTests$Orders.now");
		});
	}

	@Test
	void whatIsObservedIsKnownByItsName() {
		this.runner.run((context) -> {
			ObservationRegistry registry = ObservationRegistry.create();
			registry.observationConfig().observationHandler((observed) -> true);
			Observation task = Observation.start("tasks.scheduled.execution", registry)
				.contextualName("task cleanup.run");
			Observation call = Observation
				.createNotStarted("query", () -> new RequestReplySenderContext<>((carrier, key, value) -> {
				}), registry)
				.parentObservation(task)
				.start();
			Borrowers borrowers = context.getBean(Borrowers.class);
			assertThat(
					borrowers.name().contextWrite((none) -> none.put("micrometer.observation", task)).block(PATIENCE))
				.isEqualTo("task cleanup.run");
			assertThat(
					borrowers.name().contextWrite((none) -> none.put("micrometer.observation", call)).block(PATIENCE))
				.isEqualTo("task cleanup.run");
			assertThat(borrowers.name().block(PATIENCE)).isEqualTo("none");
		});
	}

	@Test
	void connectionThatAnExchangeHasLeftBehindIsReportedAndStays(CapturedOutput output) {
		this.runner.run((context) -> {
			get(context, "/kept/4711");
			PoolLedger ledger = ledger(context);
			await().atMost(PATIENCE)
				.untilAsserted(() -> assertThat(ledger.snapshot().leases()).singleElement()
					.returns(Abandonment.EXCHANGE_ENDED, Lease::abandonment));
			await().atMost(PATIENCE).until(() -> ledger.snapshot().events().leaks() == 1);
			await().untilAsserted(() -> assertThat(output.toString()).contains(
					"connectionFactory - Leak, the exchange that it was borrowed in has ended: 'GET /kept/{id}' on "));
			Connection kept = Objects.requireNonNull(context.getBean(Borrowers.class).kept.poll());
			// Until the watch has seen for a while that it is not used again.
			await().untilAsserted(() -> {
				assertThat(query(kept)).isEqualTo(42);
				assertThat(ledger.snapshot().leases()).singleElement().returns(null, Lease::abandonment);
			});
			Mono.from(kept.close()).block(PATIENCE);
			assertThat(ledger.snapshot().leases()).isEmpty();
		});
	}

	@Test
	void workThatGoesOnWithItAfterTheExchangeIsNoLeak() {
		this.runner.withPropertyValues("transaction-scope.pool.leak-threshold=2s").run((context) -> {
			get(context, "/kept/4711");
			PoolLedger ledger = ledger(context);
			Connection kept = Objects.requireNonNull(context.getBean(Borrowers.class).kept.poll());
			await().pollInterval(Duration.ofMillis(50)).during(Duration.ofSeconds(3)).atMost(PATIENCE).until(() -> {
				query(kept);
				return ledger.snapshot().events().leaks() == 0
						&& ledger.snapshot().leases().get(0).abandonment() == null;
			});
			Mono.from(kept.close()).block(PATIENCE);
		});
	}

	private static String get(AssertableReactiveWebApplicationContext context, String path) {
		String body = WebTestClient.bindToApplicationContext(context.getSourceApplicationContext())
			.configureClient()
			.responseTimeout(PATIENCE)
			.build()
			.get()
			.uri(path)
			.exchange()
			.expectBody(String.class)
			.returnResult()
			.getResponseBody();
		return Objects.requireNonNullElse(body, "");
	}

	private static PoolLedger ledger(AssertableReactiveWebApplicationContext context) {
		return context.getBean(PoolLedgers.class).all().get(0);
	}

	private static Integer query(Connection connection) {
		return Objects.requireNonNull(Flux.from(connection.createStatement("select 42").execute())
			.flatMap((result) -> result.map((row) -> Objects.requireNonNull(row.get(0, Integer.class))))
			.blockLast(PATIENCE));
	}

	interface Orders extends R2dbcRepository<Order, Long> {

		@Query("select 42")
		Mono<Integer> now();

	}

	record Order(@Id Long id) {
	}

	@RestController
	static class Borrowers {

		private final ConnectionFactory factory;

		private final PoolLedgers ledgers;

		private final Queue<Connection> kept = new ConcurrentLinkedQueue<>();

		Borrowers(ConnectionFactory factory, PoolLedgers ledgers) {
			this.factory = factory;
			this.ledgers = ledgers;
		}

		@GetMapping("/orders/{id}")
		Mono<String> order(@PathVariable String id) {
			return name();
		}

		@GetMapping("/kept/{id}")
		Mono<String> keep(@PathVariable String id) {
			return Mono.from(this.factory.create()).doOnNext(this.kept::add).thenReturn(id);
		}

		Mono<String> name() {
			return Mono.usingWhen(this.factory.create(),
					(connection) -> Mono.fromSupplier(() -> Objects
						.requireNonNullElse(this.ledgers.all().get(0).snapshot().leases().get(0).scope(), "none")),
					Connection::close);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableR2dbcRepositories(considerNestedRepositories = true)
	static class Application {

		@Bean
		Borrowers borrowers(ConnectionFactory factory, PoolLedgers ledgers) {
			return new Borrowers(factory, ledgers);
		}

		@Bean
		RouterFunction<ServerResponse> routes(Borrowers borrowers) {
			return RouterFunctions.route()
				.GET("/functional/{id}", (request) -> ServerResponse.ok().body(borrowers.name(), String.class))
				.build();
		}

	}

}
