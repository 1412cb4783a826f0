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

package io.transactionscope.jpa;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;

import javax.sql.DataSource;

import io.transactionscope.engine.CommitFailure;
import io.transactionscope.engine.CurrentScope;
import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.Log;
import io.transactionscope.engine.ManagerTransaction;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.engine.WayOut;
import io.transactionscope.jdbc.ExecutionListeners;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.tracked.EndOfTransaction;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.resource.StackReserve;
import io.transactionscope.transaction.TransactionOutcome;
import jakarta.persistence.EntityManagerFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.UncategorizedDataAccessException;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.ResourceHolderSupport;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.Assert;

/**
 * A {@link JpaTransactionManager} that tells what became of the transaction, under the
 * same rules as {@link io.transactionscope.jdbc.ScopedJdbcTransactionManager}. What fails
 * when the persistence context is flushed keeps its translated exception, as the COMMIT
 * has not been sent then. Nested transactions are allowed: they flush the persistence
 * context at the savepoint, and clear it when they roll back to it.
 * <p>
 * The starter uses it in place of Boot's default. It is safe for use by any number of
 * threads. A bean of your own takes that place:
 *
 * <pre class="code">
 * &#064;Bean
 * ScopedJpaTransactionManager transactionManager(EntityManagerFactory entityManagerFactory) {
 *     return new ScopedJpaTransactionManager(entityManagerFactory);
 * }
 * </pre>
 *
 * @since 0.1.0
 */
@SuppressWarnings("this-escape") // to its own fields and to a setter, as with Spring's
public class ScopedJpaTransactionManager extends JpaTransactionManager {

	private final TransactionState.Key key = new TransactionState.Key(this);

	private final JpaTransactions transactions = new JpaTransactions(this);

	private boolean resolveCommit;

	/**
	 * Create a manager that looks its {@link EntityManagerFactory} up in the bean
	 * factory.
	 */
	public ScopedJpaTransactionManager() {
		setNestedTransactionAllowed(true);
		WayOut.prepare();
	}

	/**
	 * Create a manager for the entity managers of the given factory.
	 * @param entityManagerFactory where they come from
	 */
	public ScopedJpaTransactionManager(EntityManagerFactory entityManagerFactory) {
		super(entityManagerFactory);
		setNestedTransactionAllowed(true);
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
		setJpaDialect(new SavepointJpaDialect(getJpaDialect(), this.key));
	}

	@Override
	protected Object doGetTransaction() {
		CurrentScope.endDropped();
		return super.doGetTransaction();
	}

	@Override
	protected void doBegin(Object transaction, TransactionDefinition definition) {
		StackReserve.probe();
		Begun begun = new Begun(definition, determineTimeout(definition));
		if (this.resolveCommit) {
			begun.resolveCommit();
		}
		begun.enter();
		try {
			begun.whileBeginning(() -> super.doBegin(transaction, definition));
			TransactionSynchronizationManager.bindResource(this.key, begun);
			Deadline deadline = begun.deadline();
			if (deadline != null) {
				limit(deadline, TransactionSynchronizationManager.getResource(obtainEntityManagerFactory()));
				limit(deadline, connectionHolder());
			}
		}
		catch (Throwable ex) {
			begun.leave();
			throw ex;
		}
	}

	/** Spring's own time begins with the connection: it would be over after ours. */
	private static void limit(Deadline deadline, @Nullable Object holder) {
		if (holder instanceof ResourceHolderSupport bound) {
			bound.setTimeoutInMillis(deadline.remainingMillis());
		}
	}

	@Override
	protected void prepareSynchronization(DefaultTransactionStatus status, TransactionDefinition definition) {
		if (status.isNewTransaction()) {
			begun().status(status);
		}
		super.prepareSynchronization(status, definition);
	}

	@Override
	protected Object doSuspend(Object transaction) {
		return new Suspension(super.doSuspend(transaction),
				TransactionSynchronizationManager.unbindResourceIfPossible(this.key));
	}

