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

package io.transactionscope.pool.r2dbc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.Wrapped;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.snapshot.Abandonment;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.test.R2dbcPools;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.ds.PGSimpleDataSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for connections of an R2DBC pool that nobody is going to give back.
 */
@Tag("once")
@ExtendWith(OutputCaptureExtension.class)
class R2dbcLeakTests {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private static final String APPLICATION = "R2dbcLeakTests";

	private @Nullable TrackedConnectionPool pool;

	@AfterEach
	void close() {
		if (this.pool != null) {
			R2dbcPools.dispose(this.pool);
		}
	}

	@Test
	void connectionThatNobodyHasAnyMoreIsReportedAndGoesToWhoWaits(CapturedOutput output) {
		TrackedConnectionPool pool = h2(1);
		lose(pool, "select 42");
		Mono<Connection> waiting = pool.create().cache();
		Disposable wait = waiting.subscribe();
		awaitLeaks(pool, 1);
		Connection next = Objects.requireNonNull(waiting.block(PATIENCE));
		assertThat(query(next, "select 43")).isEqualTo("43");
		await().untilAsserted(() -> assertThat(output.toString())
			.contains("connectionFactory - Leak, nothing refers to it any more: outside of scopes on subscription ")
			.contains("last SQL: select ?")
			.contains("connectionFactory - The connection that code outside of any scope had for ", "came back"));
		release(next);
		wait.dispose();
		assertNothingIsLent(pool);
		assertThat(output).doesNotContain("could not be taken back");
	}

	@Test
	void openTransactionEndsWithItsSession() {
		TrackedConnectionPool pool = postgres(1);
		String process = loseInTransaction(pool);
		assertThat(idleInTransaction()).contains(process);
		awaitLeaks(pool, 1);
		await().atMost(PATIENCE).untilAsserted(() -> assertThat(idleInTransaction()).doesNotContain(process));
		Connection next = borrow(pool);
		assertThat(query(next, "select pg_backend_pid()")).isNotEqualTo(process);
		release(next);
		assertNothingIsLent(pool);
	}

	@Test
	void connectionThatWasNeverUsedStaysInThePool() {
		TrackedConnectionPool pool = postgres(1);
		Connection first = borrow(pool);
		String process = query(first, "select pg_backend_pid()");
		release(first);
		first = null;
		loseUnused(pool);
		awaitLeaks(pool, 1);
		Connection next = borrow(pool);
		assertThat(query(next, "select pg_backend_pid()")).isEqualTo(process);
		release(next);
	}

	@Test
	void connectionThatWasSetUpInAnotherWayDoesNotStayInThePool() {
		TrackedConnectionPool pool = postgres(1);
		Connection first = borrow(pool);
		String process = query(first, "select pg_backend_pid()");
		release(first);
		first = null;
		loseSetUp(pool);
		awaitLeaks(pool, 1);
		Connection next = borrow(pool);
		assertThat(query(next, "select pg_backend_pid()")).isNotEqualTo(process);
		release(next);
	}

	@Test
	void whatIsAtWorkIsNoLeak() {
		TrackedConnectionPool pool = postgres(4);
		release(borrow(pool));
		// None of these has the connection in hand but for what is under way.
		Disposable asleep = pool.create()
			.flatMapMany((connection) -> connection.createStatement("select pg_sleep(60)").execute())
			.flatMap((result) -> result.map((row) -> 1))
			.subscribe(null, (failure) -> {
			});
		List<Integer> rows = new ArrayList<>();
		Sinks.Many<Integer> next = Sinks.many().unicast().onBackpressureBuffer();
		Disposable slow = Flux
			.usingWhen(pool.create(),
					(connection) -> Flux.from(connection.createStatement("select generate_series(1, 1000)").execute())
						.concatMap((result) -> result.map((row) -> row.get(0, Integer.class))),
					Connection::close)
			.zipWith(next.asFlux(), 1)
			.subscribe((row) -> rows.add(row.getT1()));
		DatabaseClient client = DatabaseClient.create(pool);
		TransactionalOperator transactions = TransactionalOperator.create(new R2dbcTransactionManager(pool));
		Sinks.Empty<Void> body = Sinks.empty();
		Disposable transaction = client.sql("select 1")
			.fetch()
			.one()
			.then(body.asMono())
			.then(client.sql("select 2").fetch().one())
			.as(transactions::transactional)
			.subscribe();
		List<Object> kept = List.of(new Object[] { borrow(pool) });
		await().atMost(PATIENCE)
			.untilAsserted(() -> assertThat(pool.getMetrics().orElseThrow().acquiredSize()).isEqualTo(4));
		collectGarbage();
		assertThat(pool.ledger().snapshot().events().leaks()).isZero();
		assertThat(pool.ledger().snapshot().leases()).hasSize(4).allMatch((lease) -> lease.abandonment() == null);
		for (int i = 0; i < 1000; i++) {
			next.tryEmitNext(i).orThrow();
		}
		body.tryEmitEmpty().orThrow();
		await().atMost(PATIENCE)
			.until(() -> rows.size() == 1000 && transaction.isDisposed()
					&& pool.ledger().snapshot().leases().size() == 2);
		asleep.dispose();
		slow.dispose();
		release((Connection) kept.get(0));
	}

