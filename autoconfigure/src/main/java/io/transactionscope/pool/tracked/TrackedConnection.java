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
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.NClob;
import java.sql.PreparedStatement;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.SQLXML;
import java.sql.Savepoint;
import java.sql.ShardingKey;
import java.sql.Statement;
import java.sql.Struct;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

import com.zaxxer.hikari.pool.ProxyConnection;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.LedgerEntry;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.RemainingTime;
import io.transactionscope.pool.report.Phase;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.ConnectionProxy;

/**
 * A connection as its borrower has it: each call goes to the pool's own connection, and
 * those that tell what the connection is used for also to the ledger. Keeps to the
 * deadline of the thread that uses it.
 */
final class TrackedConnection extends LedgerEntry implements Connection {

	private static final int UNTOUCHED = -1;

	// How Spring's lazy handles describe themselves as long as they hold no connection.
	// Whatever else one could ask them would make them fetch one.
	private static final String NOT_FETCHED = "Lazy Connection proxy for target DataSource";

	private static final AtomicIntegerFieldUpdater<TrackedConnection> CLOSED = AtomicIntegerFieldUpdater
		.newUpdater(TrackedConnection.class, "closed");

	private final PoolLedger ledger;

	// The pool's own, which is there from the moment that the borrower gets this one.
	@SuppressWarnings("NullAway.Init")
	private Connection delegate;

	// H2, for one, keeps a query timeout for the whole session: left behind, it would end
	// the next borrower's statements.
	private int originalQueryTimeout = UNTOUCHED;

	private @Nullable NetworkLimit networkLimit;

	private @Nullable Cancellation cancellation;

	private boolean fitForReturn = true;

	/** What came between the begin of a managed transaction and its end, if anything. */
	private @Nullable Interference interference;

	private boolean endCalled;

	/** Whether it was switched to manual commit, by whoever began a transaction. */
	private boolean manual;

	private @Nullable Runnable whenStatementCloses;

	private volatile int closed;

	/**
	 * Ask for a connection.
	 */
	TrackedConnection(PoolLedger ledger, Borrower borrower) {
		super(ledger.watched(), borrower);
		this.ledger = ledger;
	}

	/**
	 * Wait for what was asked for, and receive it.
	 */
	void receive(Borrower borrower) throws SQLException {
		Connection pooled = this.ledger.acquire(this, borrower);
		this.delegate = pooled;
		try {
			lease();
		}
		catch (Error ex) {
			try (pooled) {
				throw ex;
			}
		}
	}

	/** Go without, unless it has been received. */
	void giveUp() {
		giveUpIfWaiting();
	}

	@Nullable String holder() {
		return scope();
	}

	/**
	 * Send COMMIT and wait for the answer until the deadline. Past the deadline, on a
	 * connection known to be dead, or in a managed transaction that has ended already, it
	 * is not sent.
	 */
	@Override
	public void commit() throws SQLException {
		CommitNotSentException.requireOpen(this.delegate);
		Borrower user = user();
		RemainingTime remaining = user.hasDeadline() ? RemainingTime.require(user, "COMMIT was not sent") : null;
		requireNotEnded();
		if (isLeftInAutoCommit()) {
			endTransaction();
		}
		else if (remaining != null) {
			commitWithin(remaining);
		}
		else {
			liftNetworkLimit();
			beginEndOfTransaction();
			try {
				this.delegate.commit();
			}
			finally {
				endTransaction();
			}
		}
		this.interference = null;
		this.endCalled = true;
	}

	/**
	 * Whether somebody has switched it in the middle and left it so: there is nothing to
	 * be ended any more, and some drivers fail when they are asked to.
	 */
	private boolean isLeftInAutoCommit() throws SQLException {
		return whatCommittedAPart(null) != null && this.delegate.getAutoCommit();
	}

	private void requireNotEnded() throws TransactionEndedException {
		if (isConfined()) {
			TransactionEndedException ended = whatEnded();
			if (ended != null) {
				throw ended;
			}
		}
	}

	@Nullable TransactionEndedException whatEnded() {
		if (this.interference != null) {
			return this.interference.whatEnded();
		}
		return ServerTransaction.isFailed(this.delegate) ? Interference.failedByServer(null) : null;
	}

