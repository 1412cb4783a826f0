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

import java.sql.Connection;
import java.util.List;

import io.transactionscope.pool.tracked.EndOfTransaction;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * One block's part in a transaction: it began it, joined it, works from a savepoint of
 * it, or runs without any.
 *
 * <p>
 * The block calls either {@link #commit} or {@link #rollBack}, then {@link #release},
 * {@link #follow} and {@link #resume}: each once, and each whatever the others threw.
 *
 * @since 0.1.0
 */
public interface Participation {

	TransactionState transaction();

	/** Whether there is a transaction at all. */
	default boolean isTransactional() {
		return true;
	}

	/** Whether the transaction ends with the block. */
	default boolean isOwner() {
		return false;
	}

	/** Whether a failed block leaves the transaction able to commit. */
	default boolean isSavepoint() {
		return false;
	}

	/** Whether the transaction was there before, and is the block's as a whole. */
	default boolean isJoined() {
		return !isOwner() && !isSavepoint();
	}

	/** Whether a participant has marked the transaction, other than one of our blocks. */
	boolean isRollbackOnly();

	/** The connection that the transaction runs on, if it runs on one. */
	@Nullable Connection connection();

	/**
	 * What has ended the transaction behind the block's back, so that a COMMIT would not
	 * commit, as far as is known.
	 */
	default @Nullable TransactionEndedException ended() {
		Connection connection = connection();
		return (connection != null) ? EndOfTransaction.of(connection, false) : null;
	}

	/**
	 * Commit where the block began the transaction, release the savepoint where there is
	 * one.
	 * @param failures takes what failed once the commit had succeeded
	 * @throws CommitFailedException if it was the COMMIT that failed; whatever else is
	 * thrown was thrown before it, and has led to a rollback
	 */
	void commit(List<Throwable> failures);

	/**
	 * Roll back as far as the block's part goes.
	 * @param mark what caused it
	 * @param failures takes what failed on the way
	 * @return what became of the block's work
	 */
	TransactionOutcome rollBack(RollbackMark mark, List<Throwable> failures);

	/**
	 * Give the connection back.
	 * @param failures takes what failed on the way
	 */
	default void release(List<Throwable> failures) {
	}

	/**
	 * Let follow what is to follow the block's end: that of the transaction, if it is
	 * that, too.
	 * @param outcome what became of the block's work
	 * @param failure the caller's failure so far
	 * @param later what failed already after that, in order; what fails here is added
	 * @return the caller's failure, or what a resource has translated it into
	 */
	default @Nullable Throwable follow(TransactionOutcome outcome, @Nullable Throwable failure, List<Throwable> later) {
		return isOwner() ? transaction().follow(outcome, failure, later) : failure;
	}

	/**
	 * Bring back the transaction that was suspended for this one.
	 * @param failures takes what failed on the way
	 */
	default void resume(List<Throwable> failures) {
	}

}
