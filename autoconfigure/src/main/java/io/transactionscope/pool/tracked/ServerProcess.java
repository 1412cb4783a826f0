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

import java.sql.Connection;
import java.sql.SQLException;

import org.jspecify.annotations.Nullable;

/**
 * Which of the database's processes serves a connection, where the driver remembers it.
 */
final class ServerProcess {

	private static final @Nullable DriverMethod POSTGRES = DriverMethod.find("org.postgresql.PGConnection",
			"getBackendPID");

	private ServerProcess() {
	}

	static @Nullable Long of(Connection connection) {
		try {
			return (POSTGRES != null && POSTGRES.isFor(connection)
					&& POSTGRES.invoke(POSTGRES.session(connection)) instanceof Integer process) ? Long.valueOf(process)
							: null;
		}
		catch (SQLException | RuntimeException ex) {
			// The connection has just been closed.
			return null;
		}
	}

}
