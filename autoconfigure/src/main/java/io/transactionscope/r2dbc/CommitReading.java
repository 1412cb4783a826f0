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

package io.transactionscope.r2dbc;

import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

import io.r2dbc.spi.R2dbcBadGrammarException;
import io.r2dbc.spi.R2dbcDataIntegrityViolationException;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcPermissionDeniedException;
import io.r2dbc.spi.R2dbcRollbackException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Reads from what a COMMIT failed with what became of the transaction (T4).
 */
final class CommitReading {

	/** As for JDBC: the session was ended, or the statement's completion is unknown. */
	private static final Set<String> LINK_LOST = Set.of("57P01", "57P02", "57P03", "57P04", "57P05", "25P03", "40003");

	private CommitReading() {
	}

	/**
	 * Decide from the failure whether the server has answered.
	 * @param failure what the driver failed with
	 * @return {@link TransactionOutcome#ROLLED_BACK} if it has,
	 * {@link TransactionOutcome#UNKNOWN} otherwise
	 */
	static TransactionOutcome outcomeOf(Throwable failure) {
		Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
		boolean answered = false;
		for (Throwable each = failure; each != null && seen.add(each); each = each.getCause()) {
			if (isLinkLost(each)) {
				return TransactionOutcome.UNKNOWN;
			}
			answered |= isAnswer(each);
		}
		return answered ? TransactionOutcome.ROLLED_BACK : TransactionOutcome.UNKNOWN;
	}

	private static boolean isLinkLost(Throwable failure) {
		if (failure instanceof IOException) {
			return true;
		}
		String state = state(failure);
		return state != null && (state.startsWith("08") || LINK_LOST.contains(state));
	}

	private static boolean isAnswer(Throwable failure) {
		// The types of the rest are also those of what the driver itself says.
		return state(failure) != null || failure instanceof R2dbcRollbackException
				|| failure instanceof R2dbcDataIntegrityViolationException
				|| failure instanceof R2dbcBadGrammarException || failure instanceof R2dbcPermissionDeniedException;
	}

	private static @Nullable String state(Throwable failure) {
		String state = (failure instanceof R2dbcException said) ? said.getSqlState() : null;
		return (state != null && !state.isEmpty()) ? state : null;
	}

	/**
	 * Tell the caller of a COMMIT that failed.
	 * @param name of the scope or transaction
	 * @param outcome what became of it
	 * @param cause the commit's own failure, or Spring's translation of it
	 */
	static CommitFailedException exception(String name, TransactionOutcome outcome, Throwable cause) {
		String message = (outcome != TransactionOutcome.UNKNOWN)
				? "Commit of '%s' failed and its transaction is rolled back: %s".formatted(name, cause.getMessage())
				: "Commit of '%s' is in doubt: the database has not answered. Look the data up before you repeat the work. (%s)"
					.formatted(name, cause.getMessage());
		return new CommitFailedException(name, outcome, message, cause);
	}

}
