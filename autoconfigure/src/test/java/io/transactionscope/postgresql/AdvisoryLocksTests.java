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

package io.transactionscope.postgresql;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.test.PostgresServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Advisory locks of a real server.
 */
class AdvisoryLocksTests {

	private static final long KEY = 815;

	private static final Duration SHORT = Duration.ofMillis(50);

	private final LossyServer server = new LossyServer();

	private final HikariDataSource pool = pool(this.server);

	private final TrackedDataSource dataSource = new TrackedDataSource(this.pool);

	private final TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(this.dataSource));

	private final JdbcClient outside = JdbcClient.create(PostgresServer.running().dataSource());

	private static HikariDataSource pool(DataSource server) {
		HikariConfig config = new HikariConfig();
		config.setDataSource(server);
		config.setMaximumPoolSize(2);
		return new HikariDataSource(config);
	}

	@AfterEach
	void everythingIsFree() {
		assertThat(isFree()).isTrue();
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
		this.pool.close();
	}

	@Test
	void areHeldUntilTheTransactionEnds() {
		this.scope.run((tx) -> {
			assertThat(tx.enter(AdvisoryLocks.transaction(KEY, SHORT))).isEqualTo(KEY);
			assertThat(isFree()).isFalse();
			tx.afterCommit(() -> assertThat(isFree()).isTrue());
		});
		this.scope.run((tx) -> {
			tx.enter(AdvisoryLocks.session(KEY, SHORT));
			assertThat(isFree()).isFalse();
			tx.afterCommit(() -> assertThat(isFree()).isTrue());
		});
	}

	@Test
	void areFreeAfterARollback() {
		for (Resource<Long> lock : locks()) {
			assertThatIllegalStateException().isThrownBy(() -> this.scope.run((tx) -> {
				tx.enter(lock);
				throw new IllegalStateException("body");
			})).withMessage("body");
			assertThat(isFree()).isTrue();
		}
	}

	@Test
	void ofTheTransactionEndWithTheirSavepointAndOfTheSessionDoNot() {
		this.scope.run((tx) -> {
			assertThatIllegalStateException().isThrownBy(() -> tx.savepoint((savepoint) -> {
				savepoint.enter(AdvisoryLocks.transaction(KEY, SHORT));
				throw new IllegalStateException("body");
			}));
			assertThat(isFree()).isTrue();
			assertThatIllegalStateException().isThrownBy(() -> tx.savepoint((savepoint) -> {
				savepoint.enter(AdvisoryLocks.session(KEY, SHORT));
				throw new IllegalStateException("body");
			}));
			assertThat(isFree()).isFalse();
		});
	}

	@Test
	void waitNoLongerThanAllowedAndSayWhatFor() {
		this.scope.run((tx) -> {
			tx.enter(AdvisoryLocks.transaction(KEY, SHORT));
			for (Resource<Long> lock : locks()) {
				assertThatExceptionOfType(ResourceUnavailableException.class)
					.isThrownBy(() -> this.scope.requiresNew().run((inner) -> inner.enter(lock)))
					.withMessageContaining("Could not have advisory lock 815 within PT0.05S")
					.satisfies((ex) -> assertThat(ex.waited()).isGreaterThanOrEqualTo(SHORT));
			}
		});
	}

	@Test
	void leaveTheLockTimeoutOfTheTransactionAsItWas() {
		this.scope.run((tx) -> {
			JdbcClient jdbc = JdbcClient.create(this.dataSource);
			jdbc.sql("set local lock_timeout = '7s'").update();
			tx.enter(AdvisoryLocks.transaction(KEY, SHORT));
			assertThat(jdbc.sql("show lock_timeout").query(String.class).single()).isEqualTo("7s");
		});
	}

	@Test
	void refuseAWaitOfNothing() {
		assertThatIllegalArgumentException().isThrownBy(() -> AdvisoryLocks.transaction(KEY, Duration.ZERO))
			.withMessage(
					"Invalid wait PT0S for advisory lock 815: must be at least PT0.001S and at most PT596H31M23.647S.");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> AdvisoryLocks.session(KEY, Duration.ofSeconds(Long.MAX_VALUE)))
			.withMessageContaining("at most");
	}

	@Test
	void t2SessionThatMayHoldTheLockIsDiscarded() {
		this.server.loseAnswers = true;
		assertThatException().isThrownBy(() -> this.scope.run((tx) -> tx.enter(AdvisoryLocks.session(KEY, SHORT))))
			.withMessageContaining("answer lost");
		// The server ends the session once it sees that the connection is closed
		await().untilAsserted(() -> assertThat(isFree()).isTrue());
	}

	@Test
	void r1LockThatTheSessionNoLongerHoldsIsToldAndTheSessionDiscarded() {
		int[] session = new int[1];
		JdbcClient jdbc = JdbcClient.create(this.dataSource);
		assertThatException().isThrownBy(() -> this.scope.run((tx) -> {
			session[0] = jdbc.sql("select pg_backend_pid()").query(Integer.class).single();
			tx.enter(AdvisoryLocks.session(KEY, SHORT));
			jdbc.sql("select pg_advisory_unlock(?)").param(KEY).query(Boolean.class).single();
		})).satisfies((ex) -> assertThat(ex).hasStackTraceContaining("does not hold advisory lock 815"));
		assertThat(jdbc.sql("select pg_backend_pid()").query(Integer.class).single()).isNotEqualTo(session[0]);
	}

	@Test
	void ofTheSessionAreFreeAfterAWaitInVainAndASecondTry() throws Exception {
		try (Connection holder = PostgresServer.running().dataSource().getConnection();
				Statement statement = holder.createStatement()) {
			statement.execute("select pg_advisory_lock(815)");
			this.scope.run((tx) -> {
				assertThatExceptionOfType(ResourceUnavailableException.class)
					.isThrownBy(() -> tx.savepoint((savepoint) -> savepoint.enter(AdvisoryLocks.session(KEY, SHORT))));
				statement.execute("select pg_advisory_unlock(815)");
				tx.enter(AdvisoryLocks.session(KEY, SHORT));
				tx.enter(AdvisoryLocks.session(KEY, SHORT));
			});
		}
		assertThat(isFree()).isTrue();
	}

	@Test
	void areNotTakenOnTheConnectionOfAnInnerTransaction() {
		for (Resource<Long> lock : locks()) {
			assertThatIllegalStateException()
				.isThrownBy(() -> this.scope.named("outer")
					.run((outer) -> this.scope.requiresNew().named("inner").run((inner) -> outer.enter(lock))))
				.withMessageContainingAll("'outer'", "'inner'");
		}
		this.scope.run((outer) -> this.scope.run((inner) -> outer.enter(AdvisoryLocks.session(KEY, SHORT))));
	}

	@Test
	void t11OfTheSessionAreHeldWhateverTransactionElsewhereEndsInside() {
		TransactionTemplate elsewhere = new TransactionTemplate(
				new JdbcTransactionManager(new DriverManagerDataSource("jdbc:h2:mem:elsewhere")));
		this.scope.run((tx) -> {
			elsewhere.executeWithoutResult((status) -> tx.enter(AdvisoryLocks.session(KEY, SHORT)));
			assertThat(isFree()).isFalse();
			tx.afterCommit(() -> assertThat(isFree()).isTrue());
		});
	}

	@Test
	void t2OfTheSessionAreFreeAfterATransactionOfSpringsOwnManager() {
		JdbcTransactionManager manager = new JdbcTransactionManager(this.dataSource);
		TransactionScope joining = TransactionScope.create(manager);
		new TransactionTemplate(manager).executeWithoutResult((status) -> {
			joining.run((tx) -> tx.enter(AdvisoryLocks.session(KEY, SHORT)));
			assertThat(isFree()).isFalse();
		});
		assertThat(isFree()).isTrue();
	}

	@Test
	void t6CommittedBlockWithALockInDoubtReturns() {
		this.scope.run((tx) -> {
			this.server.loseAnswers = true;
			assertThatException()
				.isThrownBy(() -> tx.savepoint((savepoint) -> savepoint.enter(AdvisoryLocks.session(KEY, SHORT))))
				.withMessageContaining("answer lost");
			this.server.loseAnswers = false;
		});
		await().untilAsserted(() -> assertThat(isFree()).isTrue());
	}

	@Test
	void interruptEndsTheWait() throws Exception {
		for (Resource<Long> lock : locks(Duration.ofMinutes(5))) {
			try (Connection holder = PostgresServer.running().dataSource().getConnection();
					Statement statement = holder.createStatement()) {
				statement.execute("select pg_advisory_lock(815)");
				FutureTask<Throwable> waiting = new FutureTask<>(() -> catchThrowable(() -> this.scope.run((tx) -> {
					tx.enter(lock);
				})));
				Thread thread = new Thread(waiting);
				thread.start();
				while (this.outside.sql("select count(*) from pg_locks where locktype = 'advisory' and not granted")
					.query(Integer.class)
					.single() == 0) {
					Thread.onSpinWait();
				}
				thread.interrupt();
				assertThat(waiting.get(10, TimeUnit.SECONDS)).isInstanceOf(ResourceUnavailableException.class)
					.hasMessageStartingWith("Interrupted after")
					.hasCauseInstanceOf(InterruptedException.class);
				// Not only by the close, which the server may see later
				statement.execute("select pg_advisory_unlock(815)");
			}
		}
	}

	@Test
	void sayThatTheyNeedPostgres() {
		TransactionScope h2 = TransactionScope
			.create(new ScopedJdbcTransactionManager(new DriverManagerDataSource("jdbc:h2:mem:advisory")));
		for (Resource<Long> lock : locks()) {
			assertThatIllegalStateException().isThrownBy(() -> h2.named("import").run((tx) -> tx.enter(lock)))
				.withMessageContaining(
						"Scope 'import' cannot take advisory lock 815: its database is H2, and only PostgreSQL has advisory locks");
		}
	}

	private static Iterable<Resource<Long>> locks() {
		return locks(SHORT);
	}

	private static Iterable<Resource<Long>> locks(Duration maxWait) {
		return List.of(AdvisoryLocks.transaction(KEY, maxWait), AdvisoryLocks.session(KEY, maxWait));
	}

	private boolean isFree() {
		return this.outside.sql("select pg_try_advisory_lock(?) and pg_advisory_unlock(?)")
			.params(KEY, KEY)
			.query(Boolean.class)
			.single();
	}

	/**
	 * Loses the answers of statements that lock, on demand.
	 */
	private static final class LossyServer extends DelegatingDataSource {

		private volatile boolean loseAnswers;

		private LossyServer() {
			super(PostgresServer.running().dataSource());
		}

		@Override
		public Connection getConnection() throws SQLException {
			return lossy(Connection.class, super.getConnection());
		}

		private <T> T lossy(Class<T> type, T target) {
			return type.cast(Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { type },
					(proxy, method, args) -> {
						Object result;
						try {
							result = method.invoke(target, args);
						}
						catch (InvocationTargetException ex) {
							throw ex.getTargetException();
						}
						if (this.loseAnswers && method.getName().startsWith("execute")) {
							throw new SQLException("answer lost", "57014");
						}
						boolean locks = method.getName().equals("prepareStatement")
								&& ((String) args[0]).contains("advisory_lock(");
						return locks ? lossy(PreparedStatement.class, (PreparedStatement) result) : result;
					}));
		}

	}

}
