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

package io.transactionscope.benchmark;

import java.time.Duration;
import java.util.List;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.benchmark.Table.Column;
import io.transactionscope.benchmark.Table.Row;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.r2dbc.TrackedConnectionPool;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import reactor.core.publisher.Mono;

import org.springframework.r2dbc.core.DatabaseClient;

/**
 * Borrowing a connection of {@code r2dbc-pool} and returning it: on a driver that does
 * nothing, at once, and for one statement in PostgreSQL over the loopback interface.
 */
@SuppressWarnings("NullAway.Init") // JMH sets it up
public class ReactiveBorrow extends Measured {

	static final Table TABLE = new Table("borrow and return, reactive",
			List.of(new Column("`r2dbc-pool`", Watch.NOBODY.name()),
					new Column("the ledger", Watch.LEDGER.name(), Watch.NOBODY.name(), null)),
			List.of(new Row("1 thread", "ReactiveBorrow.oneThread.STUB", Figure.TIME),
					new Row("its memory", "ReactiveBorrow.oneThread.STUB", Figure.MEMORY),
					new Row("2 threads", "ReactiveBorrow.twoThreads.STUB", Figure.SPREAD),
					new Row("for a statement, PostgreSQL", "ReactiveBorrow.oneThread.POSTGRESQL", Figure.MULTIPLE)));

	private static final Duration LONG = Duration.ofMinutes(1);

	@Param({ "NOBODY", "LEDGER" })
	public Watch watch;

	@Param({ "STUB", "POSTGRESQL" })
	public Database database;

	private ConnectionPool pool;

	private Mono<?> use;

	@Setup
	public void start() {
		ConnectionPool pool = (this.database == Database.STUB) ? stubPool(new StubConnectionFactory())
				: Database.reactivePool();
		this.pool = (this.watch == Watch.LEDGER)
				? TrackedConnectionPool.watch(pool, "connectionFactory", PoolSettings.defaults()) : pool;
		this.use = (this.database == Database.STUB) ? Mono.usingWhen(this.pool.create(), Mono::just, Connection::close)
				: DatabaseClient.create(this.pool).sql("select 1").fetch().one();
		this.use.block(LONG);
	}

	private static ConnectionPool stubPool(ConnectionFactory factory) {
		return new ConnectionPool(ConnectionPoolConfiguration.builder(factory).maxSize(10).build());
	}

	@TearDown
	public void stop() {
		this.pool.dispose();
	}

	@Benchmark
	@Threads(1)
	public @Nullable Object oneThread() {
		return this.use.block(LONG);
	}

	@Benchmark
	@Threads(2)
	public @Nullable Object twoThreads() {
		return this.use.block(LONG);
	}

}
