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

import java.sql.Connection;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Whether a connection's transaction has ended, as far as is known without a round trip,
 * although nobody who manages it has ended it.
 *
 * @since 0.1.0
 */
public final class EndOfTransaction {

	private EndOfTransaction() {
	}

	/**
	 * Find out whether a COMMIT would not commit.
	 * @param connection where it would be sent, or a handle on that
	 * @param borrowed whether the transaction began when the connection was borrowed, so
	 * that nobody else had reason to end one
	 * @return why it would not, or {@code null} as far as is known
	 */
	public static @Nullable TransactionEndedException of(Connection connection, boolean borrowed) {
		Objects.requireNonNull(connection, "connection must not be null");
		Connection fetched = Handles.fetched(connection);
		if (fetched == null) {
			return null;
		}
		TrackedTransaction tracked = Handles.behind(fetched, TrackedTransaction.class);
		if (tracked != null) {
			TransactionEndedException called = borrowed ? byCall(tracked) : null;
			return (called != null) ? called : tracked.whatEnded();
		}
		return ServerTransaction.isFailed(fetched) ? TransactionEndedException.failedByServer(null) : null;
	}

	/**
	 * Find out whether a ROLLBACK would not take back all.
	 * @param connection where it would be sent, or a handle on that
	 * @param borrowed whether the transaction began when the connection was borrowed
	 * @return what has committed a part, or {@code null} as far as is known
	 */
	public static @Nullable TransactionEndedException partlyCommitted(Connection connection, boolean borrowed) {
		Objects.requireNonNull(connection, "connection must not be null");
		TrackedTransaction tracked = Handles.find(connection, TrackedTransaction.class);
		if (tracked == null) {
			return null;
		}
		TransactionEndedException called = borrowed ? byCall(tracked) : null;
		return (called != null) ? called : tracked.whatCommittedAPart(null);
	}

	/**
	 * {@return whether the transaction of a connection is known to be over, although the
	 * connection is still bound for it: what is done on it is no part of it any more}
	 * @param connection the connection, or a handle on it
	 */
	public static boolean isOver(Connection connection) {
		Objects.requireNonNull(connection, "connection must not be null");
		TrackedTransaction tracked = Handles.find(connection, TrackedTransaction.class);
		return tracked != null && tracked.isOver();
	}

	/**
	 * Find out whether somebody has called {@code commit()} or {@code rollback()} on a
	 * connection since it was borrowed.
	 * @param connection the connection
	 * @return that it was done, or {@code null} as far as is known
	 */
	public static @Nullable TransactionEndedException byCall(Connection connection) {
		Objects.requireNonNull(connection, "connection must not be null");
		return (connection instanceof TrackedTransaction tracked && tracked.isEndCalled())
				? new TransactionEndedException("its body has called commit() or rollback() on the connection", true,
						null)
				: null;
	}

}
