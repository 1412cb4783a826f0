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
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.IntStream;

import javax.sql.DataSource;

import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.TestPool.Person;
import io.transactionscope.pool.diagnosis.BlockedByLock;
import io.transactionscope.postgresql.AdvisoryLocks;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.PgBouncer;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.util.PSQLException;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.annotation.Isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

/**
 * What holds behind a PgBouncer in transaction mode, which hands the session of one to
 * another as soon as a transaction ends, and what does not.
 */
@Tag("once")
@EnabledIf("io.transactionscope.test.PgBouncer#isInstalled")
class PgBouncerTests {

	private static final long KEY = 816;

	private static final Duration SHORT = Duration.ofMillis(50);

	private static final String ALIVE_BYPASS_WINDOW = "com.zaxxer.hikari.aliveBypassWindowMs";

	private static LinkProxy link;

	private static PgBouncer bouncer;

	private final JdbcClient server = JdbcClient.create(PostgresServer.running().dataSource());

	private final TestPool pool = pool((bouncer) -> bouncer);

	private final JdbcClient jdbc = JdbcClient.create(this.pool.dataSource());

	private final TransactionScope scope = TransactionScope
		.create(new ScopedJdbcTransactionManager(this.pool.dataSource()));

	private static TestPool pool(Function<PGSimpleDataSource, DataSource> driver) {
		// To check a connection that nobody has used for a while takes a session.
		System.setProperty(ALIVE_BYPASS_WINDOW, String.valueOf(Integer.MAX_VALUE));
		try {
			return new TestPool(2, TestPool.TIMED, (config) -> {
				config.setDataSource(driver.apply(bouncer.dataSource()));
				config.setConnectionTimeout(1000);
			});
		}
		finally {
			System.clearProperty(ALIVE_BYPASS_WINDOW);
		}
	}

	@BeforeAll
	static void startBouncer() {
		link = PostgresServer.running().link();
		bouncer = PgBouncer.over(link);
	}

	@AfterAll
	static void closeLink() throws Exception {
		link.close();
	}

	@BeforeEach
	void haveBothSessions() {
		this.server.sql("drop table if exists bounced").update();
		this.server.sql("create table bounced (name text)").update();
		assertThat(this.<Integer>inBoth((tx) -> process())).doesNotHaveDuplicates();
	}

	@AfterEach
	void close() {
		assertThat(this.pool.hikari().getHikariPoolMXBean().getActiveConnections()).isZero();
		this.pool.close();
		this.server.sql("drop table bounced").update();
	}

	@Test
	void oneConnectionHasAnotherSessionInEachTransaction() {
		assertThat(IntStream.range(0, 4).mapToObj((i) -> this.scope.call((tx) -> process())).distinct())
			.hasSize(PgBouncer.SESSIONS);
	}

	@Test
	void blocksCommitRollBackAndWorkFromSavepoints() {
		for (int i = 0; i < 4; i++) {
			this.scope.run((tx) -> {
				insert("committed");
				assertThatIllegalStateException().isThrownBy(() -> tx.savepoint((savepoint) -> {
					insert("taken back");
					throw new IllegalStateException("savepoint");
				}));
				this.scope.nested().run((inner) -> insert("nested"));
			});
			assertThatIllegalStateException().isThrownBy(() -> this.scope.run((tx) -> {
				insert("rolled back");
				throw new IllegalStateException("body");
			}));
		}
		assertThat(rows()).containsOnly("committed", "nested").hasSize(8);
	}

	@Test
	void t4SwallowedErrorIsToldAsARollback() {
		assertThatExceptionOfType(UnexpectedRollbackException.class).isThrownBy(() -> this.scope.run((tx) -> {
			insert("lost");
			assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(() -> this.jdbc.sql("select 1 / 0").query().singleValue());
		})).withRootCauseInstanceOf(PSQLException.class);
		assertThat(rows()).isEmpty();
	}

