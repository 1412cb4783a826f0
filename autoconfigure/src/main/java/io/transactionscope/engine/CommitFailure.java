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

package io.transactionscope.engine;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

import javax.transaction.xa.XAException;

import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.tracked.CommitNotSentException;
import io.transactionscope.pool.tracked.EndOfTransaction;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.HeuristicCompletionException;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.UnexpectedRollbackException;

/**
 * Reads from a failed COMMIT what became of the transaction (T4).
 *
 * @since 0.1.0
 */
public final class CommitFailure {

	/**
	 * Connection exceptions (class 08 is checked apart), and the states in which
	 * PostgreSQL ends the session: administrator's shutdown to idle session timeout,
	 * idle-in-transaction timeout; and "statement completion unknown".
	 * @see <a href="https://www.postgresql.org/docs/current/errcodes-appendix.html">
	 * PostgreSQL error codes</a>
	 */
	private static final Set<String> LINK_LOST = Set.of("57P01", "57P02", "57P03", "57P04", "57P05", "25P03", "40003");

	/** The methods of {@link javax.transaction.xa.XAResource} that end a branch. */
	private static final Set<String> CALLS = Set.of("end", "prepare", "commit", "rollback");

	private final Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());

	private @Nullable String said;

	private boolean answered;

	private boolean linkLost;

	private boolean notSent;

	/** Whether it was the branch of a JTA transaction that was lost after its prepare. */
	private boolean branchLost;

	/** Whether there was no other branch that could have committed. */
	private boolean onlyBranch;

	private @Nullable TransactionEndedException ended;

	private CommitFailure() {
	}

	/**
	 * Decide from the failure whether the server has answered.
	 * @param failure what the driver, or a transaction manager, threw from its commit
	 * @return {@link TransactionOutcome#ROLLED_BACK} if a server's answer is found in the
	 * failure and none of it speaks of a lost link, or if COMMIT was never sent;
	 * {@link TransactionOutcome#UNKNOWN} otherwise
	 */
	public static TransactionOutcome outcomeOf(Throwable failure) {
		CommitFailure reading = reading(failure);
		if (reading.ended != null) {
			return reading.ended.isPartlyCommitted() ? TransactionOutcome.UNKNOWN : TransactionOutcome.ROLLED_BACK;
		}
		if (failure instanceof HeuristicCompletionException heuristic) {
			boolean rolledBack = heuristic.getOutcomeState() == HeuristicCompletionException.STATE_ROLLED_BACK
					|| (reading.onlyBranch && reading.answered);
			return (rolledBack && !reading.linkLost) ? TransactionOutcome.ROLLED_BACK : TransactionOutcome.UNKNOWN;
		}
		return (reading.notSent || (reading.answered && !reading.linkLost)) ? TransactionOutcome.ROLLED_BACK
				: TransactionOutcome.UNKNOWN;
	}

	/**
	 * Find what had ended the transaction, so that COMMIT was not sent.
	 * @param failure what the driver, or a transaction manager, threw from its commit
	 */
	public static @Nullable TransactionEndedException ended(Throwable failure) {
		return reading(failure).ended;
	}

	/**
	 * Say of a transaction that could not commit, because it had ended already, what
	 * became of it.
	 * @param scope the name of the scope or transaction
	 * @param ended what had ended it
	 * @return an {@link UnexpectedRollbackException} where it is rolled back, with the
	 * error that did it as its cause; a {@link CommitFailedException} where nobody knows
	 */
	public static RuntimeException ended(String scope, TransactionEndedException ended) {
		if (ended.isPartlyCommitted()) {
			return exception(scope, TransactionOutcome.UNKNOWN, ended);
		}
		return new UnexpectedRollbackException(
				"Transaction of '%s' is rolled back: %s".formatted(scope, ended.getMessage()),
				(ended.getCause() != null) ? ended.getCause() : ended);
	}

	/**
	 * Refuse to send COMMIT where it would not commit, to those who can be stopped by an
	 * unchecked exception alone.
	 * @param connection where it would be sent, if it is known
	 * @throws IllegalStateException with what has ended the transaction as its cause
	 */
	public static void refuse(@Nullable Connection connection) {
		TransactionEndedException ended = (connection != null) ? EndOfTransaction.of(connection, false) : null;
		if (ended != null) {
			throw new IllegalStateException(ended);
		}
	}

	/**
	 * Say of a rollback that it could not take back all.
	 * @param scope the name of the scope or transaction
	 * @param partly what had committed a part
	 */
	public static TransactionSystemException notAllRolledBack(String scope, TransactionEndedException partly) {
		return new TransactionSystemException(
				"Not all of transaction '%s' could be rolled back: %s".formatted(scope, partly.getMessage()), partly);
	}

	/**
	 * Return whether the failure speaks of a lost link.
	 * @param failure what was thrown
	 */
	public static boolean isLinkLost(Throwable failure) {
		return reading(failure).linkLost;
	}

	/**
	 * Decide what became of a JTA transaction that its manager calls rolled back. It does
	 * so where a branch has been lost in its commit, too: that may have come to pass.
	 * @param failure what the transaction manager threw from its commit
	 */
	public static TransactionOutcome outcomeOfRollback(Throwable failure) {
		return reading(failure).branchLost ? TransactionOutcome.UNKNOWN : TransactionOutcome.ROLLED_BACK;
	}

	/**
	 * Return whether a branch of a JTA transaction failed in its commit, after which it
	 * may be in doubt, and not before.
	 * @param failure what the branch failed with
	 */
	public static boolean isOfCommit(XAException failure) {
		String call = call(failure);
		return call == null || call.equals("commit");
	}

	/**
	 * Tell the caller of a COMMIT that failed.
	 * @param scope the name of the scope or transaction
	 * @param outcome what became of it
	 * @param cause the commit's own failure
	 */
	public static CommitFailedException exception(String scope, TransactionOutcome outcome, Throwable cause) {
		String message = (outcome != TransactionOutcome.UNKNOWN)
				? "Commit of '%s' failed and its transaction is rolled back: %s".formatted(scope, describe(cause))
				: "Commit of '%s' is in doubt: %s. Look the data up before you repeat the work. (%s)".formatted(scope,
						doubt(cause), describe(cause));
		return new CommitFailedException(scope, outcome, message, cause);
	}

	/**
	 * Ask the application what became of a transaction that is in doubt, if it has said
	 * how, and unless it is known that a part is committed and a part is not.
	 * @param unknown the failure of the COMMIT; takes that of the question
	 * @param commit has how to ask
	 * @param deadline the block's, if it has one
	 */
	static TransactionOutcome verify(CommitFailedException unknown, CommitTerms commit, @Nullable Deadline deadline) {
		Callable<?> verification = commit.verification();
		if (verification == null || !isInDoubt(unknown)) {
			return TransactionOutcome.UNKNOWN;
		}
		Borrower borrower = Borrower.current();
		long previousDeadline = borrower.exchangeDeadline(Deadline.orAtLast(deadline));
		try {
			return verified(unknown, verification.call());
		}
		catch (Throwable ex) {
			Failures.suppress(unknown, ex);
			if (ex instanceof InterruptedException) {
				Thread.currentThread().interrupt();
			}
			return TransactionOutcome.UNKNOWN;
		}
		finally {
			borrower.exchangeDeadline(previousDeadline);
		}
	}

	/**
	 * Believe what the application says.
	 * @param unknown the failure of the COMMIT
	 * @param answer whether it is committed
	 */
	public static TransactionOutcome verified(CommitFailedException unknown, @Nullable Object answer) {
		TransactionOutcome outcome = Boolean.TRUE.equals(answer) ? TransactionOutcome.COMMITTED
				: TransactionOutcome.ROLLED_BACK;
		Log.warn("COMMIT of '{}' was not answered, and is verified: {}", unknown.scope(), outcome, unknown);
		return outcome;
	}

	private static boolean isInDoubt(Throwable unknown) {
		return reading(unknown).ended == null && !(unknown.getCause() instanceof HeuristicCompletionException heuristic
				&& heuristic.getOutcomeState() == HeuristicCompletionException.STATE_MIXED);
	}

	/**
	 * Make the same failure, once it is known that its transaction is rolled back.
	 * @param unknown the failure of the COMMIT, as long as that was not known
	 */
	public static CommitFailedException rolledBack(CommitFailedException unknown) {
		Throwable cause = (unknown.getCause() != null) ? unknown.getCause() : unknown;
		CommitFailedException known = exception(unknown.scope(), TransactionOutcome.ROLLED_BACK, cause);
		Failures.suppressAll(known, List.of(unknown.getSuppressed()));
		return known;
	}

	/**
	 * Say what is known of a COMMIT whose outcome is not.
	 * @param failure what was thrown
	 */
	private static String doubt(Throwable failure) {
		CommitFailure reading = reading(failure);
		if (reading.ended != null) {
			return "COMMIT was not sent, as the transaction had been ended before it";
		}
		if (failure instanceof HeuristicCompletionException heuristic && !reading.onlyBranch) {
			if (heuristic.getOutcomeState() == HeuristicCompletionException.STATE_UNKNOWN) {
				return "a part of it was not confirmed by its database, and is left to the recovery of the transaction manager";
			}
			if (!reading.linkLost) {
				return "a part of it is committed and a part is rolled back, as its resources have decided on their own";
			}
		}
		if (reading.branchLost && !reading.onlyBranch) {
			return "the link to a database failed in the commit of its part, so that a part of it may be committed and a part not";
		}
		return reading.linkLost ? "the link to the database failed after COMMIT had been handed to the driver"
				: "the driver failed in COMMIT, with nothing that tells whether the database had answered (no SQLSTATE)";
	}

	/**
	 * Say what was thrown, and what the driver said where others have wrapped that.
	 * @param failure what was thrown
	 */
	private static String describe(Throwable failure) {
		String message = String.valueOf(failure.getMessage());
		String said = reading(failure).said;
		return (said == null || message.contains(said)) ? message : message + ": " + said;
	}

	private static CommitFailure reading(Throwable failure) {
		CommitFailure reading = new CommitFailure();
		reading.read(failure);
		return reading;
	}

	private void read(@Nullable Throwable failure) {
		for (Throwable each = failure; each != null && this.seen.add(each); each = each.getCause()) {
			if (each instanceof TransactionEndedException ended) {
				this.ended = ended;
				this.said = ended.getMessage();
				return;
			}
			if (each instanceof CommitNotSentException) {
				this.notSent = true;
			}
			else if (each instanceof SQLException sql) {
				readState(sql);
				read(sql.getNextException());
			}
			else if (each instanceof XAException branch) {
				readBranch(branch);
				return;
			}
			else if (each instanceof IOException) {
				this.linkLost = true;
			}
			readBranches(each);
		}
	}

	/** As transaction managers attach what their branches failed with. */
	private void readBranches(Throwable failure) {
		for (Throwable each : failure.getSuppressed()) {
			if (each instanceof XAException) {
				read(each);
			}
		}
	}

	private void readBranch(XAException failure) {
		CommitFailure branch = new CommitFailure();
		branch.read(failure.getCause());
		if (this.said == null) {
			this.said = (branch.said != null) ? branch.said : failure.getMessage();
		}
		boolean lost = branch.linkLost || (failure.errorCode == XAException.XAER_RMFAIL && !branch.answered);
		this.linkLost |= lost;
		this.branchLost |= lost && isOfCommit(failure);
		if (isOfOnlyPhase(failure)) {
			// Of several, one that has failed says nothing of the others.
			this.onlyBranch = true;
			this.answered |= branch.answered;
		}
	}

	/**
	 * Find which method of its resource a branch has failed in, which its error does not
	 * tell. The innermost counts, as what stands before a resource calls it by the same.
	 */
	private static @Nullable String call(XAException failure) {
		for (StackTraceElement each : failure.getStackTrace()) {
			if (CALLS.contains(each.getMethodName())) {
				return each.getMethodName();
			}
		}
		return null;
	}

	/** As far as can be known: with Narayana. */
	private static boolean isOfOnlyPhase(XAException failure) {
		for (StackTraceElement each : failure.getStackTrace()) {
			if (each.getMethodName().equals("topLevelOnePhaseCommit")) {
				return true;
			}
		}
		return false;
	}

	private void readState(SQLException failure) {
		if (this.said == null) {
			this.said = failure.getMessage();
		}
		String state = failure.getSQLState();
		if (failure instanceof SQLNonTransientConnectionException || failure instanceof SQLRecoverableException
				|| failure instanceof SQLTransientConnectionException
				|| (state != null && (state.startsWith("08") || LINK_LOST.contains(state)))) {
			this.linkLost = true;
		}
		else if (state != null) {
			this.answered = true;
		}
	}

}
