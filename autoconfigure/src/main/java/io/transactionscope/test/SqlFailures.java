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
package io.transactionscope.test;

import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;

/**
 * What drivers and pools throw, by the SQL states that everybody goes by.
 */
final class SqlFailures {

	private static final String CONNECTION_FAILURE = "08006";

	private static final String QUERY_CANCELED = "57014";

	private SqlFailures() {
	}

	static SQLException lostLink() {
		return new SQLException("The link to the database was lost, as the test has it", CONNECTION_FAILURE,
				new SocketException("Connection reset"));
	}

	static SQLException noAnswer(int millis) {
		return new SQLException("The database has not answered within the network timeout of %d ms".formatted(millis),
				CONNECTION_FAILURE, new SocketTimeoutException("Read timed out"));
	}

	static SQLException interrupted() {
		return new SQLException("The thread was interrupted while it waited for the database", CONNECTION_FAILURE,
				new InterruptedIOException());
	}

	static SQLException serverShutdown() {
		return new SQLException("terminating connection due to administrator command, as the test has it", "57P01");
	}

	static SQLException lockTimeout() {
		return new SQLException("canceling statement due to lock timeout, as the test has it", "55P03");
	}

	static SQLException canceled() {
		return new SQLException("canceling statement due to user request", QUERY_CANCELED);
	}

	static SQLException queryTimeout(int seconds) {
		return new SQLTimeoutException("canceling statement due to its timeout of %d s".formatted(seconds),
				QUERY_CANCELED);
	}

	static SQLException refused(Phase phase) {
		return switch (phase) {
			case BORROW -> new SQLTransientConnectionException("Connection is not available, as the test has it");
			case CONNECT -> new SQLException("Connection refused, as the test has it", "08001");
			default -> new SQLException("could not serialize access, as the test has it", "40001");
		};
	}

	/**
	 * Return whether nobody gets an answer over that link any more.
	 */
	static boolean isLostLink(SQLException failure) {
		String state = failure.getSQLState();
		return state != null && (state.startsWith("08") || state.startsWith("57P"));
	}

}
