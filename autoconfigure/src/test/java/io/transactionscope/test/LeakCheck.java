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

package io.transactionscope.test;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.ActiveScope;
import io.transactionscope.pool.Borrower;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Checks that a pool has all its connections back, each fit for the next borrower, and
 * that the thread is as it was before.
 *
 * @param driver the driver beneath the pool
 * @param pool the pool, of a fixed size
 */
public record LeakCheck(FaultyDriver driver, DataSource pool, Counters counters) {

	/** A discarded connection is replaced in the background. */
	private static final Duration REPLACEMENT = Duration.ofSeconds(20);

	private static final Duration POLL = Duration.ofMillis(2);

	public LeakCheck(FaultyDriver driver, HikariDataSource pool) {
		this(driver, pool, Counters.of(pool));
	}

	public LeakCheck(FaultyDriver driver, FaultyPool pool) {
		this(driver, pool, pool.counters());
	}

	/**
	 * Fail if anything is missing or left behind.
	 * @throws SQLException if a connection cannot be borrowed any more
	 */
	public void verify() throws SQLException {
		assertThat(this.counters.lent().getAsInt()).as("connections not returned to the pool").isZero();
		assertThat(this.counters.waiting().getAsInt()).as("threads that wait for a connection").isZero();
		await(() -> isFull() && hasNothingLeftBehind());
		verifyIsFull();
		assertThat(this.driver.leftBehind()).as("settings left behind in sessions").isEmpty();
		verifyEachCanBeBorrowed();
		verifyThread();
	}

	/** Or give up: what then is asserted says what is missing. */
	private static void await(Callable<Boolean> condition) {
		try {
			Awaitility.await()
				.pollInSameThread()
				.pollDelay(Duration.ZERO)
				.pollInterval(POLL)
				.atMost(REPLACEMENT)
				.until(condition);
		}
		catch (ConditionTimeoutException ex) {
			// It is asserted next.
		}
	}

	private boolean isFull() {
		int idle = this.counters.idle().getAsInt();
		return (!this.counters.refills() || idle == this.counters.maximum()) && this.driver.openSessions() == idle;
	}

	/** The pool has settings of its own in place while it makes a connection ready. */
	private boolean hasNothingLeftBehind() {
		return this.driver.leftBehind().isEmpty();
	}

	private void verifyIsFull() {
		int idle = this.counters.idle().getAsInt();
		if (this.counters.refills()) {
			assertThat(idle).as("connections to borrow").isEqualTo(this.counters.maximum());
		}
		assertThat(this.driver.openSessions()).as("physical connections").isEqualTo(idle);
	}

	private void verifyEachCanBeBorrowed() throws SQLException {
		List<Connection> borrowed = new ArrayList<>();
		try {
			for (int i = 0; i < this.counters.maximum(); i++) {
				Connection connection = this.pool.getConnection();
				borrowed.add(connection);
				assertThat(connection.getAutoCommit()).as("auto-commit mode of a borrowed connection").isTrue();
				assertThat(connection.isReadOnly()).as("read-only mode of a borrowed connection").isFalse();
			}
		}
		finally {
			for (Connection connection : borrowed) {
				connection.close();
			}
		}
	}

	/** Fail if anything is left behind in the current thread. */
	public static void verifyThread() {
		assertThat(Thread.interrupted()).as("interrupt flag").isFalse();
		assertThat(TransactionSynchronizationManager.getResourceMap()).as("resources bound to the thread").isEmpty();
		assertThat(TransactionSynchronizationManager.isSynchronizationActive()).as("synchronization").isFalse();
		assertThat(TransactionSynchronizationManager.isActualTransactionActive()).as("active transaction").isFalse();
		assertThat(TransactionSynchronizationManager.getCurrentTransactionName()).as("transaction name").isNull();
		assertThat(TransactionSynchronizationManager.isCurrentTransactionReadOnly()).as("read-only").isFalse();
		assertThat(TransactionSynchronizationManager.getCurrentTransactionIsolationLevel()).as("isolation").isNull();
		assertThat(Borrower.current().name()).as("name of the borrower").isNull();
		assertThat(Borrower.current().deadline()).as("deadline of the borrower").isEqualTo(Borrower.NO_DEADLINE);
		assertThatIllegalStateException().as("innermost scope").isThrownBy(ActiveScope::current);
	}

	/** Take from the current thread what was left behind in it. */
	public static void clearThread() {
		Set.copyOf(TransactionSynchronizationManager.getResourceMap().keySet())
			.forEach(TransactionSynchronizationManager::unbindResourceIfPossible);
		TransactionSynchronizationManager.clear();
		Borrower.current().exchangeName(null);
		Borrower.current().exchangeDeadline(Borrower.NO_DEADLINE);
	}

}
