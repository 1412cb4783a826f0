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
import java.util.function.UnaryOperator;

import javax.sql.DataSource;

import io.transactionscope.engine.CompanionTransaction;
import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.ManagerTransaction;
import io.transactionscope.engine.NotedSavepoints;
import io.transactionscope.engine.Participation;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.engine.TransactionEngine;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.engine.rehearsal.Rehearsal;
import io.transactionscope.pool.Borrower;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.NestedTransactionNotSupportedException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Transactions on JDBC connections, begun and ended by the blocks themselves, under the
 * rules and with the settings of a JDBC transaction manager. {@code @Transactional}
 * methods on that manager see them, and the other way round.
 *
 * @since 0.1.0
 */
public final class JdbcEngine implements TransactionEngine {

	private final DataSourceTransactionManager manager;

	private final DataSource dataSource;

	private final JdbcTransaction.Preparation preparation;

	private final UnaryOperator<Throwable> translator;

	/** For what others have begun. */
	private final TransactionEngine managed;

	private final ForeignConnection foreignConnection;

	private JdbcEngine(DataSourceTransactionManager manager, TransactionEngine managed) {
		this.manager = manager;
		this.dataSource = (DataSource) manager.getResourceFactory();
		this.preparation = (manager instanceof ScopedJdbcTransactionManager scoped)
				? scoped::prepareTransactionalConnection : this::enforceReadOnly;
		this.translator = (manager instanceof JdbcTransactionManager jdbc) ? (failure) -> translate(jdbc, failure)
				: UnaryOperator.identity();
		this.managed = managed;
		this.foreignConnection = new ForeignConnection(this.dataSource);
	}

	/**
	 * Work with a manager's connections, where nothing of what it does is passed by.
	 * @param manager a transaction manager of any kind
	 * @param managed the way through the manager, for transactions that it has begun
	 * @return the engine, or {@code null} if the manager does not work on plain JDBC, or
	 * is a mock
	 */
	public static @Nullable JdbcEngine of(PlatformTransactionManager manager, TransactionEngine managed) {
		// Not for subclasses of Spring's: what they override would be passed by.
		return (manager instanceof DataSourceTransactionManager jdbc && jdbc.getDataSource() != null
				&& (manager instanceof ScopedJdbcTransactionManager
						|| manager.getClass() == JdbcTransactionManager.class
						|| manager.getClass() == DataSourceTransactionManager.class)) ? new JdbcEngine(jdbc, managed)
								: null;
	}

	/** What {@link DataSourceTransactionManager} does, which keeps it to itself. */
	private void enforceReadOnly(Connection connection, TransactionDefinition definition) throws SQLException {
		if (this.manager.isEnforceReadOnly() && definition.isReadOnly()) {
			try (Statement statement = connection.createStatement()) {
				statement.executeUpdate("SET TRANSACTION READ ONLY");
			}
		}
	}

	private static Throwable translate(JdbcTransactionManager manager, Throwable failure) {
		DataAccessException translated = (failure instanceof SQLException sql)
				? manager.getExceptionTranslator().translate("JDBC commit", null, sql) : null;
		return (translated != null) ? translated : failure;
	}

	@Override
	public Participation enter(ScopeDefinition definition, String name, @Nullable Deadline deadline) {
		Object holder = JdbcTransaction.boundTo(this.dataSource);
		JdbcTransaction active = (holder instanceof JdbcTransaction transaction) ? transaction : null;
		boolean bound = holder != null && active == null;
		boolean foreign = bound && this.foreignConnection.isInTransaction();
		return switch (definition.propagation()) {
			case NEVER, NOT_SUPPORTED -> this.managed.enter(definition, name, deadline);
			case REQUIRES_NEW -> foreign ? this.managed.enter(definition, name, deadline)
					: begin(definition, name, deadline, active, bound);
			default -> {
				if (foreign || (active == null && definition.propagation() == ScopePropagation.MANDATORY)) {
					yield this.managed.enter(definition, name, deadline);
				}
				yield (active != null) ? join(definition, name, active)
						: begin(definition, name, deadline, null, bound);
			}
		};
	}

	private Participation join(ScopeDefinition definition, String name, JdbcTransaction active) {
		if (active.outcome() != null) {
			throw ScopeDefinition.hasEnded(name, active.shared().name());
		}
		boolean rehearsed = active.shared() instanceof ManagerTransaction && Rehearsal.isAround();
		if (definition.propagation() == ScopePropagation.OUTERMOST && !rehearsed) {
			throw ScopeDefinition.notOutermost(name, active.shared().name());
		}
		if (this.manager.isValidateExistingTransaction()) {
			// The manager's own check, and its message.
			this.manager.commit(this.manager.getTransaction(definition.toSpring(name, null)));
		}
		if (definition.propagation() != ScopePropagation.NESTED) {
			JdbcParticipant joined = new JdbcParticipant(active);
			return rehearsed ? Rehearsal.takePart(name, joined, () -> savepoint(name, active)) : joined;
		}
		JdbcSavepoint savepoint = savepoint(name, active);
		return rehearsed ? Rehearsal.outermost(name, savepoint) : savepoint;
	}

