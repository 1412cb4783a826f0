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

package io.transactionscope.benchmark;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;

import javax.sql.DataSource;

/**
 * Plain JDBC. The pool sets auto-commit back by itself.
 */
final class HandWrittenBlocks extends Blocks<Connection> {

	private final DataSource dataSource;

	HandWrittenBlocks(DataSource dataSource) {
		this.dataSource = dataSource;
	}

	@Override
	int call(Body<Connection> body) {
		try (Connection connection = this.dataSource.getConnection()) {
			connection.setAutoCommit(false);
			try {
				int result = body.run(connection);
				connection.commit();
				return result;
			}
			catch (Throwable ex) {
				connection.rollback();
				throw ex;
			}
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	int callJoined(Connection connection, Body<Connection> body) {
		return body.run(connection);
	}

	@Override
	int callInSavepoint(Connection connection, Body<Connection> body) {
		try {
			Savepoint savepoint = connection.setSavepoint();
			try {
				int result = body.run(connection);
				connection.releaseSavepoint(savepoint);
				return result;
			}
			catch (Throwable ex) {
				connection.rollback(savepoint);
				throw ex;
			}
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	int update(Connection connection, int id) {
		try {
			return updateRow(connection, id);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
