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

import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * A method of a driver that the application may not have.
 */
record DriverMethod(Method method) {

	static @Nullable DriverMethod find(String type, String name) {
		ClassLoader classLoader = DriverMethod.class.getClassLoader();
		if (!ClassUtils.isPresent(type, classLoader)) {
			return null;
		}
		Method method = ClassUtils.getMethodIfAvailable(ClassUtils.resolveClassName(type, classLoader), name);
		return (method != null) ? new DriverMethod(method) : null;
	}

	/** Return whether the connection is of that driver. */
	boolean isFor(Connection connection) throws SQLException {
		return connection.isWrapperFor(this.method.getDeclaringClass());
	}

	/** Return the driver's own of a connection that this is for. */
	Connection session(Connection connection) throws SQLException {
		return (Connection) connection.unwrap(this.method.getDeclaringClass());
	}

	@Nullable Object invoke(Connection session) {
		return ReflectionUtils.invokeMethod(this.method, session);
	}

}
