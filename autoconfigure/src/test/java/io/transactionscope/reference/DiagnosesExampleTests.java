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

package io.transactionscope.reference;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.PoolDeadlockException;
import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.PoolSettings.DeadlockPolicy;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.diagnosis.SuspectedDeadlock;
import io.transactionscope.pool.tracked.TrackedDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.CannotCreateTransactionException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * What the reference shows of code that a diagnosis tells of, before and after, on a pool
 * of one connection.
 */
@Tag("once")
@Timeout(60)
class DiagnosesExampleTests {

	private final List<Integer> lentDuringCall = new ArrayList<>();

	@SuppressWarnings("NullAway.Init") // Before each test
	private ExecutorService executor;

	@SuppressWarnings("NullAway.Init") // Before each test
	private TrackedDataSource dataSource;

	@SuppressWarnings("NullAway.Init") // Before each test
	private Orders orders;

	@BeforeEach
	void open() {
		open(PoolSettings.defaults());
	}

	private void open(PoolSettings settings) {
		HikariConfig config = new HikariConfig();
		config.setPoolName("orders");
		config.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		config.setMaximumPoolSize(1);
		config.setConnectionTimeout(1000);
		this.executor = Executors.newCachedThreadPool();
		this.dataSource = new TrackedDataSource(new PoolLedger(new HikariDataSource(config), settings));
		JdbcClient jdbc = JdbcClient.create(this.dataSource);
		jdbc.sql("create table orders (item varchar(20), reservation varchar(20))").update();
		jdbc.sql("create table audit (item varchar(20))").update();
		this.orders = new Orders(TransactionScope.create(new ScopedJdbcTransactionManager(this.dataSource)), jdbc,
				(item) -> {
					this.lentDuringCall.add(this.dataSource.ledger().snapshot().active());
					return "reserved";
				}, this.executor, this.dataSource);
	}

	@AfterEach
	void close() {
		this.executor.shutdownNow();
		this.dataSource.close();
	}

	@Test
	void callElsewhere() {
		this.orders.placeWhileHolding("apple");
		this.orders.place("apple");
		assertThat(this.lentDuringCall).containsExactly(1, 0);
		assertThat(this.orders.jdbc.sql("select count(*) from orders").query(Integer.class).single()).isEqualTo(2);
	}

	@Test
	void deadlock() {
		Throwable failure = catchThrowable(() -> this.orders.placeWithAudit("apple"));
		assertThat(failure).hasRootCauseInstanceOf(PoolDeadlockException.class);
		assertThat(exhausted(failure).report().diagnosis()).isInstanceOf(SelfDeadlock.class);
		this.orders.placeAndAudit("apple");
		assertThat(this.orders.jdbc.sql("select count(*) from audit").query(Integer.class).single()).isOne();
	}

	@Test
	void deadlockThatNobodyLooksForIsNamedOnceItTimesOut() {
		close();
		open(PoolSettings.defaults().withDeadlock(DeadlockPolicy.OFF));
		Throwable failure = catchThrowable(() -> this.orders.placeWithAudit("apple"));
		assertThat(failure).isInstanceOf(CannotCreateTransactionException.class);
		assertThat((Throwable) exhausted(failure)).isNotInstanceOf(PoolDeadlockException.class);
		assertThat(exhausted(failure).report().diagnosis()).isInstanceOf(SelfDeadlock.class);
	}

	@Test
	void joinOfOtherThreads() {
		Throwable failure = catchThrowable(() -> this.orders.summarizeWithinScope());
		assertThat(exhausted(failure).report().diagnosis()).isInstanceOf(SuspectedDeadlock.class);
		assertThat(this.orders.summarize()).isZero();
	}

	@Test
	void leak() throws SQLException {
		assertThat(this.orders.count()).isZero();
		assertThat(this.dataSource.ledger().snapshot().leases()).isEmpty();
		assertThat(this.orders.countAndLeak()).isZero();
		assertThat(this.dataSource.ledger().snapshot().leases()).hasSize(1);
	}

