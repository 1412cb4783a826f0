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

package io.transactionscope.pool;

import java.sql.Array;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.NClob;
import java.sql.PreparedStatement;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLWarning;
import java.sql.SQLXML;
import java.sql.Savepoint;
import java.sql.ShardingKey;
import java.sql.Statement;
import java.sql.Struct;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executor;

import com.zaxxer.hikari.HikariDataSource;

/**
 * A pooled connection from its borrow to its return, under the deadline of the thread
 * that uses it.
 */
final class TrackedConnection implements Connection {

	private static final int UNTOUCHED = -1;

	private final Connection delegate;

	private final HikariDataSource pool;

	// H2, for one, keeps a query timeout for the whole session: left behind, it would end
	// the next borrower's statements.
	private int originalQueryTimeout = UNTOUCHED;

	private boolean fitForReturn = true;

	private boolean closed;

	TrackedConnection(Connection delegate, HikariDataSource pool) {
		this.delegate = delegate;
		this.pool = pool;
	}

	/**
	 * Send COMMIT and wait for the answer until the deadline. Past the deadline, it is
	 * not sent.
	 */
	@Override
	public void commit() throws SQLException {
		Borrower borrower = Borrower.current();
		if (!borrower.hasDeadline()) {
			this.delegate.commit();
			return;
		}
		RemainingTime remaining = RemainingTime.require(borrower, "COMMIT was not sent");
		int originalTimeout = limitNetworkTimeout(remaining.millis());
		try {
			this.delegate.commit();
		}
		finally {
			restoreNetworkTimeout(originalTimeout);
		}
	}

	private int limitNetworkTimeout(int millis) throws SQLException {
		try {
			int original = this.delegate.getNetworkTimeout();
			if (original != 0 && original <= millis) {
				return UNTOUCHED;
			}
			this.delegate.setNetworkTimeout(Runnable::run, millis);
			return original;
		}
		catch (SQLFeatureNotSupportedException ex) {
			return UNTOUCHED;
		}
	}

	private void restoreNetworkTimeout(int original) {
		if (original == UNTOUCHED) {
			return;
		}
		try {
			this.delegate.setNetworkTimeout(Runnable::run, original);
		}
		catch (SQLException ex) {
			// What became of the COMMIT is the news. The connection is not used again.
			this.fitForReturn = false;
		}
	}

	private <S extends Statement> S withinDeadline(S statement) throws SQLException {
		Borrower borrower = Borrower.current();
		if (borrower.hasDeadline() || this.originalQueryTimeout != UNTOUCHED) {
			try {
				limitQueryTimeout(statement, borrower);
			}
			catch (SQLException ex) {
				try (statement) {
					throw ex;
				}
			}
		}
		return statement;
	}

	private void limitQueryTimeout(Statement statement, Borrower borrower) throws SQLException {
		int current = statement.getQueryTimeout();
		if (this.originalQueryTimeout == UNTOUCHED) {
			this.originalQueryTimeout = current;
		}
		int limit = this.originalQueryTimeout;
		if (borrower.hasDeadline()) {
			int remaining = RemainingTime.require(borrower, "The statement was not sent").seconds();
			limit = (limit == 0) ? remaining : Math.min(limit, remaining);
		}
		if (limit != current) {
			statement.setQueryTimeout(limit);
		}
	}

	/**
	 * Return the connection to its pool.
	 */
	@Override
	public void close() throws SQLException {
		if (this.closed) {
			return;
		}
		restoreQueryTimeout();
		if (!this.fitForReturn) {
			discard();
			return;
		}
		this.closed = true;
		this.delegate.close();
	}

	private void restoreQueryTimeout() {
		if (this.originalQueryTimeout == UNTOUCHED) {
			return;
		}
		try (Statement statement = this.delegate.createStatement()) {
			statement.setQueryTimeout(this.originalQueryTimeout);
		}
		catch (SQLException ex) {
			this.fitForReturn = false;
		}
	}

	/**
	 * End the connection's session instead of returning it to its pool.
	 */
	void discard() throws SQLException {
		if (this.closed) {
			return;
		}
		this.closed = true;
		Discard.evict(this.delegate, this.pool);
	}

