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

package io.transactionscope.resolution;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.ProxyConnection;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.DatabaseFaults;
import io.transactionscope.test.EmptyPersistenceUnit;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.LinkProxy.Fate;
import io.transactionscope.test.Phase;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.apache.commons.dbcp2.BasicDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PgConnection;

import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * What is told of a COMMIT whose link was lost, once the database has been asked.
 */
@Tag("once")
class CommitResolutionTests {

	private static final int UNHEARD = -1;

	private final LinkProxy link = PostgresServer.running().link();

	private final JdbcClient observer = JdbcClient.create(PostgresServer.running().dataSource());

	private final String table = "t" + UUID.randomUUID().toString().replace("-", "");

	private final List<TransactionOutcome> heard = new ArrayList<>();

	private int synchronizationHeard = UNHEARD;

	private final List<AutoCloseable> closing = new ArrayList<>();

	@SuppressWarnings("NullAway.Init")
	private HikariDataSource pool;

	@SuppressWarnings("NullAway.Init")
	private DataSource dataSource;

	@BeforeEach
	void begins() {
		this.observer.sql("create table " + this.table + " (id int)").update();
		HikariConfig config = new HikariConfig();
		PGSimpleDataSource driver = (PGSimpleDataSource) PostgresServer.running().dataSource(this.link);
		driver.setPrepareThreshold(0);
		config.setDataSource(driver);
		config.setMaximumPoolSize(1);
		config.setConnectionTimeout(2_000);
		this.pool = new HikariDataSource(config);
		TrackedDataSource tracked = new TrackedDataSource(this.pool);
		this.dataSource = tracked;
		this.closing.add(tracked);
	}

	@AfterEach
	void nothingIsLeftBehind() throws Exception {
		this.link.atCommit(() -> Fate.PASSED);
		await().untilAsserted(() -> assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero());
		for (AutoCloseable each : this.closing) {
			each.close();
		}
		this.link.close();
		this.observer.sql("drop table " + this.table).update();
	}

	static Stream<Arguments> waysAndFates() {
		return Stream.of(Way.values())
			.flatMap((way) -> Stream.of(Fate.LOST, Fate.STRANDED, Fate.UNANSWERED)
				.map((fate) -> Arguments.of(way, fate)));
	}

	@ParameterizedTest
	@MethodSource("waysAndFates")
	void t4TheAnswerIsWhatTheDatabaseHas(Way way, Fate fate) {
		loseCommit(fate);
		Throwable thrown = catchThrowable(() -> way.insert(this, true));
		boolean committed = fate == Fate.UNANSWERED;
		assertThat(rows()).isEqualTo(committed ? 1 : 0);
		if (committed) {
			assertThat(thrown).isNull();
		}
		else {
			assertThat(thrown).isInstanceOf(CommitFailedException.class)
				.returns(TransactionOutcome.ROLLED_BACK, (failure) -> ((CommitFailedException) failure).outcome());
		}
		assertThat(this.heard)
			.containsExactly(committed ? TransactionOutcome.COMMITTED : TransactionOutcome.ROLLED_BACK);
		if (!way.isStock()) {
			assertThat(this.synchronizationHeard).isEqualTo(committed ? TransactionSynchronization.STATUS_COMMITTED
					: TransactionSynchronization.STATUS_ROLLED_BACK);
		}
		awaitEndOfSessions();
	}

	@ParameterizedTest
	@EnumSource
	void withoutItTheOutcomeIsUnknown(Way way) {
		loseCommit(Fate.UNANSWERED);
		assertThat(catchThrowable(() -> way.insert(this, false))).isInstanceOf(CommitFailedException.class)
			.returns(TransactionOutcome.UNKNOWN, (failure) -> ((CommitFailedException) failure).outcome());
	}

