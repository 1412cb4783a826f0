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

package io.transactionscope.contract;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.transactionscope.pool.Borrower;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.dao.DataAccessException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * One deadline for the wait for the connection, the statements and the commit.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("io.transactionscope.contract.Arrangement#few")
class DeadlineContractTests extends Contract {

	/** Long before anything else would end a wait. */
	private static final Duration SOON = Application.CONNECTION_TIMEOUT.dividedBy(2);

	/** Whether the body came to the point before its deadline had passed. */
	private boolean inTime;

	/** How long the block has taken, at the last attempt. */
	private Duration taken = Duration.ZERO;

	@Test
	@DisplayName("T7: a body that keeps to its deadline commits")
	void bodyThatKeepsToItsDeadlineCommits() throws Throwable {
		run(Form.UNHURRIED, (tx) -> insert("kept"));
		assertCommitted("kept");
		assertNoTimeoutIsLeftBehind();
	}

	@Test
	@DisplayName("T7: a body that returns late rolls back")
	void bodyThatReturnsLateRollsBack() throws SQLException {
		Throwable thrown = lateFailureOf(Form.HURRIED, (tx) -> {
			watch(tx);
			insert("lost");
			passDeadline();
		});
		assertThat(thrown).isInstanceOf(TransactionTimedOutException.class)
			.hasMessageContainingAll("'hurried'", ScopedMethods.DEADLINE.toString(), "rolled back");
		assertCommitted();
		assertHeard("hurried", TransactionOutcome.ROLLED_BACK);
		assertNoTimeoutIsLeftBehind();
	}

	@Test
	@DisplayName("T1, T7: a body that fails late keeps its exception")
	void bodyThatFailsLateKeepsItsException() {
		IllegalStateException failure = new IllegalStateException("the body's");
		assertThat(lateFailureOf(Form.HURRIED, (tx) -> {
			insert("lost");
			passDeadline();
			throw failure;
		})).isSameAs(failure);
		assertCommitted();
	}

	@Test
	@DisplayName("T7: a callback before the commit that takes too long rolls back")
	void callbackBeforeTheCommitThatTakesTooLongRollsBack() {
		assertThat(lateFailureOf(Form.HURRIED, (tx) -> {
			insert("lost");
			tx.beforeCommit(this::passDeadline);
		})).isInstanceOf(TransactionTimedOutException.class).hasMessageContaining("before the commit");
		assertCommitted();
	}

