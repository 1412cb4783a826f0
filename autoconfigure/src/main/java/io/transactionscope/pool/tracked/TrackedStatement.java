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
import java.sql.SQLWarning;
import java.sql.Statement;

import org.jspecify.annotations.Nullable;

/**
 * A statement that tells its connection when it is being executed.
 */
class TrackedStatement implements Statement {

	final TrackedConnection connection;

	private final Statement delegate;

	private @Nullable String batch;

	TrackedStatement(TrackedConnection connection, Statement delegate) {
		this.connection = connection;
		this.delegate = delegate;
	}

	final void begin(@Nullable String sql) throws SQLException {
		this.connection.beginStatement(this.delegate, sql);
	}

	final SQLException failed(SQLException failure) {
		this.connection.statementFailed(failure);
		return failure;
	}

	final void end() {
		this.connection.statementEnded();
	}

	final ResultSet fetched(ResultSet rows) throws SQLException {
		return FetchedRows.of(this.connection, this.delegate, rows);
	}

	@Override
	public Connection getConnection() {
		return this.connection;
	}

	/**
	 * Limit the time of each execution, but never to more than the deadline leaves.
	 */
	@Override
	public void setQueryTimeout(int seconds) throws SQLException {
		this.connection.setQueryTimeout(this.delegate, seconds);
	}