	@Override
	protected void doResume(@Nullable Object transaction, Object suspendedResources) {
		Suspension suspension = (Suspension) suspendedResources;
		super.doResume(transaction, suspension.resources);
		if (suspension.begun != null) {
			TransactionSynchronizationManager.bindResource(this.key, suspension.begun);
		}
	}

	@Override
	protected void prepareForCommit(DefaultTransactionStatus status) {
		if (status.isNewTransaction() && !begun().isByBlock()) {
			if (isDoomed(status)) {
				triggerBeforeCompletion(status);
				tellBeforeRollback(status);
				throw rolledBack(status);
			}
			begun().runBeforeCommitUnchecked();
		}
		else if (status.hasSavepoint() && isDoomed(status)) {
			UnexpectedRollbackException failure = RollbackMark.unexpectedRollback(begun().name(), begun().mark());
			tellBeforeRollback(status);
			status.rollbackToHeldSavepoint();
			throw failure;
		}
	}

	/**
	 * By a block, or by JPA's own mark: with that, Hibernate rolls back in its commit and
	 * returns.
	 */
	private boolean isDoomed(DefaultTransactionStatus status) {
		return begun().mark() != null || status.isGlobalRollbackOnly();
	}

	private void tellBeforeRollback(DefaultTransactionStatus status) {
		getTransactionExecutionListeners().forEach((each) -> each.beforeRollback(status));
	}

	@Override
	protected void doCommit(DefaultTransactionStatus status) {
		Begun begun = begun();
		if (isDoomed(status)) {
			throw rolledBack(status);
		}
		JpaCommit commit = this.transactions.watchCommit(begun.resolvesCommit(), begun::unexpectedRollback);
		begun.dead = isDead();
		long deadline = begun.liftDeadline();
		try {
			super.doCommit(status);
			begun.outcome = TransactionOutcome.COMMITTED;
		}
		catch (RuntimeException | Error ex) {
			TransactionEndedException ended = CommitFailure.ended(ex);
			if (ended != null) {
				begun.outcome = CommitFailure.outcomeOf(ended);
				rollBackConnection(ex);
				throw begun.commitFailed(ended);
			}
			if (!commit.isSent(ex)) {
				RuntimeException refused = commit.refused();
				if (refused != null) {
					begun.outcome = TransactionOutcome.ROLLED_BACK;
					throw refused;
				}
				throw ex;
			}
			begun.outcome = begun.dead ? TransactionOutcome.ROLLED_BACK
					: commit.outcome(begun.name(), ex, () -> dropConnection(begun, ex));
			if (begun.outcome != TransactionOutcome.COMMITTED) {
				throw commitFailed(begun, begun.outcome, ex);
			}
		}
		finally {
			begun.putBack(deadline);
		}
	}

	private UnexpectedRollbackException rolledBack(DefaultTransactionStatus status) {
		doRollback(status);
		return RollbackMark.unexpectedRollback(begun().name(), begun().mark());
	}

	/**
	 * Make room in the pool for who asks what became of the transaction, and let those
	 * that follow have another connection.
	 */
	private void dropConnection(Begun begun, Throwable failure) {
		discardConnection(failure);
		begun.dropDuties();
		giveConnectionBack(begun);
		if (connectionHolder() instanceof ConnectionHolder holder) {
			// It keeps the one that it had last for as long as anybody may need it.
			holder.requested();
			holder.released();
		}
	}

	private RuntimeException commitFailed(Begun begun, TransactionOutcome outcome, Throwable failure) {
		if (outcome == TransactionOutcome.UNKNOWN) {
			discardConnection(failure);
		}
		else {
			// Hibernate leaves that to the server, and would restore the connection.
			rollBackConnection(failure);
		}
		return begun.commitFailed(outcome, translated(failure), failure);
	}

	/** As JDBC transactions have it, where Hibernate keeps the reason to itself. */
	private static @Nullable RuntimeException translated(Throwable failure) {
		if (failure instanceof DataAccessException known && !(failure instanceof UncategorizedDataAccessException)) {
			return known;
		}
		for (Throwable each = failure; each != null; each = each.getCause()) {
			if (each instanceof SQLException sql) {
				return new SQLExceptionSubclassTranslator().translate("JPA commit", null, sql);
			}
		}
		return (failure instanceof RuntimeException unchecked) ? unchecked : null;
	}

