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

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Rows that the driver fetches in pieces, each of them by the deadline of the thread that
 * reads on.
 */
final class FetchedRows implements InvocationHandler {

	/** What may have to wait for the next piece, or for the rest. */
	private static final Set<String> FETCHING = Set.of("next", "previous", "first", "last", "absolute", "relative",
			"beforeFirst", "afterLast", "isLast", "isAfterLast", "refreshRow", "insertRow", "updateRow", "deleteRow",
			"close");

	private final TrackedConnection connection;

	private final ResultSet rows;

	private FetchedRows(TrackedConnection connection, ResultSet rows) {
		this.connection = connection;
		this.rows = rows;
	}

	/**
	 * Return the rows of a statement, which are all there unless it has a fetch size.
	 */
	static ResultSet of(TrackedConnection connection, Statement statement, ResultSet rows) throws SQLException {
		if (!connection.isLimited() || statement.getFetchSize() == 0) {
			return rows;
		}
		return (ResultSet) Proxy.newProxyInstance(FetchedRows.class.getClassLoader(),
				new Class<?>[] { ResultSet.class }, new FetchedRows(connection, rows));
	}

	@Override
	public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] args) throws Throwable {
		if (FETCHING.contains(method.getName())) {
			this.connection.limited();
		}
		switch (method.getName()) {
			case "equals" -> {
				return args != null && proxy == args[0];
			}
			case "hashCode" -> {
				return System.identityHashCode(proxy);
			}
			case "unwrap" -> {
				if (args != null && args[0] instanceof Class<?> type && type.isInstance(this.rows)) {
					return this.rows;
				}
			}
			case "close" -> {
				if (this.connection.isBroken()) {
					// The pool has let go of it. Some drivers would wait for the rest.
					return null;
				}
			}
			default -> {
			}
		}
		try {
			return method.invoke(this.rows, args);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

}
