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

import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

import io.r2dbc.h2.H2Connection;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Wrapped;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.test.R2dbcPools;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.r2dbc.core.DatabaseClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the ledger of an R2DBC pool.
 */
class R2dbcLedgerTests {

	private final TrackedConnectionPool pool = TrackedConnectionPool
		.watch(new ConnectionPool(ConnectionPoolConfiguration
			.builder(ConnectionFactories
				.get("r2dbc:h2:mem:///%s?options=DB_CLOSE_DELAY=-1".formatted(UUID.randomUUID())))
			.maxSize(2)
			.initialSize(2)
			.acquireRetry(0)
			.maxAcquireTime(Duration.ofSeconds(1))
			.build()), "connectionFactory", PoolSettings.defaults().withSampling(Duration.ZERO));

	@BeforeEach
	void connect() {
		this.pool.warmup().block(Duration.ofSeconds(30));
	}

	@AfterEach
	void close() {
		R2dbcPools.dispose(this.pool);
	}

	@Test
	void leaseIsKnownFromTheBorrowToTheReturn() {
		Connection connection = borrow();
		assertThat(this.pool.ledger().snapshot().leases()).singleElement()
			.returns(Phase.BEFORE_FIRST_STATEMENT, Lease::phase)
			.returns(null, Lease::scope);
		Flux.from(connection.createStatement("select 42").execute())
			.flatMap((result) -> result.map((row) -> row.get(0)))
			.blockLast();
		assertThat(this.pool.ledger().snapshot().leases()).singleElement()
			.returns(Phase.BETWEEN_STATEMENTS, Lease::phase)
			.returns("select ?", Lease::lastSql);
		Mono.from(connection.close()).block();
		assertThat(this.pool.ledger().snapshot().leases()).isEmpty();
		assertThat(this.pool.getMetrics().orElseThrow().acquiredSize()).isZero();
	}

	@Test
	void statementIsUnderWayUntilItsLastSignal() {
		Connection connection = borrow();
		Flux.from(connection.createStatement("select 42").execute())
			.doOnNext((result) -> assertThat(this.pool.ledger().snapshot().leases()).singleElement()
				.returns(Phase.IN_STATEMENT, Lease::phase)
				.returns("select ?", Lease::lastSql))
			.flatMap(Result::getRowsUpdated)
			.blockLast();
		Mono.from(connection.close()).block();
	}

	@Test
	void statementWhoseRowsNobodyAsksForIsIdle() {
		Connection connection = borrow();
		Flux.from(connection.createStatement("select x from system_range(1, 10)").execute())
			.concatMap((result) -> Flux.from(result.map((row) -> row.get(0)))
				.limitRate(1)
				.concatMap((row) -> Mono.delay(Duration.ofMillis(20)).map((tick) -> phase()), 1))
			.collectList()
			.as(StepVerifier::create)
			.assertNext((phases) -> assertThat(phases).contains(Phase.BETWEEN_STATEMENTS))
			.verifyComplete();
		Mono.from(connection.close()).block();
	}

	@Test
	void oneOfTwoStatementsThatAreSentAtOnceIsStillUnderWay() {
		Connection connection = borrow();
		Mono<Long> one = Flux.from(connection.createStatement("select 1").execute())
			.flatMap(Result::getRowsUpdated)
			.last(0L);
		Flux.from(connection.createStatement("select 2").execute())
			.doOnNext((result) -> one.block())
			.doOnNext((result) -> assertThat(phase()).isEqualTo(Phase.IN_STATEMENT))
			.flatMap(Result::getRowsUpdated)
			.blockLast();
		assertThat(phase()).isEqualTo(Phase.BETWEEN_STATEMENTS);
		Mono.from(connection.close()).block();
	}

	private Phase phase() {
		return this.pool.ledger().snapshot().leases().get(0).phase();
	}

	@Test
	void endOfTheTransactionIsAPhase() {
		Connection connection = borrow();
		Mono.from(connection.beginTransaction()).block();
		assertThat(this.pool.ledger().snapshot().leases()).singleElement()
			.returns(Phase.BETWEEN_STATEMENTS, Lease::phase)
			.returns("BEGIN", Lease::lastSql);
		Mono.from(connection.commitTransaction()).block();
		assertThat(this.pool.ledger().snapshot().leases()).singleElement()
			.returns(Phase.AFTER_TRANSACTION, Lease::phase);
		Mono.from(connection.close()).block();
	}

	@Test
	void batchIsKnownByItsFirstStatement() {
		Connection connection = borrow();
		Flux.from(connection.createBatch().add("select 42").add("select 43").execute())
			.flatMap(Result::getRowsUpdated)
			.blockLast();
		assertThat(this.pool.ledger().snapshot().leases()).singleElement().returns("select ?", Lease::lastSql);
		Mono.from(connection.close()).block();
	}

