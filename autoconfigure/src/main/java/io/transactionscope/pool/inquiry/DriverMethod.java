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

import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * A method of a driver that the application may not have.
 *
 * @param method the method
 * @since 0.1.0
 */
public record DriverMethod(Method method) {

	public DriverMethod {
		Objects.requireNonNull(method, "method must not be null");
	}

	/**
	 * Return a driver's method without parameters.
	 * @return the method, or {@code null} if the application does not have that driver
	 */
	public static @Nullable DriverMethod find(String type, String name) {
		Objects.requireNonNull(type, "type must not be null");
		Objects.requireNonNull(name, "name must not be null");
		ClassLoader classLoader = DriverMethod.class.getClassLoader();
		if (!ClassUtils.isPresent(type, classLoader)) {
			return null;
		}
		Method method = ClassUtils.getMethodIfAvailable(ClassUtils.resolveClassName(type, classLoader), name);
		return (method != null) ? new DriverMethod(method) : null;
	}

	/**
	 * Return whether the connection is of that driver.
	 */
	public boolean isFor(Connection connection) throws SQLException {
		Objects.requireNonNull(connection, "connection must not be null");
		return connection.isWrapperFor(this.method.getDeclaringClass());
	}

	/**
	 * Return the driver's own of a connection that this is for.
	 */
	public Connection session(Connection connection) throws SQLException {
		Objects.requireNonNull(connection, "connection must not be null");
		return (Connection) connection.unwrap(this.method.getDeclaringClass());
	}

	/**
	 * Call the method of a driver's own connection.
	 */
	public @Nullable Object invoke(Connection session) {
		Objects.requireNonNull(session, "session must not be null");
		return ReflectionUtils.invokeMethod(this.method, session);
	}

}
