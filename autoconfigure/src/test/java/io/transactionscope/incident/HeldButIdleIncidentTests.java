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

package io.transactionscope.incident;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.transactionscope.pool.PoolExhaustedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Connections that are held while the database has nothing to do for them.
 */
@Timeout(120)
class HeldButIdleIncidentTests {

	private final Service service = new Service();

	@AfterEach
	void close() throws Exception {
		this.service.close();
	}

	@Test
	void aRemoteCallBetweenStatementsIsNamedWithItsScope() throws Exception {
		CountDownLatch answer = new CountDownLatch(1);
		this.service.crowd(Service.CONNECTIONS, "placing",
				(there) -> this.service.transactions().named("place-order").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					answer.await();
				}));
		Throwable failure = catchThrowable(this.service::borrow);
		assertThat(failure).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains("Connections are held but idle", "scope 'place-order'", "between its statements");
		assertThat(this.service.meter("transaction.scope.pool.exhaustions")).isOne();
		Future<Void> waiting = waiting();
		await().untilAsserted(() -> {
			assertThat(this.service.page().at("/diagnosis/kind").asString()).isEqualTo("HeldButIdle");
			assertThat(this.service.page().at("/diagnosis/details/scope").asString()).isEqualTo("place-order");
			assertThat(this.service.health().at("/details/diagnosis/summary").asString()).contains("'place-order'");
		});
		answer.countDown();
		waiting.get(30, TimeUnit.SECONDS);
	}

	@Test
	void statementsThatLastAreNotIdle() throws Exception {
		this.service.crowd(Service.CONNECTIONS, "closing",
				(there) -> this.service.transactions().named("close-books").run(() -> {
					there.run();
					this.service.jdbc().queryForObject("select count(pg_sleep(4))", Integer.class);
				}));
		Throwable failure = catchThrowable(this.service::borrow);
		assertThat(failure).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains("held for long by statements", "scope 'close-books'")
			.doesNotContain("held but idle");
		Future<Void> waiting = waiting();
		await().untilAsserted(
				() -> assertThat(this.service.page().at("/diagnosis/kind").asString()).isEqualTo("LongHolders"));
		waiting.get(30, TimeUnit.SECONDS);
	}

	/** Somebody who tries until there is a connection. */
	private Future<Void> waiting() {
		return this.service.begin("waiting", () -> {
			while (true) {
				try {
					this.service.borrow();
					return null;
				}
				catch (PoolExhaustedException ex) {
					// Once more
				}
			}
		});
	}

}
