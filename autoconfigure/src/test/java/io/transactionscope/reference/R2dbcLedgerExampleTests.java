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

package io.transactionscope.reference;

import java.time.Duration;
import java.util.Objects;
import java.util.stream.Stream;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.r2dbc.R2dbcPoolDeadlockException;
import io.transactionscope.pool.r2dbc.R2dbcPoolExhaustedException;
import io.transactionscope.pool.r2dbc.TrackedConnectionPool;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.test.R2dbcPools;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import org.springframework.r2dbc.core.DatabaseClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * What the reference says of R2DBC pools that are dry.
 */
@Tag("once")
class R2dbcLedgerExampleTests {

	private static final String SUBSCRIPTIONS = "(?<=subscription )[0-9a-f]{8}";

	private final TrackedConnectionPool pool = TrackedConnectionPool
		.watch(new ConnectionPool(ConnectionPoolConfiguration.builder(ConnectionFactories.get("r2dbc:h2:mem:///orders"))
			.maxSize(1)
			.initialSize(1)
			.acquireRetry(0)
			.maxAcquireTime(Duration.ofSeconds(1))
			.build()), "connectionFactory", PoolSettings.defaults().withSampling(Duration.ZERO));

	private final ReactiveTransactionScope transactions = ReactiveTransactionScope
		.create(new ScopedR2dbcTransactionManager(this.pool));

	private final DatabaseClient orders = DatabaseClient.create(this.pool);

	/** The first connection takes longer than others. */
	@BeforeEach
	void open() {
		this.pool.warmup().block(Duration.ofSeconds(30));
	}

	@AfterEach
	void close() {
		R2dbcPools.dispose(this.pool);
	}

	private Mono<Object> count() {
		return this.orders.sql("select 42").fetch().one().cast(Object.class);
	}

	private static <T extends Throwable> T causeOf(Throwable failure, Class<T> type) {
		return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
			.filter(type::isInstance)
			.map(type::cast)
			.findFirst()
			.orElseThrow(() -> new AssertionError(failure));
	}

	@Test
	void poolExhausted() {
		Disposable holder = this.transactions.named("place-order").call(() -> count().then(Mono.never())).subscribe();
		await().until(() -> this.pool.ledger()
			.snapshot()
			.leases()
			.stream()
			.anyMatch((lease) -> "select ?".equals(lease.lastSql())));
		Throwable failure = catchThrowable(
				() -> this.transactions.named("cancel-order").call(this::count).block(Duration.ofSeconds(30)));
		R2dbcPoolExhaustedException exhausted = causeOf(failure, R2dbcPoolExhaustedException.class);
		assertThat(exhausted.report().holders()).hasSize(1);
		RecordedText.wrapped("exceptions-r2dbc-pool-exhausted.txt")
			.ignoringTimes()
			.ignoring(SUBSCRIPTIONS)
			.verify(exhausted);
		holder.dispose();
	}

	@Test
	void poolDeadlock() {
		Throwable failure = catchThrowable(() -> this.transactions.named("place-order")
			.call(() -> count().then(this.transactions.requiresNew().named("audit").call(this::count)))
			.block(Duration.ofSeconds(30)));
		R2dbcPoolDeadlockException deadlock = causeOf(failure, R2dbcPoolDeadlockException.class);
		RecordedText.wrapped("exceptions-r2dbc-pool-deadlock.txt")
			.ignoringTimes()
			.ignoring(SUBSCRIPTIONS)
			.verify(deadlock);
	}

}
