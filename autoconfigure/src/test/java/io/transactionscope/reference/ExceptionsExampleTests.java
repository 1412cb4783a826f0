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

package io.transactionscope.reference;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import io.transactionscope.ActiveScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.DeadlinePassedException;
import io.transactionscope.pool.PoolDeadlockException;
import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.RemoteCallPolicy;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.remote.RemoteCallException;
import io.transactionscope.pool.remote.RemoteCallHandler;
import io.transactionscope.pool.tracked.CommitNotSentException;
import io.transactionscope.pool.tracked.TrackedHikariDataSource;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.resource.release.ReleaseTimeoutException;
import io.transactionscope.test.DatabaseFaults;
import io.transactionscope.test.Phase;
import io.transactionscope.test.scope.ScopeDeadlines;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The exceptions of the chapter on them: what each says, what is in it, and what has
 * become of the data.
 */
@Tag("once")
@Timeout(60)
class ExceptionsExampleTests {

	private final DatabaseFaults faults = new DatabaseFaults();

	private final ExecutorService executor = Executors.newSingleThreadExecutor();

	private final TrackedHikariDataSource pool = (TrackedHikariDataSource) TrackedHikariDataSource.inPlaceOf(hikari(),
			PoolSettings.defaults().withRemoteCalls(RemoteCallPolicy.FAIL));

	private final ScopedJdbcTransactionManager manager = new ScopedJdbcTransactionManager(this.pool);

	private final TransactionScope transactions = TransactionScope.create(this.manager);

	private final JdbcClient orders = JdbcClient.create(this.pool);

	private HikariDataSource hikari() {
		JdbcDataSource h2 = new JdbcDataSource();
		h2.setURL("jdbc:h2:mem:exceptions;DB_CLOSE_DELAY=-1");
		HikariConfig config = new HikariConfig();
		config.setPoolName("orders");
		config.setDataSource(this.faults.beneath("orders", h2));
		config.setMaximumPoolSize(2);
		config.setConnectionTimeout(1000);
		return new HikariDataSource(config);
	}

	@BeforeEach
	void createTable() {
		this.orders.sql("create table if not exists orders (id int)").update();
		this.orders.sql("delete from orders").update();
	}

	@AfterEach
	void close() {
		this.faults.clear();
		this.executor.shutdownNow();
		assertThat(Objects.requireNonNull(this.pool.getHikariPoolMXBean()).getActiveConnections()).as("leased")
			.isZero();
		this.pool.close();
	}

	private void insert() {
		this.orders.sql("insert into orders values (1)").update();
	}

	private int rows() {
		this.faults.clear();
		return this.orders.sql("select count(*) from orders").query(Integer.class).single();
	}

	// Commit

	@Test
	void commitInDoubt() {
		this.faults.at(Phase.COMMIT).lostLinkAfterwards();
		CommitFailedException failure = catchThrowableOfType(CommitFailedException.class,
				() -> this.transactions.named("place-order").run((tx) -> insert()));
		assertThat(failure.outcome()).isEqualTo(TransactionOutcome.UNKNOWN);
		assertThat(failure.scope()).isEqualTo("place-order");
		assertThat(rows()).as("committed, as it happens").isOne();
		RecordedText.wrapped("exceptions-commit-in-doubt.txt").verify(failure);
	}

	@Test
	void commitRefused() {
		this.faults.at(Phase.COMMIT).once().refused();
		CommitFailedException failure = catchThrowableOfType(CommitFailedException.class,
				() -> this.transactions.named("place-order").run((tx) -> insert()));
		assertThat(failure.outcome()).isEqualTo(TransactionOutcome.ROLLED_BACK);
		assertThat(failure).hasCauseInstanceOf(ConcurrencyFailureException.class);
		assertThat(rows()).isZero();
		RecordedText.wrapped("exceptions-commit-refused.txt").verify(failure);
	}