	private JdbcSavepoint savepoint(String name, JdbcTransaction active) {
		if (!this.manager.isNestedTransactionAllowed()) {
			throw new NestedTransactionNotSupportedException(
					"Scope '%s' cannot work from a savepoint: its transaction manager does not allow nested transactions (nestedTransactionAllowed=false)."
						.formatted(name));
		}
		return JdbcSavepoint.begin(active);
	}

	private Participation begin(ScopeDefinition definition, String name, @Nullable Deadline deadline,
			@Nullable JdbcTransaction active, boolean bound) {
		SuspendedThread suspended = SuspendedThread.take(active);
		try {
			ConnectionHolder lender = bound ? ForeignConnection.bound(this.dataSource) : null;
			ExecutionListeners listeners = ExecutionListeners.of(this.manager, name, definition.readOnly());
			JdbcTransaction transaction = begin(definition, listeners,
					new TransactionState(name, (deadline != null) ? deadline : defaultDeadline()), lender);
			return new JdbcOwner(transaction, definition, suspended, listeners, this.translator);
		}
		catch (Throwable ex) {
			if (suspended != null) {
				resume(suspended, ex);
			}
			throw ex;
		}
	}

	private JdbcTransaction begin(ScopeDefinition definition, ExecutionListeners listeners, TransactionState shared,
			@Nullable ConnectionHolder lender) {
		listeners.beforeBegin();
		JdbcTransaction transaction;
		try {
			transaction = begin(definition, shared, lender);
			transaction.bindAsCurrent(shared.givenName(), definition);
		}
		catch (Throwable ex) {
			listeners.afterBegin(ex);
			throw ex;
		}
		try {
			if (!(this.manager instanceof ScopedJdbcTransactionManager)) {
				TransactionSynchronizationManager.registerSynchronization(new NotedSavepoints(shared));
			}
			listeners.afterBegin(null);
			return transaction;
		}
		catch (Throwable ex) {
			new JdbcOwner(transaction, definition, null, listeners, this.translator).abandon(ex);
			throw ex;
		}
	}

	private JdbcTransaction begin(ScopeDefinition definition, TransactionState shared,
			@Nullable ConnectionHolder lender) {
		if (shared.deadline() == null) {
			return borrowAndBegin(definition, shared, lender);
		}
		Borrower borrower = Borrower.current();
		long previousDeadline = borrower.exchangeDeadline(Deadline.nanoTimeOf(shared.deadline()));
		try {
			return borrowAndBegin(definition, shared, lender);
		}
		finally {
			borrower.exchangeDeadline(previousDeadline);
		}
	}

	private JdbcTransaction borrowAndBegin(ScopeDefinition definition, TransactionState shared,
			@Nullable ConnectionHolder lender) {
		try {
			return JdbcTransaction.begin(this.dataSource, lender, definition, this.preparation, shared);
		}
		catch (SQLException | RuntimeException ex) {
			throw cannotBegin(shared, ex);
		}
	}

	@Override
	public CompanionTransaction companion(ScopeDefinition definition, String outerName,
			@Nullable Deadline outerDeadline) {
		String name = definition.name();
		TransactionState shared = new TransactionState((name != null) ? name : outerName,
				Deadline.earlier(definition.deadline(), outerDeadline));
		if (definition.commit().resolved()) {
			shared.resolveCommit();
		}
		return new JdbcCompanion(shared, () -> beginBeside(definition, shared), this.translator);
	}

	private JdbcTransaction beginBeside(ScopeDefinition definition, TransactionState shared) {
		if (TransactionSynchronizationManager.hasResource(this.dataSource)
				&& this.foreignConnection.isInTransaction()) {
			throw new IllegalTransactionStateException(
					"Transaction '%s' cannot be a part of another scope: the thread has one on the same data source already; join it instead."
						.formatted(shared.name()));
		}
		this.foreignConnection.giveBackUnused(shared.name());
		JdbcTransaction transaction = begin(definition, shared, ForeignConnection.bound(this.dataSource));
		transaction.bindOrGiveBack();
		return transaction;
	}

	private @Nullable Deadline defaultDeadline() {
		return Deadline.inSeconds(this.manager.getDefaultTimeout());
	}

	private static TransactionException cannotBegin(TransactionState shared, Exception cause) {
		Deadline deadline = shared.deadline();
		if (deadline != null && deadline.isPassed()) {
			return deadline.passedBeforeBegin(shared.name(), cause);
		}
		String what = (cause instanceof UnsupportedIsolationException) ? "Scope '%s' cannot begin: %s"
				: "Could not open JDBC Connection for scope '%s': %s";
		return new CannotCreateTransactionException(what.formatted(shared.name(), cause.getMessage()), cause);
	}

	private static void resume(SuspendedThread suspended, Throwable cause) {
		try {
			suspended.resume();
		}
		catch (Throwable ex) {
			Failures.suppress(cause, ex);
		}
	}

}
