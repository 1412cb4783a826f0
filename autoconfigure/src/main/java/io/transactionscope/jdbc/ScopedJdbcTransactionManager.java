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
import java.util.Objects;

import javax.sql.DataSource;

import io.transactionscope.engine.CurrentScope;
import io.transactionscope.engine.Log;
import io.transactionscope.engine.ManagerTransaction;
import io.transactionscope.engine.NotedSavepoint;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.engine.WayOut;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.resource.StackReserve;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.JdbcTransactionObjectSupport;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A {@link JdbcTransactionManager} that tells what became of the transaction. It makes
 * plain {@code @Transactional} methods right where the stock manager reports wrongly:
 * <ul>
 * <li>A COMMIT whose link is lost reaches the caller as {@link CommitFailedException}
 * with outcome {@link TransactionOutcome#UNKNOWN}, not as the failure of the rollback
 * that was tried after it, and synchronizations are told
 * {@link org.springframework.transaction.support.TransactionSynchronization#STATUS_UNKNOWN
 * STATUS_UNKNOWN}. A COMMIT that the server refuses keeps its translated exception.</li>
 * <li>A rollback that fails does not replace the application's exception: it is logged,
 * as this manager is not told that exception, and the connection is discarded, so that
 * the server rolls back.</li>
 * <li>A connection that is neither committed nor rolled back for certain never goes back
 * to the pool, where restoring its auto-commit mode could commit what was left open.</li>
 * <li>What a scope that joined has registered follows once the connection is back.</li>
 * </ul>
 * <p>
 * Blocks of a {@link io.transactionscope.TransactionScope} on it begin and end the
 * transaction by themselves, so what does that here is final, lest they pass by what a
 * subclass has overridden. They do call {@link #prepareTransactionalConnection}: that is
 * the place for what each transaction needs on its connection, such as a tenant. For more
 * than that, extend Spring's {@link JdbcTransactionManager}, through which blocks go.
 *
 * <p>
 * The starter uses it in place of Boot's default. It is safe for use by any number of
 * threads. A bean of your own takes that place:
 *
 * <pre class="code">
 * &#064;Bean
 * ScopedJdbcTransactionManager transactionManager(DataSource dataSource) {
 *     return new ScopedJdbcTransactionManager(dataSource);
 * }
 * </pre>
 *
 * @since 0.1.0
 */
public class ScopedJdbcTransactionManager extends JdbcTransactionManager {

	private final JdbcTransaction.Preparation preparation = this::prepareTransactionalConnection;

	private boolean resolveCommit;

	/**
	 * Create a manager whose {@linkplain #setDataSource data source} is set later.
	 */
	public ScopedJdbcTransactionManager() {
		WayOut.prepare();
	}

	/**
	 * Create a manager for the connections of the given data source.
	 * @param dataSource where to borrow them
	 */
	public ScopedJdbcTransactionManager(DataSource dataSource) {
		super(dataSource);
		WayOut.prepare();
	}

	/**
	 * Set whether to ask the database what became of a COMMIT that it has not answered,
	 * for each transaction. The starter sets it to
	 * {@code transaction-scope.commit.resolve} for each bean of this type.
	 * @param resolveCommit {@code true} to ask, {@code false} by default
	 * @see io.transactionscope.TransactionScope#resolveCommit()
	 */
	public final void setResolveCommit(boolean resolveCommit) {
		this.resolveCommit = resolveCommit;
	}

	/**
	 * Add a listener. What it throws is logged, and changes nothing of a transaction.
	 */
	@Override
	public void addListener(TransactionExecutionListener listener) {
		super.addListener(ExecutionListeners.guarded(listener));
	}

	@Override
	public void afterPropertiesSet() {
		super.afterPropertiesSet();
		ExecutionListeners.guard(this);
	}

	@Override
	protected final Object doGetTransaction() {
		CurrentScope.endDropped();
		JdbcTransactionObject object = new JdbcTransactionObject();
		object.setSavepointAllowed(isNestedTransactionAllowed());
		object.setConnectionHolder((ConnectionHolder) JdbcTransaction.boundTo(obtainDataSource()));
		return object;
	}

	@Override
	protected final boolean isExistingTransaction(Object transaction) {
		JdbcTransactionObject object = (JdbcTransactionObject) transaction;
		return object.hasConnectionHolder() && (object.getConnectionHolder() instanceof JdbcTransaction
				|| super.isExistingTransaction(super.doGetTransaction())
				|| ForeignConnection.isInTransactionOfOthers(object.getConnectionHolder()));
	}

	@Override
	protected final void doBegin(Object transaction, TransactionDefinition definition) {
		StackReserve.probe();
		JdbcTransactionObject object = (JdbcTransactionObject) transaction;
		ManagerTransaction shared = new ManagerTransaction(definition, determineTimeout(definition), false);
		if (this.resolveCommit) {
			shared.resolveCommit();
		}
		ConnectionHolder lender = object.hasConnectionHolder() ? ForeignConnection.bound(obtainDataSource()) : null;
		shared.enter();
		try {
			JdbcTransaction begun = JdbcTransaction.begin(obtainDataSource(), lender, definition, this.preparation,
					shared);
			begun.bindOrGiveBack();
			object.setConnectionHolder(begun);
		}
		catch (Throwable ex) {
			shared.leave();
			throw new CannotCreateTransactionException("Could not open JDBC Connection for transaction", ex);
		}
	}

	@Override
	protected void prepareTransactionalConnection(Connection connection, TransactionDefinition definition)
			throws SQLException {
		super.prepareTransactionalConnection(connection, definition);
	}

	@Override
	protected final void prepareSynchronization(DefaultTransactionStatus status, TransactionDefinition definition) {
		if (status.isNewTransaction()) {
			shared(begunBy(status)).status(status);
		}
		super.prepareSynchronization(status, definition);
	}

	@Override
	protected final Object doSuspend(Object transaction) {
		((JdbcTransactionObject) transaction).setConnectionHolder(null);
		return TransactionSynchronizationManager.unbindResource(obtainDataSource());
	}

	@Override
	protected final void doResume(@Nullable Object transaction, Object suspendedResources) {
		TransactionSynchronizationManager.bindResource(obtainDataSource(), suspendedResources);
	}

	/**
	 * Returns {@code true}: {@link #prepareForCommit} rolls back instead, and can say who
	 * is the reason.
	 */
	@Override
	protected final boolean shouldCommitOnGlobalRollbackOnly() {
		return true;
	}

	@Override
	protected final void prepareForCommit(DefaultTransactionStatus status) {
		if (status.isNewTransaction()) {
			JdbcTransaction transaction = begunBy(status);
			if (transaction.isRollbackOnly()) {
				triggerBeforeCompletion(status);
				tellBeforeRollback(status);
				throw rolledBack(transaction);
			}
			TransactionEndedException ended = transaction.ended();
			if (ended != null && !ended.isPartlyCommitted()) {
				triggerBeforeCompletion(status);
				tellBeforeRollback(status);
				doRollback(transaction);
				throw transaction.shared().commitFailed(ended);
			}
			transaction.shared().runBeforeCommitUnchecked();
		}
		else if (status.hasSavepoint() && status.isGlobalRollbackOnly()) {
			UnexpectedRollbackException failure = ((JdbcTransactionObject) status.getTransaction())
				.unexpectedRollback(status.getTransactionName());
			tellBeforeRollback(status);
			status.rollbackToHeldSavepoint();
			throw failure;
		}
		else if (status.isNewSynchronization() && status.isGlobalRollbackOnly()) {
			DoomedSynchronization.replaceAll();
		}
	}

	private void tellBeforeRollback(DefaultTransactionStatus status) {
		getTransactionExecutionListeners().forEach((each) -> each.beforeRollback(status));
	}

	@Override
	protected final void doCommit(DefaultTransactionStatus status) {
		JdbcTransaction transaction = begunBy(status);
		if (transaction.isRollbackOnly()) {
			throw rolledBack(transaction);
		}
		ManagerTransaction shared = shared(transaction);
		long deadline = shared.liftDeadline();
		try {
			transaction.commit();
		}
		catch (Throwable ex) {
			throw commitFailed(transaction, ex);
		}
		finally {
			shared.putBack(deadline);
		}
	}

	private UnexpectedRollbackException rolledBack(JdbcTransaction transaction) {
		doRollback(transaction);
		return RollbackMark.unexpectedRollback(transaction.shared().name(), transaction.shared().mark());
	}

	private RuntimeException commitFailed(JdbcTransaction transaction, Throwable failure) {
		if (failure instanceof TransactionEndedException ended) {
			return transaction.shared().commitFailed(ended);
		}
		RuntimeException translated = (failure instanceof SQLException sql) ? translateException("JDBC commit", sql)
				: null;
		TransactionOutcome outcome = Objects.requireNonNull(transaction.outcome());
		return transaction.shared().commitFailed(outcome, translated, failure);
	}

	@Override
	protected final void doRollback(DefaultTransactionStatus status) {
		JdbcTransaction transaction = begunBy(status);
		doRollback(transaction);
		if (transaction.partlyCommitted() != null && status.isNewSynchronization()) {
			ManagerTransaction.tellUnknown();
		}
	}

	private void doRollback(JdbcTransaction transaction) {
		if (transaction.outcome() == TransactionOutcome.UNKNOWN) {
			// Asked for by rollbackOnCommitFailure; it must not look rolled back.
			throw Objects.requireNonNull(transaction.shared().commitFailure());
		}
		try {
			transaction.rollBack();
		}
		catch (Throwable ex) {
			Log.warn("Rollback of '{}' failed; its connection is discarded, so that the server rolls back",
					transaction.shared().name(), ex);
		}
	}

	@Override
	protected final void doSetRollbackOnly(DefaultTransactionStatus status) {
		((JdbcTransactionObject) status.getTransaction()).getConnectionHolder().setRollbackOnly();
	}

	@Override
	protected final void doCleanupAfterCompletion(Object transaction) {
		JdbcTransaction ended = ((JdbcTransactionObject) transaction).begun();
		ManagerTransaction shared = shared(ended);
		shared.leave();
		ended.release(shared.failures());
		RuntimeException told = shared.finish(ended.outcome());
		if (told != null) {
			// Spring would resume after this method, which does not return normally.
			if (shared.suspended() != null) {
				resume(transaction, (SuspendedResourcesHolder) shared.suspended());
			}
			throw told;
		}
	}

	private static JdbcTransaction begunBy(DefaultTransactionStatus status) {
		return ((JdbcTransactionObject) status.getTransaction()).begun();
	}

	private static ManagerTransaction shared(JdbcTransaction begun) {
		return (ManagerTransaction) begun.shared();
	}

	/**
	 * What one {@code getTransaction} call is about.
	 */
	private static final class JdbcTransactionObject extends JdbcTransactionObjectSupport {

		private JdbcTransaction begun() {
			if (getConnectionHolder() instanceof JdbcTransaction transaction) {
				return transaction;
			}
			throw new IllegalTransactionStateException("Not begun by this transaction manager");
		}

		private UnexpectedRollbackException unexpectedRollback(String name) {
			return (getConnectionHolder() instanceof JdbcTransaction begun)
					? RollbackMark.unexpectedRollback(begun.shared().name(), begun.shared().mark())
					: RollbackMark.unexpectedRollback(name, null);
		}

		@Override
		public boolean isRollbackOnly() {
			return getConnectionHolder().isRollbackOnly();
		}

		@Override
		public Object createSavepoint() {
			if (getConnectionHolder() instanceof JdbcTransaction begun && begun.isRollbackOnly()) {
				throw RollbackMark.noSavepoint(begun.shared().name(), begun.shared().mark());
			}
			Object savepoint = super.createSavepoint();
			return (getConnectionHolder() instanceof JdbcTransaction begun)
					? NotedSavepoint.of(savepoint, begun.shared()) : savepoint;
		}

		@Override
		public void rollbackToSavepoint(Object savepoint) {
			if (!(savepoint instanceof NotedSavepoint noted)) {
				super.rollbackToSavepoint(savepoint);
				return;
			}
			TransactionState shared = begun().shared();
			UnexpectedRollbackException failure = RollbackMark.unexpectedRollback(shared.name(), shared.mark());
			shared.rollBackTo(noted.position(), failure);
			try {
				super.rollbackToSavepoint(noted.savepoint());
			}
			catch (Throwable ex) {
				// Nothing but a rollback of all is left.
				getConnectionHolder().setRollbackOnly();
				shared.doom(new RollbackMark(shared.name(), "could not roll back to a savepoint", ex));
				throw ex;
			}
		}

		@Override
		public void releaseSavepoint(Object savepoint) {
			super.releaseSavepoint((savepoint instanceof NotedSavepoint noted) ? noted.savepoint() : savepoint);
		}

	}

}
