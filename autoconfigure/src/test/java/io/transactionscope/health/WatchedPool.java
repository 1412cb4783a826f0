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
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.tracked.TrackedDataSource;
import org.h2.jdbcx.JdbcDataSource;

import org.springframework.jdbc.datasource.DelegatingDataSource;

import static org.awaitility.Awaitility.await;

/**
 * A real pool, people who use it, and a clock by which time passes as it is told to.
 */
final class WatchedPool implements AutoCloseable {

	private final List<ExecutorService> threads = new ArrayList<>();

	private final List<Future<Connection>> waiting = new ArrayList<>();

	private final Database database = new Database();

	private final HikariDataSource hikari;

	private final TrackedDataSource dataSource;

	private final AtomicLong nanoTime = new AtomicLong(-1);

	WatchedPool(int size) {
		this(size, (settings) -> settings, (config) -> {
		});
	}

	WatchedPool(int size, UnaryOperator<PoolSettings> settings, Consumer<HikariConfig> customizer) {
		HikariConfig config = new HikariConfig();
		config.setDataSource(this.database);
		config.setMaximumPoolSize(size);
		config.setConnectionTimeout(20_000);
		customizer.accept(config);
		this.hikari = new HikariDataSource(config);
		this.dataSource = new TrackedDataSource(
				new PoolLedger(this.hikari, settings.apply(PoolSettings.defaults().withSampling(Duration.ZERO))));
		await().until(() -> this.hikari.getHikariPoolMXBean().getTotalConnections() == size
				|| config.getInitializationFailTimeout() < 0);
	}

	void passes(Duration time) {
		this.nanoTime.addAndGet(time.toNanos());
	}

	PoolHealthIndicator indicator(PoolHealthPolicy policy) {
		return new PoolHealthIndicator(ledger(), policy, this.nanoTime::get);
	}

	Database database() {
		return this.database;
	}

	HikariDataSource hikari() {
		return this.hikari;
	}

	TrackedDataSource dataSource() {
		return this.dataSource;
	}

	PoolLedger ledger() {
		return this.dataSource.ledger();
	}

	/**
	 * Return a thread that works in a scope.
	 */
	ExecutorService threadIn(String scope) throws Exception {
		ExecutorService thread = Executors.newSingleThreadExecutor((task) -> new Thread(task, "thread of " + scope));
		this.threads.add(thread);
		does(thread, () -> Borrower.current().exchangeName(scope));
		does(thread, () -> Borrower.current().exchangeBeginning(true));
		return thread;
	}

	Connection borrows(ExecutorService thread) throws Exception {
		return does(thread, this.dataSource::getConnection);
	}

	/**
	 * Let a thread ask for a connection, and return once it waits.
	 */
	Future<Connection> asks(ExecutorService thread) {
		int waiters = this.ledger().snapshot().waiters().size();
		int queue = this.hikari.getHikariPoolMXBean().getThreadsAwaitingConnection();
		Callable<Connection> borrow = this.dataSource::getConnection;
		Future<Connection> asked = thread.submit(borrow);
		await().until(() -> this.ledger().snapshot().waiters().size() > waiters
				&& this.hikari.getHikariPoolMXBean().getThreadsAwaitingConnection() > queue);
		return asked;
	}

	/**
	 * Let a thread wait for a connection until the pool is closed, or for ever.
	 */
	void waits(ExecutorService thread) {
		this.waiting.add(asks(thread));
	}

	static <T> T does(ExecutorService thread, Callable<T> task) throws Exception {
		return thread.submit(task).get(10, TimeUnit.SECONDS);
	}

	static boolean executes(Connection connection, String sql) throws SQLException {
		try (var statement = connection.createStatement()) {
			return statement.execute(sql);
		}
	}

	@Override
	public void close() {
		this.waiting.forEach((asked) -> asked.cancel(true));
		this.ledger().close();
		this.hikari.close();
		this.threads.forEach(ExecutorService::shutdownNow);
	}

	/**
	 * A database that can be out of reach.
	 */
	static final class Database extends DelegatingDataSource {

		private volatile boolean up = true;

		Database() {
			super(h2());
		}

		private static DataSource h2() {
			JdbcDataSource h2 = new JdbcDataSource();
			h2.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
			return h2;
		}

		void goesDown() {
			this.up = false;
		}

		@Override
		public Connection getConnection() throws SQLException {
			if (!this.up) {
				throw new SQLException("Out of reach", "08001");
			}
			return super.getConnection();
		}

	}

}
