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

package io.transactionscope.pool.tracked;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

import io.transactionscope.pool.RemainingTime;
import io.transactionscope.pool.tracked.Cancellation.Timer;
import org.jspecify.annotations.Nullable;

/**
 * How a connection keeps to deadlines, and how it was before: for how long answers are
 * waited for, and how long statements may take. It exists only where there was something
 * to be limited.
 */
final class DeadlineLimits {

	private static final int UNTOUCHED = -1;

	private final Connection pooled;

	private final Timer timer;

	private final NetworkLimit network;

	// H2, for one, keeps a query timeout for the whole session: left behind, it would end
	// the next borrower's statements.
	private int originalQueryTimeout = UNTOUCHED;

	private @Nullable Cancellation cancellation;

	private boolean fitForReturn = true;

	DeadlineLimits(Connection pooled, Timer timer) {
		this.pooled = pooled;
		this.timer = timer;
		this.network = new NetworkLimit(pooled);
	}

	NetworkLimit network() {
		return this.network;
	}

	/**
	 * Wait for the answer to a COMMIT until the deadline, or do not send it.
	 */
	void limitCommit(RemainingTime remaining) throws CommitNotSentException {
		try {
			this.network.set(remaining.millis());
		}
		catch (SQLException | RuntimeException ex) {
			this.fitForReturn = false;
			throw new CommitNotSentException("its wait could not be limited to the deadline (setNetworkTimeout failed)",
					ex);
		}
	}

	/**
	 * Wait for answers until the deadline and little longer.
	 */
	void limitNetwork(RemainingTime remaining) {
		try {
			this.network.set(remaining.millisWithGrace());
		}
		catch (SQLException | RuntimeException ex) {
			// A connection that is dead says so when it is used.
			this.fitForReturn = false;
		}
	}

	void liftNetwork() {
		try {
			this.network.lift();
		}
		catch (SQLException | RuntimeException ex) {
			// What became of the COMMIT is the news. The connection is not used again.
			this.fitForReturn = false;
		}
	}

	/**
	 * Limit a statement that is sent next.
	 */
	void limitStatement(Statement statement, RemainingTime remaining) throws SQLException {
		limitNetwork(remaining);
		if (Cancellation.isFor(this.pooled)) {
			this.cancellation = Cancellation.begin(this.pooled, statement, remaining, this.timer);
			return;
		}
		int current = statement.getQueryTimeout();
		if (current == 0 || current > remaining.seconds()) {
			setQueryTimeout(statement, current, remaining.seconds());
		}
	}

	/**
	 * Let a statement that is sent next be ended on request.
	 * @return makes the request, and does nothing once the statement has ended
	 */
	Runnable cancellation(Statement statement) throws SQLException {
		Cancellation cancellation = this.cancellation;
		if (cancellation == null) {
			cancellation = Cancellation.onRequest(this.pooled, statement);
			this.cancellation = cancellation;
		}
		return cancellation::send;
	}

	/**
	 * Take notice of the end of a statement.
	 */
	void statementEnded() {
		Cancellation cancellation = this.cancellation;
		if (cancellation == null) {
			return;
		}
		this.cancellation = null;
		try {
			this.fitForReturn &= cancellation.end();
		}
		catch (SQLException | RuntimeException ex) {
			this.fitForReturn = false;
		}
	}

	/**
	 * Return whether statements may come with a query timeout that others have left.
	 */
	boolean isQueryTimeoutTouched() {
		return this.originalQueryTimeout != UNTOUCHED;
	}

	/**
	 * Limit a statement that has just been created.
	 * @param remaining the time until the deadline, or {@code null} if there is none
	 */
	void limitCreated(Statement statement, @Nullable RemainingTime remaining) throws SQLException {
		int current = statement.getQueryTimeout();
		int limit = isQueryTimeoutTouched() ? this.originalQueryTimeout : current;
		// Past the deadline it is not sent, but let Spring say so first, which is about
		// to set its own timeout: with an exception that nobody takes for a slow query.
		if (remaining != null && !remaining.isOver()) {
			limit = (limit == 0) ? remaining.seconds() : Math.min(limit, remaining.seconds());
		}
		if (limit != current) {
			setQueryTimeout(statement, current, limit);
		}
	}

	/**
	 * Set a statement's query timeout, to no more than the deadline leaves. Past it, the
	 * statement is refused when it is to be sent.
	 * @param remaining the time until the deadline, or {@code null} if there is none
	 */
	void setQueryTimeout(Statement statement, int seconds, @Nullable RemainingTime remaining) throws SQLException {
		int limit = seconds;
		if (remaining != null) {
			int most = Math.max(1, remaining.seconds());
			limit = (seconds == 0) ? most : Math.min(seconds, most);
		}
		setQueryTimeout(statement, statement.getQueryTimeout(), limit);
	}

	private void setQueryTimeout(Statement statement, int current, int limit) throws SQLException {
		if (!isQueryTimeoutTouched()) {
			this.originalQueryTimeout = current;
		}
		statement.setQueryTimeout(limit);
	}

	/**
	 * Have the connection as it was found.
	 * @return whether it is
	 */
	boolean restore() {
		if (isQueryTimeoutTouched()) {
			restoreQueryTimeout();
		}
		if (this.fitForReturn) {
			liftNetwork();
		}
		return this.fitForReturn;
	}

	private void restoreQueryTimeout() {
		try (Statement statement = this.pooled.createStatement()) {
			statement.setQueryTimeout(this.originalQueryTimeout);
		}
		catch (SQLException | RuntimeException | Error ex) {
			this.fitForReturn = false;
		}
	}

}
