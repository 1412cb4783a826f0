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

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.observation.transport.SenderContext;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.RemoteCallPolicy;
import io.transactionscope.pool.RemoteCalls.NoticedCall;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.RemoteCall;
import io.transactionscope.pool.tracked.TrackedDataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link RemoteCallHandler}.
 */
@SuppressWarnings("try") // What is opened is held, and nothing else
class RemoteCallHandlerTests {

	private final PoolLedgers ledgers = new PoolLedgers();

	private final ObservationRegistry registry = ObservationRegistry.create();

	private final HikariDataSource hikari = new HikariDataSource(config());

	private TrackedDataSource pool = pool(RemoteCallPolicy.NOTE);

	private static HikariConfig config() {
		JdbcDataSource database = new JdbcDataSource();
		database.setURL("jdbc:h2:mem:calls");
		HikariConfig config = new HikariConfig();
		config.setPoolName("orders");
		config.setDataSource(database);
		config.setMaximumPoolSize(2);
		return config;
	}

	private TrackedDataSource pool(RemoteCallPolicy policy) {
		PoolLedger ledger = new PoolLedger(this.hikari, PoolSettings.defaults().withRemoteCalls(policy));
		this.ledgers.all().forEach(PoolLedger::close);
		this.ledgers.add(ledger);
		return new TrackedDataSource(ledger);
	}

	@BeforeEach
	void register() {
		this.registry.observationConfig().observationHandler(new RemoteCallHandler(this.ledgers));
		Borrower.current().exchangeName("place-order");
	}

	@AfterEach
	void close() {
		Borrower.current().exchangeName(null);
		this.ledgers.all().forEach(PoolLedger::close);
		this.hikari.close();
	}

	// Which

	@Test
	void callOfAClientAndMessageOfAProducerAreNoticed() throws Exception {
		try (Connection connection = this.pool.getConnection()) {
			http().observe(this::works);
			kafka().observe(this::works);
			assertThat(calls()).extracting(RemoteCall::name)
				.containsExactlyInAnyOrder("POST warehouse", "message to orders");
			assertThat(calls()).allSatisfy((call) -> {
				assertThat(call.count()).isOne();
				assertThat(call.awaited()).isTrue();
				assertThat(call.underWay()).isFalse();
			});
		}
	}

	@Test
	void callThatWhoIsToldOfItPreventsIsNotUnderWay() throws Exception {
		Error failure = new StackOverflowError();
		Borrower.Watch watch = mock(Borrower.Watch.class);
		willThrow(failure).given(watch).calls(any());
		try (Connection connection = this.pool.getConnection()) {
			Borrower.Watch previous = Borrower.current().exchangeWatch(watch);
			try {
				assertThatThrownBy(() -> NoticedCall.begin("POST warehouse", List.of(this.pool.ledger().calls())))
					.isSameAs(failure);
			}
			finally {
				Borrower.current().exchangeWatch(previous);
			}
			assertThat(calls()).isEmpty();
		}
	}

	@Test
	void callWithoutKeysIsCalledAsItsObservation() throws Exception {
		try (Connection connection = this.pool.getConnection()) {
			Observation.createNotStarted("grpc.client", RemoteCallHandlerTests::client, this.registry)
				.observe(this::works);
			Observation.createNotStarted("grpc.client", RemoteCallHandlerTests::client, this.registry)
				.contextualName("stock/reserve")
				.observe(this::works);
			assertThat(calls()).extracting(RemoteCall::name).containsExactlyInAnyOrder("grpc.client", "stock/reserve");
		}
	}

	@Test
	void whatIsNoCallElsewhereIsNot() throws Exception {
		try (Connection connection = this.pool.getConnection()) {
			Observation.createNotStarted("work", this.registry).observe(this::works);
			Observation
				.createNotStarted("message", () -> new ReceiverContext<>((carrier, key) -> null, Kind.CONSUMER),
						this.registry)
				.observe(this::works);
			Observation.createNotStarted("jdbc.query", RemoteCallHandlerTests::client, this.registry)
				.observe(this::works);
			assertThat(calls()).isEmpty();
		}
	}

	@Test
	void callWithinACallIsAPartOfIt() throws Exception {
		try (Connection connection = this.pool.getConnection()) {
			http().observe(() -> kafka().observe(this::works));
			assertThat(calls()).extracting(RemoteCall::name).containsExactly("POST warehouse");
		}
	}

	@Test
	void callWithoutAConnectionIsNotNoticed() throws Exception {
		http().observe(this::works);
		try (Connection connection = this.pool.getConnection()) {
			assertThat(calls()).isEmpty();
		}
		http().observe(this::works);
		try (Connection lazy = new LazyConnectionDataSourceProxy(this.pool).getConnection()) {
			http().observe(this::works);
		}
		assertThat(this.pool.ledger().snapshot().calls()).isEmpty();
	}

	@Test
	void callOfAnotherThreadIsNotTheHolders() throws Exception {
		try (Connection connection = this.pool.getConnection()) {
			CompletableFuture.runAsync(() -> http().observe(this::works)).get();
			assertThat(calls()).isEmpty();
		}
	}

	@Test
	void callOfWhoHasPassedTheConnectionOnIsNotNoticed() throws Exception {
		try (Connection connection = this.pool.getConnection()) {
			CompletableFuture.runAsync(() -> execute(connection)).get();
			http().observe(this::works);
			assertThat(calls()).isEmpty();
		}
	}

