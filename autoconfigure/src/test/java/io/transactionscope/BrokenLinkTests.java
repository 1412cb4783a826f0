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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.TrackedDataSource;
import io.transactionscope.test.EmptyPersistenceUnit;
import io.transactionscope.test.FaultyDriver;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.Phase;
import io.transactionscope.test.PostgresServer;
import jakarta.persistence.EntityManagerFactory;
import org.apache.commons.dbcp2.BasicDataSource;
import org.apache.commons.dbcp2.ConnectionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.annotation.Isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * A link to PostgreSQL that hangs or breaks, at each point of a block with a deadline.
 */
class BrokenLinkTests {

	/** Each costs seconds: {@code -Dtransaction-scope.test.moments=all} spares none. */
	private static final boolean ALL = "all".equals(System.getProperty("transaction-scope.test.moments"));

	private static final Duration DEADLINE = Duration.ofSeconds(1);

	/** For a machine that is busy with something else. */
	private static final Duration ROOM = Duration.ofSeconds(1);

	/** Long after the caller has to be back. */
	private static final Duration THAW = Duration.ofSeconds(8);

	@SuppressWarnings("NullAway.Init")
	private static LinkProxy link;

	@SuppressWarnings("NullAway.Init")
	private static ScheduledExecutorService thawing;

	private final List<AutoCloseable> closing = new ArrayList<>();

	private final List<TransactionOutcome> heard = new ArrayList<>();

	private final String table = "t" + UUID.randomUUID().toString().replace("-", "");

	private final JdbcTemplate server = new JdbcTemplate(PostgresServer.running().dataSource());

	private final FaultyDriver driver = new FaultyDriver(PostgresServer.running().dataSource(link));

	private final HikariDataSource pool = pool();

	private final BasicDataSource otherPool = otherPool();

	private DataSource dataSource = new TrackedDataSource(this.pool);

	private Runnable fault = link::freeze;

	private boolean reached;

	private @Nullable Throwable ofBody;

	@BeforeAll
	static void connect() {
		link = PostgresServer.running().link();
		thawing = Executors.newSingleThreadScheduledExecutor();
	}

	@AfterAll
	static void disconnect() throws Exception {
		thawing.shutdownNow();
		link.close();
	}

	@AfterEach
	void close() throws Exception {
		link.mend();
		for (AutoCloseable each : this.closing) {
			each.close();
		}
		this.pool.close();
		this.otherPool.close();
		this.server.execute("drop table if exists " + this.table);
	}

	static Stream<Arguments> everyMoment() {
		return Arrays.stream(Kind.values())
			.flatMap((kind) -> Arrays.stream(Moment.values())
				.filter((moment) -> kind.has(moment) && (ALL || kind.isOfStarter() || kind.isTurnOf(moment)))
				.map((moment) -> Arguments.of(kind, moment)));
	}

	@ParameterizedTest
	@MethodSource("everyMoment")
	@DisplayName("T7: on a link that hangs, the caller is back within a second of the deadline")
	void t7_callerIsBackWhenTheLinkHangs(Kind kind, Moment moment) throws Exception {
		callerIsBack(kind, moment);
	}

	@ParameterizedTest
	@MethodSource("everyMoment")
	@DisplayName("T2, T4: when the link is cut, the outcome is told, and the connection is gone from its pool")
	void t2_t4_outcomeIsToldWhenTheLinkIsCut(Kind kind, Moment moment) throws Exception {
		this.fault = link::cut;
		callerIsBack(kind, moment);
	}

	private void callerIsBack(Kind kind, Moment moment) throws Exception {
		this.server.execute("create table %s (id int)".formatted(this.table));
		if (kind == Kind.OTHER_POOL) {
			this.dataSource = this.otherPool;
		}
		TransactionScope scope = TransactionScope.create(kind.manager(this)).named("orders");
		scope.run(() -> insert(1));
		Throwable thrown;
		Duration took;
		int attempts = 0;
		do {
			this.heard.clear();
			this.ofBody = null;
			this.reached = false;
			this.driver.heal();
			ScheduledFuture<?> thaw = thawing.schedule(link::mend, THAW.toMillis(), TimeUnit.MILLISECONDS);
			moment.beforeBlock(this);
			long start = System.nanoTime();
			thrown = catchThrowable(() -> scope.isolation(Isolation.SERIALIZABLE)
				.timeout(moment.deadline())
				.run((tx) -> body(tx, moment)));
			took = Duration.ofNanos(System.nanoTime() - start);
			thaw.cancel(false);
			link.mend();
			attempts++;
		}
		while (!this.reached && attempts < 5);
		assertThat(this.reached).isTrue();
		assertThat(took).isLessThan(moment.deadline().plusSeconds(1).plus(ROOM));
		moment.check(this, thrown);
		await().until(() -> lent() == 0);
		scope.timeout(Duration.ofSeconds(30)).run(() -> insert(3));
		assertThat(rows()).contains(1, 3);
		await().untilAsserted(() -> assertThat(this.driver.leftBehind()).isEmpty());
	}