	@Test
	void whoeverHasTheDriversOwnGoesOnWithIt() {
		TrackedConnectionPool pool = h2(1);
		Connection own = loseAllButTheDriversOwn(pool);
		awaitLeaks(pool, 1);
		collectGarbage();
		assertThat(query(own, "select 42")).isEqualTo("42");
		assertThat(pool.ledger().report().holders()).singleElement()
			.returns(Abandonment.GARBAGE, (holder) -> holder.lease().abandonment());
	}

	@Test
	void whoeverHasAStatementOfTheDriversGoesOnWithIt() {
		TrackedConnectionPool pool = h2(1);
		Statement own = loseAllButAStatement(pool);
		awaitLeaks(pool, 1);
		collectGarbage();
		assertThat(Flux.from(own.execute()).flatMap(Result::getRowsUpdated).blockLast(PATIENCE)).isZero();
		assertThat(pool.ledger().report().holders()).singleElement()
			.returns(Abandonment.GARBAGE, (holder) -> holder.lease().abandonment());
	}

	@Test
	void connectionThatMayBeKeptStays() {
		TrackedConnectionPool pool = watch(h2Driver(), 1, settings().withLongLived(Set.of("connectionFactory")));
		lose(pool, "select 42");
		collectGarbage();
		assertThat(pool.ledger().snapshot().leases()).hasSize(1);
		assertThat(pool.ledger().snapshot().events().leaks()).isZero();
	}

	@Test
	void returnGoesOnThoughItIsCancelled() {
		TrackedConnectionPool pool = postgres(1);
		Connection connection = borrow(pool);
		Mono.from(connection.beginTransaction()).block(PATIENCE);
		// The pool rolls back first.
		Mono.from(connection.close()).subscribe().dispose();
		assertNothingIsLent(pool);
		assertThat(idleInTransaction()).isEmpty();
		release(borrow(pool));
	}

	@Test
	void whatIsCancelledKeepsTheConnectionUntilItIsClosed() {
		TrackedConnectionPool pool = postgres(1);
		List<Connection> seen = new ArrayList<>();
		Disposable working = pool.create()
			.doOnNext(seen::add)
			.flatMap((connection) -> Mono.from(connection.beginTransaction()).then(Mono.never()))
			.subscribe();
		await().atMost(PATIENCE).until(() -> !idleInTransaction().isEmpty());
		working.dispose();
		// The pool would have lent it to others, with the transaction.
		assertThat(pool.getMetrics().orElseThrow().acquiredSize()).isEqualTo(1);
		await().atMost(PATIENCE)
			.untilAsserted(() -> assertThat(pool.ledger().snapshot().leases()).singleElement()
				.returns(Abandonment.CANCELLED, Lease::abandonment));
		await().untilAsserted(() -> {
			// The watch looks again, and nobody has used it since.
			assertThat(query(seen.get(0), "select 42")).isEqualTo("42");
			assertThat(pool.ledger().snapshot().leases()).singleElement().returns(null, Lease::abandonment);
		});
		release(seen.get(0));
		assertNothingIsLent(pool);
	}

	@Test
	void whoCancelsOnceItHasTheConnectionHasIt() {
		TrackedConnectionPool pool = h2(1);
		Connection connection = Objects.requireNonNull(Flux.from(pool.create()).next().block(PATIENCE));
		assertThat(pool.getMetrics().orElseThrow().acquiredSize()).isEqualTo(1);
		assertThat(query(connection, "select 42")).isEqualTo("42");
		collectGarbage();
		assertThat(pool.ledger().snapshot().leases()).singleElement().returns(null, Lease::abandonment);
		release(connection);
		assertNothingIsLent(pool);
	}

	@Test
	void whatSpringsOwnManagerLosesInACancelComesBack() throws Exception {
		TrackedConnectionPool pool = postgres(2);
		cancelAtAnyMoment(pool);
		await().atMost(PATIENCE).untilAsserted(() -> {
			System.gc();
			assertThat(pool.getMetrics().orElseThrow().acquiredSize()).isZero();
			assertThat(pool.ledger().snapshot().leases()).isEmpty();
		});
		// The server may still be about to end the latest.
		await().atMost(PATIENCE).untilAsserted(() -> assertThat(idleInTransaction()).isEmpty());
		release(borrow(pool));
	}

