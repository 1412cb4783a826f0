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

package io.transactionscope.pool.remote;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.RemoteCallPolicy;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.r2dbc.R2dbcPoolExhaustedException;
import io.transactionscope.pool.r2dbc.TrackedConnectionPool;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.RemoteCall;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.test.R2dbcPools;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link RemoteCallFilter}, alone and beside a {@link RemoteCallHandler}.
 */
@Tag("once")
@Timeout(60)
class RemoteCallFilterTests {

	private static final AtomicInteger requests = new AtomicInteger();

	private static volatile Sinks.Empty<Void> answer = Sinks.empty();

	@SuppressWarnings("NullAway.Init") // Before all tests
	private static DisposableServer server;

	private final PoolLedgers ledgers = new PoolLedgers();

	private final ObservationRegistry registry = ObservationRegistry.create();

	private final WebClient plain = WebClient.builder().filter(new RemoteCallFilter(this.ledgers)).build();

	private final WebClient observed = WebClient.builder()
		.observationRegistry(this.registry)
		.filter(new RemoteCallFilter(this.ledgers))
		.build();

	private TrackedConnectionPool pool = pool(RemoteCallPolicy.NOTE);

	@BeforeAll
	static void serve() {
		server = HttpServer.create().host("localhost").port(0).route((routes) -> {
			routes.route((request) -> true, (request, response) -> {
				requests.incrementAndGet();
				return request.receive().then(Mono.defer(() -> switch (request.path()) {
					case "slow" -> answer.asMono().then(response.sendString(Mono.just("late")).then());
					case "stream" -> response
						.send(ByteBufFlux.fromString(
								Flux.just("first\n").concatWith(answer.asMono().thenReturn("last\n"))), (data) -> true)
						.then();
					case "wrong" -> response.status(500).sendString(Mono.just("wrong")).then();
					case "empty" -> response.status(204).send();
					default -> response.sendString(Mono.just("fast")).then();
				}));
			});
		}).bindNow();
	}

	@AfterAll
	static void stop() {
		server.disposeNow();
	}

	@AfterEach
	void close() {
		answer();
		await().untilAsserted(() -> assertThat(this.pool.ledger().snapshot().leases()).isEmpty());
		answer = Sinks.empty();
		R2dbcPools.dispose(this.pool);
	}

	private TrackedConnectionPool pool(RemoteCallPolicy policy) {
		this.ledgers.all().forEach((ledger) -> ledger.close());
		TrackedConnectionPool pool = TrackedConnectionPool.watch(newPool(), "orders",
				PoolSettings.defaults().withSampling(Duration.ZERO).withRemoteCalls(policy));
		this.ledgers.add(pool.ledger());
		return pool;
	}

	private static ConnectionPool newPool() {
		ConnectionPool pool = new ConnectionPool(ConnectionPoolConfiguration
			.builder(ConnectionFactories
				.get("r2dbc:h2:mem:///%s?options=DB_CLOSE_DELAY=-1".formatted(UUID.randomUUID())))
			.maxSize(2)
			.initialSize(2)
			.maxAcquireTime(Duration.ofSeconds(1))
			.build());
		pool.warmup().block();
		return pool;
	}

	// Which

	enum Begun {

		BY_SCOPE {

			@Override
			<T> Mono<T> transaction(RemoteCallFilterTests test, Supplier<Mono<T>> body) {
				return test.scope("place-order").call(body::get);
			}

		},

		BY_OUR_MANAGER {

			@Override
			<T> Mono<T> transaction(RemoteCallFilterTests test, Supplier<Mono<T>> body) {
				return operator(new ScopedR2dbcTransactionManager(test.pool), body);
			}

		},

		BY_SPRINGS_MANAGER {

			@Override
			<T> Mono<T> transaction(RemoteCallFilterTests test, Supplier<Mono<T>> body) {
				return operator(new R2dbcTransactionManager(test.pool), body);
			}

		};

