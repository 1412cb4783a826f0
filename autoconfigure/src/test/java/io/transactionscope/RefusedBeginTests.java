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

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.async.BlockFuture;
import io.transactionscope.test.EmptyPersistenceUnit;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGConnection;
import org.postgresql.jdbc.AutoSave;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * PostgreSQL's driver sends BEGIN together with the first statement of a transaction, as
 * a query of its own. A cancel that ends just that has the statement executed outside of
 * any transaction.
 */
@Tag("once")
class RefusedBeginTests {

	private static final int ENOUGH = 3;

	private final String table = "t" + UUID.randomUUID().toString().replace("-", "");

	private final DataSource database = PostgresServer.running().dataSource();

	private final JdbcClient outside = JdbcClient.create(this.database);

	private final ExecutorService threads = Executors.newCachedThreadPool();

	@BeforeEach
	void createTable() {
		this.outside.sql("create table %s (n int)".formatted(this.table)).update();
	}

	@AfterEach
	void dropTable() {
		this.threads.shutdownNow();
		this.outside.sql("drop table " + this.table).update();
	}

	@Test
	@Timeout(60)
	@DisplayName("A2: a block is not cancelled before its BEGIN has been answered")
	void a2BlockIsNotCancelledBeforeItsBeginHasBeenAnswered() throws Exception {
		try (LinkProxy link = PostgresServer.running().link();
				HikariDataSource pool = pool(PostgresServer.running().dataSource(link))) {
			TrackedDataSource tracked = new TrackedDataSource(pool);
			JdbcClient jdbc = JdbcClient.create(tracked);
			TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(tracked)).named("block");
			scope.run(() -> assertThat(jdbc.sql("select 1").query(Integer.class).single()).isEqualTo(1));
			int connections = link.connections();
			link.freeze();
			BlockFuture<?> block = scope.async(this.threads)
				.run((tx) -> jdbc.sql("insert into %s select 1 from (select pg_sleep(600)) as s".formatted(this.table))
					.update());
			await().until(() -> tracked.ledger()
				.snapshot()
				.leases()
				.stream()
				.anyMatch((lease) -> lease.phase() == Phase.IN_STATEMENT));
			block.cancel(true);
			await().until(() -> Thread.getAllStackTraces()
				.keySet()
				.stream()
				.anyMatch((thread) -> thread.getName().endsWith(":cancel")
						&& thread.getState() == Thread.State.TIMED_WAITING));
			await().during(Duration.ofMillis(200)).until(() -> link.connections() == connections);
			link.mend();
			assertThatExceptionOfType(CancellationException.class).isThrownBy(block::join);
			assertThat(block.ended().toCompletableFuture().get(30, TimeUnit.SECONDS))
				.isInstanceOf(Outcome.Cancelled.class);
			assertThat(rows()).isEmpty();
		}
	}

	@ParameterizedTest
	@CsvSource({ "true, false", "false, false", "true, true", "false, true" })
	@Timeout(120)
	@DisplayName("T4: what others cancel there is never said to be rolled back")
	void t4WhatOthersCancelThereIsNeverSaidToBeRolledBack(boolean inScope, boolean jpa) throws Exception {
		HikariDataSource pool = pool(this.database);
		TrackedDataSource tracked = new TrackedDataSource(pool);
		try (pool; EmptyPersistenceUnit unit = new EmptyPersistenceUnit(tracked)) {
			JdbcClient jdbc = JdbcClient.create(tracked);
			PlatformTransactionManager manager = jpa ? jpaManager(unit) : new ScopedJdbcTransactionManager(tracked);
			AtomicBoolean enough = new AtomicBoolean();
			Future<Integer> others = this.threads.submit(() -> cancelUntil(enough));
			Map<Integer, TransactionOutcome> outcomes = new HashMap<>();
			for (int n = 0; Collections.frequency(outcomes.values(), TransactionOutcome.UNKNOWN) < ENOUGH; n++) {
				int row = n;
				Runnable work = () -> insert(jdbc, row);
				outcomes.put(n, inScope ? outcomeOfScope(manager, work) : outcomeOfTemplate(manager, work));
			}
			enough.set(true);
			assertThat(others.get(10, TimeUnit.SECONDS)).isPositive();
			noneIsSaidToBeRolledBack(outcomes);
		}
	}

	@ParameterizedTest
	@CsvSource({ "ROWS, NEVER", "BATCH, NEVER", "COUNT, ALWAYS", "ROWS, ALWAYS", "BATCH, ALWAYS" })
	@Timeout(120)
	@DisplayName("T4: nor where the driver's failure does not tell that the statement was executed, or not at once")
	void t4NorWhereTheFailureOfTheDriverDoesNotTellSoAtOnce(First first, AutoSave autosave) throws Exception {
		DataSource driver = new DelegatingDataSource(this.database) {

			@Override
			public Connection getConnection() throws SQLException {
				Connection connection = super.getConnection();
				connection.unwrap(PGConnection.class).setAutosave(autosave);
				return connection;
			}

		};
		try (HikariDataSource pool = pool(driver)) {
			TrackedDataSource tracked = new TrackedDataSource(pool);
			JdbcTemplate jdbc = new JdbcTemplate(tracked);
			PlatformTransactionManager manager = new ScopedJdbcTransactionManager(tracked);
			AtomicBoolean enough = new AtomicBoolean();
			Future<Integer> others = this.threads.submit(() -> cancelUntil(enough));
			Map<Integer, TransactionOutcome> outcomes = new HashMap<>();
			for (int n = 0; Collections.frequency(outcomes.values(), TransactionOutcome.UNKNOWN) < ENOUGH; n++) {
				int row = n;
				outcomes.put(n, outcomeOfScope(manager, () -> first.insert(jdbc, this.table, row)));
				if (n % 200 == 0) {
					noneIsSaidToBeRolledBack(outcomes);
				}
			}
			enough.set(true);
			assertThat(others.get(10, TimeUnit.SECONDS)).isPositive();
			noneIsSaidToBeRolledBack(outcomes);
		}
	}

	private void noneIsSaidToBeRolledBack(Map<Integer, TransactionOutcome> outcomes) {
		assertThat(rows()).allSatisfy((n) -> assertThat(outcomes.get(n)).isNotEqualTo(TransactionOutcome.ROLLED_BACK));
	}

	@Test
	@Timeout(120)
	@DisplayName("T4: nor does a body that has caught it go on to a COMMIT")
	void t4BodyThatHasCaughtItDoesNotCommit() throws Exception {
		try (HikariDataSource pool = pool(this.database)) {
			TrackedDataSource tracked = new TrackedDataSource(pool);
			JdbcClient jdbc = JdbcClient.create(tracked);
			TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(tracked)).named("block");
			AtomicBoolean enough = new AtomicBoolean();
			Future<Integer> others = this.threads.submit(() -> cancelUntil(enough));
			CommitFailedException refused = null;
			while (refused == null) {
				try {
					scope.run((tx) -> {
						try {
							insert(jdbc, 1);
						}
						catch (DataAccessException ex) {
							// As bodies do.
							assertThat(ex).isNotNull();
						}
					});
				}
				catch (CommitFailedException ex) {
					refused = (ex.outcome() == TransactionOutcome.UNKNOWN) ? ex : null;
				}
				catch (RuntimeException ex) {
					// What else was cancelled.
					assertThat(ex).isNotNull();
				}
			}
			enough.set(true);
			assertThat(others.get(10, TimeUnit.SECONDS)).isPositive();
			assertThat(refused).hasMessageContaining("block").hasStackTraceContaining("refused its BEGIN");
		}
	}

	private static TransactionOutcome outcomeOfScope(PlatformTransactionManager manager, Runnable work) {
		List<TransactionOutcome> outcomes = new ArrayList<>();
		try {
			TransactionScope.create(manager).named("block").run((tx) -> {
				tx.onCompletion(outcomes::add);
				work.run();
			});
		}
		catch (RuntimeException ex) {
			assertThat(outcomes).as("%s", ex).doesNotContain(TransactionOutcome.COMMITTED);
		}
		return outcomes.isEmpty() ? TransactionOutcome.ROLLED_BACK : outcomes.get(0);
	}

	private static TransactionOutcome outcomeOfTemplate(PlatformTransactionManager manager, Runnable work) {
		List<Integer> status = new ArrayList<>();
		try {
			new TransactionTemplate(manager).executeWithoutResult((transaction) -> {
				TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

					@Override
					public void afterCompletion(int completed) {
						status.add(completed);
					}

				});
				work.run();
			});
		}
		catch (RuntimeException ex) {
			assertThat(status).as("%s", ex).doesNotContain(TransactionSynchronization.STATUS_COMMITTED);
		}
		return status.contains(TransactionSynchronization.STATUS_COMMITTED) ? TransactionOutcome.COMMITTED
				: status.contains(TransactionSynchronization.STATUS_UNKNOWN) ? TransactionOutcome.UNKNOWN
						: TransactionOutcome.ROLLED_BACK;
	}

	private static PlatformTransactionManager jpaManager(EmptyPersistenceUnit unit) {
		ScopedJpaTransactionManager manager = new ScopedJpaTransactionManager(unit.entityManagers());
		manager.afterPropertiesSet();
		return manager;
	}

	private int cancelUntil(AtomicBoolean enough) throws SQLException {
		int cancelled = 0;
		try (Connection connection = this.database.getConnection();
				PreparedStatement cancel = connection.prepareStatement(
						"select pg_cancel_backend(pid) from pg_stat_activity where application_name = ?")) {
			cancel.setString(1, this.table);
			while (!enough.get()) {
				cancel.execute();
				cancelled++;
			}
		}
		return cancelled;
	}

	private void insert(JdbcClient jdbc, int n) {
		jdbc.sql("insert into %s values (?)".formatted(this.table)).param(n).update();
	}

	private Set<Integer> rows() {
		return this.outside.sql("select n from " + this.table).query(Integer.class).set();
	}

	/** Of one connection that has the table's name. */
	private HikariDataSource pool(DataSource driver) {
		HikariConfig config = new HikariConfig();
		config.setDataSource(driver);
		config.setMaximumPoolSize(1);
		config.setConnectionInitSql("set application_name = '%s'".formatted(this.table));
		return new HikariDataSource(config);
	}

	/**
	 * What comes back of the first statement of a transaction.
	 */
	private enum First {

		COUNT, ROWS, BATCH;

		void insert(JdbcOperations jdbc, String table, int n) {
			String insert = "insert into %s values (?)".formatted(table);
			switch (this) {
				case COUNT -> jdbc.update(insert, n);
				case ROWS -> jdbc.queryForObject(insert + " returning n", Integer.class, n);
				case BATCH -> jdbc.batchUpdate(insert, List.of(new Object[] { n }, new Object[] { n }));
			}
		}

	}

}
