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
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * What is to be known of a database, whose answers are waited for until the deadline and
 * little longer, and lead back to the connection that was handed out.
 */
final class TrackedDatabaseMetaData implements Delegation.OfDatabaseMetaData {

	private final TrackedLease lease;

	private final DatabaseMetaData metaData;

	TrackedDatabaseMetaData(TrackedLease lease, DatabaseMetaData metaData) {
		this.lease = lease;
		this.metaData = metaData;
	}

	@Override
	public DatabaseMetaData delegate() {
		this.lease.limited();
		return this.metaData;
	}

	@Override
	public Connection getConnection() {
		return this.lease.connection();
	}

	@Override
	public ResultSet tracked(ResultSet rows) throws SQLException {
		Statement statement = rows.getStatement();
		return new TrackedResultSet(this.lease,
				(statement != null) ? new TrackedStatement(this.lease, statement) : null, rows);
	}

	@Override
	public void begin(String what) throws SQLException {
		this.lease.sends(what);
	}

	@Override
	public SQLException failed(SQLException failure) {
		this.lease.statementFailed(failure);
		return failure;
	}

	@Override
	public void end() {
		this.lease.statementEnded();
	}

	@Override
	public String toString() {
		return "TrackedDatabaseMetaData wrapping " + this.metaData;
	}

}