	@Test
	@DisplayName("T7: a synchronization before the commit that takes too long rolls back")
	void synchronizationBeforeTheCommitThatTakesTooLongRollsBack() {
		assumeThat(wiring().isJdbc()).as("JPA's commit is bounded by the ledger").isTrue();
		assertThat(lateFailureOf(Form.HURRIED, (tx) -> {
			insert("lost");
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void beforeCommit(boolean readOnly) {
					assertThatNoException().isThrownBy(DeadlineContractTests.this::passDeadline);
				}

			});
		})).isInstanceOf(TransactionTimedOutException.class).hasMessageContaining("before the commit");
		assertCommitted();
	}

	@Test
	@DisplayName("T7: no statement is sent past the deadline")
	void noStatementIsSentPastTheDeadline() {
		assumeTracked();
		Throwable thrown = lateFailureOf(Form.HURRIED, (tx) -> {
			passDeadline();
			driver().record();
			insert("never");
		});
		assertThat(causesOf(thrown))
			.anyMatch((each) -> each instanceof SQLException || each instanceof TransactionTimedOutException);
		assertThat(driver().calls()).doesNotContain("STATEMENT");
		assertCommitted();
	}

	@Test
	@DisplayName("T7: the deadline bounds the wait for the connection")
	void deadlineBoundsTheWaitForTheConnection() throws SQLException {
		assumeTracked();
		List<Connection> all = takeAllConnections();
		try {
			long start = System.nanoTime();
			Throwable thrown = thrownBy(Form.HURRIED, (tx) -> insert("never"));
			Duration waited = Duration.ofNanos(System.nanoTime() - start);
			if (wiring() == Wiring.LAZY) {
				// The pool is asked at the first statement: the failure is the body's.
				assertThat(thrown).isInstanceOf(DataAccessException.class);
			}
			else {
				assertThat(thrown).isInstanceOf(TransactionTimedOutException.class).hasMessageContaining("'hurried'");
			}
			assertThat(waited).isBetween(ScopedMethods.DEADLINE.minusMillis(20), SOON);
		}
		finally {
			for (Connection each : all) {
				each.close();
			}
		}
	}

	@Test
	@DisplayName("T2, T7: a thread that is interrupted while it waits for the connection fails, and keeps its flag")
	void threadInterruptedWhileItWaitsForTheConnectionFails() throws Exception {
		List<Connection> all = takeAllConnections();
		AtomicReference<Throwable> thrown = new AtomicReference<>();
		AtomicReference<Boolean> flag = new AtomicReference<>();
		Thread waiter = new Thread(() -> {
			thrown.set(failureOf(Form.OUTER, (tx) -> insert(tx, "never")));
			flag.set(Thread.currentThread().isInterrupted());
		}, "waiter");
		waiter.start();
		await().pollInterval(Duration.ofMillis(1))
			.until(() -> application().pool().counters().waiting().getAsInt() == 1);
		waiter.interrupt();
		waiter.join();
		for (Connection each : all) {
			each.close();
		}
		assertThat(thrown.get())
			.isInstanceOf((wiring() == Wiring.LAZY) ? SQLException.class : CannotCreateTransactionException.class);
		assertThat(causesOf(Objects.requireNonNull(thrown.get()))).hasAtLeastOneElementOfType(SQLException.class);
		assertThat(flag.get()).isTrue();
	}

	@Test
	@DisplayName("T7: a block that joined and returns late fails, and dooms the outer one")
	void blockThatJoinedAndReturnsLateDoomsTheOuterOne() {
		Throwable thrown = lateFailureOf(Form.OUTER, (tx) -> {
			insert("lost");
			assertThat(failureOf(Form.HURRIED, (inner) -> passDeadline()))
				.isInstanceOf(TransactionTimedOutException.class);
		});
		assertThat(thrown).isInstanceOf(UnexpectedRollbackException.class).hasMessageContaining("'hurried'");
		assertCommitted();
	}

	@Test
	@DisplayName("T7: an inner deadline is over with its block")
	void innerDeadlineIsOverWithItsBlock() throws SQLException {
		assertThat(lateFailureOf(Form.OUTER, (tx) -> {
			run(Form.HURRIED, (inner) -> insert("inner"));
			passDeadline();
			insert("outer");
		})).isNull();
		assertCommitted("inner", "outer");
		assertNoTimeoutIsLeftBehind();
	}

	@Test
	@DisplayName("T7: a block that joined is bounded by the deadline around it")
	void blockThatJoinedIsBoundedByTheDeadlineAroundIt() {
		assertThat(lateFailureOf(Form.HURRIED, (tx) -> run(Form.INNER, (inner) -> {
			insert("lost");
			passDeadline();
		}))).isInstanceOf(TransactionTimedOutException.class).hasMessageContaining("'inner'");
		assertCommitted();
	}

	@Test
	@DisplayName("T7: a block with a transaction of its own and a deadline leaves the outer one's time alone")
	void deadlineOfABlockWithATransactionOfItsOwnIsItsOwn() throws Throwable {
		run(Form.OUTER, (tx) -> {
			insert("outer");
			assertThat(lateFailureOf(Form.HURRIED_NEW, (own) -> {
				insert("lost");
				passDeadline();
			})).isInstanceOf(TransactionTimedOutException.class);
			insert("outer too");
		});
		assertCommitted("outer", "outer too");
	}

	@Test
	@DisplayName("T7: the deadline ends a statement")
	void deadlineEndsAStatement() {
		assumeOneOfAKind();
		Throwable thrown = lateFailureOf(Form.HURRIED, (tx) -> {
			insert("lost");
			driver().record();
			try {
				application().jdbc().sql(slowStatement()).query(Long.class).list();
			}
			finally {
				this.inTime = driver().calls().contains("STATEMENT");
			}
		});
		// Whole seconds, as JDBC has it.
		assertThat(this.taken).isLessThan(SOON);
		assertThat(thrown).isInstanceOf(DataAccessException.class);
		assertCommitted();
	}

	private String slowStatement() {
		return switch (this.arrangement.database()) {
			case H2 -> "select count(*) from system_range(1, 100000) a, system_range(1, 100000) b where a.x + b.x = -1";
			case POSTGRES -> "select 1 from pg_sleep(10)";
			case MARIADB, MARIADB_BY_MYSQL -> "select sleep(10)";
			case STUB -> throw new IllegalArgumentException("Nothing is slow on " + Database.STUB);
		};
	}

	@Test
	@DisplayName("T4, T7: the deadline ends a COMMIT that hangs, which is in doubt then")
	void deadlineEndsACommitThatHangs() {
		assumeThat(this.arrangement.database()).as("made with a deferred trigger").isEqualTo(Database.POSTGRES);
		assumeOneOfAKind();
		application().execute("""
				create or replace function slow() returns trigger language plpgsql as
				$$ begin perform pg_sleep(1); return null; end $$""", """
				create constraint trigger slow_commit after insert on item deferrable initially deferred
				for each row execute function slow()""");
		try {
			Throwable thrown = lateFailureOf(Form.HURRIED, (tx) -> {
				watch(tx);
				tx.onCompletion((outcome) -> this.inTime = driver().calls().contains("COMMIT"));
				insert("in doubt");
				driver().record();
			});
			assertThat(this.taken).isLessThan(SOON);
			assertThat(thrown).isInstanceOf(CommitFailedException.class);
			assertThat(((CommitFailedException) thrown).outcome()).isEqualTo(TransactionOutcome.UNKNOWN);
			assertHeard("hurried", TransactionOutcome.UNKNOWN);
		}
		finally {
			application().execute("drop trigger slow_commit on item");
		}
	}

	/**
	 * What a block throws that is to let its deadline pass. It is run once more where the
	 * machine was so slow that the deadline had passed before.
	 */
	@SuppressWarnings("NullAway") // Assertions take what was not thrown
	private Throwable lateFailureOf(Form form, Run body) {
		Throwable thrown;
		int attempts = 0;
		do {
			this.inTime = false;
			this.heard.clear();
			long start = System.nanoTime();
			thrown = failureOf(form, body);
			this.taken = Duration.ofNanos(System.nanoTime() - start);
			attempts++;
		}
		while (!this.inTime && attempts < 20);
		return thrown;
	}

	private void passDeadline() throws InterruptedException {
		this.inTime = remaining() > 0;
		assertThat(new CountDownLatch(1).await(ScopedMethods.DEADLINE.toMillis() + 10, TimeUnit.MILLISECONDS))
			.isFalse();
	}

	private static long remaining() {
		long deadline = Borrower.current().deadline();
		return (deadline != Borrower.NO_DEADLINE) ? deadline - System.nanoTime() : Long.MAX_VALUE;
	}

	private List<Connection> takeAllConnections() throws SQLException {
		List<Connection> all = new ArrayList<>();
		for (int i = 0; i < Application.POOL_SIZE; i++) {
			all.add(application().pool().getConnection());
		}
		return all;
	}

	private void assertNoTimeoutIsLeftBehind() throws SQLException {
		if (!wiring().isTracked()) {
			// H2 keeps a statement's timeout for the session, and only TrackedDataSource
			// knows.
			return;
		}
		for (Connection each : takeAllConnections()) {
			try (each; var statement = each.createStatement()) {
				assertThat(statement.getQueryTimeout()).isZero();
			}
		}
	}

	private void assumeOneOfAKind() {
		assumeThat(wiring()).as("a second each").isIn(Wiring.STARTER, Wiring.STARTER_JPA);
		assumeThat(this.arrangement.way()).as("a second each").isEqualTo(Way.LAMBDA);
	}

	private void assumeTracked() {
		assumeThat(wiring().isTracked()).as("without TrackedDataSource, deadlines reach what Spring's own classes send")
			.isTrue();
	}

}