	@Test
	void commitNotSent() {
		this.faults.at(Phase.STATEMENT).once().matching("insert.*").lostLink();
		CommitFailedException failure = catchThrowableOfType(CommitFailedException.class,
				() -> this.transactions.named("place-order")
					.run((tx) -> assertThat(catchThrowable(this::insert)).isNotNull()));
		assertThat(failure.outcome()).isEqualTo(TransactionOutcome.ROLLED_BACK);
		assertThat(failure).rootCause().isInstanceOf(CommitNotSentException.class);
		assertThat(rows()).isZero();
		RecordedText.wrapped("exceptions-commit-not-sent.txt").verify(failure);
	}

	@Test
	void transactionEndedByCommit() {
		CommitFailedException failure = catchThrowableOfType(CommitFailedException.class,
				() -> this.transactions.named("place-order").run((tx) -> {
					insert();
					this.orders.sql("commit").update();
					insert();
				}));
		assertThat(failure.outcome()).isEqualTo(TransactionOutcome.UNKNOWN);
		assertThat(failure.getCause()).isInstanceOfSatisfying(TransactionEndedException.class,
				(ended) -> assertThat(ended.isPartlyCommitted()).isTrue());
		assertThat(rows()).as("what came before").isOne();
		RecordedText.wrapped("exceptions-transaction-ended-commit.txt").verify(failure);
	}

	@Test
	void transactionEndedByRollback() {
		UnexpectedRollbackException failure = catchThrowableOfType(UnexpectedRollbackException.class,
				() -> this.transactions.named("place-order").run((tx) -> {
					insert();
					this.orders.sql("rollback").update();
					insert();
				}));
		assertThat(failure.getCause()).isInstanceOfSatisfying(TransactionEndedException.class,
				(ended) -> assertThat(ended.isPartlyCommitted()).isFalse());
		assertThat(rows()).isZero();
		RecordedText.wrapped("exceptions-transaction-ended-rollback.txt").verify(failure);
	}

	@Test
	void partlyCommitted() {
		Throwable failure = catchThrowable(() -> this.transactions.named("place-order").run((tx) -> {
			insert();
			this.orders.sql("create table archive (id int)").update();
			throw new IllegalArgumentException("no such customer");
		}));
		assertThat(failure).isInstanceOf(IllegalArgumentException.class);
		assertThat(rows()).as("what came before").isOne();
		RecordedText.wrapped("exceptions-partly-committed.txt").verify(failure);
	}

	@Test
	void afterCommit() {
		AfterCommitException failure = catchThrowableOfType(AfterCommitException.class,
				() -> this.transactions.named("place-order").run((tx) -> {
					insert();
					tx.afterCommit(() -> {
						throw new IOException("mail server does not answer");
					});
					tx.afterCommit(() -> {
						throw new IllegalStateException("cache is closed");
					});
				}));
		assertThat(failure.outcome()).isEqualTo(TransactionOutcome.COMMITTED);
		assertThat(failure.scope()).isEqualTo("place-order");
		assertThat(failure.failures()).hasSize(2);
		assertThat(rows()).isOne();
		RecordedText.wrapped("exceptions-after-commit.txt").verify(failure);
	}

	// Deadlines

	@Test
	void deadlinePassedBeforeAStatement() {
		DeadlinePassedException failure = catchThrowableOfType(DeadlinePassedException.class,
				() -> this.transactions.named("place-order").timeout(Duration.ofSeconds(2)).run((tx) -> {
					insert();
					try (Statement statement = tx.connection().createStatement()) {
						ScopeDeadlines.advance(Duration.ofSeconds(2));
						statement.execute("insert into orders values (2)");
					}
				}));
		assertThat(failure.getSQLState()).isEqualTo("HYT00");
		assertThat(rows()).isZero();
		RecordedText.wrapped("exceptions-deadline-passed.txt").ignoringTimes().verify(failure);
	}

	@Test
	void timedOutInTheBody() {
		TransactionTimedOutException failure = catchThrowableOfType(TransactionTimedOutException.class,
				() -> this.transactions.named("place-order").timeout(Duration.ofSeconds(2)).run((tx) -> {
					insert();
					ScopeDeadlines.advance(Duration.ofSeconds(2));
				}));
		assertThat(rows()).isZero();
		RecordedText.wrapped("exceptions-transaction-timed-out.txt").verify(failure);
	}

