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

package io.transactionscope.health;

import java.sql.Connection;
import java.util.concurrent.ExecutorService;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link DatabaseHealthIndicator}. Each pool lets a borrower wait for longer
 * than the tests may take.
 */
@Timeout(19)
class DatabaseHealthIndicatorTests {

	@Test
	void asksADatabaseThatHasNotAnsweredLately() {
		try (WatchedPool pool = new WatchedPool(1)) {
			// It waits for a second, for which the machine may stand still.
			await().untilAsserted(() -> {
				Health health = new DatabaseHealthIndicator(pool.dataSource()).health();
				assertThat(health.getStatus()).isEqualTo(Status.UP);
				assertThat(health.getDetails()).containsEntry("database", "H2")
					.containsEntry("validationQuery", "isValid()");
			});
			assertThat(pool.ledger().snapshot().leases()).isEmpty();
		}
	}

	@Test
	void doesNotAskADatabaseThatHasJustAnswered() throws Exception {
		try (WatchedPool pool = new WatchedPool(1)) {
			ExecutorService holder = pool.threadIn("holder");
			Connection connection = pool.borrows(holder);
			WatchedPool.does(holder, () -> WatchedPool.executes(connection, "select 1"));
			await().until(() -> pool.ledger().snapshot().sinceDatabaseAnswered() != null);
			Health health = new DatabaseHealthIndicator(pool.dataSource()).health();
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(health.getDetails()).containsOnlyKeys("sinceAnswered");
		}
	}

	@Test
	void doesNotWaitWhenThePoolIsDry() throws Exception {
		try (WatchedPool pool = new WatchedPool(1)) {
			pool.borrows(pool.threadIn("holder"));
			Health health = new DatabaseHealthIndicator(pool.dataSource()).health();
			assertThat(health.getStatus()).isEqualTo(Status.UNKNOWN);
			assertThat(health.getDetails()).containsEntry("reason",
					"The database was not asked: the pool has no connection to give");
			assertThat(pool.ledger().snapshot().events().exhaustions()).isZero();
		}
	}

	@Test
	void databaseOutOfReachIsDown() throws Exception {
		try (WatchedPool pool = new WatchedPool(1)) {
			pool.database().goesDown();
			pool.hikari().getHikariPoolMXBean().softEvictConnections();
			Health health = new DatabaseHealthIndicator(pool.dataSource()).health();
			assertThat(health.getStatus()).isEqualTo(Status.DOWN);
			assertThat(health.getDetails()).containsKey("error");
		}
	}

}
