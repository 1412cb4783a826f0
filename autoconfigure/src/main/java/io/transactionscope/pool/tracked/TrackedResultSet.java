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

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import org.jspecify.annotations.Nullable;

/**
 * Rows that lead back to the statement that was handed out.
 */
class TrackedResultSet implements Delegation.OfResultSet {

	private final TrackedLease lease;

	private final @Nullable Statement statement;

	private final ResultSet rows;

	/**
	 * Create the rows as a borrower has them.
	 * @param lease the lease of the connection they come from
	 * @param statement the statement that was handed out, or {@code null} if there is
	 * none
	 * @param rows the driver's or the pool's
	 */
	TrackedResultSet(TrackedLease lease, @Nullable Statement statement, ResultSet rows) {
		this.lease = lease;
		this.statement = statement;
		this.rows = rows;
	}

	/**
	 * Return an array as a borrower has it, whose rows lead back as well.
	 */
	static Array array(TrackedLease lease, @Nullable Statement statement, Array array) {
		return new TrackedArray(array, (rows) -> new TrackedResultSet(lease, statement, rows));
	}

	@Override
	public final ResultSet delegate() {
		return this.rows;
	}

	final TrackedLease lease() {
		return this.lease;
	}

	@Override
	public final @Nullable Statement getStatement() {
		return this.statement;
	}

	@Override
	public final ResultSet tracked(ResultSet rows) {
		return new TrackedResultSet(this.lease, this.statement, rows);
	}

	@Override
	public final @Nullable Array tracked(@Nullable Array array) {
		return (array != null) ? array(this.lease, this.statement, array) : null;
	}

	@Override
	public final void begin(String what) throws SQLException {
		this.lease.sends(what);
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

	@Override
	public String toString() {
		return getClass().getSimpleName() + " wrapping " + this.rows;
	}

}