	@Test
	void timedOutBeforeAStatementOfJdbcClient() {
		TransactionTimedOutException failure = catchThrowableOfType(TransactionTimedOutException.class,
				() -> this.transactions.named("place-order").timeout(Duration.ofSeconds(2)).run((tx) -> {
					ScopeDeadlines.advance(Duration.ofSeconds(2));
					insert();
				}));
		assertThat(failure).hasMessage(
				"Transaction of 'place-order' passed its deadline of PT2S before a statement, and is rolled back");
		assertThat(rows()).isZero();
	}

	@Test
	void timedOutBeforeItHadAConnection() throws Exception {
		Connection one = this.pool.getConnection();
		try (Connection two = this.pool.getConnection()) {
			assertThat(two).isNotNull();
			AtomicReference<Throwable> thrown = new AtomicReference<>();
			CompletableFuture.runAsync(() -> thrown.set(catchThrowable(
					() -> this.transactions.named("place-order").timeout(Duration.ofSeconds(1)).run((tx) -> insert()))),
					this.executor)
				.get();
			assertThat(thrown.get()).isInstanceOf(TransactionTimedOutException.class)
				.hasMessageStartingWith("Scope 'place-order' passed its deadline of PT1S before it had a connection: ")
				.hasCauseInstanceOf(PoolExhaustedException.class);
		}
		finally {
			one.close();
		}
	}

	// Pool

	@Test
	void poolExhausted() throws Exception {
		CountDownLatch held = new CountDownLatch(2);
		CountDownLatch done = new CountDownLatch(1);
		List<Future<?>> holding = new ArrayList<>();
		ExecutorService holders = Executors.newFixedThreadPool(2, (task) -> new Thread(task, "http-nio-8080-exec-1"));
		try {
			for (int i = 0; i < 2; i++) {
				holding.add(holders.submit(() -> this.transactions.named("export-orders").call((tx) -> {
					insert();
					held.countDown();
					done.await();
					return "exported";
				})));
			}
			held.await();
			CannotCreateTransactionException failure = catchThrowableOfType(CannotCreateTransactionException.class,
					() -> this.transactions.named("place-order").run((tx) -> insert()));
			assertThat(failure).hasCauseInstanceOf(PoolExhaustedException.class);
			PoolExhaustedException exhausted = (PoolExhaustedException) Objects.requireNonNull(failure.getCause());
			assertThat(exhausted.report().holders()).hasSize(2);
			assertThat(exhausted.getMessage()).contains("Connection is not available, request timed out after");
			assertThat(exhausted.getMessage()).contains("Incident 1 of orders");
			// On a busy machine it may well be something else, and then another thing for
			// the second.
			assumeThat(exhausted.report().diagnosis()).isInstanceOf(HeldButIdle.class);
			CannotCreateTransactionException second = catchThrowableOfType(CannotCreateTransactionException.class,
					() -> this.transactions.named("place-order").run((tx) -> insert()));
			assertThat(second).hasCauseInstanceOf(PoolExhaustedException.class);
			PoolExhaustedException again = (PoolExhaustedException) Objects.requireNonNull(second.getCause());
			assumeThat(again.report().diagnosis()).isInstanceOf(HeldButIdle.class);
			assertThat(second).hasMessageContaining("Incident 1 of orders: the report in full is in the log, at ");
			RecordedText.wrapped("exceptions-pool-exhausted.txt").ignoringTimes().verify(String.valueOf(again));
		}
		finally {
			done.countDown();
			for (Future<?> each : holding) {
				each.get(10, TimeUnit.SECONDS);
			}
			holders.shutdown();
		}
	}

