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
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Thrown instead of sending COMMIT on a connection that is not able to. The database has
 * not seen it: such a transaction is not in doubt, its session ends without a commit.
 *
 * @since 0.1.0
 */
public final class CommitNotSentException extends SQLNonTransientConnectionException {

	private static final String NO_CONNECTION = "08003";

	/**
	 * Create an exception for a COMMIT that is not sent.
	 * @param reason why not
	 * @param cause what has failed before it, if anything has
	 */
	public CommitNotSentException(String reason, @Nullable Throwable cause) {
		super("COMMIT was not sent: " + Objects.requireNonNull(reason, "reason must not be null"), NO_CONNECTION,
				cause);
	}

	/**
	 * Refuse to send COMMIT on a connection that is known to be dead, without a round
	 * trip.
	 * @param connection where it would be sent
	 * @throws CommitNotSentException if the connection is closed
	 */
	public static void requireOpen(Connection connection) throws CommitNotSentException {
		SQLException cause = null;
		try {
			if (!connection.isClosed()) {
				return;
			}
		}
		catch (SQLException ex) {
			cause = ex;
		}
		throw new CommitNotSentException("the connection had been found dead before", cause);
	}

}
