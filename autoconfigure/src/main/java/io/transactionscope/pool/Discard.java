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

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.ProxyConnection;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.jdbc.datasource.ConnectionProxy;

/**
 * The ways to throw a connection away, so that its session ends with nothing committed.
 */
final class Discard {

	// How Spring's lazy handles describe themselves as long as they hold no connection.
	// Whatever else one could ask them would make them fetch one.
	private static final String NOT_FETCHED = "Lazy Connection proxy for target DataSource";

	private Discard() {
	}

	static void connection(Connection connection, DataSource dataSource) throws SQLException {
		Connection fetched;
		TrackedConnection tracked;
		try {
			fetched = fetched(connection);
			tracked = (fetched != null) ? tracked(fetched) : null;
		}
		catch (SQLException | RuntimeException | Error ex) {
			// Some pools' connections do not even say what they are, once the link is
			// lost. They go back all the same.
			abort(connection);
			return;
		}
		if (fetched == null) {
			connection.close();
		}
		else if (tracked != null) {
			tracked.discard();
		}
		// A lazy handle may have fetched from another pool than its data source's first.
		else if (fetched == connection && fetched instanceof ProxyConnection
				&& DataSourceUnwrapper.unwrapRoot(dataSource) instanceof HikariDataSource pool) {
			evict(fetched, pool);
			closeEvicted(fetched);
		}
		else {
			abort(fetched);
		}
	}

	/**
	 * End the session of one of HikariCP's own connections, which has to be from the
	 * given pool. The connection must not be closed afterwards: HikariCP 7.0.2 fails when
	 * it finds settings to reset on a connection that it has let go of.
	 */
	static void evict(Connection pooled, HikariDataSource pool) throws SQLException {
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
			pool.evictConnection(pooled);
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

	private static void abort(Connection connection) throws SQLException {
		// The pool finds out when the connection comes back.
		try (connection) {
			connection.abort(Runnable::run);
		}
	}

	private static void closeEvicted(Connection pooled) throws SQLException {
		try {
			pooled.close();
		}
		catch (NullPointerException ex) {
			// See evict: it is closed all the same.
		}
	}

	private static @Nullable Connection fetched(Connection connection) throws SQLException {
		Connection fetched = connection;
		while (fetched instanceof ConnectionProxy handle) {
			if (handle.toString().startsWith(NOT_FETCHED)) {
				return null;
			}
			fetched = handle.getTargetConnection();
		}
		return fetched;
	}

	private static @Nullable TrackedConnection tracked(Connection connection) throws SQLException {
		if (connection instanceof TrackedConnection tracked) {
			return tracked;
		}
		// HikariCP's own is below ours, and no longer answers once it is broken.
		if (connection instanceof ProxyConnection || !connection.isWrapperFor(TrackedConnection.class)) {
			return null;
		}
		return connection.unwrap(TrackedConnection.class);
	}

}
