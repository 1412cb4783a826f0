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

package io.transactionscope;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.postgresql.AdvisoryLocks;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.test.PostgresServer;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whoever gets a lock after a scope never reads data older than that scope's commit (R4).
 * The counter is read and written back in two statements: an update is lost as soon as
 * one reads too early.
 */
class LockVisibilityTests {

	private static final Duration MAX_WAIT = Duration.ofSeconds(20);

	private static final int THREADS = 2;

	private static final int TURNS = 100;

	static Stream<Arguments> locks() {
		Lock lock = new ReentrantLock();
		Resource<Lock> local = LockResources.lock(lock, MAX_WAIT);
		return Stream.of(Arguments.argumentSet("a Lock on H2", h2(), local),
				Arguments.argumentSet("a Lock on PostgreSQL", PostgresServer.running().dataSource(), local),
				Arguments.argumentSet("an advisory lock of the transaction", PostgresServer.running().dataSource(),
						AdvisoryLocks.transaction(4711, MAX_WAIT)),
				Arguments.argumentSet("an advisory lock of the session", PostgresServer.running().dataSource(),
						AdvisoryLocks.session(4711, MAX_WAIT)));
	}

	private static DataSource h2() {
		JdbcDataSource h2 = new JdbcDataSource();
		h2.setUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		return h2;
	}

	@ParameterizedTest
	@MethodSource("locks")
	void noUpdateIsLost(DataSource driver, Resource<?> lock) throws Exception {
		HikariConfig config = new HikariConfig();
		config.setDataSource(driver);
		config.setMaximumPoolSize(THREADS);
		try (HikariDataSource pool = new HikariDataSource(config)) {
			TrackedDataSource dataSource = new TrackedDataSource(pool);
			JdbcClient jdbc = JdbcClient.create(dataSource);
			jdbc.sql("drop table if exists lock_visibility").update();
			jdbc.sql("create table lock_visibility (n int)").update();
			jdbc.sql("insert into lock_visibility values (0)").update();
			TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(dataSource));
			inThreads(() -> {
				for (int i = 0; i < TURNS; i++) {
					scope.run((tx) -> {
						tx.enter(lock);
						int n = jdbc.sql("select n from lock_visibility").query(Integer.class).single();
						jdbc.sql("update lock_visibility set n = ?").param(n + 1).update();
					});
				}
				return true;
			});
			assertThat(jdbc.sql("select n from lock_visibility").query(Integer.class).single())
				.isEqualTo(THREADS * TURNS);
			assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
		}
	}

	private static void inThreads(Callable<Boolean> work) throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(THREADS);
		try {
			for (Future<Boolean> future : executor.invokeAll(List.of(work, work))) {
				future.get();
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

}
