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

package io.transactionscope.resolution;

import io.transactionscope.engine.Log;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.TransactionOutcome;

/**
 * What became of a transaction.
 *
 * @param outcome whether it is committed or rolled back; unknown where the server could
 * not tell
 * @param reason what the server has said, or why it could not tell
 * @param last whether it is no use to ask again
 * @since 0.1.0
 */
public record Verdict(TransactionOutcome outcome, String reason, boolean last) {

	/** As long as it is not known, it has not been told. */
	public static Verdict unknown(String reason) {
		return new Verdict(TransactionOutcome.UNKNOWN, reason, false);
	}

	/** What nobody can tell any more. */
	static Verdict lost(String reason) {
		return new Verdict(TransactionOutcome.UNKNOWN, reason, true);
	}

	static Verdict committed() {
		return new Verdict(TransactionOutcome.COMMITTED, "the database says that it is committed", true);
	}

	static Verdict rolledBack(String reason) {
		return new Verdict(TransactionOutcome.ROLLED_BACK, reason, true);
	}

	/**
	 * A transaction that had been given no id when its COMMIT was sent.
	 */
	public static Verdict nothingWritten() {
		return rolledBack("it had written nothing");
	}

	/** Whether it is committed or rolled back for certain. */
	boolean isKnown() {
		return this.outcome != TransactionOutcome.UNKNOWN;
	}

	/**
	 * Tell it to who reads the log, as the failure may reach nobody, or else to who gets
	 * the failure.
	 * @param scope the name of the scope or transaction
	 * @param failure what the COMMIT failed with; takes why it could not be resolved
	 * @return the outcome
	 */
	public TransactionOutcome tell(String scope, Throwable failure) {
		if (isKnown()) {
			Log.warn("COMMIT of '{}' was not answered, and is resolved: {}", scope, this.reason, failure);
		}
		else {
			Failures.suppress(failure, new IllegalStateException(
					"What became of '%s' could not be resolved: %s".formatted(scope, this.reason)));
		}
		return this.outcome;
	}

}
