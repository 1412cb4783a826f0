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
package io.transactionscope.pool.tracked;

import java.sql.SQLException;

import org.jspecify.annotations.Nullable;

/**
 * Thrown instead of sending COMMIT in a transaction that has ended, or can only be rolled
 * back any more, without having been asked to by whoever manages it: the database has
 * failed it after an SQL error, it was the victim of a deadlock, or its body has sent
 * {@code COMMIT} or {@code ROLLBACK} as SQL.
 *
 * @since 0.1.0
 */
public final class TransactionEndedException extends SQLException {

	private static final String INVALID_TRANSACTION_STATE = "25000";

	private final boolean partlyCommitted;

	TransactionEndedException(String reason, boolean partlyCommitted, @Nullable SQLException cause) {
		super(reason, (cause != null && cause.getSQLState() != null) ? cause.getSQLState() : INVALID_TRANSACTION_STATE,
				cause);
		this.partlyCommitted = partlyCommitted;
	}

	/**
	 * {@return whether a part of the work is committed, and so cannot be rolled back}
	 */
	public boolean isPartlyCommitted() {
		return this.partlyCommitted;
	}

	static TransactionEndedException failedByServer(@Nullable SQLException failure) {
		return new TransactionEndedException(
				"after an SQL error, which its body has caught, the database commits nothing any more (%s). Let what may fail run in a savepoint, or avoid the error, as 'on conflict do nothing' does"
					.formatted((failure != null) ? failure.getMessage() : "which error is not known here"),
				false, failure);
	}

}