	@Override
	protected void doRollback(DefaultTransactionStatus status) {
		Begun begun = begun();
		if (begun.outcome == TransactionOutcome.UNKNOWN) {
			// Asked for by rollbackOnCommitFailure; it must not look rolled back.
			throw Objects.requireNonNull(begun.commitFailure());
		}
		begun.outcome = TransactionOutcome.ROLLED_BACK;
		Connection connection = this.transactions.connection();
		if (connection != null && EndOfTransaction.partlyCommitted(connection, false) != null) {
			begun.outcome = TransactionOutcome.UNKNOWN;
		}
		try {
			super.doRollback(status);
		}
		catch (Throwable ex) {
			discardConnection(ex);
			if (begun.isByBlock()) {
				begun.failures().add(ex);
			}
			else {
				Log.warn("Rollback of '{}' failed; its connection is discarded, so that the server rolls back",
						begun.name(), ex);
			}
		}
		if (begun.outcome == TransactionOutcome.UNKNOWN && status.isNewSynchronization()) {
			ManagerTransaction.tellUnknown();
		}
	}

	private void rollBackConnection(Throwable cause) {
		Connection connection = this.transactions.connection();
		if (connection != null) {
			try {
				connection.rollback();
			}
			catch (Throwable ex) {
				Failures.suppress(cause, ex);
				discardConnection(cause);
			}
		}
	}

	private void discardConnection(Throwable cause) {
		Connection connection = this.transactions.connection();
		if (connection != null) {
			try {
				TrackedDataSource.discard(connection, this.transactions.obtainDataSource());
			}
			catch (Throwable ex) {
				Failures.suppress(cause, ex);
			}
		}
	}

	private boolean isDead() {
		Connection connection = this.transactions.connection();
		try {
			return connection != null && connection.isClosed();
		}
		catch (SQLException ex) {
			return true;
		}
	}

	private @Nullable Object connectionHolder() {
		DataSource dataSource = getDataSource();
		return (dataSource != null) ? TransactionSynchronizationManager.getResource(dataSource) : null;
	}

	@Override
	protected void doCleanupAfterCompletion(Object transaction) {
		Begun begun = begun();
		if (begun.outcome == null && begun.status() != null) {
			// As after a TransactionException before the COMMIT, which stands for a
			// failed one to Spring.
			doRollback(begun.status());
		}
		TransactionSynchronizationManager.unbindResource(this.key);
		try {
			// The deadline bounds what the connection is asked to restore, too.
			begun.fulfilDuties(begun.failures());
			super.doCleanupAfterCompletion(transaction);
			giveConnectionBack(begun);
		}
		finally {
			begun.leave();
		}
		RuntimeException told = begun.finish(begun.outcome);
		if (told != null) {
			// Spring would resume after this method, which does not return normally.
			if (begun.suspended() != null) {
				resume(transaction, (AbstractPlatformTransactionManager.SuspendedResourcesHolder) begun.suspended());
			}
			throw told;
		}
	}

	private void giveConnectionBack(Begun begun) {
		try {
			OpenSession.giveConnectionBack(obtainEntityManagerFactory());
		}
		catch (Throwable ex) {
			begun.failures().add(ex);
		}
	}

	private Begun begun() {
		Object begun = TransactionSynchronizationManager.getResource(this.key);
		Assert.state(begun != null, "No transaction begun by this transaction manager");
		return (Begun) begun;
	}

	/**
	 * What was taken from the thread.
	 *
	 * @param resources Spring's
	 * @param begun ours, or {@code null} where another manager began it
	 */
	private record Suspension(Object resources, @Nullable Object begun) {
	}

	/**
	 * What this manager knows of a transaction that it has begun.
	 */
	private static final class Begun extends ManagerTransaction {

		private @Nullable TransactionOutcome outcome;

		/** Whether COMMIT cannot have reached the server. */
		private boolean dead;

		private Begun(TransactionDefinition definition, int timeoutSeconds) {
			super(definition, timeoutSeconds, definition instanceof ScopeDefinition.OfBlock);
		}

	}

}