	@Nullable TransactionEndedException whatCommittedAPart(@Nullable SQLException cause) {
		return (this.interference != null) ? this.interference.whatCommittedAPart(cause) : null;
	}

	/**
	 * Return whether {@code commit()} or {@code rollback()} was called since the
	 * connection was borrowed.
	 */
	boolean isEndCalled() {
		return this.endCalled;
	}

	/**
	 * Return whether that was done in the transaction that a switch to manual commit has
	 * begun, and that switch has not been taken back.
	 */
	boolean isOver() {
		return this.manual && this.endCalled;
	}

	private Interference interference() {
		Interference interference = this.interference;
		if (interference == null) {
			interference = new Interference(this);
			this.interference = interference;
		}
		return interference;
	}

	private void commitWithin(RemainingTime remaining) throws SQLException {
		limitCommit(remaining);
		beginEndOfTransaction();
		try {
			this.delegate.commit();
		}
		finally {
			endTransaction();
			liftNetworkLimit();
		}
	}

	private void limitCommit(RemainingTime remaining) throws SQLException {
		try {
			networkLimit().set(remaining.millis());
		}
		catch (SQLException | RuntimeException ex) {
			this.fitForReturn = false;
			throw new CommitNotSentException("its wait could not be limited to the deadline (setNetworkTimeout failed)",
					ex);
		}
	}

	/**
	 * Return the pool's own connection, which waits for an answer until the deadline and
	 * little longer.
	 */
	Connection limited() {
		Borrower user = user();
		if (user.hasDeadline()) {
			limitNetwork(RemainingTime.of(user));
		}
		else {
			liftNetworkLimit();
		}
		return this.delegate;
	}

	/** Return whether the deadline has a say in how long answers are waited for. */
	boolean isLimited() {
		return this.networkLimit != null && user().hasDeadline();
	}

	private void limitNetwork(RemainingTime remaining) {
		try {
			networkLimit().set(remaining.millisWithGrace());
		}
		catch (SQLException | RuntimeException ex) {
			// A connection that is dead says so when it is used.
			this.fitForReturn = false;
		}
	}

	private void liftNetworkLimit() {
		if (this.networkLimit == null) {
			return;
		}
		try {
			this.networkLimit.lift();
		}
		catch (SQLException | RuntimeException ex) {
			// What became of the COMMIT is the news. The connection is not used again.
			this.fitForReturn = false;
		}
	}

	private NetworkLimit networkLimit() {
		NetworkLimit limit = this.networkLimit;
		if (limit == null) {
			limit = new NetworkLimit(this.delegate);
			this.networkLimit = limit;
		}
		return limit;
	}

	@Override
	public void rollback() throws SQLException {
		beginEndOfTransaction();
		try {
			if (!isLeftInAutoCommit()) {
				limited().rollback();
			}
		}
		finally {
			endTransaction();
		}
		this.interference = null;
		this.endCalled = true;
	}

	/**
	 * Take notice of the execution of a statement, which is limited to the time until the
	 * deadline.
	 */
	void beginStatement(Statement statement, @Nullable String sql) throws SQLException {
		if (sql != null && isConfined() && TransactionControl.isSuspect(sql)) {
			interference().sends(sql);
		}
		Borrower user = user();
		if (user.hasDeadline()) {
			limitStatement(statement, RemainingTime.require(user, "The statement was not sent"));
		}
		else {
			liftNetworkLimit();
		}
		beginStatement(sql);
	}

	private void limitStatement(Statement statement, RemainingTime remaining) throws SQLException {
		limitNetwork(remaining);
		if (Cancellation.isFor(this.delegate)) {
			this.cancellation = Cancellation.begin(this.delegate, statement, remaining, this::schedule);
			return;
		}
		int current = statement.getQueryTimeout();
		if (current == 0 || current > remaining.seconds()) {
			limitQueryTimeout(statement, current, remaining.seconds());
		}
	}

