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

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.LinkProxy.Fate;
import io.transactionscope.test.OwnPostgresServer;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * A server that does not have the transaction, or not any more, and has given its id to
 * another one that is committed: it is asked, and never believed.
 */
@Tag("once")
class WrongServerTests {

	@SuppressWarnings("NullAway.Init")
	private static OwnPostgresServer server;

	private final List<AutoCloseable> closing = new ArrayList<>();

	@BeforeAll
	static void startServer() {
		server = OwnPostgresServer.create();
		JdbcClient jdbc = JdbcClient.create(server.dataSource());
		jdbc.sql("create table t (whose text)").update();
		// Two thirds of what there is to copy.
		jdbc.sql("update pg_database set datistemplate = false").update();
		jdbc.sql("drop database template0").update();
		jdbc.sql("drop database template1").update();
	}

	@BeforeEach
	void begins() {
		JdbcClient jdbc = JdbcClient.create(server.dataSource());
		jdbc.sql("truncate t").update();
		jdbc.sql("checkpoint").update();
	}

	@AfterAll
	static void closeServer() throws IOException {
		server.close();
	}

	@AfterEach
	void close() throws Exception {
		for (int i = this.closing.size() - 1; i >= 0; i--) {
			this.closing.get(i).close();
		}
	}

	@Test
	void theOneThatHadItIsBelieved() throws Exception {
		Attempt attempt = attempt(server);
		assertThat(askOnce(server, attempt)).isNull();
		attempt.commit();
		assertThat(ask(server, attempt)).isEqualTo(TransactionOutcome.COMMITTED);
		Attempt another = attempt(server);
		another.rollBack();
		assertThat(ask(server, another)).isEqualTo(TransactionOutcome.ROLLED_BACK);
	}

	@Test
	void anotherServerAltogetherIsNot() throws Exception {
		Attempt attempt = attempt(server);
		attempt.commit();
		try (Connection connection = PostgresServer.running().dataSource().getConnection()) {
			assertThat(Objects
				.requireNonNull(new Interrogation(attempt.mark)
					.answered(CommitResolution.ask(connection, ServerState.QUESTION)))
				.reason()).contains("another server");
		}
	}

	@Test
	void aStandbyIsNotEvenIfItHasItNorAsItIsPromotedWithoutIt() throws Exception {
		LinkProxy replication = server.link();
		OwnPostgresServer standby = standby(replication);
		Attempt seen = attempt(server);
		seen.commit();
		await().untilAsserted(() -> assertThat(rows(standby)).containsExactly("ours"));
		assertThat(ask(standby, seen)).isEqualTo(TransactionOutcome.UNKNOWN);
		replication.cut();
		Attempt attempt = attempt(server);
		attempt.commit();
		promote(standby);
		assertThat(ask(standby, attempt)).isEqualTo(TransactionOutcome.UNKNOWN);
		giveAgain(standby, attempt);
		assertThat(ask(standby, attempt)).isEqualTo(TransactionOutcome.UNKNOWN);
		standby.stop();
		standby.start();
		assertThat(ask(standby, attempt)).isEqualTo(TransactionOutcome.UNKNOWN);
		assertThat(ask(standby, seen)).isEqualTo(TransactionOutcome.UNKNOWN);
	}

