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
import java.sql.Statement;

import io.transactionscope.pool.inquiry.DriverMethod;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.support.DefaultTransactionDefinition;

/**
 * Read-only hint and isolation level of a transaction, and what its session was changed
 * in for them, which is put back at its end.
 *
 * <p>
 * On PostgreSQL the isolation level is said in the transaction. Its driver changes the
 * session, before BEGIN: behind a pooler that hands out sessions for a transaction each,
 * such as PgBouncer, that is somebody else's session. It also takes three round trips in
 * place of one.
 */
final class TransactionSettings {

	private static final @Nullable DriverMethod POSTGRESQL = DriverMethod.find("org.postgresql.PGConnection",
			"getBackendPID");

	private final boolean readOnly;

	private final @Nullable Integer previousIsolation;

	/** What is still to be said in the transaction. */
	private final Isolation isolation;

	private TransactionSettings(boolean readOnly, @Nullable Integer previousIsolation, Isolation isolation) {
		this.readOnly = readOnly;
		this.previousIsolation = previousIsolation;
		this.isolation = isolation;
	}

	/**
	 * Prepare the session, before the transaction begins.
	 * @param definition what to prepare it for
	 * @param borrowed whether the connection is there at once, and nobody else's
	 */
	static TransactionSettings prepare(Connection connection, TransactionDefinition definition, boolean borrowed)
			throws SQLException {
		Isolation isolation = UnsupportedIsolationException.of(definition.getIsolationLevel());
		// What is read-only from the start stays so.
		boolean readOnly = definition.isReadOnly() && !connection.isReadOnly();
		boolean inside = borrowed && isolation != Isolation.DEFAULT && POSTGRESQL != null
				&& POSTGRESQL.isFor(connection);
		DefaultTransactionDefinition outside = new DefaultTransactionDefinition();
		outside.setReadOnly(readOnly);
		outside.setIsolationLevel(inside ? TransactionDefinition.ISOLATION_DEFAULT : definition.getIsolationLevel());
		try {
			Integer previous = DataSourceUtils.prepareConnectionForTransaction(connection, outside);
			return new TransactionSettings(readOnly, previous, inside ? isolation : Isolation.DEFAULT);
		}
		catch (SQLException ex) {
			throw UnsupportedIsolationException.insteadOf(ex, connection, definition.getIsolationLevel());
		}
	}

	/** Say what is to be said first in the transaction, past the ledger. */
	void begin(Connection connection) throws SQLException {
		if (this.isolation != Isolation.DEFAULT && POSTGRESQL != null) {
			try (Statement statement = POSTGRESQL.session(connection).createStatement()) {
				statement.execute("set transaction isolation level " + this.isolation.name().replace('_', ' '));
			}
		}
	}

	/** Put back what the session was changed in. */
	void restore(Connection connection) throws SQLException {
		if (this.previousIsolation != null) {
			connection.setTransactionIsolation(this.previousIsolation);
		}
		if (this.readOnly) {
			connection.setReadOnly(false);
		}
	}

}
