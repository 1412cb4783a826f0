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

package io.transactionscope.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Date;

import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.pool.tracked.NetworkLimit;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.ConnectionHolder;

/**
 * A connection that is bounded by the deadline of the innermost block of its transaction:
 * both the statements of Spring's and, where nobody else does so, whatever waits for its
 * link.
 */
class BoundedConnectionHolder extends ConnectionHolder implements TransactionState.Source {

	private final TransactionState shared;

	/** Whether the connection does not keep to the deadline by itself. */
	private final boolean limited;

	private @Nullable NetworkLimit networkLimit;

	BoundedConnectionHolder(Connection connection, TransactionState shared, boolean limited) {
		super(connection);
		this.shared = shared;
		this.limited = limited;
	}

	@Override
	public final TransactionState shared() {
		return this.shared;
	}

	@Override
	public Connection getConnection() {
		Connection connection = super.getConnection();
		if (this.shared.deadline() != null || this.networkLimit != null) {
			NetworkLimit limit = networkLimit(connection);
			if (limit != null) {
				limit.followDeadline();
			}
		}
		return connection;
	}

	@Override
	protected final void setConnection(@Nullable Connection connection) {
		super.setConnection(connection);
		this.networkLimit = null;
	}

	private @Nullable NetworkLimit networkLimit(Connection connection) {
		if (this.networkLimit == null && this.limited) {
			this.networkLimit = NetworkLimit.of(connection);
		}
		return this.networkLimit;
	}

	/** The connection as it is, to be given back. */
	final Connection unboundedConnection() {
		return super.getConnection();
	}

	final void graceAtEnd() {
		if (this.networkLimit != null) {
			this.networkLimit.followDeadlineWithGrace();
		}
	}

	final void liftNetworkLimit() throws SQLException {
		if (this.networkLimit != null) {
			this.networkLimit.lift();
		}
	}

	@Override
	public boolean hasTimeout() {
		return this.shared.deadline() != null || super.hasTimeout();
	}

	@Override
	@SuppressWarnings("JavaUtilDate") // Spring's own signature
	public @Nullable Date getDeadline() {
		Deadline deadline = this.shared.deadline();
		return (deadline != null) ? new Date(System.currentTimeMillis() + deadline.remainingMillis())
				: super.getDeadline();
	}

	@Override
	public long getTimeToLiveInMillis() {
		Deadline deadline = this.shared.deadline();
		if (deadline == null) {
			return super.getTimeToLiveInMillis();
		}
		long remaining = deadline.remainingMillis();
		if (remaining <= 0) {
			setRollbackOnly();
			throw deadline.passedBeforeStatement(this.shared.name());
		}
		// The driver's own query timeout comes second: PostgreSQL's waits for the server.
		return (this.networkLimit != null && this.networkLimit.isEffective()) ? remaining + 500 : remaining;
	}

}
