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

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Objects;
import java.util.logging.Logger;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

/**
 * A data source whose connections, or whose getting of them, can be made to fail.
 *
 * @param faults what fails
 * @param pool the name to go by
 * @param target the real one
 * @param phase whether that opens connections or lends them
 */
record FaultyDataSource(ArmedFaults faults, String pool, DataSource target, Phase phase) implements DataSource {

	@Override
	public Connection getConnection() throws SQLException {
		return connection(this.target::getConnection);
	}

	@Override
	public Connection getConnection(String username, String password) throws SQLException {
		return connection(() -> this.target.getConnection(username, password));
	}

	private Connection connection(FaultEffect.Call call) throws SQLException {
		try {
			Moment moment = new Moment(this.phase, this.pool, null, Moment.Link.NONE);
			Object connection = this.faults.meet(moment, () -> watched((Connection) call.proceed()));
			return (Connection) Objects.requireNonNull(connection, "The data source has returned no connection");
		}
		catch (Throwable ex) {
			throw FaultyDataSource.<RuntimeException>sneaky(ex);
		}
	}

	private @Nullable Connection watched(@Nullable Connection connection) {
		return (connection != null && this.phase == Phase.CONNECT)
				? new FaultyConnection(this.faults, this.pool, connection).proxy() : connection;
	}

	@SuppressWarnings({ "unchecked", "TypeParameterUnusedInFormals" })
	private static <X extends Throwable> X sneaky(Throwable failure) throws X {
		throw (X) failure;
	}

	@Override
	public <T> T unwrap(Class<T> iface) throws SQLException {
		return iface.isInstance(this.target) ? iface.cast(this.target) : this.target.unwrap(iface);
	}

	@Override
	public boolean isWrapperFor(Class<?> iface) throws SQLException {
		return iface.isInstance(this.target) || this.target.isWrapperFor(iface);
	}

	@Override
	public @Nullable PrintWriter getLogWriter() throws SQLException {
		return this.target.getLogWriter();
	}

	@Override
	public void setLogWriter(@Nullable PrintWriter out) throws SQLException {
		this.target.setLogWriter(out);
	}

	@Override
	public void setLoginTimeout(int seconds) throws SQLException {
		this.target.setLoginTimeout(seconds);
	}

	@Override
	public int getLoginTimeout() throws SQLException {
		return this.target.getLoginTimeout();
	}

	@Override
	public Logger getParentLogger() throws SQLFeatureNotSupportedException {
		return this.target.getParentLogger();
	}

	@Override
	public String toString() {
		return this.target.toString();
	}

}
