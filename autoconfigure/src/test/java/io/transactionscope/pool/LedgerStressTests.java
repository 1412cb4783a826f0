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
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToLongFunction;

import com.zaxxer.hikari.pool.ProxyConnection;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.Usage;
import io.transactionscope.pool.tracked.TrackedDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Lets many threads do all that can be done to a pool, and compares the ledger with the
 * pool in the end.
 */
class LedgerStressTests {

	private static final int THREADS = 12;

	private static final int ROUNDS = 25;

	@Test
	void ledgerAgreesWithThePoolInTheEnd() throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		ExecutorService others = Executors.newFixedThreadPool(4);
		AtomicBoolean end = new AtomicBoolean();
		try (TestPool pool = new TestPool(5, PoolSettings.defaults().withDeadlockGrace(Duration.ofMillis(5)))) {
			Future<Boolean> onlooker = others.submit(() -> {
				while (!end.get()) {
					assertIsConsistent(pool.ledger().snapshot());
					assertThat(pool.ledger().report().text()).contains("Diagnosis: ");
				}
				return true;
			});
			List<Future<Integer>> workers = new ArrayList<>();
			for (int i = 0; i < THREADS; i++) {
				Random random = new Random(i);
				workers.add(threads.submit(() -> {
					for (int round = 0; round < ROUNDS; round++) {
						String scope = (random.nextInt(3) > 0) ? "scope-" + random.nextInt(5) : null;
						Borrower.current().exchangeName(scope);
						Borrower.current().exchangeBeginning(scope != null);
						work(pool, random, others, 0);
					}
					Borrower.current().exchangeName(null);
					return Borrower.current().holds();
				}));
			}
			for (Future<Integer> worker : workers) {
				assertThat(worker.get(60, TimeUnit.SECONDS)).isZero();
			}
			end.set(true);
			assertThat(onlooker.get(10, TimeUnit.SECONDS)).isTrue();
			PoolSnapshot snapshot = pool.ledger().snapshot();
			assertThat(snapshot.leases()).isEmpty();
			assertThat(snapshot.waiters()).isEmpty();
			await().untilAsserted(() -> assertThat(pool.ledger().snapshot().active()).isZero());
			assertThat(pool.ledger().watched().entries()).isEmpty();
			long turnedAway = sum(snapshot, Usage::turnedAway);
			assertThat(sum(snapshot, Usage::asked)).isEqualTo(sum(snapshot, Usage::returned) + turnedAway);
			assertThat(turnedAway).isEqualTo(snapshot.events().deadlocks() + snapshot.events().exhaustions());
		}
		finally {
			threads.shutdownNow();
			others.shutdownNow();
		}
	}

	@Test
	@DisplayName("T2: a connection that two threads close at once goes back once")
	void t2_connectionThatTwoThreadsCloseAtOnceGoesBackOnce() throws Exception {
		// Whatever a test before it has left this thread with
		ExecutorService borrower = Executors.newSingleThreadExecutor();
		try {
			borrower.submit(LedgerStressTests::borrowForTwoWhoClose).get();
		}
		finally {
			borrower.shutdownNow();
		}
	}

	private static @Nullable Void borrowForTwoWhoClose() throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(2);
		try (TestPool pool = new TestPool(4)) {
			Connection kept = pool.dataSource().getConnection();
			for (int i = 0; i < 3000; i++) {
				Connection connection = pool.dataSource().getConnection();
				boolean discarded = i % 10 == 0;
				AtomicInteger arrived = new AtomicInteger();
				List<Future<Boolean>> closing = List.of(threads.submit(() -> close(connection, arrived)), threads
					.submit(() -> discarded ? discard(connection, pool, arrived) : close(connection, arrived)));
				for (Future<Boolean> each : closing) {
					assertThat(each.get(20, TimeUnit.SECONDS)).isTrue();
				}
				assertThat(Borrower.current().holds()).isOne();
			}
			assertThat(pool.ledger().snapshot().leases()).hasSize(1);
			kept.close();
			assertThat(pool.ledger().watched().entries()).isEmpty();
			assertThat(sum(pool.ledger().snapshot(), Usage::asked))
				.isEqualTo(sum(pool.ledger().snapshot(), Usage::returned));
			return null;
		}
		finally {
			threads.shutdownNow();
		}
	}

	private static boolean close(Connection connection, AtomicInteger arrived) throws SQLException {
		awaitBoth(arrived);
		connection.close();
		return connection.isClosed();
	}

	private static void awaitBoth(AtomicInteger arrived) {
		arrived.incrementAndGet();
		while (arrived.get() < 2) {
			Thread.onSpinWait();
		}
	}

	private static boolean discard(Connection connection, TestPool pool, AtomicInteger arrived) throws SQLException {
		awaitBoth(arrived);
		TrackedDataSource.discard(connection, pool.dataSource());
		return connection.isClosed();
	}

	private static long sum(PoolSnapshot snapshot, ToLongFunction<Usage> figure) {
		return snapshot.scopes().stream().map(ScopeStatistics::sinceStart).mapToLong(figure).sum();
	}

	private static void assertIsConsistent(PoolSnapshot snapshot) {
		assertThat(snapshot.leases()).allMatch((lease) -> !lease.age().isNegative());
		assertThat(snapshot.waiters()).allMatch((waiter) -> waiter.holds() >= 0);
		assertThat(snapshot.scopes()).allMatch((scope) -> !scope.sinceStart().held().isNegative());
	}

	private static void work(TestPool pool, Random random, ExecutorService others, int depth) throws Exception {
		Connection connection;
		try {
			connection = pool.dataSource().getConnection();
		}
		catch (SQLTransientConnectionException ex) {
			return;
		}
		try {
			use(connection, random);
			if (depth < 2 && random.nextInt(3) == 0) {
				work(pool, random, others, depth + 1);
			}
		}
		finally {
			giveBack(connection, pool, random, others);
		}
	}

	private static void use(Connection connection, Random random) throws SQLException {
		connection.setAutoCommit(random.nextBoolean());
		try (Statement statement = connection.createStatement()) {
			statement.execute("select " + random.nextInt());
		}
		if (!connection.getAutoCommit()) {
			connection.commit();
		}
	}

	private static void giveBack(Connection connection, TestPool pool, Random random, ExecutorService others)
			throws Exception {
		switch (random.nextInt(12)) {
			case 0 -> TrackedDataSource.discard(connection, pool.dataSource());
			case 1 -> others.submit(() -> {
				connection.close();
				return true;
			}).get(10, TimeUnit.SECONDS);
			case 2 -> {
				pool.hikari().evictConnection(connection.unwrap(ProxyConnection.class));
				TrackedDataSource.discard(connection, pool.dataSource());
			}
			case 3 -> {
				connection.close();
				connection.close();
			}
			default -> connection.close();
		}
	}

}
