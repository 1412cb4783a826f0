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
import java.util.List;

import javax.sql.DataSource;

import io.transactionscope.engine.CommitFailure;
import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.tracked.CommitNotSentException;
import io.transactionscope.pool.tracked.EndOfTransaction;
import io.transactionscope.pool.tracked.NetworkLimit;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.pool.tracked.TrackedHikariDataSource;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.resolution.CommitResolution;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A transaction on one JDBC connection, from begin to return. To Spring it is the
 * {@link ConnectionHolder} that everybody on the thread asks for their connection.
 */
final class JdbcTransaction extends BoundedConnectionHolder {

	private final DataSource dataSource;

	/** Whose connection it is, bound again at the end; else it is the pool's. */
	private final @Nullable ConnectionHolder lender;

	private SessionSettings changed = SessionSettings.NONE;

	private @Nullable TransactionOutcome outcome;

	/** What has committed a part of the work, so that it could not be rolled back. */
	private @Nullable TransactionEndedException partlyCommitted;

	/** Neither committed nor rolled back for certain: never to be used again. */
	private boolean suspect;

	/** What failed as a lost connection was thrown away before the end. */
	private @Nullable Throwable dropFailure;

	private JdbcTransaction(DataSource dataSource, @Nullable ConnectionHolder lender, Connection connection,
			TransactionState shared) {
		super(connection, shared, !isPlain(dataSource));
		this.dataSource = dataSource;
		this.lender = lender;
	}

	/**
	 * Borrow a connection and begin on it, without binding it to the thread yet.
	 * @param dataSource where to borrow
	 * @param lender what others have bound, whose connection is used then, as Spring does
	 * @param definition isolation level and read-only hint
	 * @param preparation what else to do before the first statement
	 * @param shared what the blocks of the transaction share
	 * @throws SQLException if the connection could not be had or prepared; it is back
	 */
	static JdbcTransaction begin(DataSource dataSource, @Nullable ConnectionHolder lender,
			TransactionDefinition definition, Preparation preparation, TransactionState shared) throws SQLException {
		Connection connection = (lender != null) ? lender.getConnection() : borrow(dataSource);
		if (connection == null) {
			throw new IllegalStateException("DataSource returned null from getConnection(): " + dataSource);
		}
		if (lender != null) {
			lender.requested();
		}
		JdbcTransaction transaction = new JdbcTransaction(dataSource, lender, connection, shared);
		try {
			transaction.prepare(definition, preparation);
			return transaction;
		}
		catch (Throwable ex) {
			transaction.suspect = true;
			transaction.giveBack(ex);
			throw ex;
		}
	}

	private static @Nullable Connection borrow(DataSource dataSource) throws SQLException {
		Borrower borrower = Borrower.current();
		boolean beginning = borrower.exchangeBeginning(true);
		try {
			return dataSource.getConnection();
		}
		finally {
			borrower.exchangeBeginning(beginning);
		}
	}

	private void prepare(TransactionDefinition definition, Preparation preparation) throws SQLException {
		this.changed = SessionSettings.prepare(getConnection(), definition, preparation,
				this.lender == null && isPlain(this.dataSource));
		setSynchronizedWithTransaction(true);
		setTransactionActive(true);
	}

	/**
	 * Find what the thread has bound for a data source. As all look-ups by Spring, that
	 * of a resource asks the data source for its interfaces, and to find those out takes
	 * longer than the look-up itself on Java 17.
	 * @return a transaction of ours or whatever else is bound, or {@code null}
	 */
	static @Nullable Object boundTo(DataSource dataSource) {
		if (isPlain(dataSource)) {
			Object key = (dataSource instanceof TrackedHikariDataSource pool) ? pool.getWrappedObject()
					: ((TrackedDataSource) dataSource).getWrappedObject();
			Object bound = TransactionSynchronizationManager.getResourceMap().get(key);
			if (bound == null || bound instanceof JdbcTransaction) {
				return bound;
			}
		}
		return TransactionSynchronizationManager.getResource(dataSource);
	}

	private static boolean isPlain(DataSource dataSource) {
		Class<?> type = dataSource.getClass();
		return type == TrackedHikariDataSource.class || type == TrackedDataSource.class;
	}

