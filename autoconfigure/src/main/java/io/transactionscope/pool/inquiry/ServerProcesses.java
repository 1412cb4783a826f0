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
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.ServerProcess;
import org.jspecify.annotations.Nullable;

/**
 * Which of the database's processes serves a connection, where the driver remembers it.
 * To ask the driver costs no round trip, and waits for no statement that is under way.
 *
 * @since 0.1.0
 */
public final class ServerProcesses {

	private static final Map<DatabaseKind, List<DriverMethod>> DRIVERS = new EnumMap<>(
			Map.of(DatabaseKind.POSTGRESQL, present(DriverMethod.find("org.postgresql.PGConnection", "getBackendPID")),
					DatabaseKind.MYSQL, present(DriverMethod.find("org.mariadb.jdbc.Connection", "getThreadId"),
							DriverMethod.find("com.mysql.cj.MysqlConnection", "getId"))));

	/** Beyond it there is no process, on any system that PostgreSQL has been seen on. */
	private static final long MAX_PROCESS = 1L << 22;

	private ServerProcesses() {
	}

	private static List<DriverMethod> present(@Nullable DriverMethod... methods) {
		return Stream.of(methods).flatMap(Stream::ofNullable).toList();
	}

	/**
	 * Return the process that serves a connection.
	 * @return the process, or {@code null} if the driver does not know it, or knows a
	 * number that no process has, as most that PgBouncer makes up
	 */
	public static @Nullable ServerProcess of(Connection connection) {
		Objects.requireNonNull(connection, "connection must not be null");
		ServerProcess process = told(connection);
		return (process != null && isPossible(process)) ? process : null;
	}

	/**
	 * Return whether a process may have that number.
	 */
	public static boolean isPossible(ServerProcess process) {
		Objects.requireNonNull(process, "process must not be null");
		return process.database() != DatabaseKind.POSTGRESQL
				|| (process.number() > 0 && process.number() <= MAX_PROCESS);
	}

	/**
	 * Return the process that the driver was told of, whatever stands between it and the
	 * server: a pooler such as PgBouncer tells of one that the server does not have.
	 * @return the process, or {@code null} if the driver does not know of any
	 */
	public static @Nullable ServerProcess told(Connection connection) {
		Objects.requireNonNull(connection, "connection must not be null");
		try {
			for (Map.Entry<DatabaseKind, List<DriverMethod>> each : DRIVERS.entrySet()) {
				for (DriverMethod driver : each.getValue()) {
					if (driver.isFor(connection)
							&& driver.invoke(driver.session(connection)) instanceof Number number) {
						return new ServerProcess(each.getKey(), number.longValue());
					}
				}
			}
			return null;
		}
		catch (SQLException | RuntimeException ex) {
			// The connection has just been closed.
			return null;
		}
	}

}
