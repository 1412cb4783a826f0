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
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import com.zaxxer.hikari.pool.ProxyConnection;
import io.transactionscope.pool.PoolSettings.DeadlockPolicy;
import io.transactionscope.pool.TestPool.Person;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.report.ReportGroup;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.Waiter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the detection of threads that hold a pool's connections and wait for more.
 */
class DeadlockTests {

	// Many at a time

	@Test
	void sixteenThreadsOnFourConnectionsAllGetThrough() throws Exception {
		try (TestPool pool = new TestPool(4)) {
			NestedBorrows borrows = new NestedBorrows(pool.dataSource(), "scope").run(Executors.defaultThreadFactory(),
					60);
			assertAllGotThrough(borrows, 60);
			assertThat(pool.ledger().snapshot().events())
				.returns((long) borrows.deadlocks(), PoolSnapshot.Events::deadlocks)
				.returns(0L, PoolSnapshot.Events::exhaustions);
		}
	}

	@Test
	void withoutDetectionTheSameThreadsTimeOut() throws Exception {
		try (TestPool pool = new TestPool(4, TestPool.TIMED.withDeadlock(DeadlockPolicy.OFF),
				(config) -> config.setConnectionTimeout(300))) {
			NestedBorrows borrows = new NestedBorrows(pool.dataSource(), "scope").run(Executors.defaultThreadFactory(),
					1000);
			assertThat(borrows.timeouts()).isPositive();
			assertThat(borrows.deadlocks()).isZero();
		}
	}