		private static <T> Mono<T> operator(R2dbcTransactionManager manager, Supplier<Mono<T>> body) {
			DefaultTransactionDefinition definition = new DefaultTransactionDefinition();
			definition.setName("place-order");
			return TransactionalOperator.create(manager, definition).transactional(Mono.defer(body));
		}

		abstract <T> Mono<T> transaction(RemoteCallFilterTests test, Supplier<Mono<T>> body);

	}

	@ParameterizedTest
	@EnumSource
	void callInATransactionIsNoticedWhoeverBeganIt(Begun begun) {
		Disposable running = begun.transaction(this, () -> select().then(get(this.plain, "slow"))).subscribe();
		await().untilAsserted(() -> assertThat(calls()).singleElement()
			.returns("GET localhost", RemoteCall::name)
			.returns(1L, RemoteCall::count)
			.returns(true, RemoteCall::awaited)
			.returns(true, RemoteCall::underWay));
		answer();
		await().until(running::isDisposed);
		assertThat(this.pool.ledger().snapshot().calls().values()).singleElement()
			.satisfies((calls) -> assertThat(calls).singleElement()
				.returns("GET localhost", RemoteCall::name)
				.returns(true, RemoteCall::awaited)
				.returns(false, RemoteCall::underWay));
		assertThat(this.pool.ledger().calls().sinceStart().values()).singleElement().returns(1L, RemoteCall::count);
	}

	@Test
	void callThatIsObservedAsWellIsOne() {
		handle();
		Disposable running = observedScope().call(() -> select().then(get(this.observed, "stream"))).subscribe();
		// The observation has ended with the headers.
		await().untilAsserted(() -> assertThat(calls()).singleElement()
			.returns("GET localhost", RemoteCall::name)
			.returns(1L, RemoteCall::count)
			.returns(true, RemoteCall::underWay));
		answer();
		await().until(running::isDisposed);
		assertThat(lastMinute()).singleElement().returns(1L, RemoteCall::count).returns(false, RemoteCall::underWay);
	}

	@Test
	void callOfAnyClientThatIsObservedWithinABlockIsNoticed() {
		handle();
		WebClient unfiltered = WebClient.builder().observationRegistry(this.registry).build();
		observedScope().call(
				() -> select().then(get(unfiltered, "fast")).then(observe("grpc.client")).then(observe("r2dbc.query")))
			.block();
		assertThat(lastMinute()).extracting(RemoteCall::name).containsExactlyInAnyOrder("GET localhost", "grpc.client");
		assertThat(lastMinute()).extracting(RemoteCall::awaited).containsOnly(true);
	}

	@Test
	void blockingCallOfAThreadThatReactorTellsOfTheBlockIsNoticed() {
		handle();
		RestClient blocking = RestClient.builder().observationRegistry(this.registry).build();
		ObservationRegistry previous = ObservationThreadLocalAccessor.getInstance().getObservationRegistry();
		ObservationThreadLocalAccessor.getInstance().setObservationRegistry(this.registry);
		Hooks.enableAutomaticContextPropagation();
		try {
			observedScope().call(() -> select().then(Mono
				.fromCallable(() -> blocking.get().uri(url("fast")).retrieve().toBodilessEntity().getStatusCode())
				.subscribeOn(Schedulers.boundedElastic()))).block();
		}
		finally {
			Hooks.disableAutomaticContextPropagation();
			ObservationThreadLocalAccessor.getInstance().setObservationRegistry(previous);
		}
		assertThat(lastMinute()).singleElement()
			.returns("GET localhost", RemoteCall::name)
			.returns(1L, RemoteCall::count);
	}

	@Test
	void callIsNoticedInABlockThatIsNotToBeObserved() {
		handle();
		this.registry.observationConfig().observationPredicate((name, context) -> !name.equals("transaction.scope"));
		observedScope().call(() -> select().then(get(this.observed, "fast"))).block();
		assertThat(lastMinute()).singleElement().returns(1L, RemoteCall::count);
	}

	@Test
	void callWithinACallIsAPartOfIt() {
		handle();
		ExchangeFilterFunction token = (request, next) -> get(this.observed, "fast").then(next.exchange(request));
		WebClient client = this.observed.mutate().filter(token).build();
		observedScope().call(() -> get(client, "fast")).block();
		assertThat(lastMinute()).singleElement().returns(1L, RemoteCall::count);
	}

