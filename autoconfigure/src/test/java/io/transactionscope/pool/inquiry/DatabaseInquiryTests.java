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
package io.transactionscope.pool.inquiry;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.transactionscope.pool.snapshot.DatabaseAnswer;
import io.transactionscope.pool.snapshot.DatabaseAnswer.Outcome;
import io.transactionscope.pool.snapshot.ServerSession;
import io.transactionscope.test.PostgresServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link DatabaseInquiry}: what it costs, and what may go wrong.
 */
@Timeout(60)
class DatabaseInquiryTests {

	private static final Duration PATIENT = Duration.ofSeconds(20);

	private final CountDownLatch end = new CountDownLatch(1);

	private final AtomicInteger opened = new AtomicInteger();

	@AfterEach
	void end() {
		this.end.countDown();
	}

	@Test
	void askingHappensOnAThreadOfItsOwn() {
		AtomicReference<@Nullable Thread> asking = new AtomicReference<>();
		DatabaseInquiry inquiry = inquiry(() -> {
			asking.set(Thread.currentThread());
			return connection(Map.of());
		});
		assertThat(inquiry.ask(List.of(), PATIENT).outcome()).isEqualTo(Outcome.ANSWERED);
		assertThat(asking.get()).isNotSameAs(Thread.currentThread())
			.returns("orders:inquiry", Thread::getName)
			.returns(true, Thread::isDaemon)
			// For what the driver starts meanwhile
			.returns(Thread.currentThread().getContextClassLoader(), Thread::getContextClassLoader);
	}

	@Test
	void whoeverAsksWaitsNoLongerThanTheyWantTo() {
		DatabaseInquiry inquiry = inquiry(this::hang);
		DatabaseAnswer answer = inquiry.ask(List.of(), Duration.ofMillis(50));
		assertThat(answer.outcome()).isEqualTo(Outcome.SILENT);
		assertThat(answer.time()).isGreaterThanOrEqualTo(Duration.ofMillis(50));
	}

	@Test
	void aDriverThatHangsIsNotCalledAgain() {
		DatabaseInquiry inquiry = inquiry(this::hang);
		inquiry.ask(List.of(), Duration.ZERO);
		await().until(() -> this.opened.get() == 1);
		for (long i = 0; i < 20; i++) {
			inquiry.ask(List.of(i), Duration.ofMillis(1));
		}
		assertThat(this.opened).hasValue(1);
	}

	@Test
	void askingForTheSameAgainOpensNothing() {
		DatabaseInquiry inquiry = inquiry(() -> connection(Map.of()));
		for (int i = 0; i < 20; i++) {
			assertThat(inquiry.ask(List.of(1L), PATIENT).outcome()).isEqualTo(Outcome.ANSWERED);
		}
		assertThat(this.opened).hasValue(1);
	}

	@Test
	void askingForOthersOpensTwoInASecondAtMost() {
		DatabaseInquiry inquiry = inquiry(() -> connection(Map.of()));
		long begin = System.nanoTime();
		for (long i = 0; i < 50; i++) {
			inquiry.ask(List.of(i), PATIENT);
			await().pollDelay(Duration.ofMillis(10)).until(() -> true);
		}
		long halfSeconds = Duration.ofNanos(System.nanoTime() - begin).toMillis() / 500;
		assertThat(this.opened.get()).isLessThanOrEqualTo((int) halfSeconds + 1);
	}

	@Test
	void aRefusalIsNotAskedForAgainForAWhile() {
		DatabaseInquiry inquiry = inquiry(() -> {
			throw new SQLException("too many connections for user with password secret", "53300");
		});
		assertThat(inquiry.ask(List.of(), PATIENT)).returns(Outcome.FAILED, DatabaseAnswer::outcome)
			.asString()
			.doesNotContain("secret");
		inquiry.ask(List.of(1L), PATIENT);
		assertThat(this.opened).hasValue(1);
	}

