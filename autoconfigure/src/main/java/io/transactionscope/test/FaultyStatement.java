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
import java.lang.reflect.Method;
import java.sql.CallableStatement;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A statement that can be made to fail when it is executed.
 */
final class FaultyStatement implements InvocationHandler, Moment.Link {

	private final FaultyConnection connection;

	private final Statement target;

	private final @Nullable String prepared;

	private final List<String> batch = new ArrayList<>();

	private volatile boolean canceled;

	FaultyStatement(FaultyConnection connection, Statement target, @Nullable String prepared) {
		this.connection = connection;
		this.target = target;
		this.prepared = prepared;
	}

	Statement proxy() {
		Class<? extends Statement> type = (this.target instanceof CallableStatement) ? CallableStatement.class
				: (this.target instanceof PreparedStatement) ? PreparedStatement.class : Statement.class;
		return FaultyConnection.proxy(type, this);
	}

	@Override
	public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
		Object[] args = FaultyConnection.arguments(arguments);
		switch (method.getName()) {
			case "equals" -> {
				return proxy == args[0];
			}
			case "hashCode" -> {
				return System.identityHashCode(proxy);
			}
			case "getConnection" -> {
				return this.connection.proxy();
			}
			case "cancel" -> this.canceled = true;
			case "addBatch" -> note(args);
			case "clearBatch" -> this.batch.clear();
		}
		Phase phase = Phase.ofStatement(method);
		return (phase != null) ? execute(phase, method, args) : FaultyConnection.call(this.target, method, args);
	}

	private void note(Object[] args) {
		if (args.length == 1) {
			this.batch.add((String) args[0]);
		}
	}

	private @Nullable Object execute(Phase phase, Method method, Object[] args) throws Throwable {
		this.canceled = false;
		String sql = (args.length > 0) ? (String) args[0]
				: (this.prepared != null) ? this.prepared : String.join(";\n", this.batch);
		this.batch.clear();
		return this.connection.meet(phase, sql, this, () -> FaultyConnection.call(this.target, method, args));
	}

	@Override
	public void lose() {
		this.connection.lose();
	}

	@Override
	public boolean isEnded() {
		return this.connection.isEnded();
	}

	@Override
	public boolean isCanceled() {
		return this.canceled;
	}

	@Override
	public int networkTimeout() {
		return this.connection.networkTimeout();
	}

	@Override
	public int queryTimeout() {
		try {
			return this.target.getQueryTimeout();
		}
		catch (SQLException ex) {
			return 0;
		}
	}

}