	private static void cancelAtAnyMoment(TrackedConnectionPool pool) throws InterruptedException {
		DatabaseClient client = DatabaseClient.create(pool);
		TransactionalOperator transactions = TransactionalOperator.create(new R2dbcTransactionManager(pool));
		Mono<?> work = client.sql("select 1").fetch().one().as(transactions::transactional);
		for (int i = 0; i < 300; i++) {
			CountDownLatch over = new CountDownLatch(1);
			Disposable running = work.doFinally((how) -> over.countDown()).subscribe(null, (failure) -> {
			});
			Schedulers.parallel().schedule(running::dispose, i * 10L, TimeUnit.MICROSECONDS);
			assertThat(over.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
		}
	}

	private static void lose(TrackedConnectionPool pool, String sql) {
		query(borrow(pool), sql);
	}

	private static void loseUnused(TrackedConnectionPool pool) {
		assertThat(borrow(pool)).isNotNull();
	}

	private static void loseSetUp(TrackedConnectionPool pool) {
		Mono.from(borrow(pool).setStatementTimeout(Duration.ofMinutes(1))).block(PATIENCE);
	}

	private static String loseInTransaction(TrackedConnectionPool pool) {
		Connection connection = borrow(pool);
		Mono.from(connection.beginTransaction()).block(PATIENCE);
		return query(connection, "select pg_backend_pid()");
	}

	private static Connection loseAllButTheDriversOwn(TrackedConnectionPool pool) {
		return (Connection) Objects.requireNonNull(((Wrapped<?>) borrow(pool)).unwrap());
	}

	private static Statement loseAllButAStatement(TrackedConnectionPool pool) {
		Statement statement = borrow(pool).createStatement("create table notes (id int)");
		return (Statement) Objects.requireNonNull(((Wrapped<?>) statement).unwrap());
	}

	private static String query(Connection connection, String sql) {
		return Objects.requireNonNull(Flux.from(connection.createStatement(sql).execute())
			.flatMap((result) -> result.map((row) -> String.valueOf(row.get(0))))
			.blockLast(PATIENCE));
	}

	private static Connection borrow(TrackedConnectionPool pool) {
		return Objects.requireNonNull(pool.create().block(PATIENCE));
	}

	private static void release(Connection connection) {
		Mono.from(connection.close()).block(PATIENCE);
	}

	private static void awaitLeaks(TrackedConnectionPool pool, int count) {
		await().atMost(PATIENCE).untilAsserted(() -> {
			System.gc();
			assertThat(pool.ledger().snapshot().events().leaks()).isEqualTo(count);
		});
	}

	/** Until what is garbage by now would have been reported. */
	private static void collectGarbage() {
		TrackedConnectionPool other = watch(h2Driver(), 1, settings());
		try {
			lose(other, "select 1");
			awaitLeaks(other, 1);
		}
		finally {
			other.dispose();
		}
	}

	private static void assertNothingIsLent(TrackedConnectionPool pool) {
		await().atMost(PATIENCE)
			.untilAsserted(() -> assertThat(pool.getMetrics().orElseThrow().acquiredSize()).isZero());
		assertThat(pool.ledger().snapshot().leases()).isEmpty();
	}

	private List<String> idleInTransaction() {
		return Objects.requireNonNull(DatabaseClient.create(postgresDriver("onlooker"))
			.sql("select pid::text from pg_stat_activity where application_name = '%s' and state like 'idle in transaction%%'"
				.formatted(APPLICATION))
			.map((row) -> Objects.requireNonNull(row.get(0, String.class)))
			.all()
			.collectList()
			.block(PATIENCE));
	}

	private TrackedConnectionPool h2(int size) {
		this.pool = watch(h2Driver(), size, settings());
		return this.pool;
	}

	private TrackedConnectionPool postgres(int size) {
		this.pool = watch(postgresDriver(APPLICATION), size, settings());
		return this.pool;
	}

	private static PoolSettings settings() {
		return PoolSettings.defaults().withSampling(Duration.ZERO).withLeakThreshold(Duration.ofSeconds(1));
	}

	private static TrackedConnectionPool watch(ConnectionFactory driver, int size, PoolSettings settings) {
		return TrackedConnectionPool.watch(
				new ConnectionPool(ConnectionPoolConfiguration.builder(driver).initialSize(0).maxSize(size).build()),
				"connectionFactory", settings);
	}

	private static ConnectionFactory h2Driver() {
		return ConnectionFactories.get("r2dbc:h2:mem:///%s?options=DB_CLOSE_DELAY=-1".formatted(UUID.randomUUID()));
	}

	private static ConnectionFactory postgresDriver(String application) {
		PGSimpleDataSource server = (PGSimpleDataSource) PostgresServer.running().dataSource();
		return new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
			.host(Objects.requireNonNull(server.getServerNames())[0])
			.port(server.getPortNumbers()[0])
			.username(Objects.requireNonNull(server.getUser()))
			.password(String.valueOf(server.getPassword()))
			.database(Objects.requireNonNull(server.getDatabaseName()))
			.applicationName(application)
			.build());
	}

}