	/** What became of it, or {@code null} as long as it has not ended. */
	@Nullable TransactionOutcome outcome() {
		return this.outcome;
	}

	/**
	 * Let everybody on the thread find it.
	 * @throws IllegalStateException if the thread has a connection of that data source
	 * already; this one is back then
	 */
	void bindOrGiveBack() {
		try {
			if (this.lender != null) {
				unbind();
			}
			bind();
		}
		catch (Throwable ex) {
			this.suspect = true;
			giveBack(ex);
			throw ex;
		}
	}

	/** Make it the thread's transaction, with Spring's synchronization. */
	void bindAsCurrent(String name, TransactionDefinition definition) {
		bindOrGiveBack();
		if (definition.getIsolationLevel() != TransactionDefinition.ISOLATION_DEFAULT) {
			TransactionSynchronizationManager.setCurrentTransactionIsolationLevel(definition.getIsolationLevel());
		}
		if (definition.isReadOnly()) {
			TransactionSynchronizationManager.setCurrentTransactionReadOnly(true);
		}
		TransactionSynchronizationManager.setCurrentTransactionName(name);
		TransactionSynchronizationManager.setActualTransactionActive(true);
		TransactionSynchronizationManager.initSynchronization();
	}

	/**
	 * Take it and its connection from the thread, and return the connection.
	 * @param failures takes what failed on the way
	 */
	void releaseAsCurrent(TransactionDefinition definition, List<Throwable> failures) {
		if (TransactionSynchronizationManager.isSynchronizationActive()) {
			TransactionSynchronizationManager.clearSynchronization();
		}
		TransactionSynchronizationManager.setActualTransactionActive(false);
		TransactionSynchronizationManager.setCurrentTransactionName(null);
		if (definition.isReadOnly()) {
			TransactionSynchronizationManager.setCurrentTransactionReadOnly(false);
		}
		if (definition.getIsolationLevel() != TransactionDefinition.ISOLATION_DEFAULT) {
			TransactionSynchronizationManager.setCurrentTransactionIsolationLevel(null);
		}
		release(failures);
	}

	void bind() {
		TransactionSynchronizationManager.bindResource(this.dataSource, this);
	}

	void unbind() {
		TransactionSynchronizationManager.unbindResource(this.dataSource);
	}

	/** What has committed a part of the work, once that was to be rolled back. */
	@Nullable TransactionEndedException partlyCommitted() {
		return this.partlyCommitted;
	}

	/** What has ended it already, so that COMMIT would not commit, if anything has. */
	@Nullable TransactionEndedException ended() {
		return EndOfTransaction.of(getConnection(), this.lender == null);
	}

	/** Refuse to go on to the COMMIT where that would not commit. */
	void requireNotEnded() {
		TransactionEndedException ended = ended();
		if (ended != null) {
			throw CommitFailure.ended(shared().name(), ended);
		}
	}

	/**
	 * Commit. After a failure the transaction is rolled back where the server has
	 * answered, or says so when it is asked later on, and in doubt otherwise.
	 * @throws Throwable the driver's failure, or a {@link TransactionEndedException}
	 */
	void commit() throws Throwable {
		CommitResolution resolution = null;
		try {
			Connection connection = getConnection();
			requireUsable(connection);
			if (shared().resolvesCommit()) {
				resolution = CommitResolution.prepare(connection, this.dataSource);
			}
			connection.commit();
			this.outcome = TransactionOutcome.COMMITTED;
		}
		catch (Throwable ex) {
			if (CommitFailure.outcomeOf(ex) != TransactionOutcome.UNKNOWN || CommitFailure.ended(ex) != null) {
				rollBack(ex);
				throw ex;
			}
			this.outcome = TransactionOutcome.UNKNOWN;
			this.suspect = true;
			if (resolution != null) {
				dropConnection();
				this.outcome = resolution.resolve(shared().name(), ex);
			}
			if (this.outcome != TransactionOutcome.COMMITTED) {
				throw ex;
			}
		}
	}

	/**
	 * Make room in the pool for who asks what became of the transaction, and let those
	 * that follow have another connection: Spring fetches one for a holder that has none.
	 */
	private void dropConnection() {
		if (this.lender == null) {
			try {
				giveBack();
			}
			catch (Throwable ex) {
				this.dropFailure = ex;
			}
			shared().dropDuties();
			this.suspect = false;
			this.changed = SessionSettings.NONE;
			setConnection(null);
		}
	}