	@Override
	public boolean isClosed() throws SQLException {
		return this.closed || this.delegate.isClosed();
	}

	@Override
	public <T> T unwrap(Class<T> type) throws SQLException {
		if (isLayer(type, this)) {
			return type.cast(this);
		}
		if (isLayer(type, this.delegate)) {
			return type.cast(this.delegate);
		}
		// What everybody calls a connection is the driver's, as with the pool alone.
		return this.delegate.unwrap(type);
	}

	@Override
	public boolean isWrapperFor(Class<?> type) throws SQLException {
		return isLayer(type, this) || isLayer(type, this.delegate) || this.delegate.isWrapperFor(type);
	}

	private static boolean isLayer(Class<?> type, Connection layer) {
		return !type.isInterface() && type.isInstance(layer);
	}

	@Override
	public String toString() {
		return "TrackedConnection wrapping " + this.delegate;
	}

	@Override
	public Statement createStatement() throws SQLException {
		return withinDeadline(this.delegate.createStatement());
	}

	@Override
	public PreparedStatement prepareStatement(String sql) throws SQLException {
		return withinDeadline(this.delegate.prepareStatement(sql));
	}

	@Override
	public CallableStatement prepareCall(String sql) throws SQLException {
		return withinDeadline(this.delegate.prepareCall(sql));
	}

	@Override
	public String nativeSQL(String sql) throws SQLException {
		return this.delegate.nativeSQL(sql);
	}

	@Override
	public void setAutoCommit(boolean autoCommit) throws SQLException {
		this.delegate.setAutoCommit(autoCommit);
	}

	@Override
	public boolean getAutoCommit() throws SQLException {
		return this.delegate.getAutoCommit();
	}

	@Override
	public void rollback() throws SQLException {
		this.delegate.rollback();
	}

	@Override
	public DatabaseMetaData getMetaData() throws SQLException {
		return this.delegate.getMetaData();
	}

	@Override
	public void setReadOnly(boolean readOnly) throws SQLException {
		this.delegate.setReadOnly(readOnly);
	}

	@Override
	public boolean isReadOnly() throws SQLException {
		return this.delegate.isReadOnly();
	}

	@Override
	public void setCatalog(String catalog) throws SQLException {
		this.delegate.setCatalog(catalog);
	}

	@Override
	public String getCatalog() throws SQLException {
		return this.delegate.getCatalog();
	}

	@Override
	public void setTransactionIsolation(int level) throws SQLException {
		this.delegate.setTransactionIsolation(level);
	}

