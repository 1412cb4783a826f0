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

package io.transactionscope.pool.r2dbc.inquiry;

import java.io.IOException;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.diagnosis.BlockedByLock;
import io.transactionscope.pool.diagnosis.BlockedByLock.LeaseBlocker;
import io.transactionscope.pool.inquiry.DatabaseInquiry;
import io.transactionscope.pool.inquiry.DatabaseInquiry.Opener;
import io.transactionscope.pool.r2dbc.R2dbcPoolExhaustedException;
import io.transactionscope.pool.r2dbc.TrackedConnectionPool;
import io.transactionscope.pool.inquiry.JdbcSession;
import io.transactionscope.pool.snapshot.DatabaseAnswer;
import io.transactionscope.pool.snapshot.DatabaseAnswer.Outcome;
import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.ServerSession;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.PostgresServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.ds.PGSimpleDataSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

/**
 * Tests for what is asked over R2DBC: {@link R2dbcServerProcesses}, {@link R2dbcSession}
 * and {@link R2dbcOpener}.
 */
@Tag("once")
@Timeout(60)
class R2dbcInquiryTests {

	private static final Duration PATIENT = Duration.ofSeconds(20);

	private static final Duration SHORT = Duration.ofMillis(300);

	private final LinkProxy link = PostgresServer.running().link();

	private final JdbcClient observer = JdbcClient.create(PostgresServer.running().dataSource());

	private final String application = "inquiry-" + UUID.randomUUID();

	private final PGSimpleDataSource server = (PGSimpleDataSource) PostgresServer.running().dataSource();

	private final ConnectionFactory driver = driver(Objects.requireNonNull(this.server.getUser()));

	@AfterEach
	void nothingIsLeftOpen() throws IOException {
		this.link.mend();
		await().atMost(PATIENT).until(() -> sessionsOfDriver() == 0);
		this.link.close();
	}

	@Test
	void processIsTheOneThatServesTheConnection() {
		io.r2dbc.spi.Connection connection = connect(this.driver);
		assertThat(R2dbcServerProcesses.of(connection))
			.isEqualTo(new ServerProcess(DatabaseKind.POSTGRESQL, process(connection)));
		Mono.from(connection.close()).block(PATIENT);
	}

	@Test
	void processIsKnownThroughAPool() {
		ConnectionPool pool = new ConnectionPool(
				ConnectionPoolConfiguration.builder(this.driver).initialSize(0).build());
		io.r2dbc.spi.Connection lent = connect(pool);
		assertThat(R2dbcServerProcesses.of(lent)).isEqualTo(new ServerProcess(DatabaseKind.POSTGRESQL, process(lent)));
		Mono.from(lent.close()).block(PATIENT);
		pool.dispose();
	}

	@Test
	void processIsKnownWhileAStatementHangs() {
		io.r2dbc.spi.Connection connection = connect(this.driver);
		long process = process(connection);
		this.link.freeze();
		CompletableFuture<?> hanging = rows(connection, "select 1");
		assertThat(R2dbcServerProcesses.of(connection)).isEqualTo(new ServerProcess(DatabaseKind.POSTGRESQL, process));
		assertThat(hanging).isNotDone();
		Mono.from(connection.close()).block(PATIENT);
	}

	@Test
	void databaseInTheApplicationHasNoProcesses() {
		ConnectionFactory h2 = ConnectionFactories.get("r2dbc:h2:mem:///" + UUID.randomUUID());
		io.r2dbc.spi.Connection connection = connect(h2);
		assertThat(R2dbcServerProcesses.of(connection)).isNull();
		Mono.from(connection.close()).block(PATIENT);
		assertThat(ask(new R2dbcOpener(h2, PATIENT), 1L)).returns(Outcome.ANSWERED, DatabaseAnswer::outcome)
			.returns(List.of(), DatabaseAnswer::sessions);
	}

	@Test
	void ownerOfALockIsFoundAsOverJdbc() throws SQLException {
		this.observer.sql("create table if not exists asked_over_r2dbc (id int)").update();
		io.r2dbc.spi.Connection blocked = connect(this.driver);
		long waiting = process(blocked);
		CompletableFuture<?> statement;
		try (Connection owner = this.server.getConnection(); Statement lock = owner.createStatement()) {
			owner.setAutoCommit(false);
			lock.execute("lock table asked_over_r2dbc");
			statement = rows(blocked, "select id from asked_over_r2dbc where 42 > 7");
			await().until(() -> this.observer.sql("select cardinality(pg_blocking_pids(?))")
				.param((int) waiting)
				.query(Integer.class)
				.single() == 1);
			List<ServerSession> sessions = ask(new R2dbcOpener(this.driver, PATIENT), waiting).sessions();
			assertThat(sessions).hasSize(2)
				.anySatisfy((session) -> assertThat(session).returns(waiting, ServerSession::process)
					.returns(true, ServerSession::waitsForLock)
					.returns("select id from asked_over_r2dbc where ? > ?", ServerSession::sql))
				.anySatisfy((session) -> assertThat(session).returns("idle in transaction", ServerSession::activity)
					.returns(false, ServerSession::waitsForLock)
					.satisfies((idle) -> assertThat(idle.since()).isBetween(Duration.ZERO, PATIENT)));
			assertThat(sessions).usingRecursiveFieldByFieldElementComparatorIgnoringFields("since")
				.containsExactlyInAnyOrderElementsOf(
						ask(() -> new JdbcSession(this.server.getConnection()), waiting).sessions());
			owner.rollback();
		}
		assertThat(statement).succeedsWithin(PATIENT);
		Mono.from(blocked.close()).block(PATIENT);
		this.observer.sql("drop table asked_over_r2dbc").update();
	}