	@Test
	void callOfAnInnerBlockIsThatOfAllWhoseConnectionsAreHeld() {
		ReactiveTransactionScope outer = scope("outer");
		outer.call(() -> scope("joined").call(() -> select().then(get(this.plain, "fast")))).block();
		assertThat(this.pool.ledger().snapshot().calls()).containsOnlyKeys("outer");
		outer.call(() -> scope("apart").requiresNew().call(() -> get(this.plain, "fast"))).block();
		assertThat(this.pool.ledger().snapshot().calls().get("outer")).singleElement().returns(2L, RemoteCall::count);
		assertThat(this.pool.ledger().snapshot().calls().get("apart")).singleElement().returns(1L, RemoteCall::count);
	}

	@Test
	void callWithoutAConnectionIsNotNoticed() {
		handle();
		get(this.observed, "fast").then(observedScope().call(() -> select())).block();
		observedScope().call((tx) -> {
			tx.afterCommit(() -> get(this.observed, "fast").then());
			return select();
		}).block();
		Mono<String> beside = get(this.observed, "fast");
		observedScope().call(() -> Mono.fromFuture(beside.toFuture())).block();
		ConnectionPool untracked = newPool();
		ReactiveTransactionScope.create(new ScopedR2dbcTransactionManager(untracked))
			.observationRegistry(this.registry)
			.call(() -> get(this.observed, "fast"))
			.block();
		untracked.dispose();
		assertThat(this.pool.ledger().snapshot().calls()).isEmpty();
	}

	// For how long

	@Test
	void callLastsUntilItsBodyWasRead() {
		Disposable running = scope("place-order")
			.call(() -> this.plain.get()
				.uri(url("stream"))
				.retrieve()
				.bodyToFlux(String.class)
				.collectList()
				.then(hold()))
			.subscribe();
		await().untilAsserted(() -> assertThat(calls()).singleElement().returns(true, RemoteCall::underWay));
		answer();
		await().untilAsserted(() -> assertThat(calls()).singleElement().returns(false, RemoteCall::underWay));
		running.dispose();
	}

	@ParameterizedTest
	@ValueSource(strings = { "take", "timeout", "status", "no body", "empty", "error", "handled", "refused", "mutated",
			"entity" })
	void callEndsHoweverItsExchangeDoes(String how) {
		WebClient.RequestHeadersSpec<?> stream = this.plain.get().uri(url("stream"));
		Mono<?> call = switch (how) {
			case "take" -> stream.retrieve().bodyToFlux(String.class).take(1).then();
			case "timeout" -> get(this.plain, "slow").timeout(Duration.ofMillis(100)).onErrorComplete();
			case "status" -> {
				answer();
				yield stream.exchangeToMono((response) -> Mono.just(response.statusCode()));
			}
			case "no body" -> {
				answer();
				yield stream.retrieve().toBodilessEntity();
			}
			case "empty" -> get(this.plain, "empty");
			case "error" -> get(this.plain, "wrong").onErrorComplete();
			case "handled" -> this.plain.get()
				.uri(url("wrong"))
				.retrieve()
				.onStatus((status) -> true, ClientResponse::createException)
				.toBodilessEntity()
				.onErrorComplete();
			case "refused" ->
				this.plain.get().uri("http://localhost:1").retrieve().toBodilessEntity().onErrorComplete();
			case "mutated" -> get(this.plain.mutate()
				.filters((filters) -> filters.add(0,
						(request, next) -> next.exchange(request)
							.map((response) -> response.mutate().header("a", "b").build())))
				.build(), "fast");
			default -> this.plain.get().uri(url("fast")).retrieve().toEntity(String.class);
		};
		Disposable running = scope("place-order").call(() -> call.then(hold())).subscribe();
		await().untilAsserted(() -> assertThat(calls()).singleElement()
			.returns(1L, RemoteCall::count)
			.returns(true, RemoteCall::awaited)
			.returns(false, RemoteCall::underWay));
		running.dispose();
	}

