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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

import com.example.payments.PaymentClient;
import io.transactionscope.pool.TestPool.Person;
import io.transactionscope.pool.diagnosis.Suspended;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.report.ReportGroup;
import io.transactionscope.pool.report.PoolReport.Trigger;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the limits of the queue in front of a pool.
 */
class BoundedWaitingTests {

	@Test
	void oneMoreThanMayWaitIsTurnedAwayAtOnce() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED.withMaxWaiting(2))) {
			Connection held = pool.personIn("holder").borrows();
			List<Future<Boolean>> waiting = List.of(pool.personIn("a").begins(() -> borrowAndReturn(pool)),
					pool.personIn("b").begins(() -> borrowAndReturn(pool)));
			pool.awaitWaiters(2);
			PoolExhaustedException failure = failureOf(pool.personIn("c").asks());
			assertThat(failure.getMessage()).contains("No connection for scope 'c'").contains("max-waiting");
			assertThat(failure.report().trigger()).isEqualTo(Trigger.MAX_WAITING);
			assertThat(pool.ledger().snapshot().events()).isEqualTo(new PoolSnapshot.Events(0, 0, 0, 0, 1));
			held.close();
			for (Future<Boolean> waiter : waiting) {
				assertThat(waiter.get(10, TimeUnit.SECONDS)).isTrue();
			}
		}
	}

	private static boolean borrowAndReturn(TestPool pool) throws SQLException {
		try (Connection connection = pool.dataSource().getConnection()) {
			return !connection.isClosed();
		}
	}

	@Test
	void nobodyIsTurnedAwayWhileThereIsRoomToWait() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED.withMaxWaiting(1))) {
			Connection held = pool.personIn("holder").borrows();
			Future<Connection> waiting = pool.personIn("a").asks();
			pool.awaitWaiters(1);
			held.close();
			assertThat(waiting.get(10, TimeUnit.SECONDS)).isNotNull();
		}
	}

	@Test
	void threadThatHoldsAConnectionIsNeverTurnedAway() throws Exception {
		try (TestPool pool = new TestPool(2, TestPool.TIMED.withMaxWaiting(1))) {
			Connection held = pool.personIn("holder").borrows();
			Person nested = pool.personIn("nested");
			nested.borrows();
			Future<Boolean> first = pool.personIn("first").begins(() -> borrowAndReturn(pool));
			pool.awaitWaiters(1);
			Future<Boolean> second = nested.begins(() -> borrowAndReturn(pool));
			pool.awaitWaiters(2);
			held.close();
			assertThat(first.get(10, TimeUnit.SECONDS)).isTrue();
			assertThat(second.get(10, TimeUnit.SECONDS)).isTrue();
		}
	}

	/** HikariCP keeps to the timeout that it began with, whatever it is told later. */
	@Test
	void aDeadlineEndsTheWaitAlthoughTheTimeoutWasLoweredMeanwhile() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Connection held = pool.personIn("holder").borrows();
			pool.hikari().getHikariConfigMXBean().setConnectionTimeout(250);
			Future<Connection> asks = pool.personIn("late").begins(() -> borrowHurriedly(pool));
			assertThat(Objects.requireNonNull(failureOf(asks).report().borrower()).waited())
				.isLessThan(Duration.ofSeconds(5));
			held.close();
		}
	}

	@Test
	void underOverloadNobodyWaitsMuchLongerThanTheTarget() throws Exception {
		PoolSettings settings = TestPool.TIMED.withWaitTarget(Duration.ofMillis(20))
			.withWaitInterval(Duration.ofMillis(100));
		try (TestPool pool = new TestPool(1, settings)) {
			List<Future<PoolExhaustedException>> crowd = new ArrayList<>();
			for (int i = 0; i < 10; i++) {
				crowd.add(pool.personIn("crowd-" + i).begins(() -> workUntilTurnedAway(pool)));
			}
			await().until(() -> crowd.stream().anyMatch(Future::isDone));
			assertThat(pool.ledger().snapshot().events().sheds()).isPositive();
			assertThat(pool.ledger().snapshot().events().exhaustions()).isZero();
			assertThat(pool.ledger().reports()).first()
				.extracting(ReportGroup::report)
				.returns(Trigger.WAIT_TARGET, PoolReport::trigger)
				.extracting(PoolReport::text, InstanceOfAssertFactories.STRING)
				.contains("waits have exceeded wait-target");
		}
	}

	private static PoolExhaustedException workUntilTurnedAway(TestPool pool) throws Exception {
		while (true) {
			try (Connection connection = pool.dataSource().getConnection()) {
				assertThat(connection).isNotNull();
				new PaymentClient().charge(Duration.ofMillis(20));
			}
			catch (PoolExhaustedException ex) {
				return ex;
			}
			// Come back while another holds it: who comes as it returns takes it from
			// those
			// who wait.
			new PaymentClient().charge(Duration.ofMillis(10));
		}
	}

	@Test
	void poolThatIsStuckIsOverloadedToo() throws Exception {
		PoolSettings settings = TestPool.TIMED.withWaitTarget(Duration.ofMillis(20))
			.withWaitInterval(Duration.ofMillis(400));
		try (TestPool pool = new TestPool(1, settings)) {
			Connection held = pool.personIn("holder").borrows();
			Future<Connection> patient = pool.personIn("patient").asks();
			pool.awaitWaiters(1);
			Person newcomer = pool.personIn("newcomer");
			await().until(() -> pool.ledger().snapshot().longestWait().filter(longerThan(1500)).isPresent());
			// To a watch that comes late, the overload has just begun.
			await().untilAsserted(
					() -> assertThat(failureOf(newcomer.begins(() -> borrowHurriedly(pool))).report().trigger())
						.isEqualTo(Trigger.WAIT_TARGET));
			assertThat(patient.isDone()).isFalse();
			held.close();
			assertThat(patient.get(10, TimeUnit.SECONDS)).isNotNull();
		}
	}

	@Test
	void withoutOverloadALongWaitIsAllowed() throws Exception {
		PoolSettings settings = TestPool.TIMED.withWaitTarget(Duration.ofMillis(1))
			.withWaitInterval(Duration.ofSeconds(10));
		try (TestPool pool = new TestPool(1, settings)) {
			Connection held = pool.personIn("holder").borrows();
			Future<Connection> waiting = pool.personIn("patient").asks();
			await().until(() -> pool.ledger().snapshot().longestWait().filter(longerThan(50)).isPresent());
			held.close();
			assertThat(waiting.get(10, TimeUnit.SECONDS)).isNotNull();
		}
	}

	@Test
	void deadlineIsTheLimitOfItsOwnWait() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			pool.personIn("holder").borrows();
			Person hurried = pool.personIn("hurried");
			Person patient = pool.personIn("patient");
			Future<Connection> waiting = patient.asks();
			pool.awaitWaiters(1);
			PoolExhaustedException failure = failureOf(hurried.begins(() -> borrowHurriedly(pool)));
			assertThat(failure.report().trigger()).isEqualTo(Trigger.DEADLINE);
			assertThat(waiting.isDone()).isFalse();
		}
	}

	@Test
	void nobodyGivesUpForADeadlineBeforeItHasPassed() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			pool.personIn("holder").borrows();
			pool.personIn("hurried").does(() -> {
				for (int i = 0; i < 50; i++) {
					long deadline = System.nanoTime() + 2_000_000 + i * 10_000L;
					Borrower.current().exchangeDeadline(deadline);
					assertThatExceptionOfType(SQLTransientConnectionException.class)
						.isThrownBy(() -> pool.dataSource().getConnection());
					assertThat(System.nanoTime() - deadline).isNotNegative();
				}
				return null;
			});
		}
	}

	@Test
	void deadlineEndsTheWaitForASuspendedPool() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, (config) -> config.setAllowPoolSuspension(true))) {
			pool.hikari().getHikariPoolMXBean().suspendPool();
			Person hurried = pool.personIn("hurried");
			PoolExhaustedException failure = failureOf(hurried.begins(() -> borrowHurriedly(pool)));
			assertThat(failure.report().diagnosis()).isInstanceOf(Suspended.class);
			assertThat(pool.ledger().snapshot().events().exhaustions()).isOne();
			pool.hikari().getHikariPoolMXBean().resumePool();
			hurried.does(() -> Borrower.current().exchangeDeadline(System.nanoTime() + 20_000_000_000L));
			assertThat(hurried.borrows()).isNotNull();
		}
	}

	@Test
	void deadlineEndsTheWaitOfAHolderForASuspendedPoolToo() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, (config) -> {
			config.setAllowPoolSuspension(true);
			config.setConnectionTimeout(500);
		})) {
			Person holder = pool.personIn("holder");
			holder.borrows();
			pool.hikari().getHikariPoolMXBean().suspendPool();
			assertThat(failureOf(holder.begins(() -> borrowHurriedly(pool))).report().diagnosis())
				.isInstanceOf(Suspended.class);
			pool.hikari().getHikariPoolMXBean().resumePool();
		}
	}

	private static Connection borrowHurriedly(TestPool pool) throws SQLException {
		Borrower.current().exchangeDeadline(System.nanoTime() + 1_000_000_000);
		return pool.dataSource().getConnection();
	}

	private static Predicate<Duration> longerThan(int millis) {
		return (duration) -> duration.toMillis() > millis;
	}

	private static PoolExhaustedException failureOf(Future<Connection> asked) {
		return (PoolExhaustedException) assertThatExceptionOfType(ExecutionException.class)
			.isThrownBy(() -> asked.get(10, TimeUnit.SECONDS))
			.havingCause()
			.isInstanceOf(PoolExhaustedException.class)
			.actual();
	}

}
