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
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * A real driver that fails on demand, to be put beneath a real pool.
 *
 * <pre class="code">
 * driver.failAt(Phase.COMMIT, Faults.lostLink());       // instead of committing
 * driver.failAfter(Phase.COMMIT, Faults.lostLink());    // committed, but nobody knows
 * driver.heal();
 * </pre>
 *
 * <p>
 * The failure thrown is the very instance given. One that speaks of a lost link ends the
 * session as well, as a broken connection does.
 */
public final class FaultyDriver extends DelegatingDataSource {

	private final Map<Phase, Fault> faults = new ConcurrentHashMap<>();

	private final Map<Phase, Runnable> arrivals = new ConcurrentHashMap<>();

	private final Set<Session> sessions = ConcurrentHashMap.newKeySet();

	private final List<String> calls = new CopyOnWriteArrayList<>();

	private volatile boolean recording;

	public FaultyDriver(DataSource driver) {
		super(driver);
	}

	/** Fail instead of doing it, each time until {@link #heal()}. */
	public <T extends Throwable> T failAt(Phase phase, T failure) {
		this.faults.put(phase, new Fault(failure, false));
		return failure;
	}

	/** Do it and fail then, each time until {@link #heal()}. */
	public <T extends Throwable> T failAfter(Phase phase, T failure) {
		this.faults.put(phase, new Fault(failure, true));
		return failure;
	}

	/** Do something else first, once. */
	public void before(Phase phase, Runnable what) {
		this.arrivals.put(phase, what);
	}

	public void heal() {
		this.faults.clear();
		this.arrivals.clear();
	}

	public void heal(Phase phase) {
		this.faults.remove(phase);
	}

	/** The calls since {@link #record()}, each as the name of its phase. */
	public List<String> calls() {
		return this.calls;
	}

	public void record() {
		this.calls.clear();
		this.recording = true;
	}

	/** How many physical connections are open. */
	public int openSessions() {
		return this.sessions.size();
	}

	/** What is left behind in open physical connections, in words. */
	public List<String> leftBehind() {
		return this.sessions.stream().flatMap((each) -> each.leftBehind().stream()).toList();
	}

	@Override
	public Connection getConnection() throws SQLException {
		Fault fault = this.faults.get(Phase.CONNECT);
		if (fault != null) {
			throw sneaky(fault.failure);
		}
		Session session = new Session(super.getConnection());
		this.sessions.add(session);
		return proxy(Connection.class, session);
	}

	@Override
	public Connection getConnection(String username, String password) throws SQLException {
		return getConnection();
	}

	private static <T> T proxy(Class<T> type, InvocationHandler handler) {
		return type.cast(Proxy.newProxyInstance(FaultyDriver.class.getClassLoader(), new Class<?>[] { type }, handler));
	}

	private static boolean isLostLink(Throwable failure) {
		return failure instanceof SQLException sql && sql.getSQLState() != null
				&& (sql.getSQLState().startsWith("08") || sql.getSQLState().startsWith("57P"));
	}

	@SuppressWarnings({ "unchecked", "TypeParameterUnusedInFormals" })
	private static <X extends Throwable> X sneaky(Throwable failure) throws X {
		throw (X) failure;
	}

	private @Nullable Object call(@Nullable Phase phase, Session session, Object target, Method method,
			@Nullable Object[] args) throws Throwable {
		if (phase != null && this.recording) {
			this.calls.add(phase.name());
		}
		Runnable arrival = (phase != null) ? this.arrivals.remove(phase) : null;
		if (arrival != null) {
			arrival.run();
		}
		Fault fault = (phase != null) ? this.faults.get(phase) : null;
		if (fault == null) {
			return invoke(target, method, args);
		}
		try {
			if (fault.applied) {
				invoke(target, method, args);
			}
			throw fault.failure;
		}
		finally {
			if (isLostLink(fault.failure)) {
				session.lose();
			}
		}
	}

	private static @Nullable Object invoke(Object target, Method method, @Nullable Object[] args) throws Throwable {
		try {
			return method.invoke(target, args);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

	private record Fault(Throwable failure, boolean applied) {
	}

	/**
	 * A physical connection.
	 */
	private final class Session implements InvocationHandler {

		private static final Object[] NO_ARGUMENTS = new Object[0];

		private final Connection target;

		private final Map<Setting, Object> changed = new EnumMap<>(Setting.class);

		private Session(Connection target) {
			this.target = target;
		}

		private void lose() throws SQLException {
			FaultyDriver.this.sessions.remove(this);
			end();
		}

		/** H2 does nothing in abort, where others end the session. */
		private void end() throws SQLException {
			this.target.abort(Runnable::run);
			this.target.close();
		}

		private synchronized List<String> leftBehind() {
			return this.changed.entrySet().stream().map((each) -> each.getKey() + " " + each.getValue()).toList();
		}

		@Override
		public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
			Object[] args = (arguments != null) ? arguments : NO_ARGUMENTS;
			switch (method.getName()) {
				case "equals" -> {
					return proxy == args[0];
				}
				case "hashCode" -> {
					return System.identityHashCode(proxy);
				}
				case "close" -> FaultyDriver.this.sessions.remove(this);
			}
			Setting setting = Setting.of(method);
			Object before = (setting != null) ? setting.of(this.target) : null;
			Object result = call(Phase.ofConnection(method, args), this, this.target, method, args);
			if (method.getName().equals("abort")) {
				lose();
			}
			if (setting != null && before != null) {
				note(setting, before, args[args.length - 1]);
			}
			return (result instanceof Statement statement) ? watched(statement) : result;
		}

		private synchronized void note(Setting setting, Object before, Object now) {
			String[] change = String.valueOf(this.changed.get(setting)).split(" instead of ", 2);
			String original = (change.length == 2) ? change[1] : before.toString();
			if (original.equals(now.toString())) {
				this.changed.remove(setting);
			}
			else {
				this.changed.put(setting, now + " instead of " + original);
			}
		}

		private Statement watched(Statement statement) {
			Class<? extends Statement> type = (statement instanceof CallableStatement) ? CallableStatement.class
					: (statement instanceof PreparedStatement) ? PreparedStatement.class : Statement.class;
			return proxy(type, (proxy, method, args) -> call(Phase.ofStatement(method), this, statement, method,
					(args != null) ? args : NO_ARGUMENTS));
		}

	}

	/**
	 * A setting of a physical connection that has to be as it was when it comes back.
	 */
	private enum Setting {

		AUTO_COMMIT("setAutoCommit") {

			@Override
			Object of(Connection connection) throws SQLException {
				return connection.getAutoCommit();
			}

		},

		READ_ONLY("setReadOnly") {

			@Override
			Object of(Connection connection) throws SQLException {
				return connection.isReadOnly();
			}

		},

		ISOLATION("setTransactionIsolation") {

			@Override
			Object of(Connection connection) throws SQLException {
				return connection.getTransactionIsolation();
			}

		},

		NETWORK_TIMEOUT("setNetworkTimeout") {

			@Override
			Object of(Connection connection) throws SQLException {
				return connection.getNetworkTimeout();
			}

		};

		private final String setter;

		Setting(String setter) {
			this.setter = setter;
		}

		static @Nullable Setting of(Method method) {
			for (Setting each : values()) {
				if (each.setter.equals(method.getName())) {
					return each;
				}
			}
			return null;
		}

		abstract Object of(Connection connection) throws SQLException;

	}

}