	@Test
	void t4ServerThatIsLostAtCommitIsUnknown() {
		try {
			assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> this.scope.run((tx) -> {
				insert("in doubt");
				tx.beforeCommit(link::cut);
			})).returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
		}
		finally {
			link.mend();
		}
		DataSource again = bouncer.dataSource();
		await().ignoreExceptionsInstanceOf(SQLException.class).until(() -> {
			try (Connection connection = again.getConnection()) {
				return connection.isValid(5);
			}
		});
		assertThat(rows()).isEmpty();
	}

	@Test
	void t7DeadlineEndsTheStatementAtTheServer() {
		assertThatExceptionOfType(QueryTimeoutException.class)
			.isThrownBy(() -> this.scope.timeout(Duration.ofMillis(800))
				.run((tx) -> this.jdbc.sql("select pg_sleep(60)").query().listOfRows()));
		await().until(() -> this.server
			.sql("select count(*) from pg_stat_activity where state = 'active' and query like 'select pg_sleep(60)%'")
			.query(Integer.class)
			.single() == 0);
	}

	@Test
	void t7DeadlineEndsTheWaitForASession() {
		try (TestPool other = pool((bouncer) -> bouncer)) {
			TransactionScope late = TransactionScope.create(new ScopedJdbcTransactionManager(other.dataSource()))
				.timeout(Duration.ofMillis(800));
			JdbcClient client = JdbcClient.create(other.dataSource());
			AtomicBoolean one = new AtomicBoolean();
			CountDownLatch over = new CountDownLatch(1);
			inBoth((tx) -> {
				try {
					if (one.compareAndSet(false, true)) {
						assertThatExceptionOfType(DataAccessResourceFailureException.class)
							.isThrownBy(() -> late.run((waiting) -> client.sql("select 1").query().singleValue()));
						over.countDown();
					}
					return over.await(10, TimeUnit.SECONDS);
				}
				catch (InterruptedException ex) {
					throw new IllegalStateException(ex);
				}
			});
		}
	}

	@Test
	void isolationLevelIsThatOfTheTransactionAndOfNoOther() {
		for (int i = 0; i < 4; i++) {
			String level = this.scope.isolation(Isolation.SERIALIZABLE).call((tx) -> isolation());
			assertThat(level).isEqualTo("serializable");
			assertThat(this.<String>inBoth((tx) -> isolation())).containsOnly("read committed");
		}
	}

	@Test
	void readOnlyIsThatOfTheTransactionAndOfNoOther() {
		for (int i = 0; i < 4; i++) {
			String readOnly = this.scope.readOnly().call((tx) -> setting("transaction_read_only"));
			assertThat(readOnly).isEqualTo("on");
			assertThat(this.<String>inBoth((tx) -> setting("transaction_read_only"))).containsOnly("off");
		}
	}

	@Test
	void advisoryLockOfTheTransactionHolds() {
		try (TestPool other = pool((bouncer) -> bouncer)) {
			TransactionScope instance = TransactionScope.create(new ScopedJdbcTransactionManager(other.dataSource()));
			for (int i = 0; i < 2; i++) {
				this.scope.run((tx) -> {
					tx.enter(AdvisoryLocks.transaction(KEY, SHORT));
					assertThatExceptionOfType(ResourceUnavailableException.class)
						.isThrownBy(() -> instance.run((late) -> late.enter(AdvisoryLocks.transaction(KEY, SHORT))));
				});
				instance.run((next) -> next.enter(AdvisoryLocks.transaction(KEY, SHORT)));
			}
		}
		assertThat(advisoryLocks()).isZero();
	}

	@Test
	void advisoryLockOfTheSessionIsRefused() {
		assertThatIllegalStateException()
			.isThrownBy(() -> this.scope.named("import").run((tx) -> tx.enter(AdvisoryLocks.session(KEY, SHORT))))
			.withMessage(
					"Scope 'import' cannot take advisory lock 816 for its session: a pooler such as PgBouncer is between its driver and the server, and may hand the session to somebody else when the transaction ends, with the lock. Use AdvisoryLocks.transaction(...) there.");
		assertThat(advisoryLocks()).isZero();
	}

	/** As the documentation says, so that nobody relies on it. */
	@Test
	void whatIsSetForTheSessionReachesSomebodyElse() throws SQLException {
		try (Connection connection = this.pool.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("set my.setting = 'mine'");
			List<String> seen = IntStream.range(0, 2)
				.mapToObj((i) -> this.scope.call((tx) -> setting("my.setting")))
				.toList();
			statement.execute("reset my.setting");
			statement.execute("reset my.setting");
			assertThat(seen).containsExactlyInAnyOrder("mine", "");
		}
	}

	@Test
	void startupParameterThatIsNotTrackedIsRefused() {
		PGSimpleDataSource refused = bouncer.dataSource();
		refused.setOptions("-c lock_timeout=5s");
		assertThatExceptionOfType(SQLException.class).isThrownBy(refused::getConnection)
			.withMessageContaining("unsupported");
	}

	/** Lost by a version before 1.21, and tracked by a later one. */
	@Test
	void statementsThatTheServerHasPreparedAreLostOrTracked() {
		try (TestPool prepared = pool((bouncer) -> {
			bouncer.setPrepareThreshold(1);
			return bouncer;
		})) {
			TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(prepared.dataSource()));
			JdbcClient client = JdbcClient.create(prepared.dataSource());
			ThrowingCallable statements = () -> {
				for (int i = 0; i < 2 * PgBouncer.SESSIONS; i++) {
					scope.run((tx) -> client.sql("select ?::int").param(1).query(Integer.class).single());
				}
			};
			if (PgBouncer.tracksPreparedStatements()) {
				assertThatNoException().isThrownBy(statements);
			}
			else {
				assertThatThrownBy(statements)
					.hasMessageMatching("(?s).*prepared statement \"S_\\d+\" does not exist.*");
			}
		}
	}

	@Test
	void reportTellsWhoHoldsConnectionsAndNothingOfTheServer() throws Exception {
		this.server.sql("insert into bounced values ('locked')").update();
		Person first = this.pool.personIn("first");
		Connection owner = first.borrows();
		first.does(() -> {
			owner.setAutoCommit(false);
			return owner.createStatement().executeUpdate("update bounced set name = 'mine'");
		});
		Person second = this.pool.personIn("second");
		Connection other = second.borrows();
		Future<Integer> blocked = second
			.begins(() -> other.createStatement().executeUpdate("update bounced set name = 'mine too'"));
		await().until(() -> this.server.sql("select count(*) from pg_locks where not granted")
			.query(Integer.class)
			.single() == 1);
		PoolExhaustedException failure = Objects.requireNonNull(
				catchThrowableOfType(PoolExhaustedException.class, () -> this.pool.dataSource().getConnection()));
		assertThat(failure.report().diagnosis()).isNotInstanceOf(BlockedByLock.class);
		assertThat(failure.report().text()).contains("'first'", "'second'", "update bounced set name = ?")
			.doesNotContain("server process");
		first.does(() -> {
			owner.rollback();
			owner.setAutoCommit(true);
			owner.close();
			return true;
		});
		assertThat(blocked.get(10, TimeUnit.SECONDS)).isOne();
		second.returns(other);
	}

	/** Run two blocks at once, which so have both sessions. */
	private <T> List<T> inBoth(Function<Object, T> body) {
		CountDownLatch both = new CountDownLatch(2);
		return IntStream.range(0, 2)
			.mapToObj((i) -> this.pool.person("block " + i).begins(() -> this.scope.call((tx) -> {
				process();
				both.countDown();
				assertThat(both.await(10, TimeUnit.SECONDS)).isTrue();
				return body.apply(tx);
			})))
			.toList()
			.stream()
			.map(PgBouncerTests::result)
			.toList();
	}

	private static <T> T result(Future<T> future) {
		try {
			return future.get(20, TimeUnit.SECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private int process() {
		return this.jdbc.sql("select pg_backend_pid()").query(Integer.class).single();
	}

	private String isolation() {
		return setting("transaction_isolation");
	}

	private String setting(String name) {
		return Objects.requireNonNullElse(
				this.jdbc.sql("select coalesce(current_setting(?, true), '')").param(name).query(String.class).single(),
				"");
	}

	private void insert(String name) {
		this.jdbc.sql("insert into bounced values (?)").param(name).update();
	}

	private List<String> rows() {
		return this.server.sql("select name from bounced").query(String.class).list();
	}

	private int advisoryLocks() {
		return this.server.sql("select count(*) from pg_locks where locktype = 'advisory'")
			.query(Integer.class)
			.single();
	}

}