	private void requireUsable(Connection connection) throws SQLException {
		if (isPlain(this.dataSource) && this.lender == null) {
			// What we track refuses by itself what else there is.
			TransactionEndedException called = EndOfTransaction.byCall(connection);
			if (called != null) {
				throw called;
			}
			return;
		}
		TransactionEndedException ended = ended();
		if (ended != null) {
			throw ended;
		}
		CommitNotSentException.requireOpen(connection);
	}

	/**
	 * Roll back, unless it has ended already. Where that fails, the connection is
	 * discarded at its {@linkplain #release release}, and the server rolls back.
	 * @throws Throwable the driver's failure
	 */
	void rollBack() throws Throwable {
		if (this.outcome == null) {
			this.outcome = TransactionOutcome.ROLLED_BACK;
			try {
				Connection connection = getConnection();
				this.partlyCommitted = EndOfTransaction.partlyCommitted(connection, this.lender == null);
				if (this.partlyCommitted != null) {
					this.outcome = TransactionOutcome.UNKNOWN;
				}
				graceAtEnd();
				connection.rollback();
			}
			catch (Throwable ex) {
				this.suspect = true;
				throw ex;
			}
		}
	}

	private void rollBack(Throwable cause) {
		try {
			rollBack();
		}
		catch (Throwable ex) {
			Failures.suppress(cause, ex);
		}
	}

	/**
	 * Take the connection from the thread and return it to the pool, as it was found; or
	 * discard it, where that cannot be.
	 * @param failures takes what failed on the way
	 */
	void release(List<Throwable> failures) {
		this.suspect |= (this.outcome == null);
		try {
			unbind();
			if (this.lender != null) {
				TransactionSynchronizationManager.bindResource(this.dataSource, this.lender);
			}
		}
		catch (Throwable ex) {
			// Somebody has meddled, and may have the connection at hand.
			this.suspect = true;
			failures.add(ex);
		}
		Deadline deadline = shared().deadline();
		if (deadline == null) {
			restoreAndGiveBack(failures);
		}
		else {
			// The block is over, but its deadline bounds this, too.
			Borrower borrower = Borrower.current();
			long previousDeadline = borrower.exchangeDeadline(deadline.nanoTime());
			try {
				restoreAndGiveBack(failures);
			}
			finally {
				borrower.exchangeDeadline(previousDeadline);
			}
		}
		clear();
	}

	private void restoreAndGiveBack(List<Throwable> failures) {
		if (this.dropFailure != null) {
			failures.add(this.dropFailure);
		}
		if (!hasConnection()) {
			return;
		}
		if (!this.suspect) {
			try {
				shared().fulfilDuties(failures);
				restore(getConnection());
			}
			catch (Throwable ex) {
				this.suspect = true;
				failures.add(ex);
			}
		}
		try {
			giveBack();
		}
		catch (Throwable ex) {
			failures.add(ex);
		}
	}

	private void restore(Connection connection) throws SQLException {
		if (connection.isClosed()) {
			// Discarded, because of a lock in doubt, for one.
			return;
		}
		graceAtEnd();
		this.changed.restore(connection);
		liftNetworkLimit();
	}

	private void giveBack() throws SQLException {
		Connection connection = unboundedConnection();
		try {
			if (this.suspect) {
				TrackedDataSource.discard(connection, this.dataSource);
			}
			else if (isPlain(this.dataSource) && this.lender == null) {
				connection.close();
			}
			else if (this.lender == null) {
				DataSourceUtils.doCloseConnection(connection, this.dataSource);
			}
		}
		finally {
			if (this.lender != null) {
				this.lender.released();
			}
		}
	}

	private void giveBack(Throwable cause) {
		try {
			giveBack();
		}
		catch (Throwable ex) {
			Failures.suppress(cause, ex);
		}
	}

	/**
	 * What to do to a connection before the first statement.
	 */
	@FunctionalInterface
	interface Preparation {

		void prepare(Connection connection, TransactionDefinition definition) throws SQLException;

	}

}
