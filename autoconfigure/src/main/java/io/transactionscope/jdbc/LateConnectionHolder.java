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
import java.util.Objects;

import javax.sql.DataSource;

import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.jdbc.datasource.ConnectionHandle;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.support.JdbcUtils;

/**
 * For synchronizations that use the database after a transaction, when its connection is
 * back already: a connection from when somebody asks for it until nobody uses it any
 * more.
 *
 * @since 0.1.0
 */
public final class LateConnectionHolder extends ConnectionHolder {

	/**
	 * Create a holder without a connection as yet.
	 * @param dataSource where to borrow one
	 */
	public LateConnectionHolder(DataSource dataSource) {
		super(new LateConnection(Objects.requireNonNull(dataSource, "dataSource must not be null")));
	}

	/** What a transaction manager calls at the end of what it has begun on it. */
	@Override
	public void clear() {
		super.clear();
		requested();
		released();
	}

	private record LateConnection(DataSource dataSource) implements ConnectionHandle {

		@Override
		public Connection getConnection() {
			try {
				return this.dataSource.getConnection();
			}
			catch (SQLException ex) {
				throw new CannotGetJdbcConnectionException("Failed to obtain JDBC Connection", ex);
			}
		}

		@Override
		public void releaseConnection(Connection connection) {
			JdbcUtils.closeConnection(connection);
		}

	}

}
