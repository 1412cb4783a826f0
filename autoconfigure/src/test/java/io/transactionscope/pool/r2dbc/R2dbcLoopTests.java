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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import com.example.orders.ExchangeRates;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Result;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.diagnosis.BlockedEventLoop;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.LongHolders;
import io.transactionscope.test.PostgresServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.ds.PGSimpleDataSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

/**
 * Tests for an event loop that is kept while it serves the connections of a pool.
 */
@Tag("once")
@Timeout(60)
class R2dbcLoopTests {

	private static final Duration PATIENT = Duration.ofSeconds(20);

	private final LoopResources loops = LoopResources.create("orders", 1, true);

	private final ExchangeRates rates = new ExchangeRates();

	private final TrackedConnectionPool pool = TrackedConnectionPool
		.watch(new ConnectionPool(ConnectionPoolConfiguration.builder(driver(this.loops))
			.maxSize(2)
			.initialSize(2)
			.acquireRetry(0)
			.maxAcquireTime(Duration.ofMillis(2500))
			.build()), "orders", PoolSettings.defaults());

	private final List<Connection> held = new ArrayList<>();

	@BeforeEach
	void open() {
		assertThat(this.pool.warmup().block(PATIENT)).isEqualTo(2);
	}

	@AfterEach
	void close() {
		this.rates.answer();
		Flux.fromIterable(this.held).concatMap(Connection::close).blockLast(PATIENT);
		this.pool.disposeLater().block(PATIENT);
		this.loops.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).block(PATIENT);
	}

	@Test
	void codeOfAHolderThatKeepsTheLoopIsNamedAndAllWhoDependOnIt() throws Exception {
		Connection first = borrow();
		Connection second = borrow();
		CompletableFuture<Long> kept = select(first).doOnNext((count) -> this.rates.fetch()).toFuture();
		this.rates.awaitBegin();
		CompletableFuture<Long> answer = select(second).toFuture();
		assertThat(diagnosisOfAWait()).asInstanceOf(type(BlockedEventLoop.class)).satisfies((found) -> {
			assertThat(found.thread()).startsWith("orders-");
			assertThat(found.frame()).startsWith("com.example.orders.ExchangeRates.fetch(ExchangeRates.java:");
			assertThat(found.connections()).isEqualTo(2);
			assertThat(found.time()).isGreaterThanOrEqualTo(Duration.ofMillis(750));
		});
		this.rates.answer();
		assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(kept.get(20, TimeUnit.SECONDS));
	}

	@Test
	void codeOfSomebodyElseThatKeepsTheLoopIsNamed() throws Exception {
		Connection first = borrow();
		Connection second = borrow();
		select(first).block(PATIENT);
		select(second).block(PATIENT);
		this.loops.onClient(true).execute(this.rates::fetch);
		this.rates.awaitBegin();
		CompletableFuture<Long> one = select(first).toFuture();
		CompletableFuture<Long> other = select(second).toFuture();
		assertThat(diagnosisOfAWait()).asInstanceOf(type(BlockedEventLoop.class))
			.returns(2, BlockedEventLoop::connections)
			.returns(1, BlockedEventLoop::threads);
		this.rates.answer();
		assertThat(one.get(20, TimeUnit.SECONDS)).isEqualTo(other.get(20, TimeUnit.SECONDS));
	}

	@Test
	void freeConnectionsOfALoopThatIsKeptReachNobody() throws Exception {
		Connection first = borrow();
		Connection second = borrow();
		Mono.when(select(first), select(second)).block(PATIENT);
		Mono.when(first.close(), second.close()).block(PATIENT);
		this.held.clear();
		this.loops.onClient(true).execute(this.rates::fetch);
		this.rates.awaitBegin();
		assertThat(diagnosisOfAWait()).asInstanceOf(type(BlockedEventLoop.class))
			.returns(2, BlockedEventLoop::connections)
			.returns(1, BlockedEventLoop::waiters);
	}

	@Test
	void holdersWhoWaitOnASchedulerThatIsMadeForItKeepNoLoop() throws Exception {
		Connection first = borrow();
		Connection second = borrow();
		select(second).block(PATIENT);
		CompletableFuture<Long> kept = select(first).publishOn(Schedulers.boundedElastic())
			.doOnNext((count) -> this.rates.fetch())
			.toFuture();
		this.rates.awaitBegin();
		assertThat(diagnosisOfAWait()).isInstanceOf(HeldButIdle.class);
		this.rates.answer();
		assertThat(kept.get(20, TimeUnit.SECONDS)).isPositive();
	}

	@Test
	void statementsThatTakeLongKeepNoLoop() throws Exception {
		CompletableFuture<Long> one = count(borrow(), "select pg_sleep(3)").toFuture();
		CompletableFuture<Long> other = count(borrow(), "select pg_sleep(3)").toFuture();
		assertThat(diagnosisOfAWait()).isInstanceOf(LongHolders.class);
		assertThat(one.get(20, TimeUnit.SECONDS)).isEqualTo(other.get(20, TimeUnit.SECONDS));
	}

	@Test
	void loopThatIsBusyWithManyThingsIsNotKept() throws Exception {
		Connection first = borrow();
		Connection second = borrow();
		Sinks.Empty<Void> enough = Sinks.empty();
		Mono<Void> busy = Flux.interval(Duration.ofMillis(1))
			.onBackpressureDrop()
			.concatMap((tick) -> select(first))
			.takeUntilOther(enough.asMono())
			.then();
		CompletableFuture<Void> done = busy.toFuture();
		select(second).block(PATIENT);
		assertThat(diagnosisOfAWait()).isNotInstanceOf(BlockedEventLoop.class);
		assertThat(enough.tryEmitEmpty()).isEqualTo(Sinks.EmitResult.OK);
		done.get(20, TimeUnit.SECONDS);
	}

	/** Have somebody wait for a connection until the pool has no more patience. */
	private Diagnosis diagnosisOfAWait() {
		CompletableFuture<? extends Connection> waiting = this.pool.create().toFuture();
		ExecutionException failure = catchThrowableOfType(ExecutionException.class,
				() -> waiting.get(20, TimeUnit.SECONDS));
		return ((R2dbcPoolExhaustedException) Objects.requireNonNull(failure.getCause())).report().diagnosis();
	}

	private Connection borrow() {
		Connection connection = Objects.requireNonNull(this.pool.create().block(PATIENT));
		this.held.add(connection);
		return connection;
	}

	private static Mono<Long> select(Connection connection) {
		return count(connection, "select 42");
	}

	private static Mono<Long> count(Connection connection, String sql) {
		return Flux.from(connection.createStatement(sql).execute()).flatMap(Result::getRowsUpdated).count();
	}

	private static PostgresqlConnectionFactory driver(LoopResources loops) {
		PGSimpleDataSource server = (PGSimpleDataSource) PostgresServer.running().dataSource();
		return new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
			.host(server.getServerNames()[0])
			.port(server.getPortNumbers()[0])
			.username(Objects.requireNonNull(server.getUser()))
			.password(Objects.requireNonNullElse(server.getPassword(), ""))
			.database(Objects.requireNonNull(server.getDatabaseName()))
			.loopResources(loops)
			.build());
	}

}