	/** Take notice of the failure of a statement, before its end. */
	void statementFailed(SQLException failure) {
		if (isConfined()) {
			try {
				interference().failed(failure);
			}
			catch (SQLException | RuntimeException ex) {
				// The link is lost, and the failure says so.
			}
		}
	}

	void whenStatementCloses(Runnable action) {
		this.whenStatementCloses = action;
	}

	void statementClosed() {
		if (this.whenStatementCloses != null && this.closed == 0) {
			this.whenStatementCloses.run();
		}
	}

	/** Take notice of the end of a statement. */
	void statementEnded() {
		Cancellation cancellation = this.cancellation;
		if (cancellation != null) {
			this.cancellation = null;
			end(cancellation);
		}
		endStatement();
		if (this.interference != null) {
			this.interference.answered();
		}
	}

	private void end(Cancellation cancellation) {
		try {
			this.fitForReturn &= cancellation.end();
		}
		catch (SQLException | RuntimeException ex) {
			this.fitForReturn = false;
		}
	}

	/**
	 * Set a statement's query timeout, to no more than the deadline leaves. Past it, the
	 * statement is refused when it is to be sent.
	 */
	void setQueryTimeout(Statement statement, int seconds) throws SQLException {
		Borrower user = user();
		int limit = seconds;
		if (user.hasDeadline()) {
			int remaining = Math.max(1, RemainingTime.of(user).seconds());
			limit = (seconds == 0) ? remaining : Math.min(seconds, remaining);
		}
		limitQueryTimeout(statement, statement.getQueryTimeout(), limit);
	}

	private <S extends Statement> S prepared(S statement) throws SQLException {
		noticeUser();
		Borrower user = user();
		if (user.hasDeadline() || this.originalQueryTimeout != UNTOUCHED) {
			try {
				limitQueryTimeout(statement, user);
			}
			catch (SQLException ex) {
				try (statement) {
					throw ex;
				}
			}
		}
		return statement;
	}

	private void limitQueryTimeout(Statement statement, Borrower user) throws SQLException {
		int current = statement.getQueryTimeout();
		int limit = (this.originalQueryTimeout != UNTOUCHED) ? this.originalQueryTimeout : current;
		RemainingTime remaining = user.hasDeadline() ? RemainingTime.of(user) : null;
		// Past the deadline it is not sent, but let Spring say so first, which is about
		// to set its own timeout: with an exception that nobody takes for a slow query.
		if (remaining != null && !remaining.isOver()) {
			limit = (limit == 0) ? remaining.seconds() : Math.min(limit, remaining.seconds());
		}
		if (limit != current) {
			limitQueryTimeout(statement, current, limit);
		}
	}

	private void limitQueryTimeout(Statement statement, int current, int limit) throws SQLException {
		if (this.originalQueryTimeout == UNTOUCHED) {
			this.originalQueryTimeout = current;
		}
		statement.setQueryTimeout(limit);
	}

	private Borrower user() {
		return (borrower() instanceof Borrower borrower && borrower.isCurrentThread()) ? borrower : Borrower.current();
	}

	/**
	 * Return the connection to its pool.
	 */
	@Override
	public void close() throws SQLException {
		if (!isFirstToClose()) {
			return;
		}
		if (this.originalQueryTimeout != UNTOUCHED) {
			restoreQueryTimeout();
		}
		if (this.fitForReturn) {
			liftNetworkLimit();
		}
		if (!this.fitForReturn) {
			evict();
			return;
		}
		try {
			end();
		}
		finally {
			closePooled();
		}
	}

	/**
	 * Return whether no other thread has closed it or is about to.
	 */
	private boolean isFirstToClose() {
		return this.closed == 0 && CLOSED.compareAndSet(this, 0, 1);
	}

	private void closePooled() throws SQLException {
		try {
			this.delegate.close();
		}
		catch (Throwable ex) {
			// HikariCP takes it back all the same, in whatever state it was left.
			this.ledger.hikari().evictConnection(this.delegate);
			throw ex;
		}
	}

	private void restoreQueryTimeout() {
		try (Statement statement = this.delegate.createStatement()) {
			statement.setQueryTimeout(this.originalQueryTimeout);
		}
		catch (SQLException | RuntimeException | Error ex) {
			this.fitForReturn = false;
		}
	}

