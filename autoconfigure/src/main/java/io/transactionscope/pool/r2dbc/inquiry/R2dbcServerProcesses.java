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

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Wrapped;
import io.transactionscope.pool.inquiry.ServerProcesses;
import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.ServerProcess;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Which of the database's processes serves a connection, where its R2DBC driver remembers
 * it. To ask the driver costs no round trip, and waits for nothing.
 *
 * @since 0.1.0
 */
public final class R2dbcServerProcesses {

	private static final List<Driver> DRIVERS = Stream
		.of(Driver.find(DatabaseKind.POSTGRESQL, "io.r2dbc.postgresql.PostgresqlConnection", "getClient",
				"getProcessId"),
				Driver.find(DatabaseKind.MYSQL, "org.mariadb.r2dbc.api.MariadbConnection", "getThreadId"),
				Driver.find(DatabaseKind.MYSQL, "io.asyncer.r2dbc.mysql.MySqlSimpleConnection", "context",
						"getConnectionId"))
		.flatMap(Stream::ofNullable)
		.toList();

	private R2dbcServerProcesses() {
	}

	/**
	 * Return the process that serves a connection.
	 * @param connection a driver's own, or something that wraps it
	 * @return the process, or {@code null} if the driver does not know it, or knows a
	 * number that no process has, as most that PgBouncer makes up
	 */
	public static @Nullable ServerProcess of(Connection connection) {
		Objects.requireNonNull(connection, "connection must not be null");
		try {
			ServerProcess process = told(connection);
			return (process != null && ServerProcesses.isPossible(process)) ? process : null;
		}
		catch (RuntimeException ex) {
			// The connection has just been closed.
			return null;
		}
	}

	private static @Nullable ServerProcess told(Connection connection) {
		Connection each = connection;
		while (each != null) {
			for (Driver driver : DRIVERS) {
				if (driver.type().isInstance(each)) {
					return driver.told(each);
				}
			}
			each = inside(each);
		}
		return null;
	}

	private static @Nullable Connection inside(Connection connection) {
		return (connection instanceof Wrapped<?> wrapped && wrapped.unwrap() instanceof Connection inner
				&& inner != connection) ? inner : null;
	}

	/**
	 * A driver that the application may not have, and that has no API for what it knows.
	 *
	 * @param type of its connections
	 * @param steps from there to the number
	 */
	private record Driver(DatabaseKind database, Class<?> type, List<Method> steps) {

		/**
		 * Look for a driver.
		 * @param steps the methods, of a connection and then of what the one before
		 * returns
		 * @return the driver, or {@code null} if the application does not have it, or one
		 * that does not remember
		 */
		static @Nullable Driver find(DatabaseKind database, String type, String... steps) {
			try {
				ClassLoader classLoader = R2dbcServerProcesses.class.getClassLoader();
				if (!ClassUtils.isPresent(type, classLoader)) {
					return null;
				}
				Class<?> connection = ClassUtils.resolveClassName(type, classLoader);
				List<Method> methods = new ArrayList<>();
				Class<?> each = connection;
				for (String step : steps) {
					Method method = ReflectionUtils.findMethod(each, step);
					if (method == null) {
						return null;
					}
					ReflectionUtils.makeAccessible(method);
					methods.add(method);
					each = method.getReturnType();
				}
				return new Driver(database, connection, List.copyOf(methods));
			}
			catch (RuntimeException | LinkageError ex) {
				// It is closed to others, or incomplete.
				return null;
			}
		}

		@Nullable ServerProcess told(Connection connection) {
			Object reached = connection;
			for (Method step : this.steps) {
				reached = (reached != null) ? ReflectionUtils.invokeMethod(step, reached) : null;
			}
			Object number = (reached instanceof Optional<?> optional) ? optional.orElse(null) : reached;
			return (number instanceof Number known) ? new ServerProcess(this.database, known.longValue()) : null;
		}

	}

}
