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

import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

import io.transactionscope.pool.CommitNotSentException;
import org.jspecify.annotations.Nullable;

/**
 * Reads from a failed COMMIT what became of the transaction (T4).
 */
final class CommitFailure {

	/**
	 * Connection exceptions (class 08 is checked apart), and the states in which
	 * PostgreSQL ends the session: administrator's shutdown to idle session timeout,
	 * idle-in-transaction timeout; and "statement completion unknown".
	 * @see <a href="https://www.postgresql.org/docs/current/errcodes-appendix.html">
	 * PostgreSQL error codes</a>
	 */
	private static final Set<String> LINK_LOST = Set.of("57P01", "57P02", "57P03", "57P04", "57P05", "25P03", "40003");

	private final Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());

	private @Nullable String said;

	private boolean answered;

	private boolean linkLost;

	private boolean notSent;

	private CommitFailure() {
	}

	/**
	 * Decide from the failure whether the server has answered.
	 * @param failure what the driver, or a transaction manager, threw from its commit
	 * @return {@link TransactionOutcome#ROLLED_BACK} if a server's answer is found in the
	 * failure and none of it speaks of a lost link, or if COMMIT was never sent;
	 * {@link TransactionOutcome#UNKNOWN} otherwise
	 */
	static TransactionOutcome outcomeOf(Throwable failure) {
		CommitFailure reading = reading(failure);
		return (reading.notSent || (reading.answered && !reading.linkLost)) ? TransactionOutcome.ROLLED_BACK
				: TransactionOutcome.UNKNOWN;
	}

	/**
	 * Return whether the failure speaks of a lost link.
	 * @param failure what was thrown
	 */
	static boolean isLinkLost(Throwable failure) {
		return reading(failure).linkLost;
	}

	/**
	 * Say what is known of a COMMIT whose outcome is not.
	 * @param failure what was thrown
	 */
	static String doubt(Throwable failure) {
		return isLinkLost(failure) ? "the link to the database failed after COMMIT had been handed to the driver"
				: "the driver failed in COMMIT, with nothing that tells whether the database had answered (no SQLSTATE)";
	}

	/**
	 * Say what was thrown, and what the driver said where others have wrapped that.
	 * @param failure what was thrown
	 */
	static String describe(Throwable failure) {
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
			if (each instanceof CommitNotSentException) {
				this.notSent = true;
			}
			else if (each instanceof SQLException sql) {
				readState(sql);
				read(sql.getNextException());
			}
			else if (each instanceof IOException) {
				this.linkLost = true;
			}
		}
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