	private static PoolExhaustedException exhausted(Throwable failure) {
		Throwable cause = failure;
		while (!(cause instanceof PoolExhaustedException)) {
			cause = Objects.requireNonNull(cause.getCause(), () -> "no dry pool: " + failure);
		}
		return (PoolExhaustedException) cause;
	}

	interface Warehouse {

		String reserve(String item);

	}

	static final class Orders {

		private final TransactionScope transactions;

		private final JdbcClient jdbc;

		private final Warehouse warehouse;

		private final ExecutorService executor;

		private final TrackedDataSource dataSource;

		Orders(TransactionScope transactions, JdbcClient jdbc, Warehouse warehouse, ExecutorService executor,
				TrackedDataSource dataSource) {
			this.transactions = transactions;
			this.jdbc = jdbc;
			this.warehouse = warehouse;
			this.executor = executor;
			this.dataSource = dataSource;
		}

		// tag::held-before[]
		void placeWhileHolding(String item) {
			this.transactions.named("place-order").run(() -> {
				insert(item);
				String reservation = this.warehouse.reserve(item); // the connection is
																	// held meanwhile
				confirm(item, reservation);
			});
		}
		// end::held-before[]

		// tag::held-after[]
		void place(String item) {
			String reservation = this.warehouse.reserve(item);
			this.transactions.named("place-order").run(() -> {
				insert(item);
				confirm(item, reservation);
			});
		}
		// end::held-after[]

		// tag::deadlock-before[]
		void placeWithAudit(String item) {
			this.transactions.named("place-order").run(() -> {
				insert(item);
				this.transactions.named("audit").requiresNew().run(() -> audit(item)); // a
																						// second
																						// connection
			});
		}
		// end::deadlock-before[]

		// tag::deadlock-after[]
		void placeAndAudit(String item) {
			this.transactions.named("place-order").run((tx) -> {
				insert(item);
				tx.afterCommit(() -> this.transactions.named("audit").run(() -> audit(item)));
			});
		}
		// end::deadlock-after[]

		// tag::join-before[]
		int summarizeWithinScope() {
			return this.transactions.named("summarize").call(() -> {
				int before = countOrders();
				CompletableFuture<Integer> audited = CompletableFuture.supplyAsync(this::countAudits, this.executor);
				return before - audited.join(); // holds a connection while the task waits
												// for one
			});
		}
		// end::join-before[]

		// tag::join-after[]
		int summarize() {
			CompletableFuture<Integer> audited = CompletableFuture.supplyAsync(this::countAudits, this.executor);
			int audits = audited.join();
			return this.transactions.named("summarize").call(() -> countOrders() - audits);
		}
		// end::join-after[]

		// tag::leak-before[]
		int countAndLeak() throws SQLException {
			Connection connection = this.dataSource.getConnection();
			Statement statement = connection.createStatement();
			ResultSet result = statement.executeQuery("select count(*) from orders");
			result.next();
			return result.getInt(1); // nobody closes the connection
		}
		// end::leak-before[]

		// tag::leak-after[]
		int count() throws SQLException {
			try (Connection connection = this.dataSource.getConnection();
					Statement statement = connection.createStatement();
					ResultSet result = statement.executeQuery("select count(*) from orders")) {
				result.next();
				return result.getInt(1);
			}
		}
		// end::leak-after[]

		private void insert(String item) {
			this.jdbc.sql("insert into orders (item) values (:item)").param("item", item).update();
		}

		private void confirm(String item, String reservation) {
			this.jdbc.sql("update orders set reservation = :reservation where item = :item")
				.param("reservation", reservation)
				.param("item", item)
				.update();
		}

		private void audit(String item) {
			this.jdbc.sql("insert into audit (item) values (:item)").param("item", item).update();
		}

		private int countOrders() {
			return this.jdbc.sql("select count(*) from orders").query(Integer.class).single();
		}

		private int countAudits() {
			return this.jdbc.sql("select count(*) from audit").query(Integer.class).single();
		}

	}

}