	@Test
	void repeatedCallIsSeveral() {
		scope("place-order")
			.call(() -> get(this.plain, "wrong").retry(2)
				.onErrorComplete()
				.then(get(this.plain, "fast").repeat(1).then()))
			.block();
		assertThat(lastMinute()).singleElement().returns(5L, RemoteCall::count).returns(true, RemoteCall::awaited);
	}

	@Test
	void callEndsWithTheCancelOfItsBlock() {
		Disposable running = scope("place-order").call(() -> get(this.plain, "slow")).subscribe();
		await().untilAsserted(() -> assertThat(calls()).hasSize(1));
		running.dispose();
		await().untilAsserted(() -> assertThat(this.pool.ledger().snapshot().leases()).isEmpty());
		await().untilAsserted(() -> assertThat(lastMinute()).singleElement().returns(false, RemoteCall::underWay));
	}

	@Test
	void callsAtTheSameTimeAndBesideStatementsAreNotKnownToBeAwaited() {
		Mono<?> both = scope("calls").call(() -> Mono.zip(get(this.plain, "slow"), get(this.plain, "slow"))).cache();
		both.subscribe();
		await().untilAsserted(() -> assertThat(calls()).singleElement().returns(2L, RemoteCall::count));
		answer();
		both.block();
		answer = Sinks.empty();
		assertThat(this.pool.ledger().snapshot().calls().get("calls")).singleElement()
			.returns(2L, RemoteCall::count)
			.returns(false, RemoteCall::awaited);
		Disposable running = scope("statement").call(() -> Mono.zip(get(this.plain, "slow"), select())).subscribe();
		await().untilAsserted(() -> assertThat(calls()).singleElement().returns(false, RemoteCall::awaited));
		answer();
		await().until(running::isDisposed);
	}

	@Test
	void callThatKeepsConnectionsIsTheCauseOfADryPool() {
		List<Disposable> running = Flux.range(0, 2)
			.map((each) -> scope("place-order").call(() -> select().then(get(this.plain, "slow"))).subscribe())
			.collectList()
			.block();
		await().untilAsserted(() -> assertThat(this.pool.ledger().snapshot().leases()).hasSize(2)
			.allSatisfy((lease) -> assertThat(lease.calls()).first()
				.satisfies(
						(call) -> assertThat(call.time().multipliedBy(4)).isGreaterThan(lease.age().multipliedBy(3)))));
		R2dbcPoolExhaustedException failure = catchThrowableOfType(R2dbcPoolExhaustedException.class,
				() -> this.pool.create().block());
		assertThat(failure.report().diagnosis()).isInstanceOfSatisfying(HeldButIdle.class,
				(diagnosis) -> assertThat(diagnosis.call()).isNotNull()
					.satisfies((call) -> assertThat(call.name()).isEqualTo("GET localhost"))
					.satisfies((call) -> assertThat(call.awaited()).isTrue()));
		assertThat(failure).message()
			.containsPattern("GET localhost takes \\d+ ms of \\d+ ms held\\.")
			.containsPattern("calls GET localhost, \\d+ ms, still under way");
		assertThat(running).isNotEmpty();
	}

	// What about it

