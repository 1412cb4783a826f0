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

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.test.Phase;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.EmptyPersistenceUnit;
import io.transactionscope.test.Faults;
import io.transactionscope.test.FaultyDriver;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * What is told of a COMMIT that failed: what is known, and no less (T4).
 */
@Tag("once")
class CommitOutcomeTests {

	private final JdbcDataSource h2 = new JdbcDataSource();

	private final List<AutoCloseable> closing = new ArrayList<>();

	private final List<Integer> heard = new ArrayList<>();

	private final String table = "t" + UUID.randomUUID().toString().replace("-", "");

	@SuppressWarnings("NullAway.Init")
	private FaultyDriver driver;

	@SuppressWarnings("NullAway.Init")
	private HikariDataSource pool;

	@SuppressWarnings("NullAway.Init")
	private DataSource dataSource;

	@SuppressWarnings("NullAway.Init")
	private JdbcClient observer;

	@SuppressWarnings("NullAway.Init")
	private AbstractPlatformTransactionManager manager;

	@BeforeEach
	void beginsOnH2() {
		this.h2.setUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		use(this.h2, Kind.JDBC);
	}

	@AfterEach
	void nothingIsLeftBehind() throws Exception {
		this.driver.heal();
		// The pool closes what it discards on a thread of its own.
		await().untilAsserted(() -> assertThat(this.driver.leftBehind()).isEmpty());
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
		for (AutoCloseable each : this.closing) {
			each.close();
		}
	}

