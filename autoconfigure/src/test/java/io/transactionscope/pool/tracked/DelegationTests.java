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

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.jdbc.datasource.AbstractDataSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever JDBC has, as of the Java that runs this, reaches the driver as it does with
 * the pool alone.
 */
class DelegationTests {

	private final List<String> calls = new ArrayList<>();

	private final Thread user = Thread.currentThread();

	private @Nullable Object[] arguments = {};

	private boolean failing;

	private final HikariDataSource pool = pool();

	private final TrackedDataSource dataSource = new TrackedDataSource(this.pool);

	@AfterEach
	void close() {
		this.dataSource.close();
	}

	static Stream<Class<?>> types() {
		return Stream.of(Connection.class, Statement.class, PreparedStatement.class, CallableStatement.class,
				ResultSet.class, DatabaseMetaData.class, Array.class);
	}

	@ParameterizedTest
	@MethodSource("types")
	void eachMethodReachesTheDriver(Class<?> type) throws Exception {
		for (Method method : methods(type)) {
			assertThat(outcome(this.dataSource, type, method)).as(method.toString())
				.isEqualTo(outcome(this.pool, type, method));
		}
	}

	@ParameterizedTest
	@MethodSource("types")
	void eachFailureIsTheDriversOwn(Class<?> type) throws Exception {
		for (Method method : methods(type)) {
			if (method.equals(Connection.class.getMethod("close"))) {
				// What fails to go back is evicted.
				continue;
			}
			this.failing = true;
			List<String> tracked = outcome(this.dataSource, type, method);
			this.failing = true;
			assertThat(tracked).as(method.toString()).isEqualTo(outcome(this.pool, type, method));
		}
	}

	@Test
	void arraysInsideOfOthersAreTheDriversOwn() throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			Array array = connection.createArrayOf("x", new Object[] { "x" });
			Object[] elements = { "x", array };
			connection.createStruct("x", elements);
			assertThat(this.arguments[1]).isEqualTo(new Object[] { "x", ((TrackedArray) array).delegate() });
			connection.createArrayOf("x", elements);
			assertThat(this.arguments[1]).isEqualTo(new Object[] { "x", ((TrackedArray) array).delegate() });
			assertThat(elements).containsExactly("x", array);
		}
	}

	@Test
	void elementsOfAnArrayAreHandedOnAsTheyAre() throws SQLException {
		Object[] elements = { 1, 2 };
		try (Connection connection = this.dataSource.getConnection()) {
			connection.createArrayOf("x", elements);
			assertThat(this.arguments[1]).isSameAs(elements);
		}
	}

	private static List<Method> methods(Class<?> type) {
		return Stream.of(type.getMethods())
			.filter((each) -> !Modifier.isStatic(each.getModifiers()))
			// Which asks for the present one before.
			.filter((each) -> !each.getName().equals("setQueryTimeout"))
			.toList();
	}

	private List<String> outcome(DataSource dataSource, Class<?> type, Method method) throws Exception {
		boolean failing = this.failing;
		this.failing = false;
		try (Connection connection = dataSource.getConnection()) {
			Object target = of(connection, type);
			this.calls.clear();
			this.failing = failing;
			String result;
			try {
				result = name(method.invoke(target, Stream.of(method.getParameterTypes()).map(this::value).toArray()));
			}
			catch (InvocationTargetException ex) {
				result = ex.getTargetException().toString();
			}
			this.failing = false;
			List<String> outcome = new ArrayList<>(this.calls);
			outcome.add(result);
			return outcome;
		}
	}

	private static Object of(Connection connection, Class<?> type) throws SQLException {
		if (type == Statement.class) {
			return connection.createStatement();
		}
		if (type == PreparedStatement.class) {
			return connection.prepareStatement("x");
		}
		if (type == CallableStatement.class) {
			return connection.prepareCall("x");
		}
		if (type == ResultSet.class) {
			return connection.createStatement().executeQuery("x");
		}
		if (type == DatabaseMetaData.class) {
			return connection.getMetaData();
		}
		return (type == Array.class) ? connection.createArrayOf("x", new Object[0]) : connection;
	}

	private HikariDataSource pool() {
		HikariConfig config = new HikariConfig();
		config.setDataSource(new AbstractDataSource() {

			@Override
			public Connection getConnection() {
				return (Connection) driver(Connection.class);
			}

			@Override
			public Connection getConnection(String username, String password) {
				return getConnection();
			}

		});
		config.setMaximumPoolSize(1);
		return new HikariDataSource(config);
	}

	private Object driver(Class<?> type) {
		return Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { type }, this::invoke);
	}

	private @Nullable Object value(Class<?> type) {
		if (type.isInterface() && type.getName().startsWith("java.sql.")) {
			return driver(type);
		}
		return switch (type.getName()) {
			case "boolean" -> true;
			case "byte" -> (byte) 1;
			case "short" -> (short) 1;
			case "int" -> 1;
			case "long" -> 1L;
			case "float" -> 1F;
			case "double" -> 1D;
			case "java.lang.Class" -> Number.class;
			case "java.lang.String", "java.lang.Object" -> "x";
			default -> null;
		};
	}

	private @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
			throws SQLException {
		String name = method.getName();
		switch (name) {
			case "toString" -> {
				return "the driver's " + proxy.getClass().getInterfaces()[0].getSimpleName();
			}
			case "hashCode" -> {
				return System.identityHashCode(proxy);
			}
			case "equals" -> {
				return arguments != null && proxy == arguments[0];
			}
		}
		// The pool's threads have calls of their own to make.
		if (Thread.currentThread() == this.user) {
			called(method, (arguments != null) ? arguments : new Object[0]);
		}
		return switch (name) {
			case "isClosed", "isWrapperFor" -> false;
			case "unwrap" -> null;
			default -> value(method.getReturnType());
		};
	}

	private void called(Method method, @Nullable Object[] arguments) throws SQLException {
		this.arguments = arguments;
		this.calls.add(method + " " + Stream.of(arguments).map(DelegationTests::name).toList());
		if (this.failing) {
			throw new SQLException("Told to fail on " + method.getName());
		}
	}

	/** What it is for the driver, whoever has wrapped it. */
	private static String name(@Nullable Object value) {
		return String.valueOf(value).replaceAll("(Tracked|HikariProxy)\\w+(@\\d+)? wrapping ", "");
	}

}