	@Override
	public int getTransactionIsolation() throws SQLException {
		return this.delegate.getTransactionIsolation();
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
	public Statement createStatement(int resultSetType, int resultSetConcurrency) throws SQLException {
		return withinDeadline(this.delegate.createStatement(resultSetType, resultSetConcurrency));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int resultSetType, int resultSetConcurrency)
			throws SQLException {
		return withinDeadline(this.delegate.prepareStatement(sql, resultSetType, resultSetConcurrency));
	}

	@Override
	public CallableStatement prepareCall(String sql, int resultSetType, int resultSetConcurrency) throws SQLException {
		return withinDeadline(this.delegate.prepareCall(sql, resultSetType, resultSetConcurrency));
	}

	@Override
	public Map<String, Class<?>> getTypeMap() throws SQLException {
		return this.delegate.getTypeMap();
	}

	@Override
	public void setTypeMap(Map<String, Class<?>> map) throws SQLException {
		this.delegate.setTypeMap(map);
	}

	@Override
	public void setHoldability(int holdability) throws SQLException {
		this.delegate.setHoldability(holdability);
	}

	@Override
	public int getHoldability() throws SQLException {
		return this.delegate.getHoldability();
	}

	@Override
	public Savepoint setSavepoint() throws SQLException {
		return this.delegate.setSavepoint();
	}

	@Override
	public Savepoint setSavepoint(String name) throws SQLException {
		return this.delegate.setSavepoint(name);
	}

	@Override
	public void rollback(Savepoint savepoint) throws SQLException {
		this.delegate.rollback(savepoint);
	}

	@Override
	public void releaseSavepoint(Savepoint savepoint) throws SQLException {
		this.delegate.releaseSavepoint(savepoint);
	}

	@Override
	public Statement createStatement(int resultSetType, int resultSetConcurrency, int resultSetHoldability)
			throws SQLException {
		return withinDeadline(this.delegate.createStatement(resultSetType, resultSetConcurrency, resultSetHoldability));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int resultSetType, int resultSetConcurrency,
			int resultSetHoldability) throws SQLException {
		return withinDeadline(
				this.delegate.prepareStatement(sql, resultSetType, resultSetConcurrency, resultSetHoldability));
	}

	@Override
	public CallableStatement prepareCall(String sql, int resultSetType, int resultSetConcurrency,
			int resultSetHoldability) throws SQLException {
		return withinDeadline(
				this.delegate.prepareCall(sql, resultSetType, resultSetConcurrency, resultSetHoldability));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int autoGeneratedKeys) throws SQLException {
		return withinDeadline(this.delegate.prepareStatement(sql, autoGeneratedKeys));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int[] columnIndexes) throws SQLException {
		return withinDeadline(this.delegate.prepareStatement(sql, columnIndexes));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, String[] columnNames) throws SQLException {
		return withinDeadline(this.delegate.prepareStatement(sql, columnNames));
	}

	@Override
	public Clob createClob() throws SQLException {
		return this.delegate.createClob();
	}

	@Override
	public Blob createBlob() throws SQLException {
		return this.delegate.createBlob();
	}

	@Override
	public NClob createNClob() throws SQLException {
		return this.delegate.createNClob();
	}

	@Override
	public SQLXML createSQLXML() throws SQLException {
		return this.delegate.createSQLXML();
	}

	@Override
	public boolean isValid(int timeout) throws SQLException {
		return this.delegate.isValid(timeout);
	}

	@Override
	public void setClientInfo(String name, String value) throws SQLClientInfoException {
		this.delegate.setClientInfo(name, value);
	}

	@Override
	public void setClientInfo(Properties properties) throws SQLClientInfoException {
		this.delegate.setClientInfo(properties);
	}

	@Override
	public String getClientInfo(String name) throws SQLException {
		return this.delegate.getClientInfo(name);
	}

	@Override
	public Properties getClientInfo() throws SQLException {
		return this.delegate.getClientInfo();
	}

	@Override
	public Array createArrayOf(String typeName, Object[] elements) throws SQLException {
		return this.delegate.createArrayOf(typeName, elements);
	}

	@Override
	public Struct createStruct(String typeName, Object[] attributes) throws SQLException {
		return this.delegate.createStruct(typeName, attributes);
	}

	@Override
	public void setSchema(String schema) throws SQLException {
		this.delegate.setSchema(schema);
	}

	@Override
	public String getSchema() throws SQLException {
		return this.delegate.getSchema();
	}

	@Override
	public void abort(Executor executor) throws SQLException {
		this.delegate.abort(executor);
	}

	@Override
	public void setNetworkTimeout(Executor executor, int milliseconds) throws SQLException {
		this.delegate.setNetworkTimeout(executor, milliseconds);
	}

	@Override
	public int getNetworkTimeout() throws SQLException {
		return this.delegate.getNetworkTimeout();
	}

	@Override
	public void beginRequest() throws SQLException {
		this.delegate.beginRequest();
	}

	@Override
	public void endRequest() throws SQLException {
		this.delegate.endRequest();
	}

	@Override
	public boolean setShardingKeyIfValid(ShardingKey shardingKey, ShardingKey superShardingKey, int timeout)
			throws SQLException {
		return this.delegate.setShardingKeyIfValid(shardingKey, superShardingKey, timeout);
	}

	@Override
	public boolean setShardingKeyIfValid(ShardingKey shardingKey, int timeout) throws SQLException {
		return this.delegate.setShardingKeyIfValid(shardingKey, timeout);
	}

	@Override
	public void setShardingKey(ShardingKey shardingKey, ShardingKey superShardingKey) throws SQLException {
		this.delegate.setShardingKey(shardingKey, superShardingKey);
	}

	@Override
	public void setShardingKey(ShardingKey shardingKey) throws SQLException {
		this.delegate.setShardingKey(shardingKey);
	}

}