	@Test
	void unwrapGivesTheDriversOwnAsThePoolDoes() {
		Connection connection = borrow();
		assertThat(connection).isInstanceOfSatisfying(Wrapped.class,
				(wrapped) -> assertThat(wrapped.unwrap()).isInstanceOf(H2Connection.class));
		Mono.from(connection.close()).block();
	}

	@Test
	void whoCancelsWhileItWaitsLeavesTheLedger() {
		Connection first = borrow();
		Connection second = borrow();
		Disposable waiting = this.pool.create().subscribe();
		assertThat(this.pool.ledger().snapshot().waiters()).hasSize(1);
		waiting.dispose();
		assertThat(this.pool.ledger().snapshot().waiters()).isEmpty();
		assertThat(this.pool.getMetrics().orElseThrow().pendingAcquireSize()).isZero();
		Mono.when(first.close(), second.close()).block();
		assertThat(this.pool.getMetrics().orElseThrow().acquiredSize()).isZero();
	}

	@Test
	void connectionThatCannotBeOpenedFailsWithTheDriversOwnExceptionAndTheReport() {
		TrackedConnectionPool unreachable = TrackedConnectionPool.watch(new ConnectionPool(ConnectionPoolConfiguration
			.builder(new PostgresqlConnectionFactory(
					PostgresqlConnectionConfiguration.builder().host("localhost").port(1).username("nobody").build()))
			.initialSize(0)
			.maxSize(2)
			.build()), "unreachable", PoolSettings.defaults());
		try {
			unreachable.create().as(StepVerifier::create).expectErrorSatisfies((failure) -> {
				assertThat(failure).isInstanceOf(R2dbcNonTransientResourceException.class);
				assertThat(failure.getSuppressed()).hasAtLeastOneElementOfType(R2dbcPoolExhaustedException.class);
				R2dbcPoolExhaustedException told = (R2dbcPoolExhaustedException) failure
					.getSuppressed()[failure.getSuppressed().length - 1];
				assertThat(told.report().diagnosis()).isInstanceOf(CannotConnect.class);
			}).verify(Duration.ofSeconds(20));
			assertThat(unreachable.ledger().reports()).hasSize(1);
		}
		finally {
			unreachable.dispose();
		}
	}

	@Test
	void ledgerEndsWithThePool() {
		borrow();
		this.pool.dispose();
		assertThat(this.pool.ledger().snapshot().state()).isEqualTo(PoolSnapshot.State.CLOSED);
		this.pool.create()
			.as(StepVerifier::create)
			.expectErrorSatisfies((failure) -> assertThat(failure.getSuppressed()).isEmpty())
			.verify(Duration.ofSeconds(10));
	}

	@Test
	void eachPublicMethodIsThePools() {
		assertThat(ConnectionPool.class.getDeclaredMethods())
			.filteredOn((method) -> Modifier.isPublic(method.getModifiers()) && !method.isBridge())
			.allSatisfy((method) -> assertThat(
					TrackedConnectionPool.class.getMethod(method.getName(), method.getParameterTypes())
						.getDeclaringClass())
				.isEqualTo(TrackedConnectionPool.class));
	}

	@Test
	void blockIsTheBorrowerByItsName() {
		ReactiveTransactionScope transactions = ReactiveTransactionScope
			.create(new ScopedR2dbcTransactionManager(this.pool));
		DatabaseClient client = DatabaseClient.create(this.pool);
		transactions.named("place-order")
			.call(() -> client.sql("select 1")
				.fetch()
				.one()
				.doOnNext((row) -> assertThat(this.pool.ledger().snapshot().leases()).singleElement()
					.returns("place-order", Lease::scope)))
			.as(StepVerifier::create)
			.expectNextCount(1)
			.verifyComplete();
		assertThat(this.pool.ledger().snapshot().leases()).isEmpty();
	}

	@Test
	void whoTimesOutIsToldWhoHoldsTheConnections() {
		List<Connection> held = List.of(borrow(), borrow());
		this.pool.create().as(StepVerifier::create).expectErrorSatisfies((failure) -> {
			assertThat(failure).isInstanceOf(R2dbcTimeoutException.class)
				.isInstanceOf(R2dbcPoolExhaustedException.class);
			assertThat(((R2dbcPoolExhaustedException) failure).report().holders()).hasSize(2);
		}).verify(Duration.ofSeconds(10));
		assertThat(this.pool.ledger().snapshot().waiters()).isEmpty();
		Flux.fromIterable(held).flatMap(Connection::close).blockLast();
	}

	private Connection borrow() {
		return Objects.requireNonNull(this.pool.create().block(Duration.ofSeconds(10)));
	}

}
