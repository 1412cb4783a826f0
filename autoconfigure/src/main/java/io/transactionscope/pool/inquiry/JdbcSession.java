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

package io.transactionscope.pool.inquiry;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.ServerSession;
import org.jspecify.annotations.Nullable;

/**
 * Asks over a connection of JDBC.
 *
 * @since 0.1.0
 */
public final class JdbcSession implements DatabaseInquiry.Session {

	private final Connection connection;

	/**
	 * Create a session.
	 * @param connection a connection that nobody else uses, closed with the session
	 */
	public JdbcSession(Connection connection) {
		this.connection = Objects.requireNonNull(connection, "connection must not be null");
	}

	@Override
	public List<ServerSession> sessions(Collection<Long> processes, Duration limit) throws SQLException {
		Objects.requireNonNull(processes, "processes must not be null");
		Objects.requireNonNull(limit, "limit must not be null");
		this.connection.setNetworkTimeout(Runnable::run, (int) limit.toMillis());
		ServerProcess own = ServerProcesses.of(this.connection);
		if (own == null || processes.isEmpty()) {
			return List.of();
		}
		ServerSessions sessions = new ServerSessions(own, processes);
		try (Statement statement = this.connection.createStatement();
				ResultSet answer = statement.executeQuery(sessions.question())) {
			Row row = new Row(answer);
			while (answer.next()) {
				sessions.add(row);
			}
		}
		return sessions.known();
	}

	@Override
	public void abort() throws SQLException {
		this.connection.abort(Runnable::run);
	}

	@Override
	public void close() throws SQLException {
		this.connection.close();
	}

	/**
	 * The row that an answer is at.
	 */
	private record Row(ResultSet answer) implements ServerSessions.Row {

		@Override
		public @Nullable String text(String column) throws SQLException {
			return this.answer.getString(column);
		}

		@Override
		public @Nullable Number number(String column) throws SQLException {
			double number = this.answer.getDouble(column);
			return this.answer.wasNull() ? null : number;
		}

		@Override
		public boolean flag(String column) throws SQLException {
			return this.answer.getBoolean(column);
		}

	}

}
