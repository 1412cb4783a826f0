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

import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * What the server has said of the state of a connection's transaction, where the driver
 * remembers it: PostgreSQL says so with each answer.
 */
final class ServerTransaction {

	private static final @Nullable Method POSTGRES = find("org.postgresql.core.BaseConnection", "getTransactionState");

	private ServerTransaction() {
	}

	/**
	 * Return whether the server accepts nothing any more but a rollback, and would answer
	 * COMMIT with it.
	 */
	static boolean isFailed(Connection connection) {
		return POSTGRES != null && is("FAILED", connection, POSTGRES);
	}

	/**
	 * Return whether the server says so of this connection. Else, only what is sent to it
	 * tells.
	 */
	static boolean isKnown(Connection connection) {
		try {
			return POSTGRES != null && behind(connection, POSTGRES.getDeclaringClass()) != null;
		}
		catch (SQLException | RuntimeException ex) {
			return false;
		}
	}

	private static boolean is(String state, Connection connection, Method method) {
		try {
			Object session = behind(connection, method.getDeclaringClass());
			return session != null && ReflectionUtils.invokeMethod(method, session) instanceof Enum<?> actual
					&& actual.name().equals(state);
		}
		catch (SQLException | RuntimeException ex) {
			// The connection has just been closed.
			return false;
		}
	}

	/** Some pools look no further than at the connection next to theirs. */
	private static @Nullable Object behind(Connection connection, Class<?> type) throws SQLException {
		if (connection.isWrapperFor(type)) {
			return connection.unwrap(type);
		}
		Connection next = connection.isWrapperFor(Connection.class) ? connection.unwrap(Connection.class) : connection;
		return (next != connection && next.isWrapperFor(type)) ? next.unwrap(type) : null;
	}

	private static @Nullable Method find(String type, String method) {
		ClassLoader classLoader = ServerTransaction.class.getClassLoader();
		if (!ClassUtils.isPresent(type, classLoader)) {
			return null;
		}
		return ClassUtils.getMethodIfAvailable(ClassUtils.resolveClassName(type, classLoader), method);
	}

}
