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
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;

import io.transactionscope.ActiveScope;
import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceUnavailableException;

/**
 * PostgreSQL's advisory locks, taken on the connection of the current scope: locks on a
 * number that mean what the application lets them mean, across all of its instances.
 *
 * <pre class="code">
 * transactions.run((tx) -&gt; {
 *     tx.enter(AdvisoryLocks.transaction(42, Duration.ofSeconds(1)));
 *     orders.load(delivery);
 * });
 * </pre>
 *
 * <p>
 * A lock that cannot be had in time is a {@link ResourceUnavailableException}. PostgreSQL
 * aborts the transaction then (or what was done since the savepoint), so the scope rolls
 * back. Interrupting a thread ends its wait in the same way.
 *
 * @see <a href=
 * "https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS">Advisory
 * locks</a>
 * @since 0.1.0
 */
public final class AdvisoryLocks {

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
			Connection connection = connection(name);
			if (!LockStatements.isTrue(connection, "select pg_try_advisory_xact_lock(?)", key)) {
				LockStatements.await(connection, "select pg_advisory_xact_lock(?)", key, name, maxWait);
			}
			return Held.of(key, (outcome) -> {
			});
		};
	}

	/**
	 * Lock until the transaction has ended, also across a rollback to a savepoint: the
	 * lock belongs to the session, and is given back after the commit or rollback, before
	 * the connection goes back to its pool. Where that fails, and where nobody knows
	 * whether the lock was granted, the connection is discarded, which frees it as well.
	 * <p>
	 * Between the application and the server there may be no pooler that hands the
	 * session to somebody else when the transaction ends, such as PgBouncer in its
	 * transaction mode. The entry fails with an {@link IllegalStateException} where
	 * another process of the server answers than the one that the driver was told of,
	 * whatever the pooler's mode, which no client can tell.
	 * @param key the number to lock
	 * @param maxWait how long to wait for it: at least a millisecond
	 * @return the lock, whose value is the number; to be entered in a scope with a
	 * transaction on PostgreSQL
	 */
	public static Resource<Long> session(long key, Duration maxWait) {
		String name = name(key, maxWait);
		return () -> {
			Connection connection = connection(name);
			SessionLock.registered(connection, key).acquire(name, maxWait);
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

	private static Connection connection(String name) throws SQLException {
		ActiveScope scope = ActiveScope.current();
		Connection connection = scope.connection();
		String product = connection.getMetaData().getDatabaseProductName();
		if (!product.toLowerCase(Locale.ROOT).matches(".*(postgres|enterprisedb).*")) {
			throw new IllegalStateException(
					"Scope '%s' cannot take %s: its database is %s, and only PostgreSQL has advisory locks. Enter LockResources.lock(...) for a lock inside this application."
						.formatted(scope.name(), name, product));
		}
		return connection;
	}

}