	/**
	 * End the connection's session instead of returning it to its pool.
	 */
	void discard() throws SQLException {
		if (isFirstToClose()) {
			evict();
		}
	}

	private void evict() throws SQLException {
		try {
			end();
		}
		finally {
			Discard.evict(this.delegate, this.ledger.hikari());
		}
	}

	@Override
	public boolean isClosed() throws SQLException {
		return this.closed != 0 || this.delegate.isClosed();
	}

	@Override
	protected boolean isBroken() {
		try {
			return this.delegate.isClosed();
		}
		catch (SQLException ex) {
			return true;
		}
	}

	@Override
	protected boolean isPooled() {
		try {
			// The pool's own does not know that it has been evicted.
			return !isBroken() && !this.delegate.unwrap(Connection.class).isClosed();
		}
		catch (SQLException ex) {
			return false;
		}
	}

	@Override
	protected int connectionId() {
		return System.identityHashCode(driversOwn());
	}

	@Override
	protected @Nullable Long serverProcess() {
		return ServerProcess.of(this.delegate);
	}

	@Override
	protected boolean quotesNames() {
		String driver = driversOwn().getClass().getName();
		return !driver.startsWith("com.mysql.") && !driver.startsWith("org.mariadb.");
	}

	/** The pool's own connection, whose use is not noticed. */
	Connection pooled() {
		return this.delegate;
	}

	/**
	 * Find the connection behind a handle that may not have fetched it yet.
	 * @return the connection, or {@code null} if there is none yet
	 */
	static @Nullable Connection fetched(Connection connection) {
		Connection fetched = connection;
		while (fetched instanceof ConnectionProxy handle) {
			if (handle.toString().startsWith(NOT_FETCHED)) {
				return null;
			}
			fetched = handle.getTargetConnection();
		}
		return fetched;
	}

	/**
	 * Find one of ours behind others.
	 * @return ours, or {@code null} if there is none, or none that answers any more
	 */
	static @Nullable TrackedConnection behind(Connection connection) {
		if (connection instanceof TrackedConnection tracked) {
			return tracked;
		}
		try {
			// HikariCP's own is below ours, and no longer answers once it is broken.
			return (!(connection instanceof ProxyConnection) && connection.isWrapperFor(TrackedConnection.class))
					? connection.unwrap(TrackedConnection.class) : null;
		}
		catch (SQLException | RuntimeException | Error ex) {
			// Some pools' connections do not even say what they are, once the link is
			// lost.
			return null;
		}
	}

	private Connection driversOwn() {
		try {
			return this.delegate.unwrap(Connection.class);
		}
		catch (SQLException ex) {
			return this.delegate;
		}
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
		return new TrackedStatement(this, prepared(limited().createStatement()));
	}

	@Override
	public PreparedStatement prepareStatement(String sql) throws SQLException {
		return new TrackedPreparedStatement(this, prepared(limited().prepareStatement(sql)), sql);
	}

	@Override
	public CallableStatement prepareCall(String sql) throws SQLException {
		return new TrackedCallableStatement(this, prepared(limited().prepareCall(sql)), sql);
	}

	@Override
	public String nativeSQL(String sql) throws SQLException {
		return this.delegate.nativeSQL(sql);
	}

	@Override
	public void setAutoCommit(boolean autoCommit) throws SQLException {
		boolean interferes = autoCommit && phase() == Phase.BETWEEN_STATEMENTS && isConfined()
				&& !this.delegate.getAutoCommit();
		limited().setAutoCommit(autoCommit);
		if (this.manual == autoCommit) {
			this.manual = !autoCommit;
			this.endCalled &= autoCommit;
		}
		if (interferes) {
			interference().switchedToAutoCommit();
		}
	}

	@Override
	public boolean getAutoCommit() throws SQLException {
		return this.delegate.getAutoCommit();
	}

	@Override
	public DatabaseMetaData getMetaData() throws SQLException {
		return limited().getMetaData();
	}

	@Override
	public void setReadOnly(boolean readOnly) throws SQLException {
		limited().setReadOnly(readOnly);
	}

