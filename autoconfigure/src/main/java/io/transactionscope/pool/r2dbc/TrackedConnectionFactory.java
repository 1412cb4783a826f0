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

import java.util.Objects;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.transactionscope.pool.PoolLedger;
import reactor.core.publisher.Mono;

/**
 * Stands in front of a connection factory that is no pool itself, but leads to one, such
 * as a proxy, and has its connections entered in the ledger of that.
 *
 * <p>
 * Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
public final class TrackedConnectionFactory implements TrackedR2dbcPool {

	private final ConnectionFactory factory;

	private final PoolLedger ledger;

	private final Mono<Connection> borrowing;

	/**
	 * Enter what comes from a factory in the ledger of a pool.
	 * @param factory leads to the pool, past its ledger
	 * @param pool the pool that it leads to, as it is watched
	 */
	public TrackedConnectionFactory(ConnectionFactory factory, TrackedConnectionPool pool) {
		Objects.requireNonNull(factory, "factory must not be null");
		Objects.requireNonNull(pool, "pool must not be null");
		this.factory = factory;
		this.ledger = pool.ledger();
		this.borrowing = new Borrowing((WatchedConnectionPool) this.ledger.watched(), this.ledger,
				Mono.defer(() -> Mono.from(factory.create())));
	}

	@Override
	public PoolLedger ledger() {
		return this.ledger;
	}

	@Override
	public Mono<Connection> create() {
		return this.borrowing;
	}

	@Override
	public ConnectionFactoryMetadata getMetadata() {
		return this.factory.getMetadata();
	}

	@Override
	public ConnectionFactory unwrap() {
		return this.factory;
	}

	@Override
	public String toString() {
		return this.factory.toString();
	}

}
