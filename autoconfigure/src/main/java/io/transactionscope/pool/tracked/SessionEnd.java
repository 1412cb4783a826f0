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
import java.util.function.Consumer;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.ProxyConnection;
import io.transactionscope.pool.Aside;
import io.transactionscope.pool.Borrower;
import org.jspecify.annotations.Nullable;

/**
 * The ways to end the session of a connection that nobody is to use again, with nothing
 * committed.
 */
final class SessionEnd {

	private SessionEnd() {
	}

	/**
	 * End the session of one of HikariCP's own connections as its borrower has it.
	 */
	static void evictLent(Connection pooled, HikariDataSource pool) throws SQLException {
		evict(pooled, pool::evictConnection);
		try {
			pooled.close();
		}
		catch (NullPointerException ex) {
			// See evict: it is closed all the same.
		}
	}

	/**
	 * End the session of a connection of HikariCP's, be it in a wrapper of the
	 * application's. It must not be closed afterwards: HikariCP 7.0.2 fails when it finds
	 * settings to reset on a connection that it has let go of.
	 * @param pool has the pool let go of one of its own
	 */
	static void evict(Connection lent, Consumer<Connection> pool) throws SQLException {
		ProxyConnection pooled = Handles.behind(lent, ProxyConnection.class);
		if (pooled != null) {
			end(pooled, pool);
		}
		else {
			// HikariCP ignores what is not its own, and would wait for it for ever.
			end(lent, SessionEnd::closeAnyway);
		}
	}

	private static void end(Connection pooled, Consumer<Connection> pool) throws SQLException {
		if (pooled.isClosed()) {
			return;
		}
		try {
			// First, because closing a connection commits its transaction on some
			// databases.
			pooled.abort(Runnable::run);
		}
		catch (Throwable ex) {
			rollBack(pooled, ex);
		}
		finally {
			pool.accept(pooled);
		}
	}

	private static void closeAnyway(Connection ended) {
		try {
			ended.close();
		}
		catch (SQLException | RuntimeException ex) {
			// The session has ended, which is what the pool finds, too.
		}
	}

	private static void rollBack(Connection pooled, Throwable cause) throws SQLException {
		try {
			pooled.rollback();
		}
		catch (Throwable ex) {
			if (ex != cause) {
				ex.addSuppressed(cause);
			}
			throw ex;
		}
	}

	/**
	 * End the session of a connection of whatever pool, and give it back.
	 */
	static void abort(Connection connection) throws SQLException {
		// The pool finds out when the connection comes back.
		try {
			abortPhysical(connection);
		}
		catch (Throwable ex) {
			giveBack(connection, ex);
			throw ex;
		}
		giveBack(connection);
	}

	private static void abortPhysical(Connection connection) throws SQLException {
		Connection physical = physical(connection);
		if (physical == null) {
			return;
		}
		try {
			physical.abort(Runnable::run);
		}
		catch (Throwable ex) {
			close(physical, ex);
			throw ex;
		}
	}

	private static void giveBack(Connection connection, Throwable cause) {
		try {
			giveBack(connection);
		}
		catch (Throwable ex) {
			if (ex != cause) {
				cause.addSuppressed(ex);
			}
		}
	}

	private static void giveBack(Connection connection) throws SQLException {
		if (Borrower.current().hasDeadline()) {
			// Some pools replace the connection on the spot, over the same link.
			Aside.close(connection);
		}
		else {
			connection.close();
		}
	}

	/** Where a pool that does not roll back would lend it again. */
	private static void close(Connection physical, Throwable cause) {
		try {
			physical.unwrap(Connection.class).close();
		}
		catch (Throwable ex) {
			if (ex != cause) {
				cause.addSuppressed(ex);
			}
		}
	}

	/**
	 * The driver's connection, where the pool lets one have it: c3p0 and Agroal forget
	 * theirs once it has been aborted, and never take it back.
	 * @return what is to be aborted, or {@code null} if it has ended already
	 */
	private static @Nullable Connection physical(Connection connection) throws SQLException {
		try {
			Connection unwrapped = connection.unwrap(Connection.class);
			// As mocks have it.
			return (unwrapped != null) ? unwrapped : connection;
		}
		catch (SQLException | RuntimeException | Error ex) {
			return connection.isClosed() ? null : connection;
		}
	}

}
