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

import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.UnexpectedRollbackException;

/**
 * Who took away a transaction's chance to commit, and why (T5).
 *
 * @param scope the name of the block that did
 * @param reason why, or {@code null} if its failure says it all
 * @param failure the block's failure, if it had one
 * @since 0.1.0
 */
public record RollbackMark(String scope, @Nullable String reason, @Nullable Throwable failure) {

	public static RollbackMark failed(String scope, Throwable failure) {
		return new RollbackMark(scope, null, failure);
	}

	public static RollbackMark asked(String scope, String reason) {
		return new RollbackMark(scope, "asked for a rollback: " + reason, null);
	}

	/** What caused the rollback, for whoever is to see an exception. */
	public Throwable cause() {
		return (this.failure != null) ? this.failure : unexpectedRollback(this.scope, this);
	}

	/**
	 * Refuse a savepoint, from which a doomed transaction could seem to go on.
	 * @param name of the transaction
	 * @param mark who doomed it, or {@code null} if that was not one of our blocks
	 */
	public static CannotCreateTransactionException noSavepoint(String name, @Nullable RollbackMark mark) {
		return new CannotCreateTransactionException(
				"Could not set a savepoint: transaction '%s' can only be rolled back any more"
					.formatted(Printable.of(name)),
				unexpectedRollback(name, mark));
	}

	/**
	 * Say that a transaction was rolled back although the block that began it succeeded.
	 * @param scope the block that wanted to commit
	 * @param mark who prevented it, or {@code null} if that was not one of our blocks
	 */
	public static UnexpectedRollbackException unexpectedRollback(String scope, @Nullable RollbackMark mark) {
		if (mark == null) {
			return new UnexpectedRollbackException(
					"%s, by a @Transactional method or TransactionTemplate that took part%s".formatted(marked(scope),
							ClassPath.JPA ? ", or JPA after an error that was caught" : ""));
		}
		String message = "%s: '%s', which took part, %s".formatted(marked(scope), mark.scope,
				(mark.reason != null) ? mark.reason : "failed with " + mark.failure);
		return (mark.failure != null) ? new UnexpectedRollbackException(message, mark.failure)
				: new UnexpectedRollbackException(message);
	}

	/** With what Spring says, which is known and looked for. */
	private static String marked(String scope) {
		return "Transaction of '%s' is rolled back because it has been marked as rollback-only"
			.formatted(Printable.of(scope));
	}

}
