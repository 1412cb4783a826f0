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
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import com.example.payments.Leaking;
import com.example.payments.PaymentClient;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.ProxyConnection;
import io.transactionscope.pool.TestPool.Person;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.TimeSpent;
import io.transactionscope.pool.snapshot.Usage;
import io.transactionscope.pool.snapshot.Waiter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link PoolLedger}: who holds, who waits, and the figures.
 */
class PoolLedgerTests {

	// Leases

	@Test
	void tellsWhichCodeGetsNoConnectionOutsideOfScopes() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, (config) -> config.setConnectionTimeout(300))) {
			Person holder = pool.personIn("holder");
			Connection connection = holder.borrows();
			Future<Connection> outside = pool.person("report").begins(() -> Leaking.borrow(pool.dataSource()));
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(outside::get)
				.havingCause()
				.isInstanceOf(PoolExhaustedException.class)
				.withMessageContaining(
						"No connection for code outside of any scope, at com.example.payments.Leaking.borrow(Leaking.java:")
				.withMessageContaining("on report: the pool's connectionTimeout ended the wait");
			Future<Connection> inside = pool.personIn("scoped").begins(() -> Leaking.borrow(pool.dataSource()));
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(inside::get)
				.havingCause()
				.withMessageContaining("No connection for scope 'scoped' on thread of scoped: ");
			holder.returns(connection);
		}
	}

	@Test
	void leaseTellsWhoHoldsTheConnection() throws Exception {
		try (TestPool pool = new TestPool(2)) {
			pool.personIn("place-order").borrows();
			assertThat(pool.ledger().snapshot().leases()).singleElement().satisfies((lease) -> {
				assertThat(lease.scope()).isEqualTo("place-order");
				assertThat(lease.thread()).isEqualTo("thread of place-order");
				assertThat(lease.threadAlive()).isTrue();
				assertThat(lease.handedOver()).isFalse();
				assertThat(lease.awaitedPool()).isNull();
				assertThat(lease.age()).isPositive();
				assertThat(lease.lastSql()).isNull();
				assertThat(lease.borrowSite()).isEmpty();
			});
		}
	}

	@Test
	void leaseOutsideOfScopesHasNoName() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			pool.person("main-loop").borrows();
			assertThat(pool.ledger().snapshot().leases()).singleElement()
				.returns(null, Lease::scope)
				.returns("main-loop", Lease::thread);
		}
	}

	@Test
	void leaseKeepsTheNameOfItsBorrow() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("outer");
			person.borrows();
			person.does(() -> Borrower.current().exchangeName("inner"));
			assertThat(pool.ledger().snapshot().leases()).singleElement().returns("outer", Lease::scope);
		}
	}

	@Test
	void returnedConnectionIsNoLeaseAnyMore() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("place-order");
			person.returns(person.borrows());
			assertThat(pool.ledger().snapshot().leases()).isEmpty();
		}
	}

	@Test
	void oldestLeaseComesFirst() throws Exception {
		try (TestPool pool = new TestPool(3)) {
			Person person = pool.person("reader");
			for (String scope : new String[] { "a", "b", "c" }) {
				person.does(() -> Borrower.current().exchangeName(scope));
				person.borrows();
			}
			assertThat(pool.ledger().snapshot().leases()).extracting(Lease::scope).containsExactly("a", "b", "c");
		}
	}

	@Test
	void leaseTellsItsPhase() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("place-order");
			Connection connection = person.borrows();
			assertThat(phase(pool)).isEqualTo(Phase.BEFORE_FIRST_STATEMENT);
			SlowFunction.define(connection);
			assertThat(phase(pool)).isEqualTo(Phase.BETWEEN_STATEMENTS);
			Future<?> running = person.begins(() -> connection.createStatement().execute("call slow()"));
			SlowFunction.awaitRunning();
			assertThat(phase(pool)).isEqualTo(Phase.IN_STATEMENT);
			SlowFunction.end();
			running.get(10, TimeUnit.SECONDS);
			assertThat(phase(pool)).isEqualTo(Phase.BETWEEN_STATEMENTS);
			person.does(() -> {
				connection.rollback();
				return true;
			});
			assertThat(phase(pool)).isEqualTo(Phase.AFTER_TRANSACTION);
		}
	}

	@Test
	void leaseTellsItsLastSqlWithoutValues() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("sign-up");
			Connection connection = person.borrows();
			person.executes(connection, "create table member (name varchar, age int)");
			person.executes(connection, "insert into member values ('Ada', 4711147)");
			assertThat(lease(pool).lastSql()).isEqualTo("insert into member values (?, ?)");
			person.does(() -> {
				try (PreparedStatement statement = connection
					.prepareStatement("select age from member where name = ?")) {
					statement.setString(1, "Ada");
					return statement.executeQuery().next();
				}
			});
			assertThat(lease(pool).lastSql()).isEqualTo("select age from member where name = ?");
			assertThat(pool.ledger().report().text()).doesNotContain("Ada").doesNotContain("4711147");
		}
	}

	@Test
	void batchesAreStatementsToo() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("import");
			Connection connection = person.borrows();
			person.executes(connection, "create table item (id int)");
			person.does(() -> {
				try (var statement = connection.createStatement()) {
					statement.addBatch("insert into item values (1)");
					return statement.executeBatch();
				}
			});
			assertThat(lease(pool).lastSql()).isEqualTo("insert into item values (?)");
			person.does(() -> {
				try (var statement = connection.prepareStatement("delete from item where id = ?")) {
					statement.setInt(1, 1);
					statement.addBatch();
					return statement.executeBatch();
				}
			});
			assertThat(lease(pool).lastSql()).isEqualTo("delete from item where id = ?");
		}
	}

	@Test
	void leaseTellsThatAnotherThreadUsesTheConnection() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Connection connection = pool.personIn("hands-over").borrows();
			pool.person("takes-over").executes(connection, "select 1");
			assertThat(lease(pool).handedOver()).isTrue();
			assertThat(lease(pool).thread()).isEqualTo("thread of hands-over");
			assertThat(lease(pool).user()).isEqualTo("takes-over");
		}
	}

	@Test
	void stackIsThatOfTheThreadThatUsesTheConnection() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			PaymentClient client = new PaymentClient();
			Connection connection = pool.personIn("hands-over").borrows();
			Person user = pool.person("takes-over");
			user.executes(connection, "select 1");
			Future<Boolean> call = user.begins(client::charge);
			await().untilAsserted(() -> assertThat(pool.ledger().report().text()).contains("used by takes-over")
				.contains("at com.example.payments.PaymentClient.charge("));
			client.answer();
			call.get(10, TimeUnit.SECONDS);
		}
	}

	@Test
	void borrowerWhoUsesTheConnectionAgainIsItsUser() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person borrower = pool.personIn("hands-over");
			Connection connection = borrower.borrows();
			pool.person("takes-over").executes(connection, "select 1");
			borrower.executes(connection, "select 1");
			assertThat(lease(pool).user()).isNull();
			assertThat(lease(pool).handedOver()).isTrue();
			assertThat(pool.ledger().report().text()).contains("has been used by another thread");
		}
	}

	@Test
	void sameConnectionIsTheSameNumber() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("place-order");
			Connection connection = person.borrows();
			int number = lease(pool).connection();
			String id = lease(pool).id();
			person.returns(connection);
			person.borrows();
			assertThat(lease(pool).connection()).isEqualTo(number);
			assertThat(lease(pool).id()).isNotEqualTo(id);
		}
	}

	@Test
	void holderShowsWhatItIsDoing() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			PaymentClient client = new PaymentClient();
			Person person = pool.personIn("charge-card");
			person.borrows();
			Future<Boolean> call = person.begins(client::charge);
			await().untilAsserted(() -> assertThat(pool.ledger().holder(lease(pool).id()))
				.hasValueSatisfying((holder) -> assertThat(holder.applicationFrames()).first()
					.returns(PaymentClient.class.getName(), StackTraceElement::getClassName)
					.returns("charge", StackTraceElement::getMethodName)));
			client.answer();
			assertThat(call.get(10, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Test
	void unknownLeaseHasNoHolder() {
		try (TestPool pool = new TestPool(1)) {
			assertThat(pool.ledger().holder("nobody")).isEmpty();
		}
	}

	@Test
	void borrowSiteIsTakenIfAskedFor() throws Exception {
		PoolSettings settings = TestPool.TIMED.withBorrowSite(PoolSettings.BorrowSite.ALWAYS);
		try (TestPool pool = new TestPool(1, settings)) {
			pool.person("reader").borrows();
			assertThat(lease(pool).borrowSite()).first()
				.returns("java.util.concurrent.FutureTask", StackTraceElement::getClassName);
		}
	}

	// Waiters

	@Test
	void waiterTellsWhoWaits() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person holder = pool.personIn("holder");
			Connection held = holder.borrows();
			Future<Connection> waiting = pool.personIn("waiter").asks();
			pool.awaitWaiters(1);
			PoolSnapshot snapshot = pool.ledger().snapshot();
			assertThat(snapshot.waiters()).singleElement().satisfies((waiter) -> {
				assertThat(waiter.scope()).isEqualTo("waiter");
				assertThat(waiter.thread()).isEqualTo("thread of waiter");
				assertThat(waiter.waited()).isPositive();
				assertThat(waiter.holds()).isZero();
			});
			assertThat(snapshot.longestWait()).contains(snapshot.waiters().get(0).waited());
			holder.returns(held);
			waiting.get(10, TimeUnit.SECONDS);
			assertThat(pool.ledger().snapshot().waiters()).isEmpty();
		}
	}

	@Test
	void waiterTellsHowManyConnectionsItHolds() throws Exception {
		try (TestPool pool = new TestPool(2)) {
			Connection working = pool.personIn("working").borrows();
			Person nested = pool.personIn("nested");
			nested.borrows();
			Future<Connection> waiting = nested.asks();
			pool.awaitWaiters(1);
			assertThat(pool.ledger().snapshot().waiters()).singleElement().returns(1, Waiter::holds);
			assertThat(pool.ledger().snapshot().leases()).extracting(Lease::scope, Lease::awaitedPool)
				.containsExactly(tuple("working", null), tuple("nested", pool.hikari().getPoolName()));
			working.close();
			waiting.get(10, TimeUnit.SECONDS);
		}
	}

	@Test
	void hundredsMayWait() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Connection held = pool.personIn("holder").borrows();
			for (int i = 0; i < 200; i++) {
				pool.person("waiter-" + i).asks().isDone();
			}
			pool.awaitWaiters(200);
			assertThat(pool.ledger().snapshot().waiters()).hasSize(200)
				.extracting(Waiter::thread)
				.doesNotHaveDuplicates();
			held.close();
		}
	}

	@Test
	void waiterThatCouldNotWaitDoesNotStay() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("out-of-stack");
			// As if the stack had overflowed between being entered and waiting
			person.does(() -> new Abandoned(pool.ledger(), Borrower.current()));
			person.returns(person.borrows());
			await().untilAsserted(() -> assertThat(pool.ledger().snapshot().waiters()).isEmpty());
		}
	}

	// The pool

	@Test
	void snapshotShowsThePool() throws Exception {
		try (TestPool pool = new TestPool(3)) {
			pool.personIn("place-order").borrows();
			pool.hikari().getConnection();
			PoolSnapshot snapshot = pool.ledger().snapshot();
			assertThat(snapshot.pool()).isEqualTo(pool.hikari().getPoolName());
			assertThat(snapshot.state()).isEqualTo(PoolSnapshot.State.RUNNING);
			assertThat(snapshot.maximum()).isEqualTo(3);
			assertThat(snapshot.total()).isEqualTo(3);
			assertThat(snapshot.active()).isEqualTo(2);
			assertThat(snapshot.idle()).isEqualTo(1);
			assertThat(snapshot.waiting()).isZero();
			assertThat(snapshot.unknown()).isOne();
			assertThat(snapshot.events()).isEqualTo(new PoolSnapshot.Events(0, 0, 0, 0, 0));
		}
	}

	@Test
	void snapshotHasTheTimeOfTheClock() {
		Instant now = Instant.parse("2026-01-02T03:04:05Z");
		HikariDataSource hikari = new HikariDataSource();
		try (PoolLedger ledger = new PoolLedger(hikari, PoolSettings.defaults(), () -> now)) {
			assertThat(ledger.snapshot().at()).isEqualTo(now);
			assertThat(ledger.snapshot().state()).isEqualTo(PoolSnapshot.State.NOT_STARTED);
			hikari.close();
			assertThat(ledger.snapshot().state()).isEqualTo(PoolSnapshot.State.CLOSED);
		}
	}

	@Test
	void snapshotTellsWhenTheDatabaseAnswered() throws Exception {
		try (TestPool pool = new TestPool(2)) {
			assertThat(pool.ledger().snapshot().sinceDatabaseAnswered()).isNull();
			Person person = pool.personIn("place-order");
			Connection connection = person.borrows();
			assertThat(pool.ledger().snapshot().sinceDatabaseAnswered()).isNull();
			person.executes(connection, "select 1");
			Duration whileHeld = pool.ledger().snapshot().sinceDatabaseAnswered();
			assertThat(whileHeld).isNotNull().isLessThan(Duration.ofSeconds(5));
			person.returns(connection);
			assertThat(pool.ledger().snapshot().sinceDatabaseAnswered()).isNotNull().isGreaterThan(whileHeld);
		}
	}

	@Test
	void poolThatIsClosedEndsItsLeases() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("place-order");
			person.borrows();
			pool.hikari().close();
			await().untilAsserted(() -> assertThat(person.<Integer>does(() -> Borrower.current().holds())).isZero());
		}
	}

	// Figures

	@Test
	void figuresSplitTheTimeOfALease() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("place-order");
			Connection connection = person.borrows();
			pause(person, 20);
			person.executes(connection, "select 1");
			pause(person, 30);
			person.executes(connection, "select 2");
			pause(person, 40);
			person.returns(connection);
			Usage usage = usage(pool, "place-order");
			assertThat(usage.asked()).isOne();
			assertThat(usage.returned()).isOne();
			assertThat(usage.beforeFirst()).isGreaterThan(Duration.ofMillis(20));
			assertThat(usage.between()).isGreaterThan(Duration.ofMillis(30));
			assertThat(usage.afterLast()).isGreaterThan(Duration.ofMillis(40));
			assertThat(usage.busy()).isPositive().isLessThan(usage.held());
			assertThat(usage.beforeFirst().plus(usage.between()).plus(usage.afterLast()).plus(usage.busy()))
				.isEqualTo(usage.held());
			assertThat(usage.longestHold()).isEqualTo(usage.held());
			assertThat(usage.meanHold()).isEqualTo(usage.held());
			assertThat(usage.busyShare()).isCloseTo((double) usage.busy().toNanos() / usage.held().toNanos(),
					within(0.001));
		}
	}

	@Test
	void figuresSayOfALeaseWhatItsRowSays() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("place-order");
			Connection connection = person.borrows();
			pause(person, 20);
			assertFiguresAreThoseOfTheLease(pool);
			person.executes(connection, "select 1");
			pause(person, 30);
			assertFiguresAreThoseOfTheLease(pool);
			person.does(() -> {
				connection.commit();
				return true;
			});
			pause(person, 40);
			assertFiguresAreThoseOfTheLease(pool);
			person.executes(connection, "select 2");
			pause(person, 50);
			assertFiguresAreThoseOfTheLease(pool);
			person.returns(connection);
		}
	}

	private static void assertFiguresAreThoseOfTheLease(TestPool pool) {
		PoolSnapshot snapshot = pool.ledger().snapshot();
		TimeSpent spent = snapshot.leases().get(0).spent();
		Usage usage = usage(snapshot, "place-order");
		assertThat(usage.beforeFirst()).as("before").isEqualTo(spent.beforeFirst());
		assertThat(usage.between()).as("between").isEqualTo(spent.between());
		assertThat(usage.afterLast()).as("after").isEqualTo(spent.afterLast());
	}

	@Test
	void whatIsHeldAfterTheCommitIsAfterTheLastStatement() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("place-order");
			Connection connection = person.borrows();
			person.executes(connection, "select 1");
			pause(person, 20);
			person.does(() -> {
				connection.commit();
				return true;
			});
			pause(person, 20);
			person.returns(connection);
			assertThat(usage(pool, "place-order").afterLast()).isGreaterThan(Duration.ofMillis(40));
			assertThat(usage(pool, "place-order").between()).isZero();
		}
	}

	@Test
	void connectionThatIsNeverUsedIsBeforeItsFirstStatement() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("place-order");
			person.returns(person.borrows());
			Usage usage = usage(pool, "place-order");
			assertThat(usage.beforeFirst()).isEqualTo(usage.held()).isPositive();
		}
	}

	@Test
	void figuresCountTheWaits() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Connection held = pool.personIn("holder").borrows();
			Person waiter = pool.personIn("waiter");
			Future<Connection> waiting = waiter.asks();
			pool.awaitWaiters(1);
			pause(pool.person("timekeeper"), 30);
			held.close();
			waiter.returns(waiting.get(10, TimeUnit.SECONDS));
			assertThat(usage(pool, "waiter").waited()).isGreaterThan(Duration.ofMillis(30));
			assertThat(usage(pool, "waiter").longestWait()).isEqualTo(usage(pool, "waiter").meanWait());
		}
	}

	@Test
	void figuresCountThoseWhoAreTurnedAway() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, (config) -> config.setConnectionTimeout(250))) {
			pool.personIn("holder").borrows();
			await().until(pool.personIn("waiter").asks()::isDone);
			assertThat(usage(pool, "waiter").turnedAway()).isOne();
			assertThat(usage(pool, "waiter").longestWait()).isGreaterThan(Duration.ofMillis(200));
			assertThat(pool.ledger().snapshot().events().exhaustions()).isOne();
		}
	}

	@Test
	void connectionClosedAroundTheLedgerCountsAsReturned() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("unwrapping");
			Connection connection = person.borrows();
			person.returns(connection.unwrap(ProxyConnection.class));
			await().untilAsserted(() -> assertThat(usage(pool, "unwrapping").returned()).isOne());
			person.returns(connection);
			assertThat(usage(pool, "unwrapping").returned()).isOne();
			assertThat(usage(pool, "unwrapping").asked()).isOne();
		}
	}

	@Test
	void connectionsOutsideOfScopesShareTheirFigures() throws Exception {
		try (TestPool pool = new TestPool(1)) {
			for (String thread : new String[] { "one", "two" }) {
				Person person = pool.person(thread);
				person.returns(person.borrows());
			}
			assertThat(usage(pool, ScopeStatistics.UNNAMED).returned()).isEqualTo(2);
		}
	}

	@Test
	void scopesBeyondTheBoundShareTheirFigures() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED.withScopes(2))) {
			Person person = pool.person("reader");
			for (int i = 0; i < 5; i++) {
				String scope = "scope-" + i;
				person.does(() -> Borrower.current().exchangeName(scope));
				person.returns(person.borrows());
				person.returns(person.borrows());
			}
			assertThat(pool.ledger().snapshot().scopes()).extracting(ScopeStatistics::scope)
				.containsExactlyInAnyOrder("scope-0", "scope-1", ScopeStatistics.OTHER);
			assertThat(usage(pool, "scope-1").returned()).isEqualTo(2);
			assertThat(usage(pool, ScopeStatistics.OTHER).returned()).isEqualTo(6);
		}
	}

	@Test
	void sampledLeasesStandForAll() throws Exception {
		try (TestPool pool = new TestPool(1, PoolSettings.defaults().withSampling(Duration.ofHours(1)))) {
			Person person = pool.personIn("often");
			person.does(() -> {
				for (int i = 0; i < 1000; i++) {
					pool.dataSource().getConnection().close();
				}
				return true;
			});
			Usage usage = usage(pool, "often");
			assertThat(usage.returned()).isEqualTo(1000);
			assertThat(usage.held()).isEqualTo(usage.longestHold().multipliedBy(1000));
		}
	}

	@Test
	void leaseThatLastsIsTimedWhateverTheSampling() throws Exception {
		try (TestPool pool = new TestPool(1, PoolSettings.defaults().withSampling(Duration.ofHours(1)))) {
			Person person = pool.personIn("often");
			person.returns(person.borrows());
			Connection connection = person.borrows();
			person.executes(connection, "select 1");
			await().untilAsserted(() -> assertThat(lease(pool).inPhase()).isNotNull());
			person.returns(connection);
			assertThat(usage(pool, "often").longestHold()).isGreaterThan(Duration.ofMillis(250));
			assertThat(usage(pool, "often").held()).isLessThan(usage(pool, "often").longestHold().multipliedBy(2));
		}
	}

	private static void pause(Person person, int millis) throws Exception {
		person.does(() -> new PaymentClient().charge(Duration.ofMillis(millis)));
	}

	private static Lease lease(TestPool pool) {
		return pool.ledger().snapshot().leases().get(0);
	}

	private static Phase phase(TestPool pool) {
		return lease(pool).phase();
	}

	private static Usage usage(TestPool pool, String scope) {
		return usage(pool.ledger().snapshot(), scope);
	}

	private static Usage usage(PoolSnapshot snapshot, String scope) {
		return snapshot.scopes()
			.stream()
			.filter((statistics) -> statistics.scope().equals(scope))
			.findFirst()
			.orElseThrow()
			.lastMinute();
	}

	/** What its borrower has asked for and never comes back to. */
	private static final class Abandoned extends LedgerEntry {

		Abandoned(PoolLedger ledger, Borrower borrower) {
			super(ledger.watched(), borrower);
		}

		@Override
		protected boolean isPooled() {
			return false;
		}

		@Override
		protected boolean isBroken() {
			return false;
		}

		@Override
		protected int connectionId() {
			return 0;
		}

		@Override
		protected @Nullable ServerProcess serverProcess() {
			return null;
		}

	}

}
