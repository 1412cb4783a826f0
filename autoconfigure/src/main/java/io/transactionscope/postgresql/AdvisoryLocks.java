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

import io.transactionscope.ActiveScope;
import io.transactionscope.pool.TrackedDataSource;
import io.transactionscope.resource.Failures;
import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceUnavailableException;

import org.springframework.jdbc.datasource.ConnectionProxy;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * PostgreSQL's advisory locks, taken on the connection of the current scope: locks on a
 * number that mean what the application lets them mean, across all of its instances.
 *
 * <pre class="code">
 * transactions.run((tx) -&gt; {
 *     tx.enter(AdvisoryLocks.transaction(42, Duration.ofSeconds(1)));
 *     ...
 * });
 * </pre>
 *
 * <p>
 * A lock that cannot be had in time is a {@link ResourceUnavailableException}. PostgreSQL
 * aborts the transaction then (or what was done since the savepoint), so the scope rolls
 * back.
 *
 * @see <a href=
 * "https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS">Advisory
 * locks</a>
 */
public final class AdvisoryLocks {

	private static final String LOCK_NOT_AVAILABLE = "55P03";

	private static final Duration MIN_WAIT = Duration.ofMillis(1);

	/** PostgreSQL counts milliseconds in 32 bits. */
	private static final Duration MAX_WAIT = Duration.ofMillis(Integer.MAX_VALUE);

	private AdvisoryLocks() {
	}

	/**
	 * Lock until the transaction ends: the server frees the lock together with the
	 * commit, so that nobody who gets it next reads older data. A rollback to a savepoint
	 * frees a lock that was taken since.
	 * @param key the number to lock
	 * @param maxWait how long to wait for it: at least a millisecond
	 * @return the lock, whose value is the number; to be entered in a scope with a
	 * transaction on PostgreSQL
	 */
	public static Resource<Long> transaction(long key, Duration maxWait) {
		String name = name(key, maxWait);
		return () -> {
			acquire("select pg_advisory_xact_lock(?)", key, name, maxWait);
			return Held.of(key, (outcome) -> {
			});
		};
	}

	/**
	 * Lock until the transaction has ended, also across a rollback to a savepoint: the
	 * lock belongs to the session, and is given back after the commit or rollback, before
	 * the connection goes back to its pool. Where that fails, the connection is
	 * discarded, which frees the lock as well.
	 * @param key the number to lock
	 * @param maxWait how long to wait for it: at least a millisecond
	 * @return the lock, whose value is the number; to be entered in a scope with a
	 * transaction on PostgreSQL
	 */
	public static Resource<Long> session(long key, Duration maxWait) {
		String name = name(key, maxWait);
		return () -> {
			Connection connection = acquire("select pg_advisory_lock(?)", key, name, maxWait);
			TransactionSynchronizationManager.registerSynchronization(new Unlock(connection, key));
			return Held.of(key, (outcome) -> {
			});
		};
	}

	private static String name(long key, Duration maxWait) {
		if (maxWait.compareTo(MIN_WAIT) < 0 || maxWait.compareTo(MAX_WAIT) > 0) {
			throw new IllegalArgumentException(
					"Invalid wait %s for advisory lock %d: must be at least %s and at most %s.".formatted(maxWait, key,
							MIN_WAIT, MAX_WAIT));
		}
		return "advisory lock " + key;
	}

	private static Connection acquire(String lock, long key, String name, Duration maxWait) throws SQLException {
		Connection connection = ActiveScope.current().connection();
		long start = System.nanoTime();
		String previous = lockTimeout(connection, maxWait.toMillis() + "ms");
		try (PreparedStatement statement = connection.prepareStatement(lock)) {
			statement.setLong(1, key);
			statement.execute();
		}
		catch (SQLException ex) {
			if (!LOCK_NOT_AVAILABLE.equals(ex.getSQLState())) {
				throw ex;
			}
			throw new ResourceUnavailableException(
					"Could not have %s within %s: another session holds it. Wait longer, or hold it for less time."
						.formatted(name, maxWait),
					name, Duration.ofNanos(System.nanoTime() - start), ex);
		}
		lockTimeout(connection, previous);
		return connection;
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

	/**
	 * Gives a lock back while the connection is still there.
	 *
	 * @param connection the scope's connection
	 * @param key the number that is locked
	 */
	private record Unlock(Connection connection, long key) implements TransactionSynchronization {

		@Override
		public void afterCompletion(int status) {
			Connection target = ((ConnectionProxy) this.connection).getTargetConnection();
			try {
				if (target.isClosed()) {
					// The session has ended, and its locks with it.
					return;
				}
				try (PreparedStatement statement = target.prepareStatement("select pg_advisory_unlock(?)")) {
					statement.setLong(1, this.key);
					statement.execute();
				}
				if (!target.getAutoCommit()) {
					target.commit();
				}
			}
			catch (SQLException ex) {
				discard(target, ex);
				throw Failures.rethrow(ex);
			}
		}

		private static void discard(Connection connection, SQLException cause) {
			try {
				TrackedDataSource.discard(connection, new SingleConnectionDataSource(connection, false));
			}
			catch (SQLException ex) {
				Failures.suppress(cause, ex);
			}
		}

	}

}
