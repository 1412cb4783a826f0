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
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.ProxyConnection;
import io.transactionscope.pool.PoolDeadlockException;
import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.PoolSettings.DeadlockPolicy;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Healthy;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link PoolHealthIndicator}, on real pools.
 */
@Tag("once")
@Timeout(30)
class PoolHealthIndicatorTests {

	private static final Duration AT_ONCE = Duration.ofNanos(1);

	private static final Duration NEVER = Duration.ofHours(1);

	private static final Duration HALF_A_MINUTE = Duration.ofSeconds(30);

	/** Whoever waits at all is under strain. */
	private static final PoolHealthPolicy STRICT = new PoolHealthPolicy(AT_ONCE, AT_ONCE, HALF_A_MINUTE, HALF_A_MINUTE);

	// Without borrowing

	@Test
	void tellsOfAPoolWhoseConnectionsAreAllLentWithoutAskingForOne() throws Exception {
		try (WatchedPool pool = keptBy("place-order")) {
			pool.borrows(pool.threadIn("place-order"));
			Health health = new PoolHealthIndicator(pool.ledger()).health();
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(health.getDetails()).containsEntry("pool", pool.hikari().getPoolName())
				.containsEntry("state", "running")
				.containsEntry("connections", Map.of("maximum", 1, "total", 1, "active", 1, "idle", 0))
				.containsEntry("waiting", 0);
			assertThat(first(health, "longestHolders")).containsEntry("scope", "place-order")
				.containsEntry("thread", "thread of place-order")
				.containsEntry("phase", "before its first statement")
				.containsKey("age");
			assertThat(pool.ledger().snapshot().scopes()).singleElement()
				.satisfies((scope) -> assertThat(scope.sinceStart().asked()).isOne());
		}
	}

	@Test
	void doesNotStartAPool() {
		try (var hikari = new HikariDataSource(); var ledger = new PoolLedger(hikari, PoolSettings.defaults())) {
			Health health = new PoolHealthIndicator(ledger).health();
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(health.getDetails()).containsEntry("state", "not-started")
				.doesNotContainKey("sinceDatabaseAnswered");
		}
	}

	@Test
	void tellsHowLongAgoTheDatabaseAnswered() throws Exception {
		try (WatchedPool pool = new WatchedPool(1)) {
			ExecutorService holder = pool.threadIn("holder");
			Connection connection = pool.borrows(holder);
			WatchedPool.does(holder, () -> WatchedPool.executes(connection, "select 1"));
			await().until(() -> pool.ledger().snapshot().sinceDatabaseAnswered() != null);
			assertThat(new PoolHealthIndicator(pool.ledger()).health().getDetails()).hasEntrySatisfying(
					"sinceDatabaseAnswered",
					(since) -> assertThat(Duration.parse(since.toString())).isBetween(Duration.ZERO, HALF_A_MINUTE));
		}
	}

	// Strain

	@Test
	void isDegradedAtTheFirstLongWait() throws Exception {
		try (WatchedPool pool = new WatchedPool(1)) {
			PoolHealthIndicator indicator = pool.indicator(STRICT);
			pool.borrows(pool.threadIn("holder"));
			pool.waits(pool.threadIn("waiter"));
			Health health = indicator.health();
			assertThat(health.getStatus()).isEqualTo(PoolHealthIndicator.DEGRADED);
			assertThat(health.getDetails()).containsEntry("waiting", 1);
			assertThat(first(health, "longestWaiters")).containsEntry("scope", "waiter")
				.containsEntry("thread", "thread of waiter")
				.containsEntry("holds", 0)
				.containsKey("waited");
		}
	}

	@Test
	void isUpWhileWaitsAreShort() throws Exception {
		try (WatchedPool pool = keptBy("holder")) {
			PoolHealthIndicator indicator = pool
				.indicator(new PoolHealthPolicy(NEVER, NEVER, Duration.ZERO, HALF_A_MINUTE));
			pool.borrows(pool.threadIn("holder"));
			pool.waits(pool.threadIn("waiter"));
			assertThat(status(indicator)).isEqualTo(Status.UP);
		}
	}

