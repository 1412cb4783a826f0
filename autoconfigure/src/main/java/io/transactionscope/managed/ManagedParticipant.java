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

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;

import io.transactionscope.engine.CommitFailure;
import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.Participation;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.jpa.JpaCommit;
import io.transactionscope.jpa.JpaTransactions;
import io.transactionscope.pool.tracked.EndOfTransaction;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.transaction.HeuristicCompletionException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.jta.JtaTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A block's part in a transaction that a transaction manager begins and ends.
 */
final class ManagedParticipant implements Participation {

	private final PlatformTransactionManager manager;

	private final @Nullable DataSource dataSource;

	private final @Nullable JpaTransactions jpa;

	private final TransactionStatus status;

	private final @Nullable ManagedSuspension suspension;

	private final TransactionState shared;

	/** Whether the thread leads to it, unless it is suspended. */
	private final boolean bound;

	private final List<Throwable> discardFailures = new ArrayList<>(0);

	/** What the session could not give back at the end. */
	private final List<Throwable> dutyFailures = new ArrayList<>(0);

	/** What the manager told Spring's synchronizations, where the block is the owner. */
	private int completion = -1;

	/** Whether the manager got as far as the COMMIT, or a rollback. */
	private boolean ending;

	private boolean discarded;

	/** As some managers, and mocks, do not note it in the status. */
	private boolean ended;

	/** Whether a rollback could not take back all, on a connection that is sound. */
	private boolean partlyCommitted;

	private ManagedParticipant(PlatformTransactionManager manager, @Nullable DataSource dataSource,
			@Nullable JpaTransactions jpa, TransactionStatus status, @Nullable ManagedSuspension suspension,
			TransactionState shared) {
		this.manager = manager;
		this.dataSource = dataSource;
		this.jpa = jpa;
		this.status = status;
		this.suspension = suspension;
		this.shared = shared;
		this.bound = isBound();
	}

	static ManagedParticipant of(PlatformTransactionManager manager, @Nullable DataSource dataSource,
			@Nullable JpaTransactions jpa, TransactionStatus status, @Nullable ManagedSuspension suspension,
			String name) {
		ManagedParticipant transaction = new ManagedParticipant(manager, dataSource, jpa, status, suspension,
				shared(manager, dataSource, status, name));
		if (status.isNewTransaction() && TransactionSynchronizationManager.isSynchronizationActive()) {
			TransactionSynchronizationManager.registerSynchronization(transaction.new Completion());
		}
		return transaction;
	}

	private static TransactionState shared(PlatformTransactionManager manager, @Nullable DataSource dataSource,
			TransactionStatus status, String name) {
		if (!status.hasTransaction()) {
			return new TransactionState(name, null);
		}
		TransactionState.Key key = new TransactionState.Key(manager);
		if (TransactionSynchronizationManager.getResource(key) instanceof TransactionState shared) {
			if (!shared.isOver()) {
				return shared;
			}
			TransactionSynchronizationManager.unbindResource(key);
		}
		if (!status.isNewTransaction()) {
			String method = TransactionSynchronizationManager.getCurrentTransactionName();
			TransactionState shared = new TransactionState((method != null) ? method : name, null);
			ForeignTransaction.adopt(manager, dataSource, status, key, shared);
			return shared;
		}
		TransactionState shared = new TransactionState(name, null);
		if (TransactionSynchronizationManager.isSynchronizationActive()) {
			TransactionSynchronizationManager.bindSynchronizedResource(key, shared);
		}
		return shared;
	}

	TransactionStatus status() {
		return this.status;
	}

