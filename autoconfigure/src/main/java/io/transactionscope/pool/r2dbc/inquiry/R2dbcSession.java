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

package io.transactionscope.pool.r2dbc.inquiry;

import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Readable;
import io.transactionscope.pool.inquiry.DatabaseInquiry;
import io.transactionscope.pool.inquiry.ServerSessions;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.ServerSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Asks over a connection of an R2DBC driver, on a thread that may wait for it.
 */
final class R2dbcSession implements DatabaseInquiry.Session {

	/** For the end of a connection, which takes no longer where the server answers. */
	private static final Duration GRACE = Duration.ofSeconds(1);

	private final Connection connection;

	/**
	 * Create a session.
	 * @param connection a driver's own that nobody else uses, closed with the session
	 */
	R2dbcSession(Connection connection) {
		this.connection = connection;
	}

	@Override
	public List<ServerSession> sessions(Collection<Long> processes, Duration limit) throws SQLException {
		ServerProcess own = R2dbcServerProcesses.of(this.connection);
		if (own == null || processes.isEmpty()) {
			return List.of();
		}
		ServerSessions sessions = new ServerSessions(own, processes);
		for (Row row : await(answer(sessions.question()).collectList().toFuture(), limit)) {
			sessions.add(row);
		}
		return sessions.known();
	}

	private Flux<Row> answer(String question) {
		return Flux.defer(() -> this.connection.createStatement(question).execute())
			.concatMap((result) -> result.map((row, columns) -> Row.of(row,
					columns.getColumnMetadatas().stream().map((column) -> column.getName()).toList())));
	}

	@Override
	public void abort() {
		discard(this.connection);
	}

	@Override
	public void close() {
		try {
			await(closing(this.connection).thenReturn(true).toFuture(), GRACE);
		}
		catch (SQLException ex) {
			// It has told what it knows.
		}
	}

	/** Have it closed, whatever becomes of that. */
	static void discard(Connection connection) {
		closing(connection).onErrorComplete().subscribe();
	}

	private static Mono<Void> closing(Connection connection) {
		return Mono.defer(() -> Mono.from(connection.close()));
	}

	/**
	 * Wait for what was asked for. What arrives too late is not cancelled, as a driver
	 * may lose a connection for that.
	 */
	static <T> T await(CompletableFuture<T> asked, Duration limit) throws SQLException {
		try {
			return asked.get(limit.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (ExecutionException ex) {
			throw failure((ex.getCause() != null) ? ex.getCause() : ex);
		}
		catch (TimeoutException ex) {
			throw new SQLTimeoutException("There was no answer in %d ms".formatted(limit.toMillis()));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new SQLException("Interrupted", ex);
		}
	}

	/**
	 * Say it in the words of JDBC.
	 */
	private static SQLException failure(Throwable failure) {
		if (isTimeout(failure)) {
			return new SQLTimeoutException(failure);
		}
		return (failure instanceof R2dbcException told)
				? new SQLException(told.getMessage(), told.getSqlState(), told.getErrorCode(), told)
				: new SQLException(failure);
	}

	/**
	 * Each driver, and what it is made of, has timeouts of its own. That of a name server
	 * is none of the database.
	 */
	private static boolean isTimeout(Throwable failure) {
		for (Throwable each = failure; each != null; each = each.getCause()) {
			if (each.getClass().getSimpleName().endsWith("TimeoutException")) {
				return true;
			}
			if (each instanceof IOException) {
				return false;
			}
		}
		return false;
	}

	/**
	 * A row as the driver makes it of what it was told.
	 */
	private record Row(Map<String, Object> values) implements ServerSessions.Row {

		static Row of(Readable row, List<String> columns) {
			Map<String, Object> values = new HashMap<>();
			for (String column : columns) {
				Object value = row.get(column);
				if (value != null) {
					values.put(column, value);
				}
			}
			return new Row(values);
		}

		@Override
		public @Nullable String text(String column) {
			Object value = this.values.get(column);
			return (value != null) ? value.toString() : null;
		}

		@Override
		public @Nullable Number number(String column) {
			return (this.values.get(column) instanceof Number number) ? number : null;
		}

		@Override
		public boolean flag(String column) {
			Object value = this.values.get(column);
			return Boolean.TRUE.equals(value) || (value instanceof Number number && number.longValue() != 0);
		}

	}

}