	@Test
	void isOutOfServiceOnceStrainHasLasted() throws Exception {
		try (WatchedPool pool = new WatchedPool(1)) {
			PoolHealthIndicator indicator = underStrain(pool, STRICT);
			pool.passes(Duration.ofSeconds(20));
			assertThat(status(indicator)).isEqualTo(PoolHealthIndicator.DEGRADED);
			pool.passes(Duration.ofSeconds(10));
			assertThat(status(indicator)).isEqualTo(Status.OUT_OF_SERVICE);
		}
	}

	@Test
	void staysDegradedWhileNoWaitIsLongEnough() throws Exception {
		try (WatchedPool pool = new WatchedPool(1)) {
			PoolHealthIndicator indicator = underStrain(pool,
					new PoolHealthPolicy(AT_ONCE, NEVER, HALF_A_MINUTE, HALF_A_MINUTE));
			for (int i = 0; i < 10; i++) {
				pool.passes(Duration.ofSeconds(20));
				assertThat(status(indicator)).isEqualTo(PoolHealthIndicator.DEGRADED);
			}
		}
	}

	@Test
	void isUpAgainOnlyAfterAClearSpell() throws Exception {
		try (WatchedPool pool = keptBy("waiter")) {
			ExecutorService holder = pool.threadIn("holder");
			Connection held = pool.borrows(holder);
			Future<Connection> waiting = pool.asks(pool.threadIn("waiter"));
			PoolHealthIndicator indicator = pool.indicator(STRICT);
			status(indicator);
			pool.passes(HALF_A_MINUTE);
			assertThat(status(indicator)).isEqualTo(Status.OUT_OF_SERVICE);
			WatchedPool.does(holder, () -> {
				held.close();
				return true;
			});
			waiting.get(10, TimeUnit.SECONDS);
			pool.passes(Duration.ofSeconds(29));
			assertThat(status(indicator)).isEqualTo(Status.OUT_OF_SERVICE);
			pool.passes(Duration.ofSeconds(1));
			assertThat(status(indicator)).isEqualTo(Status.UP);
		}
	}

	@Test
	void strainThatWentInBetweenStartsAnew() throws Exception {
		try (WatchedPool pool = new WatchedPool(1)) {
			ExecutorService holder = pool.threadIn("holder");
			ExecutorService waiter = pool.threadIn("waiter");
			PoolHealthIndicator indicator = pool.indicator(STRICT);
			Connection held = pool.borrows(holder);
			Future<Connection> waiting = pool.asks(waiter);
			status(indicator);
			WatchedPool.does(holder, () -> {
				held.close();
				return true;
			});
			waiting.get(10, TimeUnit.SECONDS);
			pool.passes(Duration.ofSeconds(15));
			assertThat(status(indicator)).isEqualTo(PoolHealthIndicator.DEGRADED);
			pool.waits(holder);
			status(indicator);
			pool.passes(Duration.ofSeconds(20));
			assertThat(status(indicator)).isEqualTo(PoolHealthIndicator.DEGRADED);
			pool.passes(Duration.ofSeconds(10));
			assertThat(status(indicator)).isEqualTo(Status.OUT_OF_SERVICE);
		}
	}

	@Test
	void nothingIsKnownBetweenLooksThatAreFarApart() throws Exception {
		try (WatchedPool pool = new WatchedPool(1)) {
			PoolHealthIndicator indicator = underStrain(pool, STRICT);
			pool.passes(Duration.ofMinutes(10));
			assertThat(status(indicator)).isEqualTo(PoolHealthIndicator.DEGRADED);
		}
	}