	@Test
	void whoTimesOutIsToldWhoHasTheLock() {
		this.observer.sql("create table if not exists locked_over_r2dbc (id int)").update();
		TrackedConnectionPool pool = TrackedConnectionPool
			.watch(new ConnectionPool(ConnectionPoolConfiguration.builder(this.driver)
				.initialSize(2)
				.maxSize(2)
				.maxAcquireTime(Duration.ofSeconds(2))
				.build()), "connectionFactory", PoolSettings.defaults().withSampling(Duration.ZERO));
		assertThat(pool.warmup().block(PATIENT)).isEqualTo(2);
		io.r2dbc.spi.Connection owner = connect(pool);
		Mono.from(owner.beginTransaction()).block(PATIENT);
		rows(owner, "lock table locked_over_r2dbc").join();
		io.r2dbc.spi.Connection blocked = connect(pool);
		long waiting = process(blocked);
		CompletableFuture<?> statement = rows(blocked, "select id from locked_over_r2dbc");
		assertThatExceptionOfType(R2dbcPoolExhaustedException.class).isThrownBy(() -> connect(pool))
			.extracting((failure) -> failure.report().diagnosis())
			.asInstanceOf(type(BlockedByLock.class))
			.extracting(BlockedByLock::blocker)
			.asInstanceOf(type(LeaseBlocker.class))
			.returns(true, LeaseBlocker::idle);
		assertThat(pool.ledger().snapshot().leases()).extracting(Lease::serverProcess)
			.contains(new ServerProcess(DatabaseKind.POSTGRESQL, waiting));
		Mono.from(owner.rollbackTransaction()).block(PATIENT);
		assertThat(statement).succeedsWithin(PATIENT);
		Mono.from(owner.close()).block(PATIENT);
		Mono.from(blocked.close()).block(PATIENT);
		pool.dispose();
		this.observer.sql("drop table locked_over_r2dbc").update();
	}

	@Test
	void serverThatDoesNotHaveAllOfTheProcessesIsAnotherOne() {
		io.r2dbc.spi.Connection connection = connect(this.driver);
		assertThat(ask(new R2dbcOpener(this.driver, PATIENT), process(connection), 1L))
			.returns(Outcome.ANSWERED, DatabaseAnswer::outcome)
			.returns(List.of(), DatabaseAnswer::sessions);
		Mono.from(connection.close()).block(PATIENT);
	}

	@Test
	void loginThatHangsIsSilence() {
		this.link.freeze();
		assertThat(ask(new R2dbcOpener(this.driver, SHORT)).outcome()).isEqualTo(Outcome.SILENT);
	}

	@Test
	void loginThatHangsIsNotFollowedByAnotherOne() {
		R2dbcOpener opener = new R2dbcOpener(this.driver, SHORT);
		this.link.freeze();
		for (int i = 0; i < 2; i++) {
			assertThatExceptionOfType(SQLTimeoutException.class).isThrownBy(opener::open);
		}
		await().untilAsserted(() -> assertThat(this.link.connections()).isOne());
	}

	@Test
	void loginThatHangsIsForWhoeverComesNext() throws InterruptedException {
		Sinks.One<io.r2dbc.spi.Connection> login = Sinks.one();
		AtomicInteger logins = new AtomicInteger();
		Opener opener = opener(login.asMono().doOnSubscribe((begun) -> logins.incrementAndGet()));
		CompletableFuture<DatabaseInquiry.Session> next = new CompletableFuture<>();
		Thread first = opens(opener, new CompletableFuture<>());
		first.interrupt();
		first.join();
		Thread second = opens(opener, next);
		login.tryEmitValue(connect(this.driver)).orThrow();
		second.join();
		assertThat(next).isCompletedWithValueMatching((session) -> session instanceof R2dbcSession);
		assertThat(logins).hasValue(1);
		((R2dbcSession) next.join()).close();
	}

	private static Thread opens(Opener opener, CompletableFuture<DatabaseInquiry.Session> opened) {
		Thread thread = new Thread(() -> {
			try {
				opened.complete(opener.open());
			}
			catch (SQLException ex) {
				opened.completeExceptionally(ex);
			}
		});
		thread.start();
		await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
		return thread;
	}

