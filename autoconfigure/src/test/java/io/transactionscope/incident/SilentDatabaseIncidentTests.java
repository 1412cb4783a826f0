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

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;

import io.transactionscope.pool.PoolExhaustedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * A link on which nothing comes back any more, without being closed.
 */
@Timeout(120)
class SilentDatabaseIncidentTests {

	private final Service service = new Service();

	@AfterEach
	void close() throws Exception {
		this.service.close();
	}

	@Test
	void statementsThatAreNotAnsweredAreNotSlow() throws Exception {
		CountDownLatch frozen = new CountDownLatch(1);
		this.service.crowd(Service.CONNECTIONS, "placing",
				(there) -> this.service.transactions().named("place-order").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					frozen.await();
					this.service.jdbc().queryForObject("select 2", Integer.class);
				}));
		this.service.link().freeze();
		frozen.countDown();
		Throwable failure = catchThrowable(this.service::borrow);
		assertThat(failure).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains("Diagnosis: The database is silent: no connection of the pool has had an answer for ")
			.contains("a new connection has been asked for in vain for ")
			.doesNotContain("missing index", "held for long by statements");
		assertThat(this.service.meter("transaction.scope.pool.exhaustions")).isOne();
		beginToWait();
		await().untilAsserted(() -> {
			assertThat(this.service.page().at("/diagnosis/kind").asString()).isEqualTo("DatabaseSilent");
			assertThat(this.service.health().at("/details/diagnosis/summary").asString()).contains("is silent");
		});
	}

	@Test
	void checksOfIdleConnectionsAreNotHeldBySomebodyElse() throws Exception {
		awaitChecks();
		this.service.link().freeze();
		for (int i = 0; i < Service.CONNECTIONS; i++) {
			beginToWait();
		}
		await().until(() -> this.service.ledger().snapshot().active() == Service.CONNECTIONS);
		Throwable failure = catchThrowable(this.service::borrow);
		assertThat(failure).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains("Diagnosis: The database is silent")
			.doesNotContain("borrows from the pool directly");
		await().untilAsserted(
				() -> assertThat(this.service.page().at("/diagnosis/kind").asString()).isEqualTo("DatabaseSilent"));
	}

	/** Near miss: nothing has been answered for long, but a new connection is. */
	@Test
	void statementsThatAllTakeLongAreNotSilence() throws Exception {
		this.service.crowd(Service.CONNECTIONS, "closing",
				(there) -> this.service.transactions().named("close-books").run(() -> {
					there.run();
					this.service.jdbc().queryForObject("select count(pg_sleep(5))", Integer.class);
				}));
		assertThat(catchThrowable(this.service::borrow)).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains("held for long by statements", "'close-books'")
			.doesNotContain("silent");
	}

	/** Near miss: a database that refuses connections is not silent. */
	@Test
	void aLinkThatIsCutIsNotSilent() throws Exception {
		awaitChecks();
		this.service.link().cut();
		assertThat(catchThrowable(this.service::borrow)).isInstanceOf(PoolExhaustedException.class)
			.message()
			.doesNotContain("silent");
	}

	/**
	 * Wait until the pool is full, and HikariCP checks its connections before it lends
	 * them.
	 */
	private void awaitChecks() throws SQLException {
		this.service.borrow();
		await().until(() -> this.service.ledger().snapshot().idle() == Service.CONNECTIONS);
		await().pollDelay(Duration.ofMillis(600)).until(() -> true);
	}

	/** Somebody who tries until there is a connection. */
	private void beginToWait() {
		Future<?> unused = this.service.begin("waiting", () -> {
			while (!Thread.currentThread().isInterrupted()) {
				try {
					this.service.borrow();
					return null;
				}
				catch (SQLException ex) {
					// Once more
				}
			}
			return null;
		});
	}

}
