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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.tracked.TrackedDataSource;
import org.awaitility.core.ConditionFactory;
import org.h2.jdbcx.JdbcDataSource;

import static org.awaitility.Awaitility.await;

/**
 * A real pool on a real database, with its ledger, and people who use it.
 */
final class TestPool implements AutoCloseable {

	/**
	 * Settings under which every lease is timed.
	 */
	static final PoolSettings TIMED = PoolSettings.defaults().withSampling(Duration.ZERO);

	private final List<Person> people = new ArrayList<>();

	private final HikariDataSource hikari;

	private final TrackedDataSource dataSource;

	TestPool(int size) {
		this(size, TIMED);
	}

	TestPool(int size, PoolSettings settings) {
		this(size, settings, (config) -> {
		});
	}

	TestPool(int size, PoolSettings settings, Consumer<HikariConfig> customizer) {
		HikariConfig config = new HikariConfig();
		config.setDataSource(h2());
		config.setMaximumPoolSize(size);
		config.setConnectionTimeout(10_000);
		customizer.accept(config);
		this.hikari = new HikariDataSource(config);
		this.dataSource = new TrackedDataSource(new PoolLedger(this.hikari, settings, InstantSource.system(), () -> 0));
		soon().until(() -> this.hikari.getHikariPoolMXBean().getTotalConnections() == config.getMinimumIdle()
				|| config.getInitializationFailTimeout() < 0);
	}

	private static ConditionFactory soon() {
		return await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
	}

	static DataSource h2() {
		JdbcDataSource database = new JdbcDataSource();
		database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		return database;
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
	 * Return somebody who works in no scope, on a thread of that name.
	 */
	Person person(String thread) {
		Person person = new Person(this.dataSource, thread, Executors.newSingleThreadExecutor((task) -> {
			Thread created = new Thread(task, thread);
			created.setDaemon(true);
			return created;
		}));
		this.people.add(person);
		return person;
	}

	/**
	 * Return somebody who works in a scope of that name, and borrows the connections of
	 * its transactions.
	 */
	Person personIn(String scope) throws Exception {
		Person person = person("thread of " + scope);
		person.does(() -> Borrower.current().exchangeName(scope));
		person.does(() -> Borrower.current().exchangeBeginning(true));
		return person;
	}

	void awaitWaiters(int number) {
		soon().until(() -> this.hikari.getHikariPoolMXBean().getThreadsAwaitingConnection() == number);
	}

	@Override
	public void close() {
		this.people.forEach((person) -> person.thread.shutdownNow());
		ledger().close();
		this.hikari.close();
	}

	/**
	 * Somebody with a thread of their own.
	 */
	record Person(DataSource dataSource, String name, ExecutorService thread) {

		<T> Future<T> begins(Callable<T> task) {
			return this.thread.submit(task);
		}

		<T> T does(Callable<T> task) throws Exception {
			return begins(task).get(10, TimeUnit.SECONDS);
		}

		Connection borrows() throws Exception {
			return does(this.dataSource::getConnection);
		}

		Future<Connection> asks() {
			return begins(this.dataSource::getConnection);
		}

		void executes(Connection connection, String sql) throws Exception {
			does(() -> {
				try (var statement = connection.createStatement()) {
					return statement.execute(sql);
				}
			});
		}

		void returns(Connection connection) throws Exception {
			does(() -> {
				connection.close();
				return true;
			});
		}

		/**
		 * End the thread.
		 */
		void dies() throws Exception {
			Thread running = does(Thread::currentThread);
			this.thread.shutdown();
			running.join();
		}

	}

}
