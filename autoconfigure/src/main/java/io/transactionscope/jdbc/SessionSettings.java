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
import java.util.stream.Stream;

import io.transactionscope.pool.inquiry.DriverMethod;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.support.DefaultTransactionDefinition;

/**
 * What a transaction has changed of its session, to be put back at its end.
 *
 * <p>
 * On PostgreSQL the isolation level is said in the transaction. Its driver changes the
 * session, before BEGIN: behind a pooler that hands out sessions for a transaction each,
 * such as PgBouncer, that is somebody else's session. It also takes three round trips in
 * place of one.
 *
 * @param autoCommit whether it had to turn that off
 * @param readOnly whether it made the session read-only
 * @param isolation the level that it has replaced, if it has
 */
record SessionSettings(boolean autoCommit, boolean readOnly, @Nullable Integer isolation) {

	/** Of a transaction that has changed none. */
	static final SessionSettings NONE = new SessionSettings(false, false, null);

	/** Of one that has begun by turning auto-commit off, as nearly all do. */
	private static final SessionSettings MANUAL_COMMIT = new SessionSettings(true, false, null);

	private static final @Nullable DriverMethod POSTGRESQL = DriverMethod.find("org.postgresql.PGConnection",
			"getBackendPID");

	/**
	 * Prepare a session for a transaction, which begins by that.
	 * @param connection its connection
	 * @param definition isolation level and read-only hint
	 * @param preparation what else to do before the first statement
	 * @param borrowed whether the connection is there at once, and nobody else's
	 */
	static SessionSettings prepare(Connection connection, TransactionDefinition definition,
			JdbcTransaction.Preparation preparation, boolean borrowed) throws SQLException {
		Isolation level = level(definition.getIsolationLevel());
		// What is read-only from the start stays so.
		boolean readOnly = definition.isReadOnly() && !connection.isReadOnly();
		boolean inside = borrowed && level != Isolation.DEFAULT && POSTGRESQL != null && POSTGRESQL.isFor(connection);
		Integer replaced = (readOnly || (level != Isolation.DEFAULT && !inside))
				? prepare(connection, readOnly, inside ? Isolation.DEFAULT : level) : null;
		boolean autoCommit = connection.getAutoCommit();
		if (autoCommit) {
			connection.setAutoCommit(false);
		}
		if (inside && POSTGRESQL != null) {
			say(level, POSTGRESQL.session(connection));
		}
		preparation.prepare(connection, definition);
		if (readOnly || replaced != null) {
			return new SessionSettings(autoCommit, readOnly, replaced);
		}
		return autoCommit ? MANUAL_COMMIT : NONE;
	}

	private static Isolation level(int value) {
		if (value == TransactionDefinition.ISOLATION_DEFAULT) {
			return Isolation.DEFAULT;
		}
		return Stream.of(Isolation.values())
			.filter((each) -> each.value() == value)
			.findFirst()
			.orElse(Isolation.DEFAULT);
	}

	private static @Nullable Integer prepare(Connection connection, boolean readOnly, Isolation level)
			throws SQLException {
		DefaultTransactionDefinition definition = new DefaultTransactionDefinition();
		definition.setReadOnly(readOnly);
		definition.setIsolationLevel(level.value());
		try {
			return DataSourceUtils.prepareConnectionForTransaction(connection, definition);
		}
		catch (SQLException ex) {
			throw UnsupportedIsolationException.insteadOf(ex, connection, level);
		}
	}

	/** Before any query in the transaction, and past the ledger. */
	private static void say(Isolation level, Connection session) throws SQLException {
		try (Statement statement = session.createStatement()) {
			statement.execute("set transaction isolation level " + level.name().replace('_', ' '));
		}
	}

	/** Put back what the session was changed in. */
	void restore(Connection connection) throws SQLException {
		if (this.autoCommit) {
			connection.setAutoCommit(true);
		}
		if (this.isolation != null) {
			connection.setTransactionIsolation(this.isolation);
		}
		if (this.readOnly) {
			connection.setReadOnly(false);
		}
	}

}
