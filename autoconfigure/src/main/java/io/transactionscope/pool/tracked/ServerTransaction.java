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

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.sql.Connection;
import java.sql.SQLException;

import io.transactionscope.pool.inquiry.DriverMethod;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * What the server has said of the state of a connection's transaction, where the driver
 * remembers it: PostgreSQL says so with each answer.
 */
final class ServerTransaction {

	private static final @Nullable DriverMethod POSTGRES = DriverMethod.find("org.postgresql.core.BaseConnection",
			"getTransactionState");

	private static final boolean TOLD_AT_ONCE = isToldAtOnce();

	private ServerTransaction() {
	}

	/**
	 * Return whether the driver tells another thread while it executes a statement:
	 * before 42.7.9, it has everybody wait for the lock that it holds until the statement
	 * ends.
	 */
	private static boolean isToldAtOnce() {
		try {
			Field state = ClassUtils
				.forName("org.postgresql.core.QueryExecutorBase", ServerTransaction.class.getClassLoader())
				.getDeclaredField("transactionState");
			return Modifier.isVolatile(state.getModifiers());
		}
		catch (ReflectiveOperationException | LinkageError ex) {
			return false;
		}
	}

	/**
	 * Return whether the server accepts nothing any more but a rollback, and would answer
	 * COMMIT with it.
	 */
	static boolean isFailed(Connection connection) {
		return is("FAILED", connection);
	}

	/**
	 * Return whether the server has not begun one yet, or knows of none any more, though
	 * the connection is in manual commit.
	 */
	static boolean isMissing(Connection connection) {
		try {
			return is("IDLE", connection) && !connection.getAutoCommit();
		}
		catch (SQLException ex) {
			// The connection has just been closed.
			return false;
		}
	}

	/**
	 * Return the same for another thread, which must not wait for a statement that is
	 * being executed.
	 * @return also {@code false} if it would have to
	 */
	static boolean isMissingMeanwhile(Connection connection) {
		return TOLD_AT_ONCE && isMissing(connection);
	}

	private static boolean is(String expected, Connection connection) {
		if (POSTGRES == null) {
			return false;
		}
		try {
			Connection session = behind(connection, POSTGRES);
			return session != null && POSTGRES.invoke(session) instanceof Enum<?> state
					&& state.name().equals(expected);
		}
		catch (SQLException | RuntimeException ex) {
			// The connection has just been closed.
			return false;
		}
	}

	/**
	 * Return whether the server says so of this connection. Else, only what is sent to it
	 * tells.
	 */
	static boolean isKnown(Connection connection) {
		try {
			return POSTGRES != null && behind(connection, POSTGRES) != null;
		}
		catch (SQLException | RuntimeException ex) {
			return false;
		}
	}

	/** Some pools look no further than at the connection next to theirs. */
	private static @Nullable Connection behind(Connection connection, DriverMethod method) throws SQLException {
		if (method.isFor(connection)) {
			return method.session(connection);
		}
		Connection next = connection.isWrapperFor(Connection.class) ? connection.unwrap(Connection.class) : connection;
		return (next != connection && method.isFor(next)) ? method.session(next) : null;
	}

}
