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

package io.transactionscope.pool;

import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What a crowd leaves behind in the ledger once it has gone.
 */
@Timeout(300)
class LedgerMemoryTests {

	private static final int THREADS = 4000;

	private static final int SCOPES = 100;

	private static final int LEDGERS = 3;

	private static final long MOST = 2_000_000;

	@Test
	void aCrowdThatHasWaitedOnceLeavesLessThanTwoMegabytes() throws Exception {
		List<TestPool> pools = new ArrayList<>();
		try {
			// What is loaded and compiled for the first one is not its own.
			letCrowdWait(pools);
			awaitGone(pools);
			long before = used();
			for (int i = 0; i < LEDGERS; i++) {
				letCrowdWait(pools);
			}
			awaitGone(pools);
			// As much as the garbage collector has not found yet may be too much.
			await().atMost(Duration.ofMinutes(1))
				.pollInterval(Duration.ofMillis(500))
				.untilAsserted(() -> assertThat((used() - before) / LEDGERS).as("bytes for each ledger, with its pool")
					.isLessThan(MOST));
			for (TestPool pool : pools) {
				assertThat(pool.ledger().snapshot().scopes()).filteredOn((scope) -> scope.scope().startsWith("scope-"))
					.hasSize(SCOPES)
					.allSatisfy((scope) -> assertThat(scope.sinceStart().asked()).isEqualTo(THREADS / SCOPES));
			}
		}
		finally {
			pools.forEach(TestPool::close);
		}
	}

	/** Let all ask before the first gets one: each waits in a place of its own. */
	private static void letCrowdWait(List<TestPool> pools) throws Exception {
		TestPool pool = new TestPool(1, PoolSettings.defaults().withScopes(SCOPES + 1),
				(config) -> config.setConnectionTimeout(120_000));
		pools.add(pool);
		CountDownLatch served = new CountDownLatch(THREADS);
		try (Connection held = pool.dataSource().getConnection()) {
			assertThat(held.isReadOnly()).isFalse();
			for (int i = 0; i < THREADS; i++) {
				String scope = "scope-" + i % SCOPES;
				Thread thread = new Thread(null, () -> borrow(pool, scope, served), "waiting-" + i, 128_000);
				thread.setDaemon(true);
				thread.start();
			}
			await().atMost(Duration.ofMinutes(1)).until(() -> pool.ledger().snapshot().waiters().size() == THREADS);
		}
		served.await();
	}

	private static void borrow(TestPool pool, String scope, CountDownLatch served) {
		Borrower.current().exchangeName(scope);
		try (Connection connection = pool.dataSource().getConnection()) {
			connection.isReadOnly();
			served.countDown();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void awaitGone(List<TestPool> pools) {
		await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> assertThat(pools).allSatisfy((pool) -> {
			assertThat(pool.ledger().snapshot().waiters()).isEmpty();
			assertThat(pool.ledger().snapshot().leases()).isEmpty();
		}));
	}

	private static long used() {
		System.gc();
		return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
	}

}