	// For how long

	@Test
	void callCountsWhileItLasts() throws Exception {
		try (Connection connection = this.pool.getConnection()) {
			Observation call = http().start();
			try (Observation.Scope scope = call.openScope()) {
				assertThat(calls()).singleElement().satisfies((ongoing) -> {
					assertThat(ongoing.underWay()).isTrue();
					assertThat(ongoing.awaited()).isTrue();
					assertThat(ongoing.total()).isPositive();
				});
				assertThat(this.pool.ledger().snapshot().calls()).containsKey("place-order");
			}
			finally {
				call.stop();
			}
		}
		assertThat(this.pool.ledger().snapshot().calls().get("place-order")).singleElement()
			.satisfies((ended) -> assertThat(ended.underWay()).isFalse());
	}

	@Test
	void callThatGoesOnWithoutItsCallerTakesTheTimeThatItKeptIt() throws Exception {
		try (Connection connection = this.pool.getConnection()) {
			Observation call = kafka().start();
			call.scoped(this::works);
			Duration kept = calls().get(0).total();
			Thread.sleep(20);
			CompletableFuture.runAsync(call::stop).get();
			assertThat(calls()).singleElement()
				.returns(kept, RemoteCall::total)
				.returns(1L, RemoteCall::count)
				.returns(true, RemoteCall::awaited);
		}
	}

	@Test
	void callThatEndsOnAnotherThreadIsNotKnownToBeAwaited() throws Exception {
		try (Connection connection = this.pool.getConnection()) {
			Observation first = http().start();
			Observation second = http().start();
			CompletableFuture.runAsync(first::stop).get();
			CompletableFuture.runAsync(second::stop).get();
			assertThat(calls()).singleElement().satisfies((call) -> {
				assertThat(call.count()).isEqualTo(2);
				assertThat(call.awaited()).isFalse();
				assertThat(call.time()).isEqualTo(call.longest()).isLessThan(call.total());
			});
		}
	}

	@Test
	void callThatOutlivesItsLeaseIsNotCountedAfterIt() throws Exception {
		Observation call = http();
		try (Connection connection = this.pool.getConnection()) {
			call.start();
		}
		CompletableFuture.runAsync(call::stop).get();
		assertThat(this.pool.ledger().snapshot().calls()).isEmpty();
	}

	@Test
	void manyNamesShareOne() throws Exception {
		try (Connection connection = this.pool.getConnection()) {
			for (int i = 0; i < 1000; i++) {
				Observation.createNotStarted("call " + i, RemoteCallHandlerTests::client, this.registry)
					.observe(this::works);
			}
			assertThat(calls()).hasSizeLessThan(30).anySatisfy((call) -> assertThat(call.name()).isEqualTo("other"));
			assertThat(calls().stream().mapToLong(RemoteCall::count).sum()).isEqualTo(1000);
		}
		assertThat(this.pool.ledger().snapshot().calls().get("place-order")).hasSizeLessThan(30);
	}

	// What about it

	@Test
	void ignoredCallIsNotNoticed() throws Exception {
		this.pool = pool(RemoteCallPolicy.IGNORE);
		try (Connection connection = this.pool.getConnection()) {
			http().observe(this::works);
			assertThat(calls()).isEmpty();
		}
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void warningIsLoggedOncePerScopeAndCall(CapturedOutput output) throws Exception {
		this.pool = pool(RemoteCallPolicy.WARN);
		for (String scope : List.of("place-order", "place-order", "export")) {
			Borrower.current().exchangeName(scope);
			try (Connection connection = this.pool.getConnection()) {
				http().observe(this::works);
			}
		}
		assertThat(output.getOut()).containsOnlyOnce("orders - scope 'place-order' calls POST warehouse while it holds")
			.containsOnlyOnce("orders - scope 'export' calls POST warehouse while it holds");
	}

	@Test
	void forbiddenCallFailsBeforeItBegins() throws Exception {
		this.pool = pool(RemoteCallPolicy.FAIL);
		AtomicReference<String> made = new AtomicReference<>("not made");
		try (Connection connection = this.pool.getConnection()) {
			assertThatExceptionOfType(RemoteCallException.class)
				.isThrownBy(() -> http().observe(() -> made.set("made")))
				.withMessageStartingWith(
						"orders - scope 'place-order' calls POST warehouse while it holds a connection");
			assertThat(calls()).isEmpty();
		}
		assertThat(made).hasValue("not made");
	}

	private void works() {
		// Done
	}

	private static void execute(Connection connection) {
		try {
			connection.createStatement().execute("select 1");
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private List<RemoteCall> calls() {
		return this.pool.ledger().snapshot().leases().stream().map(Lease::calls).flatMap(List::stream).toList();
	}

	private Observation http() {
		return Observation.createNotStarted("http.client.requests", RemoteCallHandlerTests::client, this.registry)
			.lowCardinalityKeyValue("method", "POST")
			.lowCardinalityKeyValue("client.name", "warehouse");
	}

	private Observation kafka() {
		return Observation
			.createNotStarted("spring.kafka.template", () -> new SenderContext<>((carrier, key, value) -> {
			}), this.registry)
			.lowCardinalityKeyValue("messaging.destination.name", "orders");
	}

	private static SenderContext<Object> client() {
		return new SenderContext<>((carrier, key, value) -> {
		}, Kind.CLIENT);
	}

}
