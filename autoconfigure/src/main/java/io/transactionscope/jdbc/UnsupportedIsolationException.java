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

package io.transactionscope.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;

import org.springframework.transaction.annotation.Isolation;

/**
 * Thrown when a database has no isolation level such as was asked for.
 */
final class UnsupportedIsolationException extends SQLFeatureNotSupportedException {

	private UnsupportedIsolationException(Isolation isolation, SQLException cause) {
		super("its database does not support isolation level %s. Use one that it has, or drop isolation(). (%s)"
			.formatted(isolation, cause.getMessage()), cause.getSQLState(), cause.getErrorCode(), cause);
	}

	/**
	 * Return what a failure to prepare a connection is about.
	 * @param failure what the driver has thrown
	 * @param connection the connection
	 * @param isolation the isolation level that it was to have
	 * @return the same failure, unless it is about that level
	 */
	static SQLException insteadOf(SQLException failure, Connection connection, Isolation isolation) {
		return (isolation != Isolation.DEFAULT && !isSupported(failure, connection, isolation.value()))
				? new UnsupportedIsolationException(isolation, failure) : failure;
	}

	private static boolean isSupported(SQLException failure, Connection connection, int isolation) {
		try {
			return !(failure instanceof SQLFeatureNotSupportedException)
					&& connection.getMetaData().supportsTransactionIsolationLevel(isolation);
		}
		catch (SQLException | RuntimeException ex) {
			return true;
		}
	}

}