	@Test
	void ignoredCallIsNotNoticed() {
		this.pool = pool(RemoteCallPolicy.IGNORE);
		handle();
		observedScope().call(() -> get(this.observed, "fast")).block();
		assertThat(this.pool.ledger().snapshot().calls()).isEmpty();
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void warningIsLoggedOncePerScopeAndCall(CapturedOutput output) {
		this.pool = pool(RemoteCallPolicy.WARN);
		handle();
		for (String scope : List.of("place-order", "place-order", "export")) {
			scope(scope).call(() -> get(this.plain, "fast")).block();
			scope(scope).observationRegistry(this.registry).call(() -> get(this.observed, "fast")).block();
		}
		assertThat(output.getOut()).containsOnlyOnce("orders - scope 'place-order' calls GET localhost while it holds")
			.containsOnlyOnce("orders - scope 'export' calls GET localhost while it holds");
	}

	@ParameterizedTest
	@EnumSource(names = { "BY_SCOPE", "BY_OUR_MANAGER" })
	void forbiddenCallFailsBeforeAnythingIsSent(Begun begun) {
		this.pool = pool(RemoteCallPolicy.FAIL);
		assertForbidden(begun.transaction(this, () -> insert().then(get(this.plain, "fast"))));
	}

	@Test
	void forbiddenCallThatIsObservedFailsBeforeAnythingIsSent() {
		this.pool = pool(RemoteCallPolicy.FAIL);
		handle();
		assertForbidden(observedScope().call(() -> insert().then(get(this.observed, "fast"))));
	}

	private void assertForbidden(Mono<?> transaction) {
		DatabaseClient client = DatabaseClient.create(this.pool);
		client.sql("create table orders (id int)").then().block();
		int before = requests.get();
		assertThatExceptionOfType(RemoteCallException.class).isThrownBy(transaction::block)
			.withMessageStartingWith("orders - scope 'place-order' calls GET localhost while it holds a connection")
			.satisfies((failure) -> assertThat(failure.call()).isEqualTo("GET localhost"));
		assertThat(requests).hasValue(before);
		assertThat(this.pool.ledger().snapshot().calls()).isEmpty();
		assertThat(client.sql("select count(*) from orders").mapValue(Long.class).one().block()).isZero();
		assertThat(get(this.observed, "fast").block()).isEqualTo("fast");
	}

	// What else stays as it was

	@Test
	void responseIsThatOfTheServer() {
		scope("place-order").call(() -> {
			Mono<Throwable> failure = get(this.plain, "wrong").cast(Throwable.class).onErrorResume(Mono::just);
			return failure
				.doOnNext((ex) -> assertThat(ex).isInstanceOfSatisfying(WebClientResponseException.class, (wrong) -> {
					assertThat(wrong.getResponseBodyAsString()).isEqualTo("wrong");
					assertThat(wrong.getRequest()).isNotNull()
						.satisfies((request) -> assertThat(request.getURI()).hasPath("/wrong"));
				}));
		}).block();
		assertThat(lastMinute()).singleElement().returns(1L, RemoteCall::count);
	}

	private void handle() {
		this.registry.observationConfig().observationHandler(new RemoteCallHandler(this.ledgers));
	}

	private ReactiveTransactionScope scope(String name) {
		return ReactiveTransactionScope.create(new ScopedR2dbcTransactionManager(this.pool)).named(name);
	}

	private ReactiveTransactionScope observedScope() {
		return scope("place-order").observationRegistry(this.registry);
	}

	private Mono<Long> select() {
		return DatabaseClient.create(this.pool).sql("select 1").fetch().first().thenReturn(1L);
	}

	private Mono<Long> insert() {
		return DatabaseClient.create(this.pool).sql("insert into orders values (1)").fetch().rowsUpdated();
	}

	/** Keep the connection until the subscriber cancels. */
	private static Mono<Void> hold() {
		return Mono.never();
	}

	private static Mono<String> get(WebClient client, String path) {
		return client.get().uri(url(path)).retrieve().bodyToMono(String.class);
	}

	private Mono<Void> observe(String name) {
		return Mono.deferContextual((context) -> {
			Observation call = Observation.createNotStarted(name, () -> new SenderContext<>((carrier, key, value) -> {
			}, Kind.CLIENT), this.registry)
				.parentObservation(context.getOrDefault("micrometer.observation", null))
				.start();
			return Mono.<Void>empty().doOnTerminate(call::stop);
		});
	}

	private static String url(String path) {
		return "http://localhost:" + server.port() + "/" + path;
	}

	private static void answer() {
		answer.tryEmitEmpty();
	}

	private List<RemoteCall> calls() {
		return this.pool.ledger().snapshot().leases().stream().map(Lease::calls).flatMap(List::stream).toList();
	}

	private List<RemoteCall> lastMinute() {
		return this.pool.ledger().snapshot().calls().getOrDefault("place-order", List.of());
	}

}
