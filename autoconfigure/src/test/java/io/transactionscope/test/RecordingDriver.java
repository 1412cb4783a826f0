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

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

import javax.sql.DataSource;

import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * A driver that writes down each call that it gets, also those to the statements that its
 * connections have prepared.
 */
public final class RecordingDriver extends DelegatingDataSource {

	private static final Set<Class<?>> RECORDED = Set.of(Connection.class, PreparedStatement.class);

	private final List<String> calls = new CopyOnWriteArrayList<>();

	public RecordingDriver(DataSource driver) {
		super(driver);
	}

	/** The calls since {@link #clear()}, each as the name of its method. */
	public List<String> calls() {
		return this.calls;
	}

	public void clear() {
		this.calls.clear();
	}

	@Override
	public Connection getConnection() throws SQLException {
		return (Connection) recorded(Connection.class, super.getConnection());
	}

	@Override
	public Connection getConnection(String username, String password) throws SQLException {
		return getConnection();
	}

	private Object recorded(Class<?> type, Object target) {
		return Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { type }, (proxy, method, args) -> {
			this.calls.add(method.getName());
			try {
				Object result = method.invoke(target, args);
				return RECORDED.contains(method.getReturnType()) ? recorded(method.getReturnType(), result) : result;
			}
			catch (InvocationTargetException ex) {
				throw ex.getTargetException();
			}
		});
	}

}
