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

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import com.mysql.cj.jdbc.MysqlDataSource;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.EmptyPersistenceUnit;
import io.transactionscope.test.MariaDbServer;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.transaction.TransactionOutcome;
import jakarta.persistence.EntityManagerFactory;
import org.apache.commons.dbcp2.BasicDataSource;
import org.apache.commons.dbcp2.ConnectionFactory;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Transactions that the database has ended by itself, where the contract suite does not
 * get: behind a pool without a ledger, and by a deadlock (T4).
 */
@Tag("once")
class EndedTransactionTests {

	private final String table = "t" + UUID.randomUUID().toString().replace("-", "");

	private final List<AutoCloseable> closing = new ArrayList<>();

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable each : this.closing) {
			each.close();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	@DisplayName("T4: behind another pool, too, a caught SQL error is no commit of a scope on PostgreSQL")
	void t4CaughtErrorIsNoCommitOfAScopeBehindAnotherPool(boolean jpa) {
		DataSource pool = dbcp();
		JdbcClient jdbc = JdbcClient.create(pool);
		List<TransactionOutcome> outcomes = new ArrayList<>();
		assertThatExceptionOfType(UnexpectedRollbackException.class)
			.isThrownBy(() -> TransactionScope.create(manager(pool, jpa)).run((tx) -> {
				tx.onCompletion(outcomes::add);
				insertTwice(jdbc);
			}))
			.withMessageContaining("SQL error");
		assertThat(outcomes).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(count(jdbc)).isZero();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	@DisplayName("T4: nor one of a TransactionTemplate")
	void t4CaughtErrorIsNoCommitOfATemplateBehindAnotherPool(boolean jpa) {
		DataSource pool = dbcp();
		JdbcClient jdbc = JdbcClient.create(pool);
		TransactionTemplate template = new TransactionTemplate(manager(pool, jpa));
		assertThatExceptionOfType(UnexpectedRollbackException.class)
			.isThrownBy(() -> template.executeWithoutResult((status) -> insertTwice(jdbc)))
			.withMessageContaining("SQL error");
		assertThat(count(jdbc)).isZero();
	}

	@Test
	@DisplayName("T4: nor one of a scope on JPA with a manager that is not ours")
	void t4CaughtErrorIsNoCommitOfAScopeOnAStockManagerBehindAnotherPool() {
		DataSource pool = dbcp();
		JdbcClient jdbc = JdbcClient.create(pool);
		assertThatExceptionOfType(UnexpectedRollbackException.class)
			.isThrownBy(() -> TransactionScope.create(new JpaTransactionManager(entityManagers(pool)))
				.run((tx) -> insertTwice(jdbc)));
		assertThat(count(jdbc)).isZero();
	}

	@Test
	@DisplayName("T4, T11: nothing is committed where the transaction that follows has failed")
	void t4NothingIsCommittedWhereTheTransactionThatFollowsHasFailed() {
		DataSource first = pool(Server.H2);
		DataSource second = pool(Server.POSTGRES);
		JdbcClient jdbc = JdbcClient.create(first);
		jdbc.sql("create table %s (id int primary key, n int)".formatted(this.table)).update();
		JdbcClient following = JdbcClient.create(second);
		following.sql("create table %s (id int primary key, n int)".formatted(this.table)).update();
		TransactionScope other = TransactionScope.create(new ScopedJdbcTransactionManager(second));
		assertThatExceptionOfType(UnexpectedRollbackException.class)
			.isThrownBy(() -> TransactionScope.create(new ScopedJdbcTransactionManager(first)).run((tx) -> {
				tx.enter(other);
				jdbc.sql("insert into %s values (1, 0)".formatted(this.table)).update();
				insertTwice(following);
			}));
		assertThat(count(jdbc)).isZero();
		assertThat(count(following)).isZero();
	}

	@ParameterizedTest
	@EnumSource
	@DisplayName("T4: a victim of a deadlock that goes on commits nothing")
	void t4VictimOfADeadlockCommitsNothing(Server server) throws Exception {
		assumeThat(server.isAvailable()).isTrue();
		DataSource pool = pool(server);
		JdbcClient jdbc = JdbcClient.create(pool);
		jdbc.sql("create table %s (id int primary key, n int)".formatted(this.table)).update();
		jdbc.sql("insert into %s values (1, 0), (2, 0), (3, 0)".formatted(this.table)).update();
		TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(pool));
		CyclicBarrier bothHoldOne = new CyclicBarrier(2);
		ExecutorService threads = Executors.newFixedThreadPool(2);
		this.closing.add(threads::shutdownNow);
		Future<Boolean> one = threads.submit(() -> isVictim(scope, jdbc, bothHoldOne, 1, 2));
		Future<Boolean> two = threads.submit(() -> isVictim(scope, jdbc, bothHoldOne, 2, 1));
		assertThat(List.of(one.get(1, TimeUnit.MINUTES), two.get(1, TimeUnit.MINUTES))).containsExactlyInAnyOrder(true,
				false);
		// The winner's work, and nothing of the victim's.
		assertThat(jdbc.sql("select sum(n) from " + this.table).query(Integer.class).single()).isEqualTo(2);
	}

	private boolean isVictim(TransactionScope scope, JdbcClient jdbc, CyclicBarrier bothHoldOne, int first,
			int second) {
		boolean[] victim = new boolean[1];
		List<TransactionOutcome> outcomes = new ArrayList<>();
		try {
			scope.run((tx) -> {
				tx.onCompletion(outcomes::add);
				increment(jdbc, first);
				bothHoldOne.await(1, TimeUnit.MINUTES);
				try {
					increment(jdbc, second);
				}
				catch (PessimisticLockingFailureException ex) {
					victim[0] = true;
					try {
						increment(jdbc, 3);
					}
					catch (RuntimeException ignored) {
						// Where the database refuses it.
						assertThat(ignored).isNotNull();
					}
				}
			});
			assertThat(victim[0]).isFalse();
		}
		catch (UnexpectedRollbackException ex) {
			assertThat(victim[0]).isTrue();
			assertThat(ex.getCause()).isInstanceOfSatisfying(SQLException.class,
					(cause) -> assertThat(cause.getSQLState()).startsWith("40"));
			assertThat(outcomes).containsExactly(TransactionOutcome.ROLLED_BACK);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
		return victim[0];
	}

	@Test
	@DisplayName("T4: a lock that could not be had takes nothing back, and the rest is committed")
	void t4LockThatCouldNotBeHadTakesNothingBack() {
		assumeThat(Server.MARIADB.isAvailable()).isTrue();
		assertThatCode(() -> failToLock(pool(Server.MARIADB.driver()))).doesNotThrowAnyException();
	}

	@Test
	@DisplayName("T4: unless the server is told to roll all back then, with innodb_rollback_on_timeout")
	void t4LockThatCouldNotBeHadTakesAllBackWhereItIsToldSo() {
		assumeThat(Server.MARIADB.isAvailable()).isTrue();
		DataSource driver = MariaDbServer.startedWith("--innodb-rollback-on-timeout").dataSource();
		assertThatExceptionOfType(UnexpectedRollbackException.class).isThrownBy(() -> failToLock(pool(driver)))
			.satisfies((ex) -> assertThat(ex.getCause()).isInstanceOfSatisfying(SQLException.class,
					(cause) -> assertThat(cause.getErrorCode()).isEqualTo(1205)));
	}

	/** Two of three increments, if what was done before the failure is committed. */
	private void failToLock(DataSource pool) {
		JdbcClient jdbc = JdbcClient.create(pool);
		jdbc.sql("create table %s (id int primary key, n int)".formatted(this.table)).update();
		jdbc.sql("insert into %s values (1, 0), (2, 0)".formatted(this.table)).update();
		TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(pool));
		scope.run((outer) -> {
			increment(jdbc, 1);
			scope.requiresNew().run((tx) -> {
				jdbc.sql("set innodb_lock_wait_timeout = 1").update();
				increment(jdbc, 2);
				assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> increment(jdbc, 1));
			});
		});
		assertThat(jdbc.sql("select sum(n) from " + this.table).query(Integer.class).single()).isEqualTo(2);
	}

	private void increment(JdbcClient jdbc, int id) {
		jdbc.sql("update %s set n = n + 1 where id = ?".formatted(this.table)).param(id).update();
	}

	private void insertTwice(JdbcClient jdbc) {
		jdbc.sql("insert into %s values (1, 0)".formatted(this.table)).update();
		assertThatExceptionOfType(DuplicateKeyException.class)
			.isThrownBy(() -> jdbc.sql("insert into %s values (1, 0)".formatted(this.table)).update());
	}

	private int count(JdbcClient jdbc) {
		return jdbc.sql("select count(*) from " + this.table).query(Integer.class).single();
	}

	private DataSource dbcp() {
		DataSource driver = PostgresServer.running().dataSource();
		JdbcClient.create(driver).sql("create table %s (id int primary key, n int)".formatted(this.table)).update();
		BasicDataSource pool = new BasicDataSource() {

			@Override
			protected ConnectionFactory createConnectionFactory() {
				return driver::getConnection;
			}

		};
		this.closing.add(pool);
		return pool;
	}

	private DataSource pool(Server server) {
		return pool(server.driver());
	}

	private DataSource pool(DataSource driver) {
		HikariConfig config = new HikariConfig();
		config.setDataSource(driver);
		config.setMaximumPoolSize(3);
		config.setMinimumIdle(0);
		HikariDataSource pool = new HikariDataSource(config);
		this.closing.add(pool);
		return new TrackedDataSource(pool);
	}

	private PlatformTransactionManager manager(DataSource pool, boolean jpa) {
		if (!jpa) {
			return new ScopedJdbcTransactionManager(pool);
		}
		ScopedJpaTransactionManager manager = new ScopedJpaTransactionManager(entityManagers(pool));
		manager.afterPropertiesSet();
		return manager;
	}

	private EntityManagerFactory entityManagers(DataSource pool) {
		EmptyPersistenceUnit unit = new EmptyPersistenceUnit(pool);
		this.closing.add(0, unit);
		return unit.entityManagers();
	}

	enum Server {

		H2 {

			@Override
			DataSource driver() {
				JdbcDataSource driver = new JdbcDataSource();
				driver.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=10000");
				return driver;
			}

		},

		POSTGRES {

			@Override
			DataSource driver() {
				return PostgresServer.running().dataSource();
			}

		},

		MARIADB {

			@Override
			DataSource driver() {
				return MariaDbServer.running().dataSource();
			}

		},

		MARIADB_BY_MYSQL {

			@Override
			DataSource driver() {
				MysqlDataSource driver = new MysqlDataSource();
				driver.setUrl(MariaDbServer.running().urlForMysql());
				return driver;
			}

		};

		abstract DataSource driver();

		boolean isAvailable() {
			return this == H2 || this == POSTGRES || MariaDbServer.isInstalled();
		}

	}

}