	@Test
	void aScopeThatIsLedToThePromotedStandbyDoesNotTellThatItIsCommitted() throws Exception {
		LinkProxy replication = server.link();
		OwnPostgresServer standby = standby(replication);
		LinkProxy link = server.link();
		PGSimpleDataSource leading = server.dataSource(link);
		link.atCommit(() -> {
			long id = JdbcClient.create(server.dataSource())
				.sql("select max(backend_xid::text::bigint) from pg_stat_activity")
				.query(Long.class)
				.single();
			replication.cut();
			promote(standby);
			giveAgain(standby, id);
			leading.setPortNumbers(new int[] { standby.port() });
			return Fate.UNANSWERED;
		});
		HikariConfig config = new HikariConfig();
		config.setDataSource(leading);
		config.setMaximumPoolSize(1);
		try (HikariDataSource pool = new HikariDataSource(config);
				TrackedDataSource tracked = new TrackedDataSource(pool)) {
			List<TransactionOutcome> heard = new ArrayList<>();
			TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(tracked))
				.named("book")
				.timeout(Duration.ofSeconds(6)) // In which the standby is promoted, too
				.resolveCommit();
			assertThat(catchThrowable(() -> scope.run((tx) -> {
				tx.onCompletion(heard::add);
				JdbcClient.create(tracked).sql("insert into t values ('ours')").update();
			}))).isInstanceOf(CommitFailedException.class)
				.returns(TransactionOutcome.UNKNOWN, (failure) -> ((CommitFailedException) failure).outcome())
				.cause()
				.cause()
				.satisfies((cause) -> assertThat(cause.getSuppressed()).singleElement()
					.asString()
					.contains("another server has taken over"));
			assertThat(heard).containsExactly(TransactionOutcome.UNKNOWN);
		}
		assertThat(rows(server)).containsExactly("ours");
		assertThat(rows(standby)).containsOnly("another");
	}

	@Test
	void oneRestoredFromACopyThatWasMadeWhileItWasDownIsNot() throws Exception {
		server.stop();
		OwnPostgresServer copy = closing(server.copy());
		server.start();
		assertThatRestoredIsNotBelieved(copy);
	}

	@Test
	void oneRestoredFromACopyAsOfACrashIsNot() throws Exception {
		server.kill();
		OwnPostgresServer copy = closing(server.copy());
		server.start();
		assertThatRestoredIsNotBelieved(copy);
	}

	private void assertThatRestoredIsNotBelieved(OwnPostgresServer copy) throws Exception {
		for (int i = 0; i < 20; i++) {
			insert(server, "before");
		}
		Attempt attempt = attempt(server);
		attempt.commit();
		server.stop();
		closing(server::start);
		copy.start();
		assertThat(ask(copy, attempt)).isEqualTo(TransactionOutcome.UNKNOWN);
		giveAgain(copy, attempt);
		JdbcClient jdbc = JdbcClient.create(copy.dataSource());
		jdbc.sql("insert into t select 'another' from generate_series(1, 1000)").update();
		assertThat(ask(copy, attempt)).isEqualTo(TransactionOutcome.UNKNOWN);
		jdbc.sql("checkpoint").update();
		assertThat(ask(copy, attempt)).isEqualTo(TransactionOutcome.UNKNOWN);
		copy.crash();
		assertThat(ask(copy, attempt)).isNotEqualTo(TransactionOutcome.COMMITTED);
	}

	@Test
	void oneThatHasLostItInACrashAndGivenItsIdAgainIsNot() throws Exception {
		Attempt attempt = attempt(server);
		server.crash();
		assertThat(ask(server, attempt)).isEqualTo(TransactionOutcome.ROLLED_BACK);
		giveAgain(server, attempt);
		assertThat(ask(server, attempt)).isEqualTo(TransactionOutcome.ROLLED_BACK);
		JdbcClient jdbc = JdbcClient.create(server.dataSource());
		jdbc.sql("checkpoint").update();
		assertThat(ask(server, attempt)).isEqualTo(TransactionOutcome.UNKNOWN);
		jdbc.sql("checkpoint").update();
		assertThat(ask(server, attempt)).isEqualTo(TransactionOutcome.UNKNOWN);
	}

	@Test
	void oneThatHasCrashedTwiceIsNot() throws Exception {
		Attempt attempt = attempt(server);
		server.crash();
		giveAgain(server, attempt);
		server.crash();
		assertThat(rows(server)).contains("another").doesNotContain("ours");
		assertThat(ask(server, attempt)).isEqualTo(TransactionOutcome.UNKNOWN);
		server.stop();
		server.start();
		assertThat(ask(server, attempt)).isEqualTo(TransactionOutcome.UNKNOWN);
	}

	@Test
	void oneThatWasShutDownAtOnceTwiceIsNot() throws Exception {
		Attempt attempt = attempt(server);
		server.stopAtOnce();
		server.start();
		giveAgain(server, attempt);
		server.stopAtOnce();
		server.start();
		assertThat(ask(server, attempt)).isEqualTo(TransactionOutcome.UNKNOWN);
	}

	@Test
	void afterACrashItIsWhereTheIdHadBeenWrittenBeforeTheCommit() throws Exception {
		Attempt committed = attempt(server, true);
		Attempt open = attempt(server, true);
		committed.commit();
		server.crash();
		assertThat(ask(server, committed)).isEqualTo(TransactionOutcome.COMMITTED);
		assertThat(ask(server, open)).isEqualTo(TransactionOutcome.ROLLED_BACK);
		server.crash();
		assertThat(ask(server, committed)).isEqualTo(TransactionOutcome.COMMITTED);
		assertThat(ask(server, open)).isEqualTo(TransactionOutcome.ROLLED_BACK);
		assertThat(rows(server)).contains("ours");
	}

	@Test
	void afterACrashItIsNotWhereAnotherOneMayHaveTheId() throws Exception {
		Attempt attempt = attempt(server);
		attempt.commit();
		server.crash();
		assertThat(rows(server)).containsExactly("ours");
		assertThat(ask(server, attempt)).isEqualTo(TransactionOutcome.UNKNOWN);
	}

	@Test
	void afterARestartItIsUntilThereIsACheckpoint() throws Exception {
		Attempt committed = attempt(server);
		committed.commit();
		Attempt open = attempt(server);
		server.stop();
		server.start();
		assertThat(ask(server, committed)).isEqualTo(TransactionOutcome.COMMITTED);
		assertThat(ask(server, open)).isEqualTo(TransactionOutcome.ROLLED_BACK);
		JdbcClient.create(server.dataSource()).sql("checkpoint").update();
		assertThat(ask(server, committed)).isEqualTo(TransactionOutcome.UNKNOWN);
		server.stop();
		server.start();
		assertThat(ask(server, committed)).isEqualTo(TransactionOutcome.COMMITTED);
	}

	/**
	 * The dangerous checkpoint is one that had begun before the transaction had its id.
	 */
	@Test
	void statisticsThatWereResetAreNotTakenForACrashThatHasLostIt() throws Exception {
		JdbcClient jdbc = JdbcClient.create(server.dataSource());
		jdbc.sql("insert into t select 'before' from generate_series(1, 1000)").update();
		try (Connection backup = server.dataSource().getConnection()) {
			Thread slow = new Thread(() -> JdbcClient.create(new SingleConnectionDataSource(backup, true))
				.sql("select pg_backup_start('slowly', false)")
				.query()
				.listOfRows());
			slow.start();
			await().pollInterval(Duration.ofMillis(10))
				.until(() -> jdbc.sql(
						"select count(*) from pg_stat_activity where backend_type = 'checkpointer' and wait_event = 'CheckpointWriteDelay'")
					.query(Integer.class)
					.single() > 0);
			Attempt attempt = attempt(server);
			slow.join();
			attempt.commit();
			jdbc.sql("select pg_stat_reset_shared('bgwriter')").query().listOfRows();
			assertThat(ask(server, attempt)).isEqualTo(TransactionOutcome.UNKNOWN);
		}
	}

	@Test
	void whatIsCommittedWithoutAWaitForTheLogIsLostInACrashAsEver() throws Exception {
		Attempt attempt = withoutWaitForTheLog();
		attempt.commit();
		assertThat(ask(server, attempt)).isEqualTo(TransactionOutcome.COMMITTED);
		server.crash();
		assertThat(rows(server)).isEmpty();
		assertThat(ask(server, attempt)).isEqualTo(TransactionOutcome.ROLLED_BACK);
	}

	private OwnPostgresServer standby(LinkProxy replication) {
		server.stop();
		OwnPostgresServer standby = closing(server.copy());
		standby.follow(replication);
		server.start();
		standby.start();
		JdbcClient jdbc = JdbcClient.create(server.dataSource());
		await().until(() -> jdbc.sql("select count(*) from pg_stat_replication where state = 'streaming'")
			.query(Integer.class)
			.single() == 1);
		return standby;
	}

	private static void promote(OwnPostgresServer standby) {
		assertThat(JdbcClient.create(standby.dataSource()).sql("select pg_promote()").query(Boolean.class).single())
			.isTrue();
	}

	private <T extends AutoCloseable> T closing(T each) {
		this.closing.add(each);
		return each;
	}

	private static void giveAgain(OwnPostgresServer server, Attempt attempt) {
		giveAgain(server, attempt.mark.id());
	}

	/** Commit transactions until one has the id. */
	private static void giveAgain(OwnPostgresServer server, long id) {
		long given = insert(server, "another");
		while (given < id) {
			given = insert(server, "another");
		}
		assertThat(given).isEqualTo(id);
	}

	private static long insert(OwnPostgresServer server, String whose) {
		return JdbcClient.create(server.dataSource())
			.sql("insert into t values (?) returning pg_current_xact_id()::text::bigint")
			.param(whose)
			.query(Long.class)
			.single();
	}

	private static List<String> rows(OwnPostgresServer server) {
		return JdbcClient.create(server.dataSource()).sql("select whose from t").query(String.class).list();
	}

	private Attempt attempt(OwnPostgresServer server) throws SQLException {
		return attempt(server, false);
	}

	private Attempt withoutWaitForTheLog() throws SQLException {
		Attempt attempt = attempt(server);
		JdbcClient.create(new SingleConnectionDataSource(attempt.connection, true))
			.sql("set local synchronous_commit = off")
			.update();
		return attempt;
	}

	/**
	 * Get so far that COMMIT is sent next.
	 * @param kept whether the log has been written by then
	 */
	private Attempt attempt(OwnPostgresServer server, boolean kept) throws SQLException {
		Connection connection = server.dataSource().getConnection();
		closing(connection);
		connection.setAutoCommit(false);
		JdbcClient.create(new SingleConnectionDataSource(connection, true))
			.sql("insert into t values ('ours')")
			.update();
		if (kept) {
			insert(server, "before");
		}
		TransactionMark mark = Objects
			.requireNonNull(TransactionMark.of(CommitResolution.ask(connection, TransactionMark.QUESTION)));
		assertThat(mark.kept()).isEqualTo(kept);
		return new Attempt(connection, mark);
	}

	private static TransactionOutcome ask(OwnPostgresServer server, Attempt attempt) throws SQLException {
		return Objects.requireNonNull(askOnce(server, attempt)).outcome();
	}

	/** Return the verdict, or {@code null} if it is in progress. */
	private static @Nullable Verdict askOnce(OwnPostgresServer server, Attempt attempt) throws SQLException {
		Interrogation interrogation = new Interrogation(attempt.mark);
		try (Connection connection = server.dataSource().getConnection()) {
			Verdict verdict = null;
			while (verdict == null && !interrogation.isInProgress()) {
				Map<String, @Nullable String> answer = CommitResolution.ask(connection, interrogation.question());
				verdict = interrogation.answered(answer);
			}
			return verdict;
		}
	}

	private record Attempt(Connection connection, TransactionMark mark) {

		void commit() throws SQLException {
			this.connection.commit();
		}

		void rollBack() throws SQLException {
			this.connection.rollback();
		}

	}

}
