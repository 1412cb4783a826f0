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
 * A real driver that fails on demand, to be put beneath a real pool, by
 * {@link DatabaseFaults}, and of which a test knows what was left behind in it.
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

	private static final List<Phase> PHASES = List.of(Phase.values());

	private final DatabaseFaults faults = new DatabaseFaults();

	private final Map<Phase, DatabaseFault> failures = new ConcurrentHashMap<>();

	private final Map<Phase, Runnable> arrivals = new ConcurrentHashMap<>();

	private final DataSource faulty;

	private final Set<Session> sessions = ConcurrentHashMap.newKeySet();

	private final List<String> calls = new CopyOnWriteArrayList<>();

	private volatile boolean recording;

	public FaultyDriver(DataSource driver) {
		super(driver);
		this.faulty = this.faults.beneath("driver", driver);
		heal();
	}

	/** Fail instead of doing it, each time until {@link #heal()}. */
	public <T extends Throwable> T failAt(Phase phase, T failure) {
		heal(phase);
		this.failures.put(phase, this.faults.at(phase).fails(failure));
		return failure;
	}

	/** Do it and fail then, each time until {@link #heal()}. */
	public <T extends Throwable> T failAfter(Phase phase, T failure) {
		heal(phase);
		this.failures.put(phase, this.faults.at(phase).failsAfterwards(failure));
		return failure;
	}

	/** Do something else first, once. */
	public void before(Phase phase, Runnable what) {
		this.arrivals.put(phase, what);
	}

	public void heal() {
		this.faults.clear();
		this.failures.clear();
		this.arrivals.clear();
		PHASES.forEach((phase) -> this.faults.at(phase).runs(() -> arrive(phase)));
	}

	public void heal(Phase phase) {
		DatabaseFault failure = this.failures.remove(phase);
		if (failure != null) {
			failure.disarm();
		}
	}

	private void arrive(Phase phase) {
		if (this.recording && phase != Phase.CONNECT) {
			this.calls.add(phase.name());
		}
		Runnable arrival = this.arrivals.remove(phase);
		if (arrival != null) {
			arrival.run();
		}
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
		this.sessions.removeIf(Session::hasEnded);
		return this.sessions.size();
	}

	/** What is left behind in open physical connections, in words. */
	public List<String> leftBehind() {
		this.sessions.removeIf(Session::hasEnded);
		return this.sessions.stream().flatMap((each) -> each.leftBehind().stream()).toList();
	}

	@Override
	public Connection getConnection() throws SQLException {
		Session session = new Session(this.faulty.getConnection());
		this.sessions.add(session);
		return (Connection) Proxy.newProxyInstance(FaultyDriver.class.getClassLoader(),
				new Class<?>[] { Connection.class }, session);
	}

	@Override
	public Connection getConnection(String username, String password) throws SQLException {
		return getConnection();
	}

	/**
	 * A physical connection, and what has been changed of it.
	 */
	private static final class Session implements InvocationHandler {

		private static final Object[] NO_ARGUMENTS = new Object[0];

		private final Connection target;

		private final Map<Setting, Object> changed = new EnumMap<>(Setting.class);

		private volatile boolean ended;

		private Session(Connection target) {
			this.target = target;
		}

		private boolean hasEnded() {
			try {
				return this.ended || this.target.isClosed();
			}
			catch (SQLException ex) {
				return true;
			}
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
				case "close" -> this.ended = true;
			}
			Setting setting = Setting.of(method);
			Object before = (setting != null) ? setting.of(this.target) : null;
			Object result = invoke(method, args);
			if (method.getName().equals("abort")) {
				// H2 does nothing in abort, where others end the session.
				this.target.close();
			}
			if (setting != null && before != null) {
				note(setting, before, args[args.length - 1]);
			}
			return result;
		}

		private @Nullable Object invoke(Method method, Object[] args) throws Throwable {
			try {
				return method.invoke(this.target, args);
			}
			catch (InvocationTargetException ex) {
				throw ex.getTargetException();
			}
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