	@Test
	void poolDeadlock() {
		CannotCreateTransactionException failure = catchThrowableOfType(CannotCreateTransactionException.class,
				() -> this.transactions.named("place-order")
					.run((tx) -> this.transactions.named("reserve-stock")
						.requiresNew()
						.run((reserve) -> this.transactions.named("write-audit")
							.requiresNew()
							.run((audit) -> insert()))));
		PoolDeadlockException deadlock = (PoolDeadlockException) Objects.requireNonNull(failure.getCause());
		assertThat(deadlock.report().diagnosis()).isInstanceOf(SelfDeadlock.class);
		assertThat(rows()).isZero();
		String text = deadlock.toString();
		RecordedText.wrapped("exceptions-pool-deadlock.txt")
			.ignoringTimes()
			.verify(text.substring(0, text.indexOf("Holders:")) + "...\n"
					+ text.substring(text.indexOf("Who waits for whom:")));
	}

	@Test
	void remoteCall() {
		PoolLedgers ledgers = new PoolLedgers();
		ledgers.add(this.pool.ledger());
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(new RemoteCallHandler(ledgers));
		SenderContext<Object> context = new SenderContext<>((carrier, key, value) -> {
		}, Kind.CLIENT);
		RemoteCallException failure = catchThrowableOfType(RemoteCallException.class,
				() -> this.transactions.named("place-order").run((tx) -> {
					insert();
					Observation.createNotStarted("http.client.requests", () -> context, registry)
						.lowCardinalityKeyValue("method", "POST")
						.lowCardinalityKeyValue("client.name", "warehouse")
						.observe(() -> assertThat(true).as("called").isFalse());
				}));
		assertThat(rows()).isZero();
		RecordedText.wrapped("exceptions-remote-call.txt").verify(failure);
	}

	// Resources

	@Test
	void resourceUnavailable() {
		Semaphore uploads = new Semaphore(0);
		ResourceUnavailableException failure = catchThrowableOfType(ResourceUnavailableException.class,
				() -> this.transactions.named("place-order").run((tx) -> {
					insert();
					tx.enter(LockResources.permit(uploads, Duration.ofMillis(20)));
				}));
		assertThat(failure.resource()).isEqualTo("permit");
		assertThat(failure.waited()).isGreaterThan(Duration.ofMillis(15));
		assertThat(rows()).isZero();
		RecordedText.wrapped("exceptions-resource-unavailable.txt")
			.ignoringTimes()
			.ignoring(RecordedText.IDENTITIES)
			.verify(failure);
	}

	@Test
	void releaseTimeout() {
		CountDownLatch never = new CountDownLatch(1);
		Resource<String> client = Resource.of(() -> "search client", (value, outcome) -> never.await());
		ReleaseTimeoutException failure = catchThrowableOfType(ReleaseTimeoutException.class, () -> ResourceScope
			.run((scope) -> scope.enter(client.releaseWithin("search client", Duration.ofMillis(30)))));
		assertThat(failure.resource()).isEqualTo("search client");
		assertThat(failure.getCause()).isNotNull();
		never.countDown();
		RecordedText.wrapped("exceptions-release-timeout.txt").ignoringTimes().verify(failure);
	}

	// Spring's

	@Test
	void joinedFailureIsSwallowed() {
		UnexpectedRollbackException failure = catchThrowableOfType(UnexpectedRollbackException.class,
				() -> this.transactions.named("place-order").run((tx) -> {
					insert();
					assertThat(catchThrowable(() -> this.transactions.named("redeem-coupon").run((inner) -> {
						throw new IllegalArgumentException("coupon 42 has expired");
					}))).isNotNull();
				}));
		assertThat(failure).hasCauseInstanceOf(IllegalArgumentException.class);
		assertThat(rows()).isZero();
		RecordedText.wrapped("exceptions-unexpected-rollback.txt").verify(failure);
	}

	@Test
	void methodThatTookPartHasMarkedIt() {
		UnexpectedRollbackException failure = catchThrowableOfType(UnexpectedRollbackException.class,
				() -> this.transactions.named("place-order")
					.run((tx) -> new TransactionTemplate(this.manager)
						.executeWithoutResult((status) -> status.setRollbackOnly())));
		RecordedText.wrapped("exceptions-unexpected-rollback-transactional.txt").verify(failure);
	}