	@Test
	void loginThatSucceedsTooLateIsClosed() throws SQLException {
		R2dbcOpener opener = new R2dbcOpener(this.driver, SHORT);
		this.link.freeze();
		assertThatExceptionOfType(SQLTimeoutException.class).isThrownBy(opener::open);
		this.link.mend();
		await().atMost(PATIENT).until(() -> sessionsOfDriver() == 0);
		R2dbcOpener patient = new R2dbcOpener(this.driver, PATIENT);
		patient.open().close();
		assertThat(this.link.connections()).isEqualTo(2);
	}

	@Test
	void answerThatDoesNotComeIsSilence() throws SQLException {
		try (DatabaseInquiry.Session session = new R2dbcOpener(this.driver, PATIENT).open()) {
			this.link.freeze();
			assertThatExceptionOfType(SQLTimeoutException.class).isThrownBy(() -> session.sessions(List.of(1L), SHORT));
		}
	}

	@Test
	void tornConnectionEndsTheQuestion() throws Exception {
		DatabaseInquiry.Session session = new R2dbcOpener(this.driver, PATIENT).open();
		this.link.freeze();
		CompletableFuture<Void> question = CompletableFuture
			.runAsync(() -> assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> session.sessions(List.of(1L), Duration.ofMinutes(1)))
				.isNotInstanceOf(SQLTimeoutException.class));
		session.abort();
		question.get(PATIENT.toMillis(), TimeUnit.MILLISECONDS);
	}

	@Test
	void refusalIsAFailure() throws IOException {
		this.link.refuse();
		assertThat(ask(new R2dbcOpener(this.driver, PATIENT)).outcome()).isEqualTo(Outcome.FAILED);
	}

	@Test
	void whoMayNotLogInFails() {
		assertThat(ask(new R2dbcOpener(driver("nobody"), PATIENT)).outcome()).isEqualTo(Outcome.FAILED);
	}

	@Test
	void timeoutOfTheDriverIsSilence() {
		assertThat(ask(opener(Mono.error(new R2dbcTimeoutException("It takes too long")))).outcome())
			.isEqualTo(Outcome.SILENT);
	}

	@Test
	void timeoutOfTheNameServerIsAFailure() {
		UnknownHostException unknown = new UnknownHostException("Failed to resolve 'orders.example.com'");
		unknown.initCause(new TimeoutException("No answer of the name server"));
		assertThat(ask(opener(Mono.error(new R2dbcNonTransientResourceException("Cannot connect", unknown)))).outcome())
			.isEqualTo(Outcome.FAILED);
	}

	@Test
	void driverThatIsBrokenFailsEachTime() {
		Opener opener = opener(Mono.defer(() -> {
			throw new NoClassDefFoundError("com/example/Driver");
		}));
		assertThat(ask(opener).outcome()).isEqualTo(Outcome.FAILED);
		assertThat(ask(opener).outcome()).isEqualTo(Outcome.FAILED);
		assertThat(ask(opener(Mono.empty())).outcome()).isEqualTo(Outcome.FAILED);
	}

	private static DatabaseAnswer ask(Opener opener, Long... processes) {
		try (DatabaseInquiry inquiry = new DatabaseInquiry(() -> "orders:inquiry", opener)) {
			return inquiry.ask(List.of(processes), PATIENT);
		}
	}

	private static CompletableFuture<?> rows(io.r2dbc.spi.Connection connection, String sql) {
		return Flux.from(connection.createStatement(sql).execute())
			.flatMap((result) -> result.map((row) -> true))
			.collectList()
			.toFuture();
	}

	private static io.r2dbc.spi.Connection connect(ConnectionFactory factory) {
		return Objects.requireNonNull(Mono.from(factory.create()).block(PATIENT));
	}

	private static long process(io.r2dbc.spi.Connection connection) {
		return Objects.requireNonNull(Flux.from(connection.createStatement("select pg_backend_pid()").execute())
			.flatMap((result) -> result.map((row) -> Objects.requireNonNull(row.get(0, Long.class))))
			.blockLast(PATIENT));
	}

	private long sessionsOfDriver() {
		return this.observer.sql("select count(*) from pg_stat_activity where application_name = ?")
			.param(this.application)
			.query(Long.class)
			.single();
	}

	private ConnectionFactory driver(String account) {
		return new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
			.host(this.link.host())
			.port(this.link.port())
			.username(account)
			.password(String.valueOf(this.server.getPassword()))
			.database(this.server.getDatabaseName())
			.applicationName(this.application)
			.build());
	}

	private static Opener opener(Publisher<io.r2dbc.spi.Connection> connections) {
		return new R2dbcOpener(new ConnectionFactory() {

			@Override
			public Publisher<io.r2dbc.spi.Connection> create() {
				return connections;
			}

			@Override
			public ConnectionFactoryMetadata getMetadata() {
				return () -> "none";
			}

		}, PATIENT);
	}

}