	@Test
	void anErrorOfTheDriverIsAFailure() {
		AtomicReference<@Nullable Throwable> uncaught = new AtomicReference<>();
		DatabaseInquiry inquiry = inquiry(() -> {
			Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> uncaught.set(failure));
			throw new NoClassDefFoundError("com/example/Driver");
		});
		assertThat(inquiry.ask(List.of(), PATIENT).outcome()).isEqualTo(Outcome.FAILED);
		await().until(() -> Thread.getAllStackTraces()
			.keySet()
			.stream()
			.noneMatch((thread) -> thread.getName().equals("orders:inquiry")));
		assertThat(uncaught).hasValue(null);
	}

	@Test
	void whereThereIsNoThreadNobodyIsAsked() {
		DatabaseInquiry inquiry = new DatabaseInquiry(() -> {
			throw new OutOfMemoryError("unable to create native thread");
		}, () -> new JdbcSession(connection(Map.of())));
		assertThat(inquiry.ask(List.of(), PATIENT).outcome()).isEqualTo(Outcome.NOT_ASKED);
		assertThat(inquiry.ask(List.of(), PATIENT).outcome()).isEqualTo(Outcome.NOT_ASKED);
	}

	@Test
	void aDriverWithoutTimeLimitsIsAskedForNothingMore() {
		DatabaseInquiry inquiry = inquiry(() -> connection(Map.of("setNetworkTimeout", (real) -> {
			throw new SQLFeatureNotSupportedException();
		}, "createStatement", (real) -> {
			throw new IllegalStateException("A question without a limit");
		})));
		assertThat(inquiry.ask(List.of(1L), PATIENT)).returns(Outcome.ANSWERED, DatabaseAnswer::outcome)
			.returns(List.of(), DatabaseAnswer::sessions);
	}

	@Test
	void nobodyIsAskedAfterTheEnd() {
		DatabaseInquiry inquiry = inquiry(() -> connection(Map.of()));
		inquiry.close();
		assertThat(inquiry.ask(List.of(), PATIENT)).isEqualTo(DatabaseAnswer.NOT_ASKED);
		assertThat(this.opened).hasValue(0);
	}

	@Test
	void aQuestionThatIsUnderWayEndsAtTheEnd() {
		CountDownLatch asking = new CountDownLatch(1);
		DatabaseInquiry inquiry = inquiry(() -> connection(Map.of("setNetworkTimeout", (real) -> {
			asking.countDown();
			this.end.await();
			return null;
		}, "abort", (real) -> {
			this.end.countDown();
			return null;
		})));
		inquiry.ask(List.of(), Duration.ZERO);
		await().until(() -> asking.getCount() == 0);
		inquiry.close();
		await().until(() -> this.end.getCount() == 0);
	}

	@Test
	void theServerTellsOfASession() throws SQLException {
		try (Connection connection = PostgresServer.running().dataSource().getConnection()) {
			assertThat(inquiry(PostgresServer.running().dataSource()::getConnection)
				.ask(List.of(process(connection)), PATIENT)
				.sessions()).singleElement()
				.returns(process(connection), ServerSession::process)
				.returns(false, ServerSession::waitsForLock)
				.returns("idle", ServerSession::activity);
		}
	}

	/** Such as PgBouncer, whose numbers are its own. */
	@Test
	void whatStandsBetweenIsNotAskedForProcessesOfTheServer() throws SQLException {
		try (Connection connection = PostgresServer.running().dataSource().getConnection()) {
			DatabaseInquiry inquiry = inquiry(() -> connection(Map.of("getBackendPID", (real) -> 7)));
			assertThat(inquiry.ask(List.of(process(connection)), PATIENT))
				.returns(Outcome.ANSWERED, DatabaseAnswer::outcome)
				.returns(List.of(), DatabaseAnswer::sessions);
		}
	}

	/** Such as behind an address that stands for many servers. */
	@Test
	void aServerThatDoesNotHaveAllOfTheProcessesIsAnotherOne() throws SQLException {
		try (Connection connection = PostgresServer.running().dataSource().getConnection()) {
			assertThat(inquiry(PostgresServer.running().dataSource()::getConnection)
				.ask(List.of(process(connection), 1L), PATIENT)).returns(Outcome.ANSWERED, DatabaseAnswer::outcome)
				.returns(List.of(), DatabaseAnswer::sessions);
		}
	}

	@Test
	void whatASessionIsToldToDoIsWithoutItsValues() throws SQLException {
		try (Connection connection = PostgresServer.running().dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement
				.execute("select 'secret', 'half of a secret, as the server cuts it: %s'".formatted("x".repeat(2000)));
			assertThat(inquiry(PostgresServer.running().dataSource()::getConnection)
				.ask(List.of(process(connection)), PATIENT)
				.toString()).contains("select ?, ?").doesNotContain("secret");
		}
	}

	private static long process(Connection connection) {
		return Objects.requireNonNull(ServerProcesses.of(connection)).number();
	}

	private DatabaseInquiry inquiry(Driver driver) {
		return new DatabaseInquiry(() -> "orders:inquiry", () -> {
			this.opened.incrementAndGet();
			return new JdbcSession(driver.connect());
		});
	}

	private Connection hang() {
		try {
			this.end.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		throw new IllegalStateException("Nobody has answered");
	}

	/** A connection to PostgreSQL that does some things in another way. */
	private static Connection connection(Map<String, Answer> others) throws SQLException {
		Connection real = PostgresServer.running().dataSource().getConnection();
		return (Connection) Proxy.newProxyInstance(DatabaseInquiryTests.class.getClassLoader(),
				new Class<?>[] { Connection.class, PGConnection.class }, (proxy, method, arguments) -> {
					Answer other = others.get(method.getName());
					if (other != null) {
						return other.to(real);
					}
					if (method.getName().equals("isWrapperFor")) {
						return ((Class<?>) arguments[0]).isInstance(proxy);
					}
					if (method.getName().equals("unwrap")) {
						return proxy;
					}
					try {
						return method.invoke(real, arguments);
					}
					catch (InvocationTargetException ex) {
						throw ex.getTargetException();
					}
				});
	}

	/**
	 * Opens a connection.
	 */
	private interface Driver {

		Connection connect() throws SQLException;

	}

	/**
	 * What a connection does instead.
	 */
	private interface Answer {

		@Nullable Object to(Connection real) throws Exception;

	}

}
