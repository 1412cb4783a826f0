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

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.UUID;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What stands in the place of a pool is the pool for whoever has it.
 */
class TrackedConnectionPoolTests {

	private static final ConnectionFactory DRIVER = ConnectionFactories.get("r2dbc:h2:mem:///" + UUID.randomUUID());

	@Test
	void eachMethodOfAPoolIsPassedOnToIt() {
		for (Method method : ConnectionPool.class.getMethods()) {
			if (method.getDeclaringClass() == ConnectionPool.class && !Modifier.isStatic(method.getModifiers())
					&& !method.isBridge()) {
				assertThat(TrackedConnectionPool.class.getMethods())
					.as("%s of r2dbc-pool is not passed on to the pool", method)
					.anyMatch((own) -> own.getDeclaringClass() == TrackedConnectionPool.class
							&& own.getName().equals(method.getName())
							&& Arrays.equals(own.getParameterTypes(), method.getParameterTypes()));
			}
		}
	}

	@Test
	void answersAsThePoolDoes() {
		ConnectionPool pool = new ConnectionPool(ConnectionPoolConfiguration.builder(DRIVER).initialSize(2).build());
		TrackedConnectionPool tracked = watch(pool);
		assertThat(tracked.unwrap()).isSameAs(DRIVER);
		assertThat(tracked.getMetadata()).isSameAs(DRIVER.getMetadata());
		assertThat(tracked.getMetrics()).isEqualTo(pool.getMetrics());
		assertThat(tracked).hasToString(pool.toString());
		assertThat(tracked.warmup().block()).isEqualTo(2);
		assertThat(pool.getMetrics().orElseThrow().idleSize()).isEqualTo(2);
		assertThat(tracked.isDisposed()).isFalse();
		tracked.dispose();
		assertThat(pool.isDisposed()).isTrue();
		assertThat(tracked.isDisposed()).isTrue();
		assertThat(tracked.ledger().snapshot().state()).isEqualTo(PoolSnapshot.State.CLOSED);
	}

	@Test
	void connectionThatIsBeingOpenedIsNotThereYet() {
		TrackedConnectionPool tracked = watch(new ConnectionPool(
				ConnectionPoolConfiguration.builder(new Silent()).initialSize(0).maxSize(3).build()));
		Disposable waiting = tracked.create().subscribe();
		await().untilAsserted(() -> assertThat(tracked.getMetrics().orElseThrow().allocatedSize()).isEqualTo(1));
		assertThat(tracked.ledger().snapshot()).returns(0, PoolSnapshot::total)
			.returns(0, PoolSnapshot::active)
			.returns(0, PoolSnapshot::idle);
		waiting.dispose();
		tracked.dispose();
	}

	private static TrackedConnectionPool watch(ConnectionPool pool) {
		return TrackedConnectionPool.watch(pool, "pool", PoolSettings.defaults());
	}

	/**
	 * Never answers.
	 */
	private static final class Silent implements ConnectionFactory {

		@Override
		public Mono<Connection> create() {
			return Mono.never();
		}

		@Override
		public ConnectionFactoryMetadata getMetadata() {
			return () -> "silent";
		}

	}

}
