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

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionDefinition;

/**
 * What a transaction has changed of its session, to be put back at its end.
 *
 * @param autoCommit whether it had to turn that off
 * @param readOnly whether it made the session read-only
 * @param isolation the level that it has replaced, if it has
 */
record SessionSettings(boolean autoCommit, boolean readOnly, @Nullable Integer isolation) {

	/** Of a transaction that has changed none. */
	static final SessionSettings NONE = new SessionSettings(false, false, null);

	/**
	 * Prepare a session for a transaction.
	 * @param connection its connection
	 * @param definition isolation level and read-only hint
	 * @param preparation what else to do before the first statement
	 */
	static SessionSettings prepare(Connection connection, TransactionDefinition definition,
			JdbcTransaction.Preparation preparation) throws SQLException {
		boolean readOnly = false;
		Integer isolation = null;
		if (definition.isReadOnly() || definition.getIsolationLevel() != TransactionDefinition.ISOLATION_DEFAULT) {
			readOnly = definition.isReadOnly() && !connection.isReadOnly();
			isolation = prepare(connection, readOnly ? definition : isolationOf(definition));
		}
		boolean autoCommit = connection.getAutoCommit();
		if (autoCommit) {
			connection.setAutoCommit(false);
		}
		preparation.prepare(connection, definition);
		return new SessionSettings(autoCommit, readOnly, isolation);
	}

	private static @Nullable Integer prepare(Connection connection, TransactionDefinition definition)
			throws SQLException {
		try {
			return DataSourceUtils.prepareConnectionForTransaction(connection, definition);
		}
		catch (SQLException ex) {
			throw UnsupportedIsolationException.insteadOf(ex, connection, definition.getIsolationLevel());
		}
	}

	/** What is left to prepare of a connection that is read-only from the start. */
	private static TransactionDefinition isolationOf(TransactionDefinition definition) {
		DefaultTransactionDefinition isolation = new DefaultTransactionDefinition();
		isolation.setIsolationLevel(definition.getIsolationLevel());
		return isolation;
	}

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
