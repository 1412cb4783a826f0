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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A statement that tells its lease when it is being executed.
 */
class TrackedStatement implements Delegation.OfStatement {

	final TrackedLease lease;

	private final Statement delegate;

	/** The statements that are worth a closer look, behind the first of all. */
	private @Nullable List<String> batch;

	private @Nullable TrackedResultSet rows;

	TrackedStatement(TrackedLease lease, Statement delegate) {
		this.lease = lease;
		this.delegate = delegate;
	}

	@Override
	public Statement delegate() {
		return this.delegate;
	}

	@Override
	public Connection getConnection() {
		return this.lease.connection();
	}

	@Override
	public @Nullable String sql() {
		return (this.batch != null) ? Interference.heaviest(this.batch, this.lease.delegate()) : null;
	}

	@Override
	public final void begin(@Nullable String sql) throws SQLException {
		this.lease.beginStatement(this.delegate, sql);
	}

	@Override
	public final SQLException failed(SQLException failure) {
		this.lease.statementFailed(failure);
		return failure;
	}

	@Override
	public final void end() {
		this.lease.statementEnded();
	}

	/**
	 * Return rows of this statement, which are all there unless it has a fetch size.
	 */
	@Override
	public final @Nullable TrackedResultSet tracked(@Nullable ResultSet rows) throws SQLException {
		if (rows == null) {
			return null;
		}
		return (this.lease.isLimited() && this.delegate.getFetchSize() != 0) ? new FetchedRows(this.lease, this, rows)
				: new TrackedResultSet(this.lease, this, rows);
	}

	/** The same as long as they are the same, as they are to the pool. */
	@Override
	public @Nullable ResultSet getResultSet() throws SQLException {
		ResultSet rows = this.delegate.getResultSet();
		if (this.rows == null || this.rows.delegate() != rows) {
			this.rows = tracked(rows);
		}
		return this.rows;
	}

	/**
	 * Limit the time of each execution, but never to more than the deadline leaves.
	 */
	@Override
	public void setQueryTimeout(int seconds) throws SQLException {
		this.lease.setQueryTimeout(this.delegate, seconds);
	}

	@Override
	public void addBatch(String sql) throws SQLException {
		this.delegate.addBatch(sql);
		if (this.batch == null) {
			this.batch = new ArrayList<>();
			this.batch.add(sql);
		}
		else if (TransactionControl.isSuspect(sql)) {
			this.batch.add(sql);
		}
	}

	@Override
	public int[] executeBatch() throws SQLException {
		try {
			return Delegation.OfStatement.super.executeBatch();
		}
		finally {
			this.batch = null;
		}
	}

	@Override
	public long[] executeLargeBatch() throws SQLException {
		try {
			return Delegation.OfStatement.super.executeLargeBatch();
		}
		finally {
			this.batch = null;
		}
	}

	@Override
	public void clearBatch() throws SQLException {
		this.delegate.clearBatch();
		this.batch = null;
	}

	@Override
	public void close() throws SQLException {
		// Of one that the pool has let go of, some drivers would wait for the rest of the
		// rows.
		if (!this.lease.isLimited() || !this.lease.isBroken()) {
			this.delegate.close();
		}
		this.lease.statementClosed();
	}

	@Override
	public <T> T unwrap(Class<T> type) throws SQLException {
		return type.isInstance(this.delegate) ? type.cast(this.delegate) : this.delegate.unwrap(type);
	}

	@Override
	public boolean isWrapperFor(Class<?> type) throws SQLException {
		return type.isInstance(this.delegate) || this.delegate.isWrapperFor(type);
	}

	@Override
	public String toString() {
		return getClass().getSimpleName() + " wrapping " + this.delegate;
	}

}
