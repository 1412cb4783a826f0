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
package io.transactionscope.test;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

import org.jspecify.annotations.Nullable;

/**
 * A physical connection that can be made to fail.
 */
final class FaultyConnection implements InvocationHandler, Moment.Link {

	private static final Object[] NO_ARGUMENTS = new Object[0];

	private static final String PAST_JDBC = "org.postgresql.core.BaseConnection";

	private final ArmedFaults faults;

	private final String pool;

	private final Connection target;

	private final Connection proxy;

	private volatile int networkTimeout;

	private volatile boolean ended;

	FaultyConnection(ArmedFaults faults, String pool, Connection target) {
		this.faults = faults;
		this.pool = pool;
		this.target = target;
		this.proxy = proxy(Connection.class, this);
	}

	Connection proxy() {
		return this.proxy;
	}

	@Override
	public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
		Object[] args = arguments(arguments);
		switch (method.getName()) {
			case "equals" -> {
				return proxy == args[0];
			}
			case "hashCode" -> {
				return System.identityHashCode(proxy);
			}
			case "isWrapperFor" -> {
				if (hides(args[0])) {
					return false;
				}
			}
			case "setNetworkTimeout" -> this.networkTimeout = (int) args[1];
		}
		Phase phase = Phase.ofConnection(method, args);
		if (phase == null) {
			return call(this.target, method, args);
		}
		String sql = (args.length > 0 && args[0] instanceof String text) ? text : null;
		return meet(phase, sql, this, () -> {
			this.ended |= phase == Phase.ABORT || phase == Phase.CLOSE;
			Object result = call(this.target, method, args);
			return (result instanceof Statement statement) ? new FaultyStatement(this, statement, sql).proxy() : result;
		});
	}

	/**
	 * Whoever knows PostgreSQL's driver cancels there what its statement never heard of,
	 * and takes a transaction for missing that has only not been begun.
	 */
	private boolean hides(Object type) {
		return type instanceof Class<?> wrapped && wrapped.getName().equals(PAST_JDBC)
				&& this.faults.stall(Phase.STATEMENT, this.pool);
	}

	@Nullable Object meet(Phase phase, @Nullable String sql, Moment.Link link, FaultEffect.Call call) throws Throwable {
		return this.faults.meet(new Moment(phase, this.pool, sql, link), call);
	}

	/**
	 * Rolled back before, as a server does it only when it gets to know of the end:
	 * nobody has to wait for that.
	 */
	@Override
	public void lose() {
		this.ended = true;
		attempt(() -> {
			if (!this.target.getAutoCommit()) {
				this.target.rollback();
			}
		});
		// H2 does nothing in abort, where others end the session.
		attempt(() -> this.target.abort(Runnable::run));
		attempt(this.target::close);
	}

	private static void attempt(End end) {
		try {
			end.run();
		}
		catch (SQLException ex) {
			// It has ended already.
		}
	}

	@Override
	public boolean isEnded() {
		return this.ended;
	}

	@Override
	public int networkTimeout() {
		return this.networkTimeout;
	}

	static <T> T proxy(Class<T> type, InvocationHandler handler) {
		return type
			.cast(Proxy.newProxyInstance(FaultyConnection.class.getClassLoader(), new Class<?>[] { type }, handler));
	}

	static Object[] arguments(Object @Nullable [] arguments) {
		return (arguments != null) ? arguments : NO_ARGUMENTS;
	}

	static @Nullable Object call(Object target, Method method, Object[] args) throws Throwable {
		try {
			return method.invoke(target, args);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

	/**
	 * One of the ways to end a connection.
	 */
	private interface End {

		void run() throws SQLException;

	}

}
