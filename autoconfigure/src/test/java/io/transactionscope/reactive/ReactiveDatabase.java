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

package io.transactionscope.reactive;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.pool.PoolMetrics;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.test.R2dbcPools;
import org.postgresql.ds.PGSimpleDataSource;
import reactor.core.publisher.Mono;

import org.springframework.r2dbc.core.DatabaseClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A database with a table, and a pool of R2DBC connections to it.
 */
final class ReactiveDatabase implements AutoCloseable {

	static final Duration PATIENCE = Duration.ofSeconds(20);

	private final ConnectionPool pool;

	private final DatabaseClient client;

	private final String table = "t" + UUID.randomUUID().toString().replace("-", "");

	private final boolean postgres;

	private ReactiveDatabase(ConnectionFactory driver, int size, boolean postgres) {
		this.postgres = postgres;
		this.pool = new ConnectionPool(ConnectionPoolConfiguration.builder(driver)
			.initialSize(0)
			.maxSize(size)
			.maxAcquireTime(Duration.ofSeconds(10))
			.build());
		this.client = DatabaseClient.create(this.pool);
		execute("create table " + this.table + " (name varchar(200) primary key)");
	}

	static ReactiveDatabase h2(int size) {
		return new ReactiveDatabase(
				ConnectionFactories
					.get("r2dbc:h2:mem:///" + UUID.randomUUID() + "?options=DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=10000"),
				size, false);
	}

	static ReactiveDatabase postgres(int size) {
		PGSimpleDataSource server = (PGSimpleDataSource) PostgresServer.running().dataSource();
		return new ReactiveDatabase(ConnectionFactories.get(ConnectionFactoryOptions.builder()
			.option(ConnectionFactoryOptions.DRIVER, "postgresql")
			.option(ConnectionFactoryOptions.HOST, server.getServerNames()[0])
			.option(ConnectionFactoryOptions.PORT, server.getPortNumbers()[0])
			.option(ConnectionFactoryOptions.USER, String.valueOf(server.getUser()))
			.option(ConnectionFactoryOptions.PASSWORD, String.valueOf(server.getPassword()))
			.option(ConnectionFactoryOptions.DATABASE, String.valueOf(server.getDatabaseName()))
			.build()), size, true);
	}

	boolean isPostgres() {
		return this.postgres;
	}

	ConnectionPool pool() {
		return this.pool;
	}

	DatabaseClient client() {
		return this.client;
	}

	/** To be subscribed to inside of a block, or outside. */
	Mono<Long> insert(String name) {
		return this.client.sql("insert into " + this.table + " values (:name)")
			.bind("name", name)
			.fetch()
			.rowsUpdated();
	}

	/** A statement under which it takes long until it is broken off. */
	Mono<Long> sleep(int seconds) {
		return this.client.sql("select pg_sleep(" + seconds + ")").fetch().rowsUpdated();
	}

	Mono<Long> count() {
		return this.client.sql("select count(*) from " + this.table).map((row) -> row.get(0, Long.class)).one();
	}

	List<String> names() {
		return Objects.requireNonNull(this.client.sql("select name from " + this.table + " order by name")
			.map((row) -> row.get(0, String.class))
			.all()
			.collectList()
			.block(PATIENCE));
	}

	private void execute(String sql) {
		this.client.sql(sql).then().block(PATIENCE);
	}

	int acquired() {
		return metrics().acquiredSize();
	}

	private PoolMetrics metrics() {
		return this.pool.getMetrics().orElseThrow();
	}

	/** Nothing is lent, nobody waits, and no session is in a transaction. */
	void assertClean() {
		await().atMost(PATIENCE).untilAsserted(() -> {
			assertThat(metrics().acquiredSize()).as("acquired").isZero();
			assertThat(metrics().pendingAcquireSize()).as("pending").isZero();
		});
		if (this.postgres) {
			await().atMost(PATIENCE)
				.untilAsserted(() -> assertThat(
						this.client.sql("select count(*) from pg_stat_activity where state like 'idle in transaction%'")
							.map((row) -> row.get(0, Long.class))
							.one()
							.block(PATIENCE))
					.as("idle in transaction")
					.isZero());
		}
	}

	@Override
	public void close() {
		execute("drop table " + this.table);
		R2dbcPools.dispose(this.pool);
	}

}
