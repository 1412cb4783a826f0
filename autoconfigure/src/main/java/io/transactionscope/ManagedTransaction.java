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

package io.transactionscope;

import java.sql.Connection;
import java.util.List;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A block's part in a transaction that a transaction manager begins and ends.
 */
final class ManagedTransaction implements Participation {

	private final PlatformTransactionManager manager;

	private final @Nullable DataSource dataSource;

	private final TransactionStatus status;

	private final @Nullable TransactionStatus suspension;

	private final SharedTransaction shared;

	private final boolean savepoint;

	private final Aftermath.Position position;

	/** What the manager told Spring's synchronizations, where the block is the owner. */
	private int completion = -1;

	private ManagedTransaction(PlatformTransactionManager manager, @Nullable DataSource dataSource,
			TransactionStatus status, @Nullable TransactionStatus suspension, SharedTransaction shared) {
		this.manager = manager;
		this.dataSource = dataSource;
		this.status = status;
		this.suspension = suspension;
		this.shared = shared;
		this.savepoint = !status.isNewTransaction() && status.hasSavepoint();
		this.position = this.savepoint ? shared.position() : Aftermath.Position.START;
	}

	static ManagedTransaction of(PlatformTransactionManager manager, @Nullable DataSource dataSource,
			TransactionStatus status, @Nullable TransactionStatus suspension, String name) {
		ManagedTransaction transaction = new ManagedTransaction(manager, dataSource, status, suspension,
				shared(manager, dataSource, status, name));
		if (status.isNewTransaction() && TransactionSynchronizationManager.isSynchronizationActive()) {
			TransactionSynchronizationManager.registerSynchronization(transaction.new Completion());
		}
		return transaction;
	}

	private static SharedTransaction shared(PlatformTransactionManager manager, @Nullable DataSource dataSource,
			TransactionStatus status, String name) {
		if (!status.hasTransaction()) {
			return new SharedTransaction(name, null);
		}
		SharedTransaction.Key key = new SharedTransaction.Key(manager);
		if (TransactionSynchronizationManager.getResource(key) instanceof SharedTransaction shared) {
			return shared;
		}
		SharedTransaction shared = new SharedTransaction(name, null);
		if (!status.isNewTransaction()) {
			AdoptedTransaction.adopt(manager, dataSource, key, shared);
		}
		else if (TransactionSynchronizationManager.isSynchronizationActive()) {
			TransactionSynchronizationManager.bindSynchronizedResource(key, shared);
		}
		return shared;
	}

	@Override
	public SharedTransaction transaction() {
		return this.shared;
	}

	@Override
	public boolean isTransactional() {
		return this.status.hasTransaction();
	}

	@Override
	public boolean isOwner() {
		return this.status.isNewTransaction() || !isTransactional();
	}

	private boolean isJoined() {
		return !isOwner() && !isSavepoint();
	}

	@Override
	public boolean isSavepoint() {
		return this.savepoint;
	}

	@Override
	public boolean isRollbackOnly() {
		return isTransactional() && this.status.isRollbackOnly();
	}

	@Override
	public @Nullable Connection connection() {
		if (isTransactional() && this.dataSource != null
				&& TransactionSynchronizationManager.getResource(this.dataSource) instanceof ConnectionHolder holder) {
			return holder.getConnection();
		}
		return null;
	}

	@Override
	public void commit(List<Throwable> failures) {
		try {
			this.manager.commit(this.status);
		}
		catch (Throwable ex) {
			if (!this.status.isNewTransaction()) {
				throw ex;
			}
			if (this.completion != TransactionSynchronization.STATUS_COMMITTED) {
				boolean rolledBack = this.completion == TransactionSynchronization.STATUS_ROLLED_BACK;
				if (this.shared.isCommitItself(ex, rolledBack)) {
					throw commitFailed(ex);
				}
				throw ex;
			}
			// A synchronization of Spring's failed after the commit.
			failures.add(ex);
		}
	}

	private CommitFailedException commitFailed(Throwable failure) {
		return (failure instanceof CommitFailedException known) ? known
				: new CommitFailedException(this.shared.name(), CommitFailure.outcomeOf(failure), failure);
	}

	@Override
	public TransactionOutcome rollBack(Throwable failure, List<Throwable> failures) {
		if (this.savepoint) {
			this.shared.rollBackTo(this.position, failure);
		}
		try {
			if (isJoined() && this.shared.isEndedByOurManager()) {
				// The block has marked it; JPA's own mark could not be taken back any
				// more.
				this.manager.commit(this.status);
			}
			else {
				this.manager.rollback(this.status);
			}
			failures.addAll(this.shared.failuresOfManager());
			return TransactionOutcome.ROLLED_BACK;
		}
		catch (Throwable ex) {
			failures.add(ex);
			return TransactionOutcome.UNKNOWN;
		}
	}

	@Override
	public void release(List<Throwable> failures) {
		if (!this.status.isCompleted()) {
			rollBack(new IllegalStateException("Not ended"), failures);
		}
	}

	@Override
	public void resume(List<Throwable> failures) {
		if (this.suspension != null) {
			try {
				this.manager.commit(this.suspension);
			}
			catch (Throwable ex) {
				failures.add(ex);
			}
		}
	}

	/**
	 * Hears from the manager what became of the transaction.
	 */
	private final class Completion implements TransactionSynchronization {

		@Override
		public void afterCompletion(int status) {
			ManagedTransaction.this.completion = status;
		}

	}

}