	@Test
	void whoWasTurnedAwaySinceTheLastLookIsStrain() throws Exception {
		try (WatchedPool pool = keptBy((config) -> config.setConnectionTimeout(250), "holder")) {
			PoolHealthIndicator indicator = new PoolHealthIndicator(pool.ledger());
			pool.borrows(pool.threadIn("holder"));
			assertThat(status(indicator)).isEqualTo(Status.UP);
			turnAway(pool);
			turnAway(pool);
			Health health = indicator.health();
			assertThat(health.getStatus()).isEqualTo(PoolHealthIndicator.DEGRADED);
			assertThat(diagnosis(pool)).isEqualTo("TurnedAway");
			assertThat(health.getDetails()).extractingByKey("events")
				.isEqualTo(Map.of("exhaustions", 2L, "deadlocks", 0L, "leaks", 0L, "longLeases", 0L, "sheds", 0L));
		}
	}

	@Test
	void whoWasTurnedAwayBeforeTheFirstLookIsStrain() throws Exception {
		try (WatchedPool pool = new WatchedPool(1, (settings) -> settings,
				(config) -> config.setConnectionTimeout(250))) {
			pool.borrows(pool.threadIn("holder"));
			turnAway(pool);
			assertThat(status(new PoolHealthIndicator(pool.ledger()))).isEqualTo(PoolHealthIndicator.DEGRADED);
		}
	}

	@Test
	void victimsOfDeadlocksAreStrain() throws Exception {
		try (WatchedPool pool = new WatchedPool(1)) {
			PoolHealthIndicator indicator = new PoolHealthIndicator(pool.ledger());
			assertThat(status(indicator)).isEqualTo(Status.UP);
			WatchedPool.does(pool.threadIn("greedy"), () -> {
				try (Connection held = pool.dataSource().getConnection()) {
					assertThat(held).isNotNull();
					assertThatExceptionOfType(PoolDeadlockException.class).isThrownBy(pool.dataSource()::getConnection);
				}
				return true;
			});
			Health health = indicator.health();
			assertThat(health.getStatus()).isEqualTo(PoolHealthIndicator.DEGRADED);
			assertThat(health.getDetails()).extractingByKey("diagnosis", InstanceOfAssertFactories.MAP)
				.containsEntry("kind", "TurnedAway")
				.extractingByKey("summary", InstanceOfAssertFactories.STRING)
				.contains("1 borrower got no connection", "Deadlock");
		}
	}

