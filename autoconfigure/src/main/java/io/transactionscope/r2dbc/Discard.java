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

package io.transactionscope.r2dbc;

import java.util.List;
import java.util.function.Consumer;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Wrapped;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * Closes a connection that nobody may use again. What a pool has lent would only go back
 * to it, so that the connection inside is closed first, which a pool sees.
 */
final class Discard {

	private Discard() {
	}

	/**
	 * Close it.
	 * @param connection as it was lent
	 * @param context of whoever had it
	 * @param failures takes what failed on the way
	 * @param then goes on, once
	 */
	static void close(Connection connection, Context context, List<Throwable> failures, Runnable then) {
		Connection raw = raw(connection);
		if (raw == connection) {
			close("the close of a connection", connection, Allowance.toDiscard(), context, failures, then);
			return;
		}
		DriverCall.await("the close of a connection", raw::close, Allowance.toDiscard(), context, (failure) -> {
			add(failures, failure);
			close("the return of a closed connection", connection, Allowance.toDiscard(), context, failures, then);
		});
	}

	/** Give back what is clean. */
	static void giveBack(Connection connection, Context context, List<Throwable> failures, Runnable then) {
		close("the return of a connection", connection, Allowance.toUndo(null), context, failures, then);
	}

	private static void close(String what, Connection connection, long millis, Context context,
			List<Throwable> failures, Runnable then) {
		DriverCall.await(what, connection::close, millis, context, (failure) -> {
			add(failures, failure);
			then.run();
		});
	}

	/** The innermost one. PostgreSQL's says that it wraps something, and has nothing. */
	static Connection raw(Connection connection) {
		Connection raw = connection;
		try {
			while (raw instanceof Wrapped<?> wrapped && wrapped.unwrap() instanceof Connection wrappedConnection
					&& wrappedConnection != raw) {
				raw = wrappedConnection;
			}
		}
		catch (RuntimeException ex) {
			// As far as it goes
		}
		return raw;
	}

	private static void add(List<Throwable> failures, @Nullable Throwable failure) {
		if (failure != null) {
			failures.add(failure);
		}
	}

}
