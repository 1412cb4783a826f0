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

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.test.R2dbcPools;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for what a lease is at, with a driver that sends a statement with parameters as
 * soon as its result is read, and not before.
 */
class R2dbcPhaseTests {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private static final long LOCK = 1507;

	private final TrackedConnectionPool pool = TrackedConnectionPool.watch(
			new ConnectionPool(
					ConnectionPoolConfiguration.builder(ConnectionFactories.get(options())).maxSize(1).build()),
			"connectionFactory", PoolSettings.defaults());

	private final Connection connection = this.pool.create().blockOptional(PATIENCE).orElseThrow();

	private static ConnectionFactoryOptions options() {
		PGSimpleDataSource server = (PGSimpleDataSource) PostgresServer.running().dataSource();
		return ConnectionFactoryOptions.builder()
			.option(ConnectionFactoryOptions.DRIVER, "postgresql")
			.option(ConnectionFactoryOptions.HOST, server.getServerNames()[0])
			.option(ConnectionFactoryOptions.PORT, server.getPortNumbers()[0])
			.option(ConnectionFactoryOptions.USER, String.valueOf(server.getUser()))
			.option(ConnectionFactoryOptions.PASSWORD, String.valueOf(server.getPassword()))
			.option(ConnectionFactoryOptions.DATABASE, String.valueOf(server.getDatabaseName()))
			.option(PostgresqlConnectionFactoryProvider.APPLICATION_NAME, "R2dbcPhaseTests")
			.build();
	}

	@AfterEach
	void close() {
		Mono.from(this.connection.close()).block(PATIENCE);
		R2dbcPools.dispose(this.pool);
	}

	@Test
	void statementWithParametersIsUnderWayUntilItsResultHasBeenRead() throws SQLException {
		List<Function<Result, Publisher<?>>> readings = List.of(Result::getRowsUpdated,
				(result) -> result.map((row) -> 1), (result) -> result.map((row, metadata) -> 1),
				(result) -> result.flatMap((segment) -> Mono.just(1)),
				(result) -> result.filter((segment) -> true).map((row) -> 1));
		for (Function<Result, Publisher<?>> reading : readings) {
			Disposable reader = underWay(() -> Flux.from(waiting().execute()).flatMap(reading).subscribe());
			await().atMost(PATIENCE).until(reader::isDisposed);
			assertThat(phase()).isEqualTo(Phase.BETWEEN_STATEMENTS);
		}
	}

	@Test
	void statementIsOverWhereItsReaderHasEnough() {
		Flux.from(this.connection.createStatement("select generate_series(1, $1::int)").bind(0, 1000).execute())
			.flatMap((result) -> result.map((row) -> row.get(0)))
			.take(3)
			.blockLast(PATIENCE);
		// The cancel may be a moment behind the last row.
		await().atMost(PATIENCE).untilAsserted(() -> assertThat(phase()).isEqualTo(Phase.BETWEEN_STATEMENTS));
	}

	@Test
	void resultThatIsReadLaterIsUnderWayThen() throws SQLException {
		Result result = Flux.from(waiting().execute()).single().blockOptional(PATIENCE).orElseThrow();
		assertThat(phase()).isEqualTo(Phase.BETWEEN_STATEMENTS);
		Disposable reader = underWay(() -> Flux.from(result.getRowsUpdated()).subscribe());
		await().atMost(PATIENCE).until(reader::isDisposed);
		assertThat(phase()).isEqualTo(Phase.BETWEEN_STATEMENTS);
	}

	/** What reads is at work as long as somebody else has the lock. */
	private Disposable underWay(Supplier<Disposable> reading) throws SQLException {
		try (var owner = PostgresServer.running().dataSource().getConnection(); var lock = owner.createStatement()) {
			lock.execute("select pg_advisory_lock(%d)".formatted(LOCK));
			Disposable reader = reading.get();
			awaitDatabase();
			assertThat(phase()).isEqualTo(Phase.IN_STATEMENT);
			return reader;
		}
	}

	private Statement waiting() {
		return this.connection.createStatement("select pg_advisory_xact_lock($1), 'phase'").bind(0, LOCK);
	}

	private Phase phase() {
		return this.pool.ledger().snapshot().leases().stream().map(Lease::phase).findFirst().orElseThrow();
	}

	private static void awaitDatabase() {
		await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> {
			try (var connection = PostgresServer.running().dataSource().getConnection();
					var statement = connection.createStatement();
					var rows = statement.executeQuery(
							"select count(*) from pg_stat_activity where wait_event = 'advisory' and application_name = 'R2dbcPhaseTests'")) {
				return rows.next() && rows.getInt(1) == 1;
			}
		});
	}

}
