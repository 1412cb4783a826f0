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

package io.transactionscope.test;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;

/**
 * A session of a {@link StubDatabase}, to be called as a {@link Connection}.
 */
final class StubSession {

	private final StubDatabase database;

	/** In the transaction that has not ended. */
	private final List<String> inserted = new ArrayList<>();

	private final List<Position> savepoints = new ArrayList<>();

	private boolean autoCommit = true;

	private boolean readOnly;

	private int isolation = Connection.TRANSACTION_READ_COMMITTED;

	private int networkTimeout;

	private volatile boolean closed;

	StubSession(StubDatabase database) {
		this.database = database;
	}

	synchronized List<String> inserted() {
		return List.copyOf(this.inserted);
	}

	synchronized boolean hasWritten() {
		return !this.inserted.isEmpty();
	}

	synchronized void insert(String name) {
		this.inserted.add(name);
		if (this.autoCommit) {
			end(true);
		}
	}

	boolean getAutoCommit() throws SQLException {
		checkOpen();
		return this.autoCommit;
	}

	/** As JDBC has it, this commits. */
	void setAutoCommit(boolean autoCommit) throws SQLException {
		checkOpen();
		if (this.autoCommit != autoCommit) {
			end(true);
		}
		this.autoCommit = autoCommit;
	}

	void commit() throws SQLException {
		checkTransaction();
		end(true);
	}

	void rollback() throws SQLException {
		checkTransaction();
		end(false);
	}

	Savepoint setSavepoint() throws SQLException {
		checkTransaction();
		Position savepoint = new Position(this.inserted.size());
		this.savepoints.add(savepoint);
		return Stubs.of(Savepoint.class, savepoint);
	}

	Savepoint setSavepoint(String name) throws SQLException {
		return setSavepoint();
	}

	void rollback(Savepoint savepoint) throws SQLException {
		int index = indexOf(savepoint);
		Position position = this.savepoints.get(index);
		this.savepoints.subList(index + 1, this.savepoints.size()).clear();
		synchronized (this) {
			this.inserted.subList(position.rows, this.inserted.size()).clear();
		}
	}

	void releaseSavepoint(Savepoint savepoint) throws SQLException {
		int index = indexOf(savepoint);
		this.savepoints.subList(index, this.savepoints.size()).clear();
	}

	private int indexOf(Savepoint savepoint) throws SQLException {
		checkTransaction();
		int index = this.savepoints.indexOf(Stubs.behind(savepoint));
		if (index == -1) {
			throw new SQLException("The savepoint does not exist in this transaction (any more)", "3B001");
		}
		return index;
	}

	private synchronized void end(boolean commit) {
		if (commit) {
			this.database.commit(this.inserted);
		}
		this.inserted.clear();
		this.savepoints.clear();
	}

	PreparedStatement prepareStatement(String sql) throws SQLException {
		checkOpen();
		return Stubs.of(PreparedStatement.class, new Prepared(sql));
	}

	boolean isReadOnly() {
		return this.readOnly;
	}

	void setReadOnly(boolean readOnly) {
		this.readOnly = readOnly;
	}

	int getTransactionIsolation() {
		return this.isolation;
	}

	void setTransactionIsolation(int isolation) {
		this.isolation = isolation;
	}

	int getNetworkTimeout() {
		return this.networkTimeout;
	}

	void setNetworkTimeout(Executor executor, int milliseconds) {
		this.networkTimeout = milliseconds;
	}

	DatabaseMetaData getMetaData() throws SQLException {
		checkOpen();
		return Stubs.of(DatabaseMetaData.class, new MetaData());
	}

	boolean isValid(int seconds) {
		return !this.closed;
	}

	boolean isClosed() {
		return this.closed;
	}

	/** What was not committed is lost. */
	void close() {
		this.closed = true;
		end(false);
		this.database.end(this);
	}

	void abort(Executor executor) {
		close();
	}

	private void checkOpen() throws SQLException {
		if (this.closed) {
			throw new SQLException("The connection is closed", "08003");
		}
	}

	private void checkTransaction() throws SQLException {
		checkOpen();
		if (this.autoCommit) {
			throw new SQLException("There is no transaction: auto-commit is on", "25000");
		}
	}

	/**
	 * A savepoint.
	 */
	private static final class Position {

		private final int rows;

		private Position(int rows) {
			this.rows = rows;
		}

	}

	/**
	 * What a session tells of itself.
	 */
	static final class MetaData {

		String getDatabaseProductName() {
			return "Stub";
		}

		boolean supportsSavepoints() {
			return true;
		}

	}

	/**
	 * A statement of one parameter, or none.
	 */
	final class Prepared {

		private final String sql;

		private @Nullable String parameter;

		private Prepared(String sql) {
			this.sql = sql;
		}

		void setString(int index, String value) {
			this.parameter = value;
		}

		ResultSet executeQuery() throws SQLException {
			checkOpen();
			return StubSession.this.database.query(this.sql, StubSession.this);
		}

		int executeUpdate() throws SQLException {
			checkOpen();
			return StubSession.this.database.update(this.sql, this.parameter, StubSession.this);
		}

	}

}