	@ParameterizedTest
	@EnumSource
	void t4CommitRefusedWithAStateThatSpringDoesNotKnowIsRolledBack(Kind kind) {
		use(PostgresServer.running().dataSource(), kind);
		refuseAtCommit();
		int sessions = this.driver.openSessions();
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(this::insertByTemplate)
			.returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome)
			.withMessageContaining("is rolled back")
			.withMessageContaining("not on a Sunday");
		assertThat(this.heard).containsExactly(TransactionSynchronization.STATUS_ROLLED_BACK);
		assertThat(this.driver.openSessions()).isEqualTo(sessions);
		assertThat(rows()).isZero();
		this.observer.sql("drop table " + this.table).update();
	}

	@ParameterizedTest
	@EnumSource
	void t4ScopeSaysTheSameOfACommitRefusedWithAStateThatSpringDoesNotKnow(Kind kind) {
		use(PostgresServer.running().dataSource(), kind);
		refuseAtCommit();
		int sessions = this.driver.openSessions();
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(this::insertByScope)
			.returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome);
		assertThat(this.heard).containsExactly(TransactionSynchronization.STATUS_ROLLED_BACK);
		assertThat(this.driver.openSessions()).isEqualTo(sessions);
		this.observer.sql("drop table " + this.table).update();
	}

	@ParameterizedTest
	@EnumSource
	void t3WhatFailsAfterARefusedCommitIsCarriedByIt(Kind kind) {
		use(this.h2, kind);
		this.driver.failAt(Phase.COMMIT, new SQLException("refused", "P0001"));
		IllegalStateException later = new IllegalStateException("callback");
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> template().executeWithoutResult((status) -> scope().run((tx) -> tx.afterRollback(() -> {
				throw later;
			}))))
			.satisfies((ex) -> assertThat(ex.getSuppressed()).contains(later));
	}

	@ParameterizedTest
	@EnumSource
	void t4RefusedCommitOfAnInnerTransactionResumesTheOuter(Kind kind) {
		use(this.h2, kind);
		template().executeWithoutResult((status) -> {
			TransactionTemplate inner = template();
			inner.setPropagationBehavior(TransactionTemplate.PROPAGATION_REQUIRES_NEW);
			this.driver.failAt(Phase.COMMIT, new SQLException("refused", "P0001"));
			assertThatExceptionOfType(CommitFailedException.class)
				.isThrownBy(() -> inner.executeWithoutResult((ignored) -> insert()));
			this.driver.heal();
			insert();
		});
		assertThat(rows()).isOne();
	}

	@ParameterizedTest
	@EnumSource
	void t4CommitInDoubtReachesTheCallerAlsoWithRollbackOnCommitFailure(Kind kind) {
		use(this.h2, kind);
		this.manager.setRollbackOnCommitFailure(true);
		SQLException loss = this.driver.failAt(Phase.COMMIT, Faults.lostLink());
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(this::insertByTemplate)
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome)
			.withMessageContaining("the link to the database failed")
			.satisfies((ex) -> assertThat(ex).hasRootCause(loss));
		assertThat(this.heard).containsExactly(TransactionSynchronization.STATUS_UNKNOWN);
	}

	@ParameterizedTest
	@EnumSource
	void t4CommitOnALinkFoundDeadBeforeIsNeverSent(Kind kind) {
		for (boolean tracked : new boolean[] { true, false }) {
			this.heard.clear();
			use(this.h2, kind, tracked);
			assertThatException().isThrownBy(() -> template().executeWithoutResult((status) -> {
				listen();
				this.driver.failAt(Phase.STATEMENT, Faults.lostLink());
				assertThatExceptionOfType(DataAccessException.class).isThrownBy(this::insert);
			})).satisfies((ex) -> assertThat(ex).hasMessageNotContaining("in doubt"));
			assertThat(this.heard).containsExactly(TransactionSynchronization.STATUS_ROLLED_BACK);
		}
	}

	@ParameterizedTest
	@EnumSource
	void t4ScopeOnALinkFoundDeadBeforeIsRolledBack(Kind kind) {
		for (boolean tracked : new boolean[] { true, false }) {
			use(this.h2, kind, tracked);
			List<TransactionOutcome> outcomes = new ArrayList<>();
			assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> scope().run((tx) -> {
				tx.onCompletion(outcomes::add);
				this.driver.failAt(Phase.STATEMENT, Faults.lostLink());
				assertThatExceptionOfType(DataAccessException.class).isThrownBy(this::insert);
			})).returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome);
			assertThat(outcomes).containsExactly(TransactionOutcome.ROLLED_BACK);
		}
	}

	@Test
	void t4CommitWhoseWaitCannotBeLimitedIsNeverSent() {
		SQLException failure = new SQLException("socket closed", "08006");
		UnlimitedDriver database = new UnlimitedDriver(this.h2, failure);
		use(database, Kind.JDBC);
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> scope().timeout(Duration.ofSeconds(20)).run((tx) -> {
				insert();
				database.refusing = true;
			}))
			.returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome)
			.withMessageContaining("COMMIT was not sent")
			.satisfies((ex) -> assertThat(ex).hasRootCause(failure));
		database.refusing = false;
		assertThat(rows()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void t4FailureWithoutSqlStateIsNoLostLink(Kind kind) {
		use(this.h2, kind);
		this.driver.failAt(Phase.COMMIT, new SQLException("[SQLITE_BUSY] The database file is locked"));
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(this::insertByScope)
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome)
			.withMessageContaining("no SQLSTATE")
			.withMessageContaining("SQLITE_BUSY")
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("the link"));
	}

	@ParameterizedTest
	@EnumSource
	void t3CallerOfARolledBackMethodIsNotToldThatAnothersDataIsCommitted(Kind kind) {
		use(this.h2, kind);
		t3CallerOfARolledBackMethodIsNotToldThatAnothersDataIsCommitted();
	}

	private void t3CallerOfARolledBackMethodIsNotToldThatAnothersDataIsCommitted() {
		IllegalStateException body = new IllegalStateException("body");
		assertThatException().isThrownBy(() -> template().executeWithoutResult((status) -> {
			assertThatExceptionOfType(AfterCommitException.class).isThrownBy(() -> scope().run((joined) -> audit()))
				.returns("audit", AfterCommitException::scope);
			throw body;
		})).isSameAs(body);
		assertThat(rows()).isOne();
	}

	@ParameterizedTest
	@EnumSource
	void t3MethodThatSwallowsTheFailureOfAnInnerScopeIsTold(Kind kind) {
		use(this.h2, kind);
		assertThatExceptionOfType(UnexpectedRollbackException.class)
			.isThrownBy(() -> template()
				.executeWithoutResult((status) -> assertThatExceptionOfType(AfterCommitException.class)
					.isThrownBy(() -> scope().run((joined) -> audit()))))
			.withCauseInstanceOf(AfterCommitException.class);
	}

	@ParameterizedTest
	@EnumSource
	void t4CommitOfAnotherTransactionThatFailedBeforeTheCommitLeavesNothingInDoubt(Kind kind) {
		use(this.h2, kind);
		t4CommitOfAnotherTransactionThatFailedBeforeTheCommitLeavesNothingInDoubt();
	}

	private void t4CommitOfAnotherTransactionThatFailedBeforeTheCommitLeavesNothingInDoubt() {
		List<TransactionOutcome> outcomes = new ArrayList<>();
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> scope().run((tx) -> {
			tx.onCompletion(outcomes::add);
			insert();
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void beforeCommit(boolean readOnly) {
					CommitOutcomeTests.this.driver.failAt(Phase.COMMIT, Faults.lostLink());
					try {
						scope().named("audit").requiresNew().run((inner) -> insert());
					}
					finally {
						CommitOutcomeTests.this.driver.heal();
					}
				}

			});
		})).returns("audit", CommitFailedException::scope);
		assertThat(outcomes).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(rows()).isZero();
	}

	@Test
	void t4CommitOfAnotherTransactionThatFailedBeforeTheCommitIsNotThatOfAStockManager() {
		this.manager = new DataSourceTransactionManager(this.dataSource);
		t4CommitOfAnotherTransactionThatFailedBeforeTheCommitLeavesNothingInDoubt();
	}

	@Test
	void t3CallerOfARolledBackMethodOfAStockManagerIsNotToldThatAnothersDataIsCommitted() {
		this.manager = new DataSourceTransactionManager(this.dataSource);
		t3CallerOfARolledBackMethodIsNotToldThatAnothersDataIsCommitted();
	}

	/** Commits on its own, and fails then. */
	private void audit() {
		scope().named("audit").requiresNew().run((tx) -> {
			insert();
			tx.afterCommit(() -> {
				throw new IllegalStateException("mail server");
			});
		});
	}

	private void use(DataSource database, Kind kind) {
		use(database, kind, true);
	}

	private void use(DataSource database, Kind kind, boolean tracked) {
		this.observer = JdbcClient.create(database);
		this.observer.sql("create table if not exists %s (id int)".formatted(this.table)).update();
		this.driver = new FaultyDriver(database);
		HikariConfig config = new HikariConfig();
		config.setDataSource(this.driver);
		config.setMaximumPoolSize(2);
		config.setMinimumIdle(0);
		this.pool = new HikariDataSource(config);
		this.closing.add(this.pool);
		this.dataSource = tracked ? new TrackedDataSource(this.pool) : this.pool;
		this.manager = (kind == Kind.JDBC) ? new ScopedJdbcTransactionManager(this.dataSource) : jpa();
		rows();
	}

	private AbstractPlatformTransactionManager jpa() {
		EmptyPersistenceUnit unit = new EmptyPersistenceUnit(this.dataSource);
		this.closing.add(unit);
		ScopedJpaTransactionManager manager = new ScopedJpaTransactionManager(unit.entityManagers());
		manager.afterPropertiesSet();
		return manager;
	}

	private void refuseAtCommit() {
		this.observer.sql("""
				create or replace function refuse_%1$s() returns trigger language plpgsql as
				$$ begin raise exception 'not on a Sunday'; end $$""".formatted(this.table)).update();
		this.observer.sql("""
				create constraint trigger refuse after insert on %1$s deferrable initially deferred
				for each row execute function refuse_%1$s()""".formatted(this.table)).update();
	}

	private void insertByTemplate() {
		template().executeWithoutResult((status) -> {
			listen();
			insert();
		});
	}

	private void insertByScope() {
		scope().run((tx) -> {
			listen();
			insert();
		});
	}

	private TransactionTemplate template() {
		return new TransactionTemplate(this.manager);
	}

	private TransactionScope scope() {
		return TransactionScope.create(this.manager).named("orders");
	}

	private void listen() {
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void afterCompletion(int status) {
				CommitOutcomeTests.this.heard.add(status);
			}

		});
	}

	private void insert() {
		JdbcClient.create(this.dataSource).sql("insert into %s values (1)".formatted(this.table)).update();
	}

	private int rows() {
		return JdbcClient.create(this.dataSource)
			.sql("select count(*) from " + this.table)
			.query(Integer.class)
			.single();
	}

	enum Kind {

		JDBC, JPA

	}

	/**
	 * A driver that refuses to limit the wait for an answer, once it is told to.
	 */
	private static final class UnlimitedDriver extends DelegatingDataSource {

		private final SQLException failure;

		private volatile boolean refusing;

		private UnlimitedDriver(DataSource driver, SQLException failure) {
			super(driver);
			this.failure = failure;
		}

		@Override
		public Connection getConnection() throws SQLException {
			Connection target = super.getConnection();
			return (Connection) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { Connection.class },
					(proxy, method, args) -> {
						if (method.getName().equals("setNetworkTimeout") && this.refusing) {
							throw this.failure;
						}
						return call(target, method, args);
					});
		}

		private static @Nullable Object call(Connection target, Method method, Object @Nullable [] args)
				throws Throwable {
			try {
				return method.invoke(target, args);
			}
			catch (InvocationTargetException ex) {
				throw ex.getTargetException();
			}
		}

	}

}
