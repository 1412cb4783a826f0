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

package io.transactionscope.transaction;

import org.springframework.transaction.TransactionSystemException;
import org.springframework.util.Assert;

/**
 * A COMMIT failed.
 *
 * <p>
 * The {@linkplain #getCause() cause} is the commit's own failure, translated by Spring
 * where it could be: a serialization failure is an
 * {@link org.springframework.dao.ConcurrencyFailureException}, for instance, so that
 * retries that look at causes (as Spring's {@code @Retryable} does) find it.
 *
 * @since 0.1.0
 */
public class CommitFailedException extends TransactionSystemException {

	private final String scope;

	private final TransactionOutcome outcome;

	/**
	 * Create an exception for a failed COMMIT.
	 * @param scope the name of the scope or transaction
	 * @param outcome {@link TransactionOutcome#ROLLED_BACK} or
	 * {@link TransactionOutcome#UNKNOWN}
	 * @param cause the commit's own failure
	 */
	public CommitFailedException(String scope, TransactionOutcome outcome, Throwable cause) {
		this(scope, outcome, message(scope, outcome, cause), cause);
	}

	/**
	 * Create an exception for a failed COMMIT, with all that is known of it.
	 * @param scope the name of the scope or transaction
	 * @param outcome {@link TransactionOutcome#ROLLED_BACK} or
	 * {@link TransactionOutcome#UNKNOWN}
	 * @param message what has failed, why, and what to do
	 * @param cause the commit's own failure
	 */
	public CommitFailedException(String scope, TransactionOutcome outcome, String message, Throwable cause) {
		super(message, cause);
		Assert.notNull(scope, "'scope' must not be null");
		Assert.notNull(outcome, "'outcome' must not be null");
		Assert.notNull(message, "'message' must not be null");
		Assert.notNull(cause, "'cause' must not be null");
		this.scope = scope;
		this.outcome = outcome;
	}

	private static String message(String scope, TransactionOutcome outcome, Throwable cause) {
		Assert.notNull(cause, "'cause' must not be null");
		return (outcome != TransactionOutcome.UNKNOWN)
				? "Commit of '%s' failed and its transaction is rolled back: %s".formatted(scope, cause.getMessage())
				: "Commit of '%s' is in doubt. Look the data up before you repeat the work. (%s)".formatted(scope,
						cause.getMessage());
	}

	/**
	 * Return whose data it is about.
	 * @return the name of the scope or transaction that could not commit
	 * @since 0.1.0
	 */
	public String scope() {
		return this.scope;
	}

	/**
	 * Return what became of the transaction.
	 * @return {@link TransactionOutcome#ROLLED_BACK} if the database refused the commit,
	 * {@link TransactionOutcome#UNKNOWN} if nobody but the database knows, as after a
	 * lost link, or if a part of a JTA transaction is committed and a part is not, or is
	 * in doubt until the recovery of its transaction manager
	 */
	public TransactionOutcome outcome() {
		return this.outcome;
	}

}
