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

package io.transactionscope.postgresql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;

import io.transactionscope.resource.failure.Failures;
import io.transactionscope.resource.ResourceUnavailableException;
import org.jspecify.annotations.Nullable;

/**
 * What is sent to the server about a lock.
 */
final class LockStatements {

	static final String LOCK_NOT_AVAILABLE = "55P03";

	private static final String QUERY_CANCELED = "57014";

	private LockStatements() {
	}

	static void await(Connection connection, String lock, long key, String name, Duration maxWait) throws SQLException {
		long start = System.nanoTime();
		String previous = lockTimeout(connection, maxWait.toMillis() + "ms");
		try (PreparedStatement statement = connection.prepareStatement(lock)) {
			statement.setLong(1, key);
			InterruptWatch watch = InterruptWatch.start(statement, name);
			try {
				statement.execute();
			}
			finally {
				watch.end();
			}
		}
		catch (SQLException ex) {
			throw failure(ex, name, maxWait, Duration.ofNanos(System.nanoTime() - start));
		}
		lockTimeout(connection, previous);
	}

	private static RuntimeException failure(SQLException failure, String name, Duration maxWait, Duration waited) {
		if (LOCK_NOT_AVAILABLE.equals(failure.getSQLState())) {
			return new ResourceUnavailableException(
					"Could not have %s within %s: another session holds it. Wait longer, or hold it for less time."
						.formatted(name, maxWait),
					name, waited, failure);
		}
		if (QUERY_CANCELED.equals(failure.getSQLState()) && Thread.currentThread().isInterrupted()) {
			InterruptedException interrupt = new InterruptedException();
			interrupt.initCause(failure);
			return new ResourceUnavailableException(
					"Interrupted after %s of at most %s while waiting for %s".formatted(waited, maxWait, name), name,
					waited, interrupt);
		}
		throw Failures.rethrow(failure);
	}

	static boolean isTrue(Connection connection, String sql, long key) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			statement.setLong(1, key);
			try (ResultSet row = statement.executeQuery()) {
				return row.next() && row.getBoolean(1);
			}
		}
	}

	/**
	 * Lock for the session, unless that is another one than the driver knows.
	 * @param process the number of the process that the driver knows, if it does
	 * @return whether the lock was free, or {@code null} if the session is another one
	 */
	static @Nullable Boolean tryLock(Connection connection, @Nullable Long process, long key) throws SQLException {
		String sql = (process != null)
				? "select case when pg_backend_pid() = %d then pg_try_advisory_lock(?) end".formatted(process)
				: "select pg_try_advisory_lock(?)";
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			statement.setLong(1, key);
			try (ResultSet row = statement.executeQuery()) {
				row.next();
				boolean free = row.getBoolean(1);
				return row.wasNull() ? null : free;
			}
		}
	}

	/** Set it for the rest of the transaction, and return what it was. */
	private static String lockTimeout(Connection connection, String value) throws SQLException {
		String sql = "select current_setting('lock_timeout'), set_config('lock_timeout', ?, true)";
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			statement.setString(1, value);
			try (ResultSet row = statement.executeQuery()) {
				row.next();
				return row.getString(1);
			}
		}
	}

}
