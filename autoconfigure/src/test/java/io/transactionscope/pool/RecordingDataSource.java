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

package io.transactionscope.pool;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * A real database whose connections keep a record of the calls they get, and which has a
 * network timeout also where the database's driver has none.
 */
public final class RecordingDataSource extends DelegatingDataSource {

	private final List<String> calls = new CopyOnWriteArrayList<>();

	private final AtomicInteger opened = new AtomicInteger();

	private volatile String failingCall = "";

	private volatile String sqlState = "";

	public RecordingDataSource(DataSource target) {
		super(target);
	}

	@Override
	public Connection getConnection() throws SQLException {
		Connection target = super.getConnection();
		this.opened.incrementAndGet();
		return (Connection) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { Connection.class },
				new Recorder(target));
	}

	@Override
	public Connection getConnection(String username, String password) throws SQLException {
		return getConnection();
	}

	/**
	 * Return the calls made since {@link #clear()}, each as its method's name, with the
	 * milliseconds for a network timeout.
	 */
	public List<String> calls() {
		return this.calls;
	}

	public void clear() {
		this.calls.clear();
	}

	public int opened() {
		return this.opened.get();
	}

	/**
	 * Let each call that begins like this fail from now on.
	 */
	public void failOn(String call, String sqlState) {
		this.failingCall = call;
		this.sqlState = sqlState;
	}

	public void failNoMore() {
		this.failingCall = "";
	}

	private final class Recorder implements InvocationHandler {

		private final Connection target;

		private volatile int networkTimeout;

		private Recorder(Connection target) {
			this.target = target;
		}

		@Override
		public @Nullable Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
			String name = method.getName();
			String call = name.equals("setNetworkTimeout") ? name + " " + args[1] : name;
			RecordingDataSource.this.calls.add(call);
			String failing = RecordingDataSource.this.failingCall;
			if (!failing.isEmpty() && call.startsWith(failing)) {
				throw new SQLException("Told to fail on " + call, RecordingDataSource.this.sqlState);
			}
			switch (name) {
				case "unwrap" -> {
					// As JDBC has it: what is of the type already is its own.
					if (((Class<?>) args[0]).isInstance(proxy)) {
						return proxy;
					}
				}
				case "getNetworkTimeout" -> {
					return this.networkTimeout;
				}
				case "setNetworkTimeout" -> {
					this.networkTimeout = (int) args[1];
					return null;
				}
			}
			try {
				return method.invoke(this.target, args);
			}
			catch (InvocationTargetException ex) {
				throw ex.getTargetException();
			}
		}

	}

}
