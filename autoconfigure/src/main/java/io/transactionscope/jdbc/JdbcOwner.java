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
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.transactionscope.engine.CommitFailure;
import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A block that has begun a transaction on a JDBC connection, and ends it.
 *
 * @param active the transaction
 * @param definition how it was begun
 * @param suspended what was bound to the thread before, if anything
 * @param listeners the transaction manager's listeners
 * @param translator makes Spring's exceptions of the driver's
 */
record JdbcOwner(JdbcTransaction active, ScopeDefinition definition, @Nullable SuspendedThread suspended,
		ExecutionListeners listeners, UnaryOperator<Throwable> translator) implements JdbcParticipation {

	@Override
	public boolean isOwner() {
		return true;
	}

	@Override
	public void commit(List<Throwable> failures) {
		boolean observed = isObserved();
		try {
			if (observed) {
				beforeCommit();
				refuseLate();
			}
			refuseDoomed();
			this.listeners.beforeCommit();
		}
		catch (Throwable ex) {
			rollBack(RollbackMark.failed(transaction().name(), ex), failures);
			throw ex;
		}
		if (observed) {
			synchronize(TransactionSynchronization::beforeCompletion, failures);
			try {
				refuseDoomed();
				refuseLate();
			}
			catch (Throwable ex) {
				rollBack(true, failures);
				throw ex;
			}
		}
		try {
			this.active.commit();
		}
		catch (Throwable ex) {
			throw commitFailed(ex, failures);
		}
		if (observed) {
			synchronize(TransactionSynchronization::afterCommit, failures);
			complete(TransactionSynchronization.STATUS_COMMITTED, failures);
			this.listeners.afterCommit(null);
		}
	}

	/**
	 * Whether anybody follows the end of the transaction: else, nobody can come to do so
	 * any more once it has begun.
	 */
	private boolean isObserved() {
		return !this.listeners.isNone() || !TransactionSynchronizationManager.getSynchronizations().isEmpty();
	}

	private void refuseDoomed() {
		if (isRollbackOnly()) {
			throw RollbackMark.unexpectedRollback(transaction().name(), transaction().mark());
		}
	}

	/** What others do before the commit may take its time. */
	private void refuseLate() {
		Deadline deadline = transaction().deadline();
		if (deadline != null && deadline.isPassed()) {
			throw deadline.passed(transaction().name(), "before the commit");
		}
	}

	private void beforeCommit() {
		boolean readOnly = TransactionSynchronizationManager.isCurrentTransactionReadOnly();
		for (TransactionSynchronization each : TransactionSynchronizationManager.getSynchronizations()) {
			each.beforeCommit(readOnly);
		}
	}

	private RuntimeException commitFailed(Throwable cause, List<Throwable> failures) {
		TransactionOutcome outcome = this.active.outcome();
		if (cause instanceof TransactionEndedException ended) {
			RuntimeException failure = transaction().commitFailed(ended);
			complete(ended.isPartlyCommitted() ? TransactionSynchronization.STATUS_UNKNOWN
					: TransactionSynchronization.STATUS_ROLLED_BACK, failures);
			this.listeners.afterCommit(failure);
			return failure;
		}
		Throwable translated = this.translator.apply(cause);
		if (outcome == TransactionOutcome.ROLLED_BACK) {
			complete(TransactionSynchronization.STATUS_ROLLED_BACK, failures);
			this.listeners.afterCommit(translated);
			return transaction().commitFailed(TransactionOutcome.ROLLED_BACK, translated);
		}
		complete(TransactionSynchronization.STATUS_UNKNOWN, failures);
		this.listeners.afterCommit(translated);
		return transaction().commitFailed(TransactionOutcome.UNKNOWN, translated);
	}

	@Override
	public TransactionOutcome rollBack(RollbackMark mark, List<Throwable> failures) {
		boolean observed = isObserved();
		if (observed) {
			synchronize(TransactionSynchronization::beforeCompletion, failures);
		}
		return rollBack(observed, failures);
	}

	private TransactionOutcome rollBack(boolean observed, List<Throwable> failures) {
		if (observed) {
			this.listeners.beforeRollback();
		}
		Throwable rollbackFailure = null;
		try {
			this.active.rollBack();
		}
		catch (Throwable ex) {
			rollbackFailure = ex;
			failures.add(ex);
		}
		TransactionEndedException partly = this.active.partlyCommitted();
		if (observed) {
			complete((partly != null) ? TransactionSynchronization.STATUS_UNKNOWN
					: TransactionSynchronization.STATUS_ROLLED_BACK, failures);
			this.listeners.afterRollback(rollbackFailure);
		}
		if (partly != null) {
			failures.add(CommitFailure.notAllRolledBack(transaction().name(), partly));
			return TransactionOutcome.UNKNOWN;
		}
		// Also after a failed rollback: the connection will be discarded, uncommitted.
		return TransactionOutcome.ROLLED_BACK;
	}

	/**
	 * Undo a begin that failed at its very end.
	 * @param cause what failed; it takes what fails here
	 */
	void abandon(Throwable cause) {
		List<Throwable> failures = new ArrayList<>();
		rollBack(RollbackMark.failed(transaction().name(), cause), failures);
		release(failures);
		Failures.suppressAll(cause, failures);
	}

	@Override
	public void release(List<Throwable> failures) {
		this.active.releaseAsCurrent(this.definition, failures);
	}

	@Override
	public void resume(List<Throwable> failures) {
		if (this.suspended != null) {
			try {
				this.suspended.resume();
			}
			catch (Throwable ex) {
				failures.add(ex);
			}
		}
	}

	private void complete(int status, List<Throwable> failures) {
		List<TransactionSynchronization> synchronizations = TransactionSynchronizationManager.getSynchronizations();
		TransactionSynchronizationManager.clearSynchronization();
		synchronize(synchronizations, (each) -> each.afterCompletion(status), failures);
	}

	private static void synchronize(Consumer<TransactionSynchronization> what, List<Throwable> failures) {
		synchronize(TransactionSynchronizationManager.getSynchronizations(), what, failures);
	}

	/** Spring stops at the first that fails, or only logs it (T3, T6). */
	private static void synchronize(List<TransactionSynchronization> synchronizations,
			Consumer<TransactionSynchronization> what, List<Throwable> failures) {
		for (TransactionSynchronization synchronization : synchronizations) {
			try {
				what.accept(synchronization);
			}
			catch (Throwable ex) {
				failures.add(ex);
			}
		}
	}

}