	@Test
	void outsideOfScopesAllGetThroughAfterTheGrace() throws Exception {
		try (TestPool pool = new TestPool(4, TestPool.TIMED.withDeadlockGrace(Duration.ofMillis(20)))) {
			NestedBorrows borrows = new NestedBorrows(pool.dataSource(), null).run(Executors.defaultThreadFactory(), 5);
			assertAllGotThrough(borrows, 5);
		}
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void virtualThreadsAllGetThrough() throws Exception {
		try (TestPool pool = new TestPool(4)) {
			NestedBorrows borrows = new NestedBorrows(pool.dataSource(), "scope").run(virtualThreads(), 60);
			assertAllGotThrough(borrows, 60);
		}
	}

	private static void assertAllGotThrough(NestedBorrows borrows, int rounds) {
		assertThat(borrows.failures()).isEmpty();
		assertThat(borrows.timeouts()).isZero();
		assertThat(borrows.completed()).isEqualTo(NestedBorrows.THREADS * rounds);
		assertThat(borrows.deadlocks()).isPositive();
	}

	// One at a time

	@Test
	void lastToArriveFailsAtOnceAndTheOtherGoesOn() throws Exception {
		try (TestPool pool = new TestPool(2)) {
			String name = pool.hikari().getPoolName();
			Person first = pool.personIn("outer-1");
			Person second = pool.personIn("outer-2");
			first.borrows();
			Connection held = second.borrows();
			Future<Connection> waiting = first.asks();
			pool.awaitWaiters(1);
			// The watch may come first, and would fail the other.
			pool.ledger().close();
			PoolDeadlockException failure = deadlockOf(second.asks());
			assertThat(failure.getMessage())
				.contains("No connection for scope 'outer-2' on thread of outer-2: deadlock")
				.contains("thread of outer-1 holds a connection of %s for scope 'outer-1' and waits for one of %s"
					.formatted(name, name))
				.contains("thread of outer-2 holds a connection of %s for scope 'outer-2' and waits for one of %s"
					.formatted(name, name));
			assertThat(deadlock(failure).proven()).isTrue();
			assertThat(deadlock(failure).floor()).isEqualTo(3);
			second.returns(held);
			assertThat(waiting.get(10, TimeUnit.SECONDS)).isNotNull();
			assertThat(pool.ledger().reports()).singleElement()
				.extracting(ReportGroup::report)
				.returns(PoolReport.Trigger.DEADLOCK, PoolReport::trigger)
				.satisfies((report) -> assertThat(failure.getMessage()).startsWith(report.text()));
		}
	}

	@Test
	void firstOfSeveralDeadlocksIsKeptWithItsStacks() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person alone = pool.personIn("greedy");
			alone.borrows();
			PoolReport first = deadlockOf(alone.asks()).report();
			assertThat(first.holders()).singleElement().satisfies((holder) -> assertThat(holder.stack()).isNotEmpty());
			PoolDeadlockException second = deadlockOf(alone.asks());
			assertThat(second.getMessage()).contains("Deadlock", "Incident 1 of ").doesNotContain("Holders:");
			assertThat(pool.ledger().reports()).singleElement()
				.returns(2L, ReportGroup::count)
				.extracting(ReportGroup::report)
				.isSameAs(first);
		}
	}

	@Test
	void oneThreadLocksItselfOut() throws Exception {
		try (TestPool pool = new TestPool(2)) {
			Person alone = pool.personIn("greedy");
			alone.borrows();
			alone.borrows();
			assertThat(deadlock(deadlockOf(alone.asks())).links()).hasSize(2);
		}
	}

	@Test
	void poolsInACycleAreOneDeadlock() throws Exception {
		try (TestPool orders = new TestPool(1); TestPool stock = new TestPool(1)) {
			Person first = orders.personIn("place-order");
			Person second = stock.personIn("count-stock");
			Connection held = first.borrows();
			second.borrows();
			Future<Connection> waiting = second.begins(orders.dataSource()::getConnection);
			orders.awaitWaiters(1);
			// The watch may come first, and would fail the other.
			orders.ledger().close();
			PoolDeadlockException failure = deadlockOf(first.begins(stock.dataSource()::getConnection));
			assertThat(failure.getMessage())
				.contains("holds a connection of %s for scope 'place-order' and waits for one of %s"
					.formatted(orders.hikari().getPoolName(), stock.hikari().getPoolName()));
			first.returns(held);
			assertThat(waiting.get(10, TimeUnit.SECONDS)).isNotNull();
		}
	}

	@Test
	void deadlockThatIsCompleteOnceThePoolIsResumedIsEnded() throws Exception {
		try (TestPool pool = new TestPool(2, TestPool.TIMED, (config) -> config.setAllowPoolSuspension(true))) {
			Person first = pool.personIn("outer-1");
			Person second = pool.personIn("outer-2");
			Connection ofFirst = first.borrows();
			Connection ofSecond = second.borrows();
			pool.hikari().getHikariPoolMXBean().suspendPool();
			Future<Connection> firstAsks = first.asks();
			Future<Connection> secondAsks = second.asks();
			await().until(() -> pool.ledger().snapshot().waiters().size() == 2);
			pool.hikari().getHikariPoolMXBean().resumePool();
			await().until(() -> firstAsks.isDone() || secondAsks.isDone());
			boolean firstFailed = firstAsks.isDone();
			assertThat(deadlock(deadlockOf(firstFailed ? firstAsks : secondAsks)).proven()).isTrue();
			(firstFailed ? first : second).returns(firstFailed ? ofFirst : ofSecond);
			assertThat((firstFailed ? secondAsks : firstAsks).get(10, TimeUnit.SECONDS)).isNotNull();
			assertThat(pool.ledger().snapshot().events()).returns(1L, PoolSnapshot.Events::deadlocks)
				.returns(0L, PoolSnapshot.Events::exhaustions);
		}
	}

	@Test
	void deadlockThatIsCompleteOnceThePoolIsResumedIsReportedOnceIfToldTo() throws Exception {
		try (TestPool pool = new TestPool(2, TestPool.TIMED.withDeadlock(DeadlockPolicy.REPORT),
				(config) -> config.setAllowPoolSuspension(true))) {
			Person first = pool.personIn("outer-1");
			Person second = pool.personIn("outer-2");
			first.borrows();
			second.borrows();
			pool.hikari().getHikariPoolMXBean().suspendPool();
			Future<Connection> firstAsks = first.asks();
			Future<Connection> secondAsks = second.asks();
			await().until(() -> pool.ledger().snapshot().waiters().size() == 2);
			pool.hikari().getHikariPoolMXBean().resumePool();
			await().atMost(Duration.ofSeconds(5)).until(() -> pool.ledger().events().deadlocks() > 0);
			await().during(Duration.ofMillis(800)).until(() -> pool.ledger().events().deadlocks() == 1);
			assertThat(pool.ledger().reports()).singleElement()
				.returns(1L, ReportGroup::count)
				.extracting(ReportGroup::report)
				.returns(PoolReport.Trigger.DEADLOCK, PoolReport::trigger)
				.satisfies((report) -> assertThat(Objects.requireNonNull(report.borrower()).scope()).isIn("outer-1",
						"outer-2"));
			assertThat(firstAsks).isNotDone();
			assertThat(secondAsks).isNotDone();
		}
	}

	@Test
	void deadlockOfTwoPoolsThatAreResumedIsReportedOnceIfToldTo() throws Exception {
		PoolSettings settings = TestPool.TIMED.withDeadlock(DeadlockPolicy.REPORT);
		try (TestPool orders = new TestPool(1, settings, (config) -> config.setAllowPoolSuspension(true));
				TestPool stock = new TestPool(1, settings, (config) -> config.setAllowPoolSuspension(true))) {
			Person first = orders.personIn("place-order");
			Person second = stock.personIn("count-stock");
			first.borrows();
			second.borrows();
			orders.hikari().getHikariPoolMXBean().suspendPool();
			stock.hikari().getHikariPoolMXBean().suspendPool();
			Future<Connection> firstAsks = first.begins(stock.dataSource()::getConnection);
			Future<Connection> secondAsks = second.begins(orders.dataSource()::getConnection);
			await().until(() -> orders.ledger().snapshot().waiters().size() == 1
					&& stock.ledger().snapshot().waiters().size() == 1);
			orders.hikari().getHikariPoolMXBean().resumePool();
			stock.hikari().getHikariPoolMXBean().resumePool();
			await().atMost(Duration.ofSeconds(5))
				.until(() -> orders.ledger().events().deadlocks() + stock.ledger().events().deadlocks() > 0);
			await().during(Duration.ofMillis(800))
				.until(() -> orders.ledger().events().deadlocks() + stock.ledger().events().deadlocks() == 1);
			assertThat(firstAsks).isNotDone();
			assertThat(secondAsks).isNotDone();
		}
	}

	@Test
	void reportsOnlyIfToldTo() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED.withDeadlock(DeadlockPolicy.REPORT),
				(config) -> config.setConnectionTimeout(300))) {
			Person alone = pool.personIn("greedy");
			alone.borrows();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> alone.asks().get(10, TimeUnit.SECONDS))
				.havingCause()
				.isExactlyInstanceOf(PoolExhaustedException.class)
				.withMessageContaining("connectionTimeout ended the wait");
			assertThat(pool.ledger().snapshot().events()).returns(1L, PoolSnapshot.Events::deadlocks)
				.returns(1L, PoolSnapshot.Events::exhaustions);
			assertThat(pool.ledger().reports()).singleElement()
				.returns(2L, ReportGroup::count)
				.returns(PoolReport.Trigger.DEADLOCK, (group) -> group.report().trigger());
		}
	}

	// No false alarms

	@Test
	void freeConnectionIsNoDeadlock() throws Exception {
		try (TestPool pool = new TestPool(2)) {
			Person person = pool.personIn("nested");
			person.borrows();
			assertThat(person.borrows()).isNotNull();
		}
	}

	@Test
	void holderWhoWorksIsNoDeadlock() throws Exception {
		try (TestPool pool = new TestPool(2)) {
			Person nested = pool.personIn("nested");
			Person working = pool.personIn("working");
			nested.borrows();
			Connection held = working.borrows();
			Future<Connection> waiting = nested.asks();
			pool.awaitWaiters(1);
			working.returns(held);
			assertGotThrough(waiting, pool);
		}
	}

	@Test
	void whoWaitsForADeadlockedPoolIsNotPartOfTheDeadlock() throws Exception {
		try (TestPool orders = new TestPool(1, TestPool.TIMED.withDeadlock(DeadlockPolicy.REPORT));
				TestPool stock = new TestPool(1)) {
			Person nested = orders.personIn("place-order");
			nested.borrows();
			Future<Connection> waiting = nested.asks();
			orders.awaitWaiters(1);
			Person bystander = stock.personIn("count-stock");
			bystander.borrows();
			Future<Connection> waitingToo = bystander.begins(orders.dataSource()::getConnection);
			orders.awaitWaiters(2);
			assertThat(orders.ledger().reports()).singleElement()
				.extracting((group) -> group.report().borrower())
				.isNotNull()
				.returns("place-order", Waiter::scope);
			assertThat(waiting).isNotDone();
			assertThat(waitingToo).isNotDone();
		}
	}

	@Test
	void holderWhoWaitsForAPoolWithAWorkingHolderIsNoDeadlock() throws Exception {
		try (TestPool orders = new TestPool(1); TestPool stock = new TestPool(1)) {
			Person first = orders.personIn("place-order");
			Person second = stock.personIn("count-stock");
			Person third = orders.personIn("read-order");
			Connection order = first.borrows();
			Connection held = second.borrows();
			Future<Connection> waiting = first.begins(stock.dataSource()::getConnection);
			stock.awaitWaiters(1);
			Future<Connection> waitingToo = third.asks();
			orders.awaitWaiters(1);
			second.returns(held);
			assertGotThrough(waiting, stock);
			first.returns(order);
			assertGotThrough(waitingToo, orders);
		}
	}

	@Test
	void connectionUsedByAnotherThreadIsNotHeldByTheFirst() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED.withDeadlockGrace(Duration.ZERO))) {
			Person first = pool.personIn("hands-over");
			Person second = pool.person("takes-over");
			Connection handed = first.borrows();
			second.executes(handed, "select 1");
			Future<Connection> waiting = first.asks();
			pool.awaitWaiters(1);
			second.returns(handed);
			assertGotThrough(waiting, pool);
		}
	}

	@Test
	void connectionThatMayHaveBeenHandedOverHasItsGrace() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED.withDeadlockGrace(Duration.ofSeconds(20)))) {
			Person first = pool.person("hands-over");
			Person second = pool.person("takes-over");
			Connection handed = first.borrows();
			Future<Connection> waiting = first.asks();
			await().until(() -> !pool.ledger().snapshot().waiters().isEmpty());
			second.returns(handed);
			assertGotThrough(waiting, pool);
		}
	}

	@Test
	void connectionBorrowedInTheMiddleOfATransactionMayBeHandedOver() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person parent = pool.personIn("hands-over");
			Person worker = pool.person("takes-over");
			parent.does(() -> Borrower.current().exchangeBeginning(false));
			Connection handed = parent.borrows();
			Future<Connection> waiting = parent.asks();
			await().atMost(Duration.ofSeconds(20))
				.until(() -> pool.ledger().snapshot().longestWait().orElse(Duration.ZERO).toMillis() > 500);
			assertThat(deadlock(pool.ledger().report()).proven()).isFalse();
			worker.executes(handed, "select 1");
			worker.returns(handed);
			assertGotThrough(waiting, pool);
		}
	}

	@Test
	void graceDoesNotOutlastTheConnectionTimeout() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED.withDeadlockGrace(Duration.ofSeconds(60)),
				(config) -> config.setConnectionTimeout(300))) {
			Person holder = pool.person("holder");
			holder.borrows();
			assertThatExceptionOfType(ExecutionException.class)
				.isThrownBy(() -> holder.asks().get(20, TimeUnit.SECONDS))
				.havingCause()
				.isInstanceOfSatisfying(PoolExhaustedException.class,
						(ex) -> assertThat(ex.report().trigger()).isEqualTo(PoolReport.Trigger.CONNECTION_TIMEOUT));
		}
	}

	@Test
	void waitThatFollowsAGraceEndsByTheConnectionTimeout() throws Exception {
		PoolSettings settings = TestPool.TIMED.withDeadlockGrace(Duration.ofSeconds(4))
			.withDeadlock(DeadlockPolicy.REPORT);
		try (TestPool pool = new TestPool(1, settings, (config) -> config.setConnectionTimeout(6000))) {
			Person holder = pool.person("holder");
			holder.borrows();
			assertThatExceptionOfType(ExecutionException.class)
				.isThrownBy(() -> holder.asks().get(60, TimeUnit.SECONDS))
				.havingCause()
				.isInstanceOfSatisfying(PoolExhaustedException.class,
						(ex) -> assertThat(Objects.requireNonNull(ex.report().borrower()).waited())
							.isLessThan(Duration.ofSeconds(9)));
		}
	}

	@Test
	void threadThatGaveItsConnectionsAwayHoldsNone() throws Exception {
		try (TestPool pool = new TestPool(2)) {
			Person first = pool.person("hands-over");
			Person second = pool.person("takes-over");
			second.returns(first.borrows());
			assertThat(first.<Integer>does(() -> Borrower.current().holds())).isZero();
		}
	}

	@Test
	void brokenConnectionIsNotHeld() throws Exception {
		RecordingDataSource database = new RecordingDataSource(TestPool.h2());
		try (TestPool pool = new TestPool(1, TestPool.TIMED, (config) -> config.setDataSource(database))) {
			Person person = pool.personIn("unlucky");
			Connection connection = person.borrows();
			database.failOn("commit", "08006");
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> person.does(() -> {
				connection.commit();
				return true;
			}));
			database.failNoMore();
			assertThat(person.borrows()).isNotNull();
		}
	}

	@Test
	void evictedConnectionIsNotHeld() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("evicting");
			Connection connection = person.borrows();
			pool.hikari().evictConnection(connection.unwrap(ProxyConnection.class));
			assertThat(person.borrows()).isNotNull();
		}
	}

	@Test
	void connectionClosedAroundTheLedgerIsNotHeld() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("unwrapping");
			Connection connection = person.borrows();
			person.returns(connection.unwrap(ProxyConnection.class));
			assertThat(person.borrows()).isNotNull();
			await().untilAsserted(() -> assertThat(person.<Integer>does(() -> Borrower.current().holds())).isOne());
		}
	}

	@Test
	void connectionBorrowedAroundTheLedgerMayComeBack() throws Exception {
		try (TestPool pool = new TestPool(2)) {
			Connection around = pool.hikari().getConnection();
			Person person = pool.personIn("nested");
			person.borrows();
			Future<Connection> waiting = person.asks();
			pool.awaitWaiters(1);
			around.close();
			assertGotThrough(waiting, pool);
		}
	}

	@Test
	void suspendedPoolIsNoDeadlock() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, (config) -> config.setAllowPoolSuspension(true))) {
			Person person = pool.personIn("nested");
			Connection held = person.borrows();
			pool.hikari().getHikariPoolMXBean().suspendPool();
			Future<Connection> waiting = person.asks();
			await().until(() -> !pool.ledger().snapshot().waiters().isEmpty());
			held.close();
			pool.hikari().getHikariPoolMXBean().resumePool();
			assertGotThrough(waiting, pool);
		}
	}

	@Test
	void poolThatMayGrowIsNoDeadlock() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("nested");
			person.borrows();
			pool.hikari().setMaximumPoolSize(2);
			assertThat(person.borrows()).isNotNull();
			assertThat(deadlock(deadlockOf(person.asks())).links()).hasSize(2);
		}
	}

	@Test
	void poolThatHasShrunkIsNoDeadlockWhileAConnectionTooManyMayComeBack() throws Exception {
		try (TestPool pool = new TestPool(2)) {
			Person nested = pool.personIn("nested");
			Person working = pool.personIn("working");
			nested.borrows();
			Connection held = working.borrows();
			pool.hikari().setMinimumIdle(1);
			pool.hikari().setMaximumPoolSize(1);
			Future<Connection> waiting = nested.asks();
			pool.awaitWaiters(1);
			working.returns(held);
			assertGotThrough(waiting, pool);
		}
	}

	private static void assertGotThrough(Future<Connection> asked, TestPool pool) throws Exception {
		assertThat(asked.get(10, TimeUnit.SECONDS)).isNotNull();
		assertThat(pool.ledger().snapshot().events().deadlocks()).isZero();
	}

	private static PoolDeadlockException deadlockOf(Future<Connection> asked) {
		try {
			throw new AssertionError("Got " + asked.get(10, TimeUnit.SECONDS));
		}
		catch (ExecutionException ex) {
			assertThat(ex.getCause()).isInstanceOf(PoolDeadlockException.class);
			return (PoolDeadlockException) Objects.requireNonNull(ex.getCause());
		}
		catch (InterruptedException | TimeoutException ex) {
			throw new AssertionError(ex);
		}
	}

	private static SelfDeadlock deadlock(PoolDeadlockException failure) {
		return deadlock(failure.report());
	}

	private static SelfDeadlock deadlock(PoolReport report) {
		return (SelfDeadlock) report.diagnosis();
	}

	private static ThreadFactory virtualThreads() throws ReflectiveOperationException {
		Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
		return (ThreadFactory) Class.forName("java.lang.Thread$Builder").getMethod("factory").invoke(builder);
	}

}