	@Test
	void refusesAWaitThatIsNotPositive() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new PoolHealthPolicy(Duration.ZERO, AT_ONCE, NEVER, NEVER))
			.withMessage("Invalid degradedWait (PT0S): must be positive.");
	}

	// Diagnoses

	@Test
	void tellsADeadlock() throws Exception {
		// As their threads do nothing else, they would be leaks before they wait.
		try (WatchedPool pool = new WatchedPool(2,
				(settings) -> settings.withDeadlock(DeadlockPolicy.REPORT).withLongLived(Set.of("outer-1", "outer-2")),
				(config) -> {
				})) {
			ExecutorService first = pool.threadIn("outer-1");
			ExecutorService second = pool.threadIn("outer-2");
			pool.borrows(first);
			pool.borrows(second);
			pool.waits(first);
			assertThat(diagnosis(pool)).isNotEqualTo("SelfDeadlock");
			pool.waits(second);
			assertThat(diagnosis(pool)).isEqualTo("SelfDeadlock");
		}
	}

	@Test
	void tellsALeakAlthoughNobodyWaits() throws Exception {
		try (WatchedPool pool = new WatchedPool(2)) {
			ExecutorService forgetful = pool.threadIn("forgetful");
			CountDownLatch borrowed = new CountDownLatch(1);
			CountDownLatch forgotten = new CountDownLatch(1);
			Future<Connection> task = forgetful.submit(() -> {
				Connection connection = pool.dataSource().getConnection();
				borrowed.countDown();
				forgotten.await();
				return connection;
			});
			assertThat(borrowed.await(10, TimeUnit.SECONDS)).isTrue();
			PoolHealthIndicator indicator = new PoolHealthIndicator(pool.ledger());
			assertThat(status(indicator)).isEqualTo(Status.UP);
			forgotten.countDown();
			assertThat(task.get(10, TimeUnit.SECONDS)).isNotNull();
			forgetful.shutdown();
			assertThat(forgetful.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
			await().until(() -> diagnosis(pool).equals("Leak"));
			assertThat(status(indicator)).isEqualTo(PoolHealthIndicator.DEGRADED);
		}
	}

	@Test
	void tellsAHolderThatIdlesFromOneThatWorks() throws Exception {
		try (WatchedPool pool = keptBy("holder")) {
			ExecutorService holder = pool.threadIn("holder");
			Connection connection = pool.borrows(holder);
			pool.waits(pool.threadIn("waiter"));
			await().until(() -> diagnosis(pool).equals("HeldButIdle"));
			SlowFunction.called = new CountDownLatch(1);
			SlowFunction.release = new CountDownLatch(1);
			Future<Boolean> statement = holder.submit(() -> {
				WatchedPool.executes(connection,
						"create alias hold for '%s.hold'".formatted(SlowFunction.class.getName()));
				return WatchedPool.executes(connection, "call hold()");
			});
			SlowFunction.called.await(10, TimeUnit.SECONDS);
			await().until(() -> diagnosis(pool).equals("LongHolders"));
			SlowFunction.release.countDown();
			statement.get(10, TimeUnit.SECONDS);
		}
	}

	@Test
	@Timeout(90)
	void tellsAPoolThatIsTooSmall() throws Exception {
		try (WatchedPool pool = new WatchedPool(1)) {
			AtomicBoolean stop = new AtomicBoolean();
			List<ExecutorService> threads = List.of(pool.threadIn("busy"), pool.threadIn("busy"),
					pool.threadIn("busy"));
			List<? extends Future<?>> loops = threads.stream().map((thread) -> thread.submit(() -> {
				while (!stop.get()) {
					try (Connection connection = pool.dataSource().getConnection()) {
						// Not the same again: H2 would reuse its result.
						WatchedPool.executes(connection, "select sum(x * rand()) from system_range(1, 100000)");
					}
				}
				return true;
			})).toList();
			// The statements need a CPU, of which others may leave too little.
			await().atMost(Duration.ofMinutes(1))
				.until(() -> List.of("Undersized", "StarvedOfCpu").contains(diagnosis(pool)));
			stop.set(true);
			for (Future<?> loop : loops) {
				loop.get(1, TimeUnit.MINUTES);
			}
			assertThat(diagnosis(pool)).isEqualTo("Healthy");
		}
	}

	@Test
	void tellsConnectionsThatWereBorrowedAroundTheLedger() throws Exception {
		try (WatchedPool pool = new WatchedPool(1); Connection around = pool.hikari().getConnection()) {
			assertThat(around).isNotNull();
			assertThat(diagnosis(pool)).isEqualTo("Healthy");
			pool.waits(pool.threadIn("waiter"));
			await().until(() -> diagnosis(pool).equals("HeldElsewhere"));
		}
	}

	@Test
	void tellsADatabaseOutOfReachFromADryPool() throws Exception {
		try (WatchedPool pool = new WatchedPool(1, (settings) -> settings,
				(config) -> config.setInitializationFailTimeout(-1))) {
			await().until(() -> pool.hikari().getHikariPoolMXBean().getTotalConnections() == 1);
			ExecutorService holder = pool.threadIn("holder");
			Connection connection = pool.borrows(holder);
			Future<Connection> waiting = pool.asks(pool.threadIn("waiter"));
			assertThat(diagnosis(pool)).isNotEqualTo("CannotConnect");
			pool.database().goesDown();
			pool.hikari().evictConnection(connection.unwrap(ProxyConnection.class));
			await().until(() -> diagnosis(pool).equals("CannotConnect"));
			waiting.cancel(true);
		}
	}

	@Test
	void suspendedPoolIsDegraded() {
		try (WatchedPool pool = new WatchedPool(1, (settings) -> settings,
				(config) -> config.setAllowPoolSuspension(true))) {
			PoolHealthIndicator indicator = new PoolHealthIndicator(pool.ledger());
			pool.hikari().getHikariPoolMXBean().suspendPool();
			assertThat(status(indicator)).isEqualTo(PoolHealthIndicator.DEGRADED);
			assertThat(diagnosis(pool)).isEqualTo("Suspended");
			pool.hikari().getHikariPoolMXBean().resumePool();
			assertThat(status(indicator)).isEqualTo(Status.UP);
		}
	}

	@Test
	void closedPoolIsOutOfService() {
		try (WatchedPool pool = new WatchedPool(1)) {
			pool.hikari().close();
			assertThat(status(new PoolHealthIndicator(pool.ledger()))).isEqualTo(Status.OUT_OF_SERVICE);
		}
	}

	@Test
	void givesTheAdviceOfTheDiagnosis() {
		try (WatchedPool pool = new WatchedPool(1)) {
			Diagnosis healthy = new Healthy();
			assertThat(new PoolHealthIndicator(pool.ledger()).health().getDetails()).extractingByKey("diagnosis")
				.isEqualTo(Map.of("kind", "Healthy", "summary", healthy.summary(), "advice", healthy.advice()));
		}
	}

	private static WatchedPool keptBy(String scope) {
		return keptBy((config) -> {
		}, scope);
	}

	/**
	 * Return a pool whose only connection a scope may keep: as its thread does nothing
	 * else, it would be a leak after half a second.
	 */
	private static WatchedPool keptBy(Consumer<HikariConfig> customizer, String scope) {
		return new WatchedPool(1, (settings) -> settings.withLongLived(Set.of(scope)), customizer);
	}

	private static PoolHealthIndicator underStrain(WatchedPool pool, PoolHealthPolicy policy) throws Exception {
		pool.borrows(pool.threadIn("holder"));
		pool.waits(pool.threadIn("waiter"));
		PoolHealthIndicator indicator = pool.indicator(policy);
		assertThat(status(indicator)).isEqualTo(PoolHealthIndicator.DEGRADED);
		return indicator;
	}

	private static void turnAway(WatchedPool pool) throws Exception {
		ExecutorService thread = pool.threadIn("turned away");
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> pool.borrows(thread))
			.withCauseInstanceOf(PoolExhaustedException.class);
	}

	private static Status status(PoolHealthIndicator indicator) {
		return indicator.health().getStatus();
	}

	private static Object diagnosis(WatchedPool pool) {
		Health health = new PoolHealthIndicator(pool.ledger()).health();
		Map<?, ?> diagnosis = (Map<?, ?>) Objects.requireNonNull(health.getDetails().get("diagnosis"));
		return Objects.requireNonNull(diagnosis.get("kind"));
	}

	private static Map<String, Object> first(Health health, String list) {
		assertThat(health.getDetails()).extractingByKey(list, InstanceOfAssertFactories.LIST).hasSize(1);
		List<?> entries = (List<?>) Objects.requireNonNull(health.getDetails().get(list));
		Map<String, Object> first = new HashMap<>();
		((Map<?, ?>) entries.get(0)).forEach((key, value) -> first.put(key.toString(), value));
		return first;
	}

	/**
	 * A database function that takes as long as the test wants.
	 */
	public static final class SlowFunction {

		private static volatile CountDownLatch called = new CountDownLatch(1);

		private static volatile CountDownLatch release = new CountDownLatch(1);

		private SlowFunction() {
		}

		/**
		 * Called by H2.
		 * @return anything
		 * @throws InterruptedException if the thread is interrupted
		 */
		public static boolean hold() throws InterruptedException {
			called.countDown();
			return release.await(20, TimeUnit.SECONDS);
		}

	}

}
