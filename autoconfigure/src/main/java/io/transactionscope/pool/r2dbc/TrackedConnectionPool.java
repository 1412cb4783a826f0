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
import java.util.Objects;
import java.util.Optional;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.pool.PoolMetrics;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolSettings;
import reactor.core.publisher.Mono;

/**
 * Stands in the place of a {@link ConnectionPool}, which does what it did before, and has
 * its connections entered in a {@link PoolLedger}. It is one itself, so that whoever asks
 * for the pool by its type gets this one.
 *
 * <p>
 * Safe for use by any number of threads. Nothing here costs a round trip to the database.
 *
 * @since 0.1.0
 */
public final class TrackedConnectionPool extends ConnectionPool implements TrackedR2dbcPool {

	private final ConnectionPool pool;

	private final PoolLedger ledger;

	private final Mono<Connection> borrowing;

	private TrackedConnectionPool(ConnectionPool pool, WatchedConnectionPool watched) {
		super(unused(pool.getMetadata()));
		this.pool = pool;
		this.ledger = PoolLedger.of(watched);
		// One of a class of its own may decide anew each time.
		Mono<Connection> source = (pool.getClass() == ConnectionPool.class) ? pool.create() : Mono.defer(pool::create);
		this.borrowing = new Borrowing(watched, this.ledger, source);
	}

	/**
	 * Keep the ledger of a pool.
	 * @param pool the pool, which goes on as it is
	 * @param name by which people know it
	 * @param settings how the ledger behaves
	 * @return what stands in the place of the pool; disposing of it disposes of the pool,
	 * with which the ledger ends
	 */
	public static TrackedConnectionPool watch(ConnectionPool pool, String name, PoolSettings settings) {
		Objects.requireNonNull(pool, "pool must not be null");
		Objects.requireNonNull(name, "name must not be null");
		Objects.requireNonNull(settings, "settings must not be null");
		return new TrackedConnectionPool(pool, new WatchedConnectionPool(pool, name, settings));
	}

	/** A pool has to be made of something. Nobody asks this one for anything. */
	private static ConnectionPoolConfiguration unused(ConnectionFactoryMetadata metadata) {
		return ConnectionPoolConfiguration.builder(new Unused(metadata))
			.initialSize(0)
			.minIdle(0)
			.maxSize(1)
			.backgroundEvictionInterval(Duration.ZERO)
			.registerJmx(false)
			.build();
	}

	@Override
	public PoolLedger ledger() {
		return this.ledger;
	}

	/** The pool itself, whose connections are entered nowhere. */
	ConnectionPool pool() {
		return this.pool;
	}

	@Override
	public Mono<Connection> create() {
		return this.borrowing;
	}

	@Override
	public Mono<Integer> warmup() {
		return this.pool.warmup();
	}

	@Override
	public Mono<Void> close() {
		return this.pool.close();
	}

	@Override
	public void dispose() {
		this.pool.dispose();
	}

	@Override
	public Mono<Void> disposeLater() {
		return this.pool.disposeLater();
	}

	@Override
	public boolean isDisposed() {
		return this.pool.isDisposed();
	}

	@Override
	public ConnectionFactoryMetadata getMetadata() {
		return this.pool.getMetadata();
	}

	/** As the pool has it: what opens its connections. */
	@Override
	public ConnectionFactory unwrap() {
		return this.pool.unwrap();
	}

	@Override
	public Optional<PoolMetrics> getMetrics() {
		return this.pool.getMetrics();
	}

	@Override
	public String toString() {
		return this.pool.toString();
	}

	/**
	 * Opens nothing.
	 *
	 * @param metadata of the pool
	 */
	private record Unused(ConnectionFactoryMetadata metadata) implements ConnectionFactory {

		@Override
		public Mono<Connection> create() {
			return Mono.never();
		}

		@Override
		public ConnectionFactoryMetadata getMetadata() {
			return this.metadata;
		}

	}

}
