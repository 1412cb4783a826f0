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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.transactionscope.pool.RemainingTime;
import io.transactionscope.pool.inquiry.DriverMethod;
import org.jspecify.annotations.Nullable;

/**
 * Asks the database to end a statement: some time after it was sent, or when somebody
 * wants it to end. PostgreSQL's driver does so itself for a query timeout, but then the
 * statement waits until the server has taken the request, which it never does on a link
 * that hangs.
 */
final class Cancellation {

	private static final @Nullable DriverMethod CANCEL = DriverMethod.find("org.postgresql.core.BaseConnection",
			"cancelQuery");

	private static final long ARRIVAL_MILLIS = 500;

	private static final long MOST_BETWEEN_LOOKS_MILLIS = 50;

	private final Connection session;

	private final Request request;

	private final AtomicBoolean decided = new AtomicBoolean();

	private final CountDownLatch arrived = new CountDownLatch(1);

	private volatile boolean ended;

	private @Nullable Future<?> timer;

	/** The statement that has a query timeout of its own, to be put back. */
	private @Nullable Statement statement;

	private int queryTimeout;

	private Cancellation(Connection session, Request request) {
		this.session = session;
		this.request = request;
	}

	/**
	 * Return whether the driver's query timeout is to be replaced.
	 */
	static boolean isFor(Connection pooled) {
		try {
			return CANCEL != null && CANCEL.isFor(pooled);
		}
		catch (SQLException | RuntimeException ex) {
			return false;
		}
	}

	/**
	 * Begin to time a statement that is sent next.
	 * @param pooled the connection, which {@link #isFor} holds of
	 * @param statement the statement
	 * @param remaining the time until the deadline
	 * @param timer keeps the time
	 */
	static Cancellation begin(Connection pooled, Statement statement, RemainingTime remaining, Timer timer)
			throws SQLException {
		DriverMethod cancel = CANCEL;
		if (cancel == null) {
			throw new IllegalStateException("No driver for PostgreSQL");
		}
		Cancellation cancellation = bySession(cancel.session(pooled), cancel);
		long nanos = remaining.nanos();
		int queryTimeout = statement.getQueryTimeout();
		if (queryTimeout > 0) {
			cancellation.statement = statement;
			cancellation.queryTimeout = queryTimeout;
			statement.setQueryTimeout(0);
			nanos = Math.min(nanos, TimeUnit.SECONDS.toNanos(queryTimeout));
		}
		cancellation.timer = timer.schedule(cancellation::send, nanos);
		return cancellation;
	}

	/**
	 * Let a statement that is sent next be ended by {@link #send()} alone.
	 * @param pooled the connection
	 * @param statement the statement
	 */
	static Cancellation onRequest(Connection pooled, Statement statement) throws SQLException {
		DriverMethod cancel = CANCEL;
		return (cancel != null && isFor(pooled)) ? bySession(cancel.session(pooled), cancel)
				: new Cancellation(pooled, statement::cancel);
	}

	private static Cancellation bySession(Connection session, DriverMethod cancel) {
		return new Cancellation(session, () -> cancel.invoke(session));
	}

	/** Not on the caller's own thread, which others rely on. */
	void send() {
		if (this.decided.compareAndSet(false, true)) {
			Thread thread = new Thread(this::cancel, Thread.currentThread().getName() + ":cancel");
			thread.setDaemon(true);
			thread.start();
		}
	}

	private void cancel() {
		try {
			awaitBegin();
			if (!this.ended) {
				this.request.send();
			}
			this.arrived.countDown();
		}
		catch (Throwable ex) {
			// The server did not take it: the statement goes on, or the link is lost.
		}
	}

	/**
	 * Wait until the transaction has begun. PostgreSQL's driver sends BEGIN together with
	 * the first statement, as a query of its own: a request that ended just that would
	 * have the statement executed outside of any transaction, and committed.
	 */
	private void awaitBegin() throws InterruptedException {
		long pause = 1;
		while (!this.ended && ServerTransaction.isMissingMeanwhile(this.session)) {
			Thread.sleep(pause);
			pause = Math.min(2 * pause, MOST_BETWEEN_LOOKS_MILLIS);
		}
	}

	/**
	 * Take notice of the end of the statement.
	 * @return whether no request is on its way any more, that would end what comes next
	 */
	boolean end() throws SQLException {
		if (this.statement != null && !this.statement.isClosed()) {
			this.statement.setQueryTimeout(this.queryTimeout);
		}
		if (this.decided.compareAndSet(false, true)) {
			if (this.timer != null) {
				this.timer.cancel(false);
			}
			return true;
		}
		this.ended = true;
		if (this.session.isClosed()) {
			return false;
		}
		try {
			return this.arrived.await(ARRIVAL_MILLIS, TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	/** How the database is asked. */
	@FunctionalInterface
	private interface Request {

		void send() throws SQLException;

	}

	/** Does something short at a later moment. */
	@FunctionalInterface
	interface Timer {

		@Nullable Future<?> schedule(Runnable task, long nanos);

	}

}
