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

package io.transactionscope.managed;

import java.util.Objects;

import javax.sql.DataSource;

import io.transactionscope.engine.ClassPath;
import io.transactionscope.engine.CompanionTransaction;
import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.Participation;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.engine.TransactionEngine;
import io.transactionscope.engine.rehearsal.Rehearsal;
import io.transactionscope.jpa.JpaTransactions;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.tracked.EndOfTransaction;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.TransactionUsageException;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.ResourceTransactionManager;
import org.springframework.transaction.support.SimpleTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Transactions that are begun and ended by a transaction manager: JPA's, or any other.
 *
 * @since 0.1.0
 */
public final class ManagedEngine implements TransactionEngine {

	private final PlatformTransactionManager manager;

	private final @Nullable JpaTransactions jpa;

	private final @Nullable DataSource dataSource;

	/**
	 * Create an engine that leaves all to the given manager.
	 * @param manager a transaction manager of any kind
	 */
	public ManagedEngine(PlatformTransactionManager manager) {
		this.manager = manager;
		this.jpa = ClassPath.JPA ? JpaTransactions.of(manager) : null;
		this.dataSource = dataSourceOf(manager, this.jpa);
	}

	private static @Nullable DataSource dataSourceOf(PlatformTransactionManager manager,
			@Nullable JpaTransactions jpa) {
		if (manager instanceof ResourceTransactionManager resources
				&& resources.getResourceFactory() instanceof DataSource dataSource) {
			return dataSource;
		}
		return (jpa != null) ? jpa.dataSource() : null;
	}

	@Override
	public Participation enter(ScopeDefinition definition, String name, @Nullable Deadline deadline) {
		if (definition.propagation() == ScopePropagation.NEVER && Rehearsal.isAround()) {
			return Rehearsal.outside(name);
		}
		Deadline bound = (deadline != null) ? deadline : defaultDeadline(definition);
		ManagedSuspension suspension = mustSuspend(definition) ? ManagedSuspension.of(this.manager) : null;
		try {
			return enter(definition, name, bound, suspension);
		}
		catch (Throwable ex) {
			if (suspension != null) {
				resumeQuietly(suspension, ex);
			}
			if (ex instanceof CannotCreateTransactionException && bound != null && bound.isPassed()) {
				throw bound.passedBeforeBegin(name, ex);
			}
			throw ex;
		}
	}

	/** For a transaction that the block begins, if it does. */
	private @Nullable Deadline defaultDeadline(ScopeDefinition definition) {
		return switch (definition.propagation()) {
			case NEVER, NOT_SUPPORTED, MANDATORY -> null;
			case REQUIRED, REQUIRES_NEW, NESTED, OUTERMOST ->
				(this.manager instanceof AbstractPlatformTransactionManager springs)
						? Deadline.inSeconds(springs.getDefaultTimeout()) : null;
		};
	}

	private static boolean mustSuspend(ScopeDefinition definition) {
		return (definition.propagation() == ScopePropagation.REQUIRES_NEW
				|| definition.propagation() == ScopePropagation.NOT_SUPPORTED)
				&& TransactionSynchronizationManager.isActualTransactionActive();
	}

	private @Nullable TransactionStatus begin(TransactionDefinition definition, @Nullable Deadline deadline) {
		Borrower borrower = Borrower.current();
		boolean beginning = borrower.exchangeBeginning(true);
		long previousDeadline = borrower
			.exchangeDeadline(Deadline.earlier(Deadline.nanoTimeOf(deadline), borrower.deadline()));
		try {
			return this.manager.getTransaction(definition);
		}
		finally {
			borrower.exchangeDeadline(previousDeadline);
			borrower.exchangeBeginning(beginning);
		}
	}

	private TransactionStatus begin(ScopeDefinition definition, String name, @Nullable Deadline deadline) {
		try {
			return Objects.requireNonNullElseGet(
					// As mocks have it.
					begin(definition.toSpring(name, deadline), deadline), SimpleTransactionStatus::new);
		}
		catch (TransactionUsageException ex) {
			throw definition.refused(name, TransactionSynchronizationManager.getCurrentTransactionName(), ex);
		}
	}

	private Participation enter(ScopeDefinition definition, String name, @Nullable Deadline deadline,
			@Nullable ManagedSuspension suspension) {
		TransactionStatus status = begin(definition, name, deadline);
		try {
			refuseEnded(name, status);
			boolean joins = status.hasTransaction() && !status.isNewTransaction();
			boolean rehearsed = joins && Rehearsal.isAround();
			if (joins && !rehearsed) {
				refuseUnlessOutermost(definition, name);
			}
			ManagedParticipant transaction = ManagedParticipant.of(this.manager, this.dataSource, this.jpa, status,
					suspension, name);
			if (status.isNewTransaction()) {
				transaction.transaction().deadline(deadline);
			}
			if (!joins || (definition.propagation() != ScopePropagation.NESTED && !rehearsed)) {
				return transaction;
			}
			if (definition.propagation() != ScopePropagation.NESTED) {
				return Rehearsal.takePart(name, transaction, () -> ManagedSavepoint.begin(transaction));
			}
			ManagedSavepoint savepoint = ManagedSavepoint.begin(transaction);
			return rehearsed ? Rehearsal.outermost(name, savepoint) : savepoint;
		}
		catch (Throwable ex) {
			endQuietly(status, ex);
			throw ex;
		}
	}

	private void refuseEnded(String name, TransactionStatus status) {
		if (status.hasTransaction() && !status.isNewTransaction() && hasEnded()) {
			throw ScopeDefinition.hasEnded(name, TransactionSynchronizationManager.getCurrentTransactionName());
		}
	}

	/** As far as can be known: Spring's JDBC managers tell nobody. */
	private boolean hasEnded() {
		if (this.jpa != null && this.jpa.hasEnded()) {
			return true;
		}
		return this.manager instanceof DataSourceTransactionManager && this.dataSource != null
				&& TransactionSynchronizationManager.getResource(this.dataSource) instanceof ConnectionHolder holder
				&& holder.isSynchronizedWithTransaction() && EndOfTransaction.isOver(holder.getConnection());
	}

	private static void refuseUnlessOutermost(ScopeDefinition definition, String name) {
		if (definition.propagation() == ScopePropagation.OUTERMOST) {
			throw ScopeDefinition.notOutermost(name, TransactionSynchronizationManager.getCurrentTransactionName());
		}
	}

	@Override
	public CompanionTransaction companion(ScopeDefinition definition, String outerName,
			@Nullable Deadline outerDeadline) {
		String name = definition.name();
		throw new IllegalTransactionStateException(
				"Transaction '%s' cannot be a part of another scope: its transaction manager %s is not one for JDBC."
					.formatted((name != null) ? name : outerName, this.manager));
	}

	private static void resumeQuietly(ManagedSuspension suspension, Throwable cause) {
		try {
			suspension.resume();
		}
		catch (Throwable ex) {
			Failures.suppress(cause, ex);
		}
	}

	private void endQuietly(TransactionStatus status, Throwable cause) {
		try {
			if (status.isNewTransaction()) {
				this.manager.rollback(status);
			}
			else {
				// Of a joined transaction, a rollback would take the others along.
				this.manager.commit(status);
			}
		}
		catch (Throwable ex) {
			Failures.suppress(cause, ex);
		}
	}

}
