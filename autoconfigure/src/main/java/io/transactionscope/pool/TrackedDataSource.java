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
import java.sql.SQLTransientConnectionException;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * A HikariCP pool whose connections keep to the deadline of whoever borrows them.
 *
 * <p>
 * While the current thread's {@link Borrower} has a deadline, it bounds the wait for a
 * connection, each statement created from it and the COMMIT. Without a deadline, all is
 * as the pool has it. Nothing here costs a round trip to the database.
 */
public class TrackedDataSource extends DelegatingDataSource {

	private final HikariDataSource pool;

	/**
	 * Create a data source in front of the given pool.
	 * @param pool the pool, which need not have been started
	 */
	public TrackedDataSource(HikariDataSource pool) {
		super(pool);
		this.pool = pool;
	}

	/**
	 * Borrow a connection from the pool, and wait for it until the pool's
	 * {@code connectionTimeout} or the deadline of the current scope, whichever comes
	 * first. The call that starts the pool is bounded by {@code connectionTimeout} only.
	 * @throws SQLTransientConnectionException if either has ended the wait; the message
	 * says which
	 */
	@Override
	public Connection getConnection() throws SQLException {
		Borrower borrower = Borrower.current();
		Connection connection = borrower.hasDeadline() ? getConnectionWithinDeadline(borrower)
				: this.pool.getConnection();
		return new TrackedConnection(connection, this.pool);
	}

	private Connection getConnectionWithinDeadline(Borrower borrower) throws SQLException {
		RemainingTime remaining = RemainingTime.of(borrower);
		if (remaining.isOver()) {
			throw deadlineEnded(borrower, "had passed before a connection was asked for", null);
		}
		HikariPool started = (HikariPool) this.pool.getHikariPoolMXBean();
		int millis = remaining.millis();
		if (started == null || this.pool.isClosed() || millis >= this.pool.getConnectionTimeout()) {
			return this.pool.getConnection();
		}
		try {
			return started.getConnection(millis);
		}
		catch (SQLTransientConnectionException ex) {
			String what = "ended the wait for a connection after %d ms; the pool's connectionTimeout is %d ms";
			throw deadlineEnded(borrower, what.formatted(millis, this.pool.getConnectionTimeout()), ex);
		}
	}

	private SQLTransientConnectionException deadlineEnded(Borrower borrower, String what,
			@Nullable SQLException cause) {
		String message = "%s: the deadline of %s %s.".formatted(this.pool.getPoolName(), borrower.describe(), what);
		return new SQLTransientConnectionException(message, (cause != null) ? cause.getSQLState() : null, cause);
	}

	/**
	 * Throw a connection away instead of returning it to its pool, because nobody knows
	 * what state it is in. Its session ends, so that the server rolls back whatever
	 * transaction was open in it, and the pool makes room for another one. The connection
	 * is closed afterwards; to close it again does nothing.
	 * <p>
	 * A handle that has not fetched its connection yet is closed and fetches none. A
	 * connection that comes from no pool known here is aborted and closed.
	 * @param connection the connection, or a handle on it as Spring's
	 * {@code LazyConnectionDataSourceProxy} gives them
	 * @param dataSource the data source that {@code connection} was borrowed from
	 * @throws SQLException if the connection can be neither aborted nor rolled back; it
	 * is gone from its pool all the same
	 */
	public static void discard(Connection connection, DataSource dataSource) throws SQLException {
		Discard.connection(connection, dataSource);
	}

}
