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

package io.transactionscope;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Wrapper;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

import io.transactionscope.transaction.SessionDuties;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.ConnectionProxy;

/**
 * The connection as a body sees it: its end is the scope's business. What the body gets
 * from it, and from that, leads back to it.
 */
final class GuardedConnection implements InvocationHandler {

	private static final List<Class<?>> LEADING_BACK = List.of(CallableStatement.class, PreparedStatement.class,
			Statement.class, ResultSet.class, DatabaseMetaData.class, Array.class);

	private final Connection connection;

	private final String scope;

	private final Supplier<SessionDuties> duties;

	private GuardedConnection(Connection connection, String scope, Supplier<SessionDuties> duties) {
		this.connection = connection;
		this.scope = scope;
		this.duties = duties;
	}

	static Connection around(Connection connection, String scope, Supplier<SessionDuties> duties) {
		return (Connection) Proxy.newProxyInstance(ConnectionProxy.class.getClassLoader(),
				new Class<?>[] { ConnectionProxy.class }, new GuardedConnection(connection, scope, duties));
	}

	@Override
	public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] args) throws Throwable {
		switch (method.getName()) {
			case "equals" -> {
				return args != null && proxy == args[0];
			}
			case "hashCode" -> {
				return System.identityHashCode(proxy);
			}
			case "toString" -> {
				return "Connection of scope '%s' [%s]".formatted(this.scope, this.connection);
			}
			case "getTargetConnection" -> {
				return this.connection;
			}
			case "close" -> {
				return null;
			}
			case "unwrap" -> {
				if (args != null && args[0] == SessionDuties.class) {
					return this.duties.get();
				}
			}
			case "commit", "setAutoCommit", "abort" -> throw refused(method);
			case "rollback" -> {
				if (args == null || !(args[0] instanceof Savepoint)) {
					throw refused(method);
				}
			}
			default -> {
			}
		}
		return Guarded.of(proxy, null, call(this.connection, method, Guarded.own(args)));
	}

	private static @Nullable Object call(Object target, Method method, @Nullable Object @Nullable [] args)
			throws Throwable {
		try {
			return method.invoke(target, args);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

	private SQLException refused(Method method) {
		String instead = switch (method.getName()) {
			case "rollback" -> "throw from the body, or call ActiveScope.setRollbackOnly";
			case "commit" -> "return from the body";
			default -> "leave it to the scope";
		};
		return new SQLException("%s() on the connection of scope '%s' is the scope's business: %s."
			.formatted(method.getName(), this.scope, instead));
	}

	/**
	 * Something that leads back to the connection, or to what it came from.
	 */
	private static final class Guarded implements InvocationHandler {

		private final Object connection;

		private final @Nullable Guarded origin;

		private final Object target;

		private final Object proxy;

		private Guarded(Object connection, @Nullable Guarded origin, Object target, Class<?> type) {
			this.connection = connection;
			this.origin = origin;
			this.target = target;
			this.proxy = Proxy.newProxyInstance(ConnectionProxy.class.getClassLoader(), new Class<?>[] { type }, this);
		}

		/**
		 * Guard what leads back.
		 * @param connection the guarded connection
		 * @param origin what it comes from, or {@code null} for the connection
		 * @param result what the body is to get
		 */
		static @Nullable Object of(Object connection, @Nullable Guarded origin, @Nullable Object result) {
			if (!(result instanceof Wrapper || result instanceof Array)) {
				return result;
			}
			for (Guarded each = origin; each != null; each = each.origin) {
				if (each.target == result) {
					return each.proxy;
				}
			}
			for (Class<?> type : LEADING_BACK) {
				if (type.isInstance(result)) {
					return new Guarded(connection, origin, result, type).proxy;
				}
			}
			return result;
		}

		/** For a driver, which knows arrays of its own only. */
		static @Nullable Object @Nullable [] own(@Nullable Object @Nullable [] args) {
			return (args != null) ? Arrays.stream(args).map(Guarded::own).toArray() : null;
		}

		private static @Nullable Object own(@Nullable Object arg) {
			return (arg instanceof Array && Proxy.isProxyClass(arg.getClass())
					&& Proxy.getInvocationHandler(arg) instanceof Guarded guarded) ? guarded.target : arg;
		}

		@Override
		public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] args)
				throws Throwable {
			return switch (method.getName()) {
				case "getConnection" -> this.connection;
				case "equals" -> args != null && proxy == args[0];
				case "hashCode" -> System.identityHashCode(proxy);
				case "unwrap", "isWrapperFor" -> call(this.target, method, args);
				default -> of(this.connection, this, call(this.target, method, own(args)));
			};
		}

	}

}