	@Test
	void t7ALinkThatHangsInTheCommitIsResolvedAMomentPastTheDeadline() {
		TransactionScope scope = scope(jdbc()).timeout(Duration.ofSeconds(1));
		// To a machine that stands still, a moment is too short: it gets another one.
		await().pollInSameThread().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
			loseCommit(Fate.FORGOTTEN);
			long start = System.nanoTime();
			assertThat(catchThrowable(() -> scope.run(this::insert))).isInstanceOf(CommitFailedException.class)
				.returns(TransactionOutcome.ROLLED_BACK, (failure) -> ((CommitFailedException) failure).outcome());
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(2_500));
		});
		assertThat(rows()).isZero();
		awaitEndOfSessions();
	}

	@Test
	void t7ALinkThatHangsForAllIsLeftWithinASecondOfTheDeadline() {
		this.link.atCommit(() -> {
			this.link.freeze();
			return Fate.FORGOTTEN;
		});
		TransactionScope scope = scope(jdbc()).timeout(Duration.ofSeconds(1));
		long start = System.nanoTime();
		assertThat(catchThrowable(() -> scope.run(this::insert))).isInstanceOf(CommitFailedException.class)
			.returns(TransactionOutcome.UNKNOWN, (failure) -> ((CommitFailedException) failure).outcome());
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
		this.link.mend();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aPoolOfAnotherKindThatIsDryIsPassedBy(boolean lazy) throws SQLException {
		try (BasicDataSource other = new BasicDataSource()) {
			PGSimpleDataSource linked = (PGSimpleDataSource) PostgresServer.running().dataSource(this.link);
			linked.setPrepareThreshold(0);
			other.setUrl(linked.getUrl());
			other.setUsername(linked.getUser());
			other.setPassword(linked.getPassword());
			other.setMaxTotal(1);
			this.dataSource = lazy ? new LazyConnectionDataSourceProxy(other) : other;
			loseCommit(Fate.UNANSWERED);
			scope(jdbc()).timeout(Duration.ofSeconds(20)).run(this::insert);
			assertThat(rows()).isEqualTo(1);
			scope(jdbc()).run(this::insert);
			assertThat(rows()).isEqualTo(2);
		}
	}

	@ParameterizedTest
	@CsvSource({ "false,false", "false,true", "true,false", "true,true" })
	void t11OnlyTheServerOfTheTenantIsAsked(boolean hikari, boolean lazy) throws SQLException {
		ThreadLocal<String> tenant = new ThreadLocal<>();
		AbstractRoutingDataSource routing = new AbstractRoutingDataSource() {

			@Override
			protected @Nullable Object determineCurrentLookupKey() {
				return tenant.get();
			}

		};
		PGSimpleDataSource linked = (PGSimpleDataSource) PostgresServer.running().dataSource(this.link);
		linked.setPrepareThreshold(0);
		routing.setTargetDataSources(Map.of("tenant", hikari ? this.pool : linked));
		routing.afterPropertiesSet();
		tenant.set("tenant");
		this.dataSource = lazy ? new LazyConnectionDataSourceProxy(routing) : routing;
		loseCommit(Fate.UNANSWERED);
		scope(jdbc()).timeout(Duration.ofSeconds(20)).run(this::insert);
		assertThat(rows()).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void t4AConnectionThatIsGoneAsTheTransactionIsNotedIsNoCommitInDoubt(boolean jpa) {
		TransactionScope scope = scope(jpa ? jpa(false) : jdbc());
		assertThat(catchThrowable(() -> scope.run((tx) -> {
			insert();
			Connection connection = DataSourceUtils.getConnection(this.dataSource);
			Connection driver = connection.unwrap(PgConnection.class);
			tx.beforeCommit(() -> {
				this.pool.evictConnection(connection.unwrap(ProxyConnection.class));
				// HikariCP closes it on a thread of its own
				await().until(driver::isClosed);
			});
		}))).isInstanceOf(CommitFailedException.class)
			.returns(TransactionOutcome.ROLLED_BACK, (failure) -> ((CommitFailedException) failure).outcome());
		assertThat(rows()).isZero();
	}

	@Test
	void aHandleThatHasFetchedNothingHasNothingToCommit() {
		this.dataSource = new LazyConnectionDataSourceProxy(this.dataSource);
		scope(jdbc()).run(() -> assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero());
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
	}

	@Test
	void aViewThatIsStillOpenGoesOnOnAnotherConnection() {
		ScopedJpaTransactionManager manager = (ScopedJpaTransactionManager) jpa(false);
		EntityManagerFactory factory = Objects.requireNonNull(manager.getEntityManagerFactory());
		loseCommit(Fate.UNANSWERED);
		List<Object> seen = new ArrayList<>();
		try (EntityManager view = factory.createEntityManager()) {
			TransactionSynchronizationManager.bindResource(factory, new EntityManagerHolder(view));
			scope(manager).run((tx) -> {
				view.createNativeQuery("insert into " + this.table + " values (1)").executeUpdate();
				tx.afterCommit(() -> seen.add(count(view)));
				TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

					@Override
					public void afterCommit() {
						seen.add(count(view));
					}

				});
			});
			seen.add(count(view));
		}
		finally {
			TransactionSynchronizationManager.unbindResource(factory);
		}
		assertThat(seen).containsExactly(1L, 1L, 1L);
	}

	private Object count(EntityManager entityManager) {
		return entityManager.createNativeQuery("select count(*) from " + this.table, Long.class).getSingleResult();
	}

	@ParameterizedTest
	@CsvSource({ "40001,false,could not serialize", "40001,true,could not serialize",
			"08006,false,COMMIT was not sent: the link was lost", "08006,true,COMMIT was not sent: the link was lost",
			"42883,false,switch them off", "42883,true,switch them off" })
	void t4WhatFailsAsTheTransactionIsNotedIsNoCommitInDoubt(String state, boolean jpa, String told) {
		DatabaseFaults faults = new DatabaseFaults();
		this.dataSource = faults.beneath("postgres", PostgresServer.running().dataSource());
		TransactionScope scope = scope(jpa ? jpa(false) : jdbc());
		assertThat(catchThrowable(() -> scope.run((tx) -> {
			tx.onCompletion(this.heard::add);
			insert();
			tx.beforeCommit(() -> faults.at(Phase.STATEMENT).fails(new SQLException("could not serialize", state)));
		}))).isInstanceOf(CommitFailedException.class)
			.returns(TransactionOutcome.ROLLED_BACK, (failure) -> ((CommitFailedException) failure).outcome())
			.hasStackTraceContaining(told)
			.satisfies((failure) -> assertThat(failure.getCause() instanceof ConcurrencyFailureException)
				.isEqualTo(state.equals("40001")));
		faults.clear();
		assertThat(this.heard).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(rows()).isZero();
	}

	@Test
	void whoFollowsTheCommitHasAConnectionThatWorks() {
		loseCommit(Fate.UNANSWERED);
		List<Integer> seen = new ArrayList<>();
		JdbcClient jdbc = JdbcClient.create(this.dataSource);
		scope(jdbc()).run((tx) -> {
			insert();
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void afterCommit() {
					seen.add(jdbc.sql("select count(*) from " + CommitResolutionTests.this.table)
						.query(Integer.class)
						.single());
				}

			});
			tx.afterCommit(() -> seen.add(rows()));
		});
		assertThat(seen).containsExactly(1, 1);
	}

	@Test
	void whatHasWrittenNothingIsRolledBack() {
		loseCommit(Fate.UNANSWERED);
		assertThat(catchThrowable(() -> scope(jdbc())
			.run(() -> JdbcClient.create(this.dataSource).sql("select 1").query(Integer.class).single())))
			.isInstanceOf(CommitFailedException.class)
			.returns(TransactionOutcome.ROLLED_BACK, (failure) -> ((CommitFailedException) failure).outcome());
	}

	@Test
	void aDatabaseThatDoesNotComeBackLeavesItUnknown() {
		this.link.atCommit(() -> {
			this.link.cut();
			return Fate.LOST;
		});
		TransactionScope scope = scope(jdbc()).timeout(Duration.ofSeconds(1));
		Throwable thrown = catchThrowable(() -> scope.run(this::insert));
		assertThat(thrown).isInstanceOf(CommitFailedException.class)
			.returns(TransactionOutcome.UNKNOWN, (failure) -> ((CommitFailedException) failure).outcome());
		assertThat(thrown).hasStackTraceContaining("What became of 'book' could not be resolved");
		this.link.mend();
	}

	@Test
	void aDatabaseThatComesBackInTimeIsAsked() {
		this.link.atCommit(() -> {
			this.link.cut();
			return Fate.LOST;
		});
		TransactionScope scope = scope(jdbc()).timeout(Duration.ofSeconds(20));
		Thread back = new Thread(() -> {
			await().until(() -> this.link.connections() > 3);
			this.link.mend();
		});
		back.start();
		assertThat(catchThrowable(() -> scope.run(this::insert))).isInstanceOf(CommitFailedException.class)
			.returns(TransactionOutcome.ROLLED_BACK, (failure) -> ((CommitFailedException) failure).outcome());
	}

	@Test
	void theTransactionThatFollowsOnAnotherDataSourceIsResolvedToo() {
		TransactionScope first = TransactionScope
			.create(new ScopedJdbcTransactionManager(PostgresServer.running().dataSource()));
		loseCommit(Fate.UNANSWERED);
		first.run((tx) -> {
			tx.enter(scope(jdbc()));
			insert();
		});
		assertThat(rows()).isEqualTo(1);
	}

	private void loseCommit(Fate fate) {
		boolean[] done = { false };
		this.link.atCommit(() -> {
			Fate next = done[0] ? Fate.PASSED : fate;
			done[0] = true;
			return next;
		});
	}

	private static TransactionScope scope(PlatformTransactionManager manager) {
		return TransactionScope.create(manager).named("book").resolveCommit();
	}

	private PlatformTransactionManager jdbc() {
		return new ScopedJdbcTransactionManager(this.dataSource);
	}

	private PlatformTransactionManager jpa(boolean stock) {
		EmptyPersistenceUnit unit = new EmptyPersistenceUnit(this.dataSource);
		this.closing.add(0, unit);
		JpaTransactionManager manager = stock ? new JpaTransactionManager(unit.entityManagers())
				: new ScopedJpaTransactionManager(unit.entityManagers());
		manager.afterPropertiesSet();
		return manager;
	}

	private void insert() {
		JdbcClient.create(this.dataSource).sql("insert into " + this.table + " values (1)").update();
	}

	private void insertAndListen() {
		insert();
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void afterCompletion(int status) {
				CommitResolutionTests.this.synchronizationHeard = status;
			}

		});
	}

	private int rows() {
		return this.observer.sql("select count(*) from " + this.table).query(Integer.class).single();
	}

	/** Those whose link is lost are about to end. */
	private void awaitEndOfSessions() {
		await().until(() -> this.observer.sql(
				"select count(*) from pg_stat_activity where state like 'idle in%' and query not like '%pg_stat_activity%'")
			.query(Integer.class)
			.single() == 0);
	}

	/**
	 * Who begins and ends the transaction.
	 */
	enum Way {

		SCOPE {

			@Override
			void insert(CommitResolutionTests test, boolean resolved) {
				byScope(test, test.jdbc(), resolved);
			}

		},

		SCOPE_ON_SPRINGS_JDBC_MANAGER {

			@Override
			void insert(CommitResolutionTests test, boolean resolved) {
				byScope(test, new JdbcTransactionManager(test.dataSource), resolved);
			}

		},

		SCOPE_ON_JPA {

			@Override
			void insert(CommitResolutionTests test, boolean resolved) {
				byScope(test, test.jpa(false), resolved);
			}

		},

		SCOPE_ON_SPRINGS_JPA_MANAGER {

			@Override
			void insert(CommitResolutionTests test, boolean resolved) {
				byScope(test, test.jpa(true), resolved);
			}

		},

		TRANSACTIONAL {

			@Override
			void insert(CommitResolutionTests test, boolean resolved) {
				ScopedJdbcTransactionManager manager = (ScopedJdbcTransactionManager) test.jdbc();
				manager.setResolveCommit(resolved);
				byTemplate(test, manager, null);
			}

		},

		TRANSACTIONAL_ON_JPA {

			@Override
			void insert(CommitResolutionTests test, boolean resolved) {
				ScopedJpaTransactionManager manager = (ScopedJpaTransactionManager) test.jpa(false);
				manager.setResolveCommit(resolved);
				byTemplate(test, manager, null);
			}

		},

		JOINED {

			@Override
			void insert(CommitResolutionTests test, boolean resolved) {
				PlatformTransactionManager manager = test.jdbc();
				byTemplate(test, manager, resolved ? scope(manager) : TransactionScope.create(manager));
			}

		};

		abstract void insert(CommitResolutionTests test, boolean resolved);

		boolean isStock() {
			return this == SCOPE_ON_SPRINGS_JPA_MANAGER;
		}

		void byScope(CommitResolutionTests test, PlatformTransactionManager manager, boolean resolved) {
			TransactionScope scope = resolved ? scope(manager) : TransactionScope.create(manager);
			scope.run((tx) -> {
				tx.onCompletion(test.heard::add);
				test.insertAndListen();
			});
		}

		void byTemplate(CommitResolutionTests test, PlatformTransactionManager manager,
				@Nullable TransactionScope joining) {
			TransactionScope scope = (joining != null) ? joining : TransactionScope.create(manager);
			new TransactionTemplate(manager).executeWithoutResult((status) -> scope.run((tx) -> {
				tx.onCompletion(test.heard::add);
				test.insertAndListen();
			}));
		}

	}

}