	private void body(ActiveScope tx, Moment moment) throws Throwable {
		tx.onCompletion(this.heard::add);
		insert(2);
		try {
			moment.inBlock(this, tx);
		}
		catch (Throwable ex) {
			this.ofBody = ex;
			throw ex;
		}
	}

	private void failBefore(Phase phase) {
		this.driver.before(phase, this::fail);
	}

	private void fail() {
		this.reached = true;
		this.fault.run();
	}

	private void insert(int id) {
		new JdbcTemplate(this.dataSource).update("insert into %s values (?)".formatted(this.table), id);
	}

	private List<Integer> rows() {
		return this.server.queryForList("select id from " + this.table, Integer.class);
	}

	private void fetchUntil(Duration time) {
		long end = System.nanoTime() + time.toNanos();
		JdbcTemplate inPieces = new JdbcTemplate(this.dataSource);
		inPieces.setFetchSize(5);
		inPieces.query("select * from generate_series(1, 20)", (row) -> {
			if (row.getInt(1) == 2) {
				pass(end - System.nanoTime());
				fail();
			}
		});
	}

	private static void pass(long nanos) {
		try {
			assertThat(new CountDownLatch(1).await(nanos, TimeUnit.NANOSECONDS)).isFalse();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private HikariDataSource pool() {
		HikariConfig config = new HikariConfig();
		config.setDataSource(this.driver);
		config.setMaximumPoolSize(2);
		config.setMinimumIdle(0);
		return new HikariDataSource(config);
	}

	private BasicDataSource otherPool() {
		BasicDataSource pool = new BasicDataSource() {

			@Override
			protected ConnectionFactory createConnectionFactory() {
				return BrokenLinkTests.this.driver::getConnection;
			}

		};
		pool.setMaxTotal(2);
		return pool;
	}

	private int lent() {
		return this.pool.getHikariPoolMXBean().getActiveConnections() + this.otherPool.getNumActive();
	}

	private EntityManagerFactory entityManagers() {
		EmptyPersistenceUnit unit = new EmptyPersistenceUnit(this.dataSource);
		this.closing.add(unit);
		return unit.entityManagers();
	}

	enum Kind {

		JDBC, STOCK_JDBC, OTHER_POOL, JPA, STOCK_JPA;

		/** What the starter provides: tested at every moment, always. */
		private boolean isOfStarter() {
			return this == JDBC || this == JPA;
		}

		/** The others have every third, each another one. */
		private boolean isTurnOf(Moment moment) {
			return (List.of(Moment.values()).indexOf(moment) - List.of(values()).indexOf(this)) % 3 == 0;
		}

		private boolean has(Moment moment) {
			return switch (this) {
				case OTHER_POOL -> moment != Moment.BORROW && moment != Moment.LATE_FETCH;
				case STOCK_JPA -> !moment.name().contains("SAVEPOINT");
				default -> true;
			};
		}

		private PlatformTransactionManager manager(BrokenLinkTests test) {
			return switch (this) {
				case JDBC, OTHER_POOL -> new ScopedJdbcTransactionManager(test.dataSource);
				case STOCK_JDBC -> new JdbcTransactionManager(test.dataSource);
				case JPA -> {
					ScopedJpaTransactionManager manager = new ScopedJpaTransactionManager(test.entityManagers());
					manager.afterPropertiesSet();
					yield manager;
				}
				case STOCK_JPA -> {
					JpaTransactionManager manager = new JpaTransactionManager(test.entityManagers());
					manager.afterPropertiesSet();
					yield manager;
				}
			};
		}

	}

	enum Moment {

		BORROW {

			@Override
			void beforeBlock(BrokenLinkTests test) {
				// HikariCP checks what was idle for longer than half a second.
				pass(Duration.ofMillis(700).toNanos());
				test.fail();
			}

			@Override
			void check(BrokenLinkTests test, @Nullable Throwable thrown) {
				assertThat(thrown).isInstanceOf(TransactionTimedOutException.class);
				assertThat(test.rows()).containsExactly(1);
			}

		},

		BEGIN {

			@Override
			void beforeBlock(BrokenLinkTests test) {
				test.failBefore(Phase.SETTING);
			}

			@Override
			void check(BrokenLinkTests test, @Nullable Throwable thrown) {
				assertThat(thrown).isInstanceOfAny(TransactionTimedOutException.class,
						CannotCreateTransactionException.class);
				assertThat(test.rows()).containsExactly(1);
			}

		},

		STATEMENT {

			@Override
			void inBlock(BrokenLinkTests test, ActiveScope tx) {
				test.failBefore(Phase.STATEMENT);
				test.insert(2);
			}

		},

		FETCH {

			@Override
			void inBlock(BrokenLinkTests test, ActiveScope tx) {
				test.fetchUntil(Duration.ZERO);
			}

		},

		SAVEPOINT {

			@Override
			void inBlock(BrokenLinkTests test, ActiveScope tx) {
				test.failBefore(Phase.SAVEPOINT);
				tx.savepoint((inner) -> test.insert(2));
			}

		},

		ROLLBACK_TO_SAVEPOINT {

			@Override
			void inBlock(BrokenLinkTests test, ActiveScope tx) {
				test.failBefore(Phase.ROLLBACK_TO_SAVEPOINT);
				tx.savepoint((inner) -> {
					throw new IllegalStateException("in the savepoint");
				});
			}

		},

		RELEASE_SAVEPOINT {

			@Override
			void inBlock(BrokenLinkTests test, ActiveScope tx) {
				test.failBefore(Phase.RELEASE_SAVEPOINT);
				tx.savepoint((inner) -> test.insert(2));
			}

		},

		COMMIT {

			@Override
			void inBlock(BrokenLinkTests test, ActiveScope tx) {
				test.failBefore(Phase.COMMIT);
			}

			@Override
			void check(BrokenLinkTests test, @Nullable Throwable thrown) {
				assertThat(thrown).isInstanceOf(CommitFailedException.class)
					.extracting((failure) -> ((CommitFailedException) failure).outcome())
					.isEqualTo(TransactionOutcome.UNKNOWN);
				assertThat(test.heard).containsExactly(TransactionOutcome.UNKNOWN);
			}

		},

		LATE_FETCH {

			@Override
			void inBlock(BrokenLinkTests test, ActiveScope tx) {
				test.fetchUntil(deadline().multipliedBy(9).dividedBy(10));
			}

			@Override
			Duration deadline() {
				return DEADLINE.multipliedBy(3);
			}

		},

		ROLLBACK {

			@Override
			void inBlock(BrokenLinkTests test, ActiveScope tx) {
				test.failBefore(Phase.ROLLBACK);
				throw new IllegalStateException("of the body");
			}

		},

		LATE_ROLLBACK {

			@Override
			void inBlock(BrokenLinkTests test, ActiveScope tx) {
				test.failBefore(Phase.ROLLBACK);
				pass(DEADLINE.toNanos());
			}

			@Override
			void check(BrokenLinkTests test, @Nullable Throwable thrown) {
				assertThat(thrown).isInstanceOf(TransactionTimedOutException.class);
				assertThat(test.heard).containsExactly(TransactionOutcome.ROLLED_BACK);
				assertThat(test.rows()).containsExactly(1);
			}

		},

		RESTORE {

			@Override
			void inBlock(BrokenLinkTests test, ActiveScope tx) {
				test.failBefore(Phase.SETTING);
			}

			@Override
			void check(BrokenLinkTests test, @Nullable Throwable thrown) {
				if (thrown != null) {
					assertThat(thrown).isInstanceOf(AfterCommitException.class);
				}
				assertThat(test.heard).containsExactly(TransactionOutcome.COMMITTED);
				assertThat(test.rows()).containsExactly(1, 2);
			}

		};

		Duration deadline() {
			return DEADLINE;
		}

		void beforeBlock(BrokenLinkTests test) {
		}

		void inBlock(BrokenLinkTests test, ActiveScope tx) throws Throwable {
		}

		void check(BrokenLinkTests test, @Nullable Throwable thrown) {
			assertThat(thrown).isNotNull().isSameAs(test.ofBody);
			assertThat(test.heard).containsExactly(TransactionOutcome.ROLLED_BACK);
			assertThat(test.rows()).containsExactly(1);
		}

	}

}