	@Override
	public boolean isReadOnly() throws SQLException {
		return limited().isReadOnly();
	}

	@Override
	public void setCatalog(String catalog) throws SQLException {
		limited().setCatalog(catalog);
	}

	@Override
	public String getCatalog() throws SQLException {
		return limited().getCatalog();
	}

	@Override
	public void setTransactionIsolation(int level) throws SQLException {
		limited().setTransactionIsolation(level);
	}

	@Override
	public int getTransactionIsolation() throws SQLException {
		return limited().getTransactionIsolation();
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
		return new TrackedStatement(this, prepared(limited().createStatement(resultSetType, resultSetConcurrency)));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int resultSetType, int resultSetConcurrency)
			throws SQLException {
		return new TrackedPreparedStatement(this,
				prepared(limited().prepareStatement(sql, resultSetType, resultSetConcurrency)), sql);
	}

	@Override
	public CallableStatement prepareCall(String sql, int resultSetType, int resultSetConcurrency) throws SQLException {
		return new TrackedCallableStatement(this,
				prepared(limited().prepareCall(sql, resultSetType, resultSetConcurrency)), sql);
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
		return limited().setSavepoint();
	}

	@Override
	public Savepoint setSavepoint(String name) throws SQLException {
		return limited().setSavepoint(name);
	}

	@Override
	public void rollback(Savepoint savepoint) throws SQLException {
		try {
			limited().rollback(savepoint);
		}
		catch (SQLException ex) {
			// Which has taken the savepoint with it.
			TransactionEndedException committed = whatCommittedAPart(ex);
			throw (committed != null) ? committed : ex;
		}
		if (this.interference != null) {
			this.interference.rolledBackToSavepoint();
		}
	}

	@Override
	public void releaseSavepoint(Savepoint savepoint) throws SQLException {
		try {
			limited().releaseSavepoint(savepoint);
		}
		catch (SQLException ex) {
			if (whatCommittedAPart(ex) == null) {
				throw ex;
			}
			// A commit has released it.
		}
	}

	@Override
	public Statement createStatement(int resultSetType, int resultSetConcurrency, int resultSetHoldability)
			throws SQLException {
		return new TrackedStatement(this,
				prepared(limited().createStatement(resultSetType, resultSetConcurrency, resultSetHoldability)));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int resultSetType, int resultSetConcurrency,
			int resultSetHoldability) throws SQLException {
		return new TrackedPreparedStatement(this,
				prepared(limited().prepareStatement(sql, resultSetType, resultSetConcurrency, resultSetHoldability)),
				sql);
	}

	@Override
	public CallableStatement prepareCall(String sql, int resultSetType, int resultSetConcurrency,
			int resultSetHoldability) throws SQLException {
		return new TrackedCallableStatement(this,
				prepared(limited().prepareCall(sql, resultSetType, resultSetConcurrency, resultSetHoldability)), sql);
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int autoGeneratedKeys) throws SQLException {
		return new TrackedPreparedStatement(this, prepared(limited().prepareStatement(sql, autoGeneratedKeys)), sql);
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int[] columnIndexes) throws SQLException {
		return new TrackedPreparedStatement(this, prepared(limited().prepareStatement(sql, columnIndexes)), sql);
	}

	@Override
	public PreparedStatement prepareStatement(String sql, String[] columnNames) throws SQLException {
		return new TrackedPreparedStatement(this, prepared(limited().prepareStatement(sql, columnNames)), sql);
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
		limited().setSchema(schema);
	}

	@Override
	public String getSchema() throws SQLException {
		return limited().getSchema();
	}

	@Override
	public void abort(Executor executor) throws SQLException {
		this.delegate.abort(executor);
	}

	@Override
	public void setNetworkTimeout(Executor executor, int milliseconds) throws SQLException {
		this.delegate.setNetworkTimeout(executor, milliseconds);
		if (this.networkLimit != null) {
			this.networkLimit.replaced(milliseconds);
		}
	}

	@Override
	public int getNetworkTimeout() throws SQLException {
		return (this.networkLimit != null) ? this.networkLimit.original() : this.delegate.getNetworkTimeout();
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