	@Override
	public TransactionState transaction() {
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

	@Override
	public boolean isRollbackOnly() {
		return isTransactional() && this.status.isRollbackOnly();
	}

	@Override
	public @Nullable TransactionEndedException ended() {
		Connection connection = isSuspended() ? null : fetchedConnection();
		return (connection != null) ? EndOfTransaction.of(connection, false) : null;
	}

	/** Unless the transaction has used none so far. */
	private @Nullable Connection fetchedConnection() {
		if (!isTransactional()) {
			return null;
		}
		return (this.jpa != null) ? this.jpa.connection() : boundConnection();
	}

	@Override
	public @Nullable Connection connection() {
		return (isTransactional() && !isSuspended()) ? boundConnection() : null;
	}

	private @Nullable Connection boundConnection() {
		return (this.dataSource != null
				&& TransactionSynchronizationManager.getResource(this.dataSource) instanceof ConnectionHolder holder)
						? holder.getConnection() : null;
	}

	/** Whether it is another transaction's connection that the thread has now. */
	private boolean isSuspended() {
		return this.bound && !isBound();
	}

	private boolean isBound() {
		return TransactionSynchronizationManager.getResource(new TransactionState.Key(this.manager)) == this.shared;
	}

	@Override
	public void commit(List<Throwable> failures) {
		// Our manager notes what can resolve it.
		JpaCommit commit = (this.jpa != null && isOwner())
				? this.jpa.watchCommit(this.shared.resolvesCommit() && !this.shared.isEndedByOurManager(),
						this.shared::unexpectedRollback)
				: null;
		UnconfirmedBranches branches = this.status.isNewTransaction() ? UnconfirmedBranches.watch(this.manager) : null;
		try {
			this.manager.commit(this.status);
			this.ended = true;
		}
		catch (Throwable ex) {
			if (!this.status.isNewTransaction()) {
				throw ex;
			}
			if (this.completion != TransactionSynchronization.STATUS_COMMITTED) {
				TransactionEndedException ended = CommitFailure.ended(ex);
				if (ended != null && !(ex instanceof CommitFailedException)) {
					throw this.shared.commitFailed(ended);
				}
				if (isVotedDown(ex)) {
					throw votedDown(ex);
				}
				if ((commit != null) ? !commit.isSent(ex) : !isCommitItself(ex)) {
					RuntimeException refused = (commit != null) ? commit.refused() : null;
					if (refused != null) {
						throw refused;
					}
					throw ex;
				}
				failed(commit, ex);
				return;
			}
			// A synchronization of Spring's failed after the commit.
			failures.add(ex);
		}
		finally {
			if (isOwner()) {
				failures.addAll(this.shared.failuresOfManager());
			}
		}
		refuseUnconfirmed(branches);
	}

	private void refuseUnconfirmed(@Nullable UnconfirmedBranches branches) {
		HeuristicCompletionException failure = (branches != null) ? branches.failure() : null;
		if (failure != null) {
			throw this.shared.commitFailed(CommitFailure.outcomeOf(failure), failure);
		}
	}

	/**
	 * Whether it was the COMMIT that failed when a manager that is not ours threw
	 * something from its commit: a {@code TransactionException} stands for that, unless
	 * it came from a callback before, and a lost link may.
	 */
	private boolean isCommitItself(Throwable failure) {
		return (failure instanceof TransactionException && this.ending
				&& this.completion != TransactionSynchronization.STATUS_ROLLED_BACK)
				|| CommitFailure.isLinkLost(failure);
	}

	/**
	 * Whether a JTA transaction is called rolled back after its COMMIT: a resource has
	 * said no to its prepare, its time was over, or it failed in its own commit before
	 * any other.
	 */
	private boolean isVotedDown(Throwable failure) {
		return failure instanceof UnexpectedRollbackException && failure.getCause() != null
				&& this.manager instanceof JtaTransactionManager;
	}

	private RuntimeException votedDown(Throwable failure) {
		TransactionOutcome outcome = CommitFailure.outcomeOfRollback(failure);
		Deadline deadline = this.shared.deadline();
		return (outcome == TransactionOutcome.ROLLED_BACK && deadline != null && deadline.isPassed())
				? deadline.passed(this.shared.name(), "in its commit") : this.shared.commitFailed(outcome, failure);
	}

	/** Go on only if it turns out that the transaction is committed all the same. */
	private void failed(@Nullable JpaCommit commit, Throwable failure) {
		if (failure instanceof CommitFailedException known) {
			throw this.shared.commitFailed(known);
		}
		TransactionOutcome outcome = (commit != null) ? commit.outcome(this.shared.name(), failure, () -> {
		}) : CommitFailure.outcomeOf(failure);
		if (outcome != TransactionOutcome.COMMITTED) {
			throw this.shared.commitFailed(outcome, failure);
		}
		this.ended = true;
	}

	@Override
	public TransactionOutcome rollBack(RollbackMark mark, List<Throwable> failures) {
		TransactionEndedException partly = isOwner() ? partlyCommitted() : null;
		this.partlyCommitted = partly != null;
		try {
			if (!isOwner() && this.shared.isEndedByOurManager()) {
				// The block has marked it; JPA's own mark could not be taken back any
				// more.
				this.manager.commit(this.status);
			}
			else {
				this.manager.rollback(this.status);
			}
			this.ended = true;
			failures.addAll(this.shared.failuresOfManager());
			if (partly != null) {
				failures.add(CommitFailure.notAllRolledBack(this.shared.name(), partly));
				return TransactionOutcome.UNKNOWN;
			}
			return TransactionOutcome.ROLLED_BACK;
		}
		catch (Throwable ex) {
			failures.add(ex);
			failures.addAll(this.discardFailures);
			return this.discarded ? TransactionOutcome.ROLLED_BACK : TransactionOutcome.UNKNOWN;
		}
	}

	private @Nullable TransactionEndedException partlyCommitted() {
		try {
			Connection connection = fetchedConnection();
			return (connection != null) ? EndOfTransaction.partlyCommitted(connection, false) : null;
		}
		catch (Throwable ex) {
			// Of a session that can tell nothing any more. It is rolled back all the
			// same.
			return null;
		}
	}

	@Override
	public void release(List<Throwable> failures) {
		failures.addAll(this.dutyFailures);
		if (!isEnded()) {
			rollBack(new RollbackMark(this.shared.name(), "was not ended", null), failures);
		}
	}

	boolean isEnded() {
		return this.ended || this.status.isCompleted();
	}

	@Override
	public void resume(List<Throwable> failures) {
		if (this.suspension != null) {
			try {
				this.suspension.resume();
			}
			catch (Throwable ex) {
				failures.add(ex);
			}
		}
	}

	/**
	 * Neither committed nor rolled back for certain: the manager would return it to the
	 * pool like any other.
	 */
	private void discardConnection() {
		try {
			Connection connection = fetchedConnection();
			if (connection != null && this.dataSource != null) {
				this.discarded = true;
				TrackedDataSource.discard(connection, this.dataSource);
			}
		}
		catch (Throwable ex) {
			this.discardFailures.add(ex);
		}
	}

	/**
	 * Hears from the manager what became of the transaction.
	 */
	private final class Completion implements TransactionSynchronization {

		@Override
		public void beforeCompletion() {
			ManagedParticipant.this.ending = true;
		}

		@Override
		public void afterCompletion(int status) {
			ManagedParticipant.this.completion = status;
			if (status == STATUS_UNKNOWN && !ManagedParticipant.this.partlyCommitted) {
				discardConnection();
			}
			if (!ManagedParticipant.this.shared.isEndedByOurManager()) {
				ManagedParticipant.this.shared.fulfilDuties(ManagedParticipant.this.dutyFailures);
			}
		}

	}

}