	@Override
	public void addBatch(String sql) throws SQLException {
		this.delegate.addBatch(sql);
		if (this.batch == null || !TransactionControl.isSuspect(this.batch)) {
			this.batch = sql;
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
		if (!this.connection.isLimited() || !this.connection.isBroken()) {
			this.delegate.close();
		}
		this.connection.statementClosed();
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

	@Override
	public ResultSet executeQuery(String sql) throws SQLException {
		begin(sql);
		try {
			return fetched(this.delegate.executeQuery(sql));
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public int executeUpdate(String sql) throws SQLException {
		begin(sql);
		try {
			return this.delegate.executeUpdate(sql);
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public int getMaxFieldSize() throws SQLException {
		return this.delegate.getMaxFieldSize();
	}

	@Override
	public void setMaxFieldSize(int max) throws SQLException {
		this.delegate.setMaxFieldSize(max);
	}

	@Override
	public int getMaxRows() throws SQLException {
		return this.delegate.getMaxRows();
	}

	@Override
	public void setMaxRows(int max) throws SQLException {
		this.delegate.setMaxRows(max);
	}

	@Override
	public void setEscapeProcessing(boolean enable) throws SQLException {
		this.delegate.setEscapeProcessing(enable);
	}

	@Override
	public int getQueryTimeout() throws SQLException {
		return this.delegate.getQueryTimeout();
	}

	@Override
	public void cancel() throws SQLException {
		this.delegate.cancel();
	}

	@Override
	public SQLWarning getWarnings() throws SQLException {
		return this.delegate.getWarnings();
	}

	@Override
	public void clearWarnings() throws SQLException {
		this.delegate.clearWarnings();
	}

	@Override
	public void setCursorName(String name) throws SQLException {
		this.delegate.setCursorName(name);
	}

	@Override
	public boolean execute(String sql) throws SQLException {
		begin(sql);
		try {
			return this.delegate.execute(sql);
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public @Nullable ResultSet getResultSet() throws SQLException {
		ResultSet rows = this.delegate.getResultSet();
		return (rows != null) ? fetched(rows) : null;
	}

	@Override
	public int getUpdateCount() throws SQLException {
		return this.delegate.getUpdateCount();
	}

	@Override
	public boolean getMoreResults() throws SQLException {
		return this.delegate.getMoreResults();
	}

	@Override
	public void setFetchDirection(int direction) throws SQLException {
		this.delegate.setFetchDirection(direction);
	}

	@Override
	public int getFetchDirection() throws SQLException {
		return this.delegate.getFetchDirection();
	}

	@Override
	public void setFetchSize(int rows) throws SQLException {
		this.delegate.setFetchSize(rows);
	}

	@Override
	public int getFetchSize() throws SQLException {
		return this.delegate.getFetchSize();
	}

	@Override
	public int getResultSetConcurrency() throws SQLException {
		return this.delegate.getResultSetConcurrency();
	}

	@Override
	public int getResultSetType() throws SQLException {
		return this.delegate.getResultSetType();
	}

	@Override
	public int[] executeBatch() throws SQLException {
		begin(this.batch);
		try {
			return this.delegate.executeBatch();
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public boolean getMoreResults(int current) throws SQLException {
		return this.delegate.getMoreResults(current);
	}

	@Override
	public ResultSet getGeneratedKeys() throws SQLException {
		return this.delegate.getGeneratedKeys();
	}

	@Override
	public int executeUpdate(String sql, int autoGeneratedKeys) throws SQLException {
		begin(sql);
		try {
			return this.delegate.executeUpdate(sql, autoGeneratedKeys);
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public int executeUpdate(String sql, int[] columnIndexes) throws SQLException {
		begin(sql);
		try {
			return this.delegate.executeUpdate(sql, columnIndexes);
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public int executeUpdate(String sql, String[] columnNames) throws SQLException {
		begin(sql);
		try {
			return this.delegate.executeUpdate(sql, columnNames);
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public boolean execute(String sql, int autoGeneratedKeys) throws SQLException {
		begin(sql);
		try {
			return this.delegate.execute(sql, autoGeneratedKeys);
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public boolean execute(String sql, int[] columnIndexes) throws SQLException {
		begin(sql);
		try {
			return this.delegate.execute(sql, columnIndexes);
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public boolean execute(String sql, String[] columnNames) throws SQLException {
		begin(sql);
		try {
			return this.delegate.execute(sql, columnNames);
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public int getResultSetHoldability() throws SQLException {
		return this.delegate.getResultSetHoldability();
	}

	@Override
	public boolean isClosed() throws SQLException {
		return this.delegate.isClosed();
	}

	@Override
	public void setPoolable(boolean poolable) throws SQLException {
		this.delegate.setPoolable(poolable);
	}

	@Override
	public boolean isPoolable() throws SQLException {
		return this.delegate.isPoolable();
	}

	@Override
	public void closeOnCompletion() throws SQLException {
		this.delegate.closeOnCompletion();
	}

	@Override
	public boolean isCloseOnCompletion() throws SQLException {
		return this.delegate.isCloseOnCompletion();
	}

	@Override
	public long getLargeUpdateCount() throws SQLException {
		return this.delegate.getLargeUpdateCount();
	}

	@Override
	public void setLargeMaxRows(long max) throws SQLException {
		this.delegate.setLargeMaxRows(max);
	}

	@Override
	public long getLargeMaxRows() throws SQLException {
		return this.delegate.getLargeMaxRows();
	}

	@Override
	public long[] executeLargeBatch() throws SQLException {
		begin(this.batch);
		try {
			return this.delegate.executeLargeBatch();
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public long executeLargeUpdate(String sql) throws SQLException {
		begin(sql);
		try {
			return this.delegate.executeLargeUpdate(sql);
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public long executeLargeUpdate(String sql, int autoGeneratedKeys) throws SQLException {
		begin(sql);
		try {
			return this.delegate.executeLargeUpdate(sql, autoGeneratedKeys);
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public long executeLargeUpdate(String sql, int[] columnIndexes) throws SQLException {
		begin(sql);
		try {
			return this.delegate.executeLargeUpdate(sql, columnIndexes);
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public long executeLargeUpdate(String sql, String[] columnNames) throws SQLException {
		begin(sql);
		try {
			return this.delegate.executeLargeUpdate(sql, columnNames);
		}
		catch (SQLException ex) {
			throw failed(ex);
		}
		finally {
			end();
		}
	}

	@Override
	public String enquoteLiteral(String value) throws SQLException {
		return this.delegate.enquoteLiteral(value);
	}

	@Override
	public String enquoteIdentifier(String identifier, boolean alwaysQuote) throws SQLException {
		return this.delegate.enquoteIdentifier(identifier, alwaysQuote);
	}

	@Override
	public boolean isSimpleIdentifier(String identifier) throws SQLException {
		return this.delegate.isSimpleIdentifier(identifier);
	}

	@Override
	public String enquoteNCharLiteral(String value) throws SQLException {
		return this.delegate.enquoteNCharLiteral(value);
	}

}
