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

import io.transactionscope.ActiveScope;
import io.transactionscope.pool.inquiry.ServerProcesses;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.transaction.SessionDuties;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.resource.ResourceUnavailableException;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.ConnectionProxy;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * What a session has of one lock, which is given back while the connection is still
 * there.
 */
final class SessionLock implements SessionDuties.Duty {

	private final Connection connection;

	private final Connection target;

	private final long key;

	/** How often the lock is held for sure. */
	private int granted;

	/** A wait has ended in vain; the lock may have been granted in the same moment. */
	private boolean refused;

	/** The lock was asked for, and there was no answer. */
	private boolean inDoubt;

	private SessionLock(Connection connection, long key) {
		this.connection = connection;
		this.target = ((ConnectionProxy) connection).getTargetConnection();
		this.key = key;
	}

	/**
	 * Return what gives the lock back. It is registered before the lock is asked for,
	 * which may be granted without an answer that says so.
	 */
	static SessionLock registered(Connection connection, long key) throws SQLException {
		return connection.unwrap(SessionDuties.class).takeOn(new SessionLock(connection, key));
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof SessionLock lock && lock.key == this.key && lock.target == this.target;
	}

	@Override
	public int hashCode() {
		return Long.hashCode(this.key);
	}

	void acquire(String name, Duration maxWait) throws SQLException {
		boolean answered = false;
		try {
			ServerProcess told = ServerProcesses.told(this.connection);
			Boolean free = LockStatements.tryLock(this.connection, (told != null) ? told.number() : null, this.key);
			if (free == null) {
				answered = true;
				throw new IllegalStateException(
						"Scope '%s' cannot take %s for its session: a pooler such as PgBouncer is between its driver and the server, and may hand the session to somebody else when the transaction ends, with the lock. Use AdvisoryLocks.transaction(...) there."
							.formatted(ActiveScope.current().name(), name));
			}
			if (!free) {
				LockStatements.await(this.connection, "select pg_advisory_lock(?)", this.key, name, maxWait);
			}
			this.granted++;
			answered = true;
		}
		catch (ResourceUnavailableException ex) {
			this.refused = true;
			answered = true;
			throw ex;
		}
		finally {
			this.inDoubt |= !answered;
		}
	}

	@Override
	public void fulfil() {
		try {
			if (this.target.isClosed()) {
				// The session has ended, and its locks with it.
				return;
			}
			if (this.inDoubt) {
				discard();
				return;
			}
			for (; this.granted > 0; this.granted--) {
				unlock();
			}
			if (this.refused) {
				LockStatements.isTrue(this.target, """
						select pg_advisory_unlock((classid::bigint << 32) | objid::bigint) from pg_locks
						where locktype = 'advisory' and objsubid = 1 and granted and pid = pg_backend_pid()
						and ((classid::bigint << 32) | objid::bigint) = ?""", this.key);
			}
			if (!this.target.getAutoCommit()) {
				this.target.commit();
			}
		}
		catch (Throwable ex) {
			discard(ex);
			throw Failures.rethrow(ex);
		}
	}

	private void unlock() throws SQLException {
		if (!LockStatements.isTrue(this.target, "select pg_advisory_unlock(?)", this.key)) {
			throw new IllegalStateException(
					"The session does not hold advisory lock %d, which it was granted: it was given back by SQL, or a pooler such as PgBouncer has changed the session, and another one holds the lock now. Use AdvisoryLocks.transaction(...) there."
						.formatted(this.key));
		}
	}

	private void discard(Throwable cause) {
		try {
			discard();
		}
		catch (Throwable ex) {
			Failures.suppress(cause, ex);
		}
	}

	private void discard() throws SQLException {
		TrackedDataSource.discard(this.target, new SingleConnectionDataSource(this.target, false));
	}

}