	@Test
	void cannotBegin() {
		this.faults.at(Phase.BEGIN).once().lostLink();
		CannotCreateTransactionException failure = catchThrowableOfType(CannotCreateTransactionException.class,
				() -> this.transactions.named("place-order").run((tx) -> insert()));
		assertThat(rows()).isZero();
		RecordedText.wrapped("exceptions-cannot-create-transaction.txt").verify(failure);
	}

	@Test
	void propagationIsRefused() {
		RecordedText.wrapped("exceptions-illegal-transaction-state.txt")
			.verify(String.join("\n",
					refusal(() -> this.transactions.named("import")
						.run((tx) -> this.transactions.named("place-order").outermost().run(this::insert))),
					refusal(() -> this.transactions.named("place-order").mandatory().run(this::insert)),
					refusal(() -> this.transactions.named("import")
						.run((tx) -> this.transactions.named("ping").never().run(this::insert))),
					refusal(() -> this.transactions.named("place-order")
						.run((tx) -> TransactionSynchronizationManager
							.registerSynchronization(new TransactionSynchronization() {

								@Override
								public void afterCommit() {
									ExceptionsExampleTests.this.transactions.named("write-audit")
										.run(ExceptionsExampleTests.this::insert);
								}

							})))));
	}

	private static String refusal(ThrowingCallable action) {
		Throwable failure = catchThrowable(action);
		while (failure.getCause() != null && !(failure instanceof IllegalTransactionStateException)) {
			failure = failure.getCause();
		}
		assertThat(failure).isInstanceOf(IllegalTransactionStateException.class);
		return failure.toString();
	}

	@Test
	void handleIsMisused() throws Exception {
		AtomicReference<ActiveScope> kept = new AtomicReference<>();
		this.transactions.named("place-order").run((tx) -> kept.set(tx));
		Throwable ended = catchThrowable(() -> Objects.requireNonNull(kept.get()).afterCommit(() -> {
		}));
		AtomicReference<Throwable> elsewhere = new AtomicReference<>();
		this.transactions.named("place-order").run((tx) -> {
			Thread other = new Thread(() -> elsewhere.set(catchThrowable(() -> tx.setRollbackOnly("late"))), "task-1");
			other.start();
			other.join();
		});
		Throwable future = catchThrowable(() -> this.transactions.named("place-order")
			.call((tx) -> CompletableFuture.completedFuture("receipt")));
		Throwable none = catchThrowable(ActiveScope::current);
		RecordedText.wrapped("exceptions-illegal-state.txt")
			.verify("%s\n%s\n%s\n%s".formatted(ended,
					String.valueOf(elsewhere.get()).replace(Thread.currentThread().getName(), "main"), future, none));
	}

	@Test
	void connectionIsTheScopesBusiness() {
		SQLException failure = catchThrowableOfType(SQLException.class,
				() -> this.transactions.named("place-order").run((tx) -> tx.connection().commit()));
		RecordedText.wrapped("exceptions-guarded-connection.txt").verify(failure);
	}

	// Handling them

	@Test
	void aCallerTellsWhatBecameOfTheData() {
		this.faults.at(Phase.COMMIT).once().lostLinkAfterwards();
		assertThat(place()).isEqualTo("look it up");
		this.faults.clear();
		this.faults.at(Phase.COMMIT).once().refused();
		assertThat(place()).isEqualTo("try again");
		assertThat(place()).isEqualTo("done");
		this.faults.at(Phase.STATEMENT).once().matching("insert.*").refused();
		assertThat(place()).isEqualTo("try again");
	}

	private String place() {
		// tag::outcome[]
		try {
			this.transactions.named("place-order").run((tx) -> insert());
			return "done";
		}
		catch (AfterCommitException ex) {
			return "done, and report what failed afterwards: " + ex.failures(); // <1>
		}
		catch (CommitFailedException ex) {
			return (ex.outcome() == TransactionOutcome.UNKNOWN) ? "look it up" : "try again"; // <2>
		}
		catch (RuntimeException ex) {
			return "try again"; // <3>
		}
		// end::outcome[]
	}

}
