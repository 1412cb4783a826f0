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

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.ProxyConnection;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolSettings;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;

/**
 * A {@link TrackedPool} in front of a HikariCP pool that others have, too.
 *
 * <pre class="code">
 * &#064;Bean
 * TrackedDataSource dataSource(HikariConfig config) {
 *     PoolSettings settings = PoolSettings.defaults().withMaxWaiting(50);
 *     return new TrackedDataSource(new PoolLedger(new HikariDataSource(config), settings));
 * }
 * </pre>
 *
 * <p>
 * To close it closes the pool and its ledger, as the context does with a bean of this
 * type. Over a pool that is somebody else's, close the {@link #ledger() ledger} alone.
 *
 * @since 0.1.0
 */
public class TrackedDataSource extends DelegatingDataSource implements TrackedPool, AutoCloseable {

	private final PoolLedger ledger;

	/**
	 * Create a data source in front of the given pool, with a ledger of its own that has
	 * the default settings.
	 * @param pool the pool, which need not have been started
	 */
	public TrackedDataSource(HikariDataSource pool) {
		this(new PoolLedger(pool, PoolSettings.defaults()));
	}

	/**
	 * Create a data source in front of the pool that the given ledger is about.
	 * @param ledger the ledger, which no other data source keeps
	 */
	public TrackedDataSource(PoolLedger ledger) {
		super(ledger.hikari());
		this.ledger = ledger;
	}

	@Override
	public PoolLedger ledger() {
		return this.ledger;
	}

	/**
	 * As {@link TrackedPool} has it.
	 */
	@Override
	public Connection getConnection() throws SQLException {
		return TrackedConnection.borrow(this.ledger);
	}

	/**
	 * Return the pool.
	 */
	@Override
	public Object getWrappedObject() {
		return this.ledger.hikari();
	}

	/**
	 * Do something each time that a statement of a connection has been closed, until the
	 * connection goes back. Does nothing with a connection that is in no ledger.
	 * @param connection the connection, or a handle on it
	 * @param action what to do; it may give the connection back
	 */
	public static void whenStatementCloses(Connection connection, Runnable action) {
		Objects.requireNonNull(connection, "connection must not be null");
		Objects.requireNonNull(action, "action must not be null");
		TrackedLease tracked = Handles.find(connection, TrackedLease.class);
		if (tracked != null) {
			tracked.whenStatementCloses(action);
		}
	}

	/**
	 * Close the pool, and with it the ledger.
	 */
	@Override
	public void close() {
		this.ledger.close();
		this.ledger.hikari().close();
	}

	/**
	 * Find out how to open further connections to where a connection leads, as long as
	 * that can still be asked: outside of its pool, if that is HikariCP's or one that
	 * tells Spring Boot how it connects, and else from the data source.
	 * @param connection the connection, or a handle on it
	 * @param dataSource the data source that {@code connection} was borrowed from
	 * @return what opens connections, to be closed by who asks for them, or {@code null}
	 * if the handle has not fetched a connection
	 */
	public static PoolLedger.@Nullable Source fresh(Connection connection, DataSource dataSource) {
		Objects.requireNonNull(connection, "connection must not be null");
		Objects.requireNonNull(dataSource, "dataSource must not be null");
		Connection fetched = Handles.fetched(connection);
		if (fetched == null) {
			return null;
		}
		TrackedLease tracked = Handles.behind(fetched, TrackedLease.class);
		if (tracked != null) {
			return tracked.fresh();
		}
		HikariDataSource pool = DataSourceUnwrapper.unwrap(dataSource, HikariDataSource.class);
		return (pool != null) ? () -> PoolLedger.openBeside(pool) : () -> openBeside(dataSource);
	}

	private static Connection openBeside(DataSource dataSource) throws SQLException {
		DataSource pool = DataSourceUnwrapper.unwrapRoot(dataSource);
		DataSource driver;
		try {
			driver = DataSourceBuilder.derivedFrom((pool != null) ? pool : dataSource)
				.type(SimpleDriverDataSource.class)
				.build();
		}
		catch (RuntimeException ex) {
			driver = dataSource;
		}
		return driver.getConnection();
	}

	/**
	 * Throw a connection away instead of returning it to its pool, because nobody knows
	 * what state it is in. Its session ends, so that the server rolls back whatever
	 * transaction was open in it, and the pool makes room for another one. The connection
	 * is closed afterwards; to close it again does nothing.
	 * <p>
	 * A handle that has not fetched its connection yet is closed and fetches none. A
	 * connection that comes from no pool known here is aborted and closed.
	 * @param connection the connection, or a handle on it as Spring's
	 * {@code LazyConnectionDataSourceProxy} gives them
	 * @param dataSource the data source that {@code connection} was borrowed from
	 * @throws SQLException if the connection can be neither aborted nor rolled back; it
	 * is gone from its pool all the same
	 */
	public static void discard(Connection connection, DataSource dataSource) throws SQLException {
		Objects.requireNonNull(connection, "connection must not be null");
		Objects.requireNonNull(dataSource, "dataSource must not be null");
		Connection fetched;
		try {
			fetched = Handles.fetched(connection);
		}
		catch (RuntimeException | Error ex) {
			SessionEnd.abort(connection);
			return;
		}
		if (fetched == null) {
			connection.close();
			return;
		}
		TrackedLease tracked = Handles.behind(fetched, TrackedLease.class);
		if (tracked != null) {
			tracked.discard();
		}
		// A lazy handle may have fetched from another pool than its data source's first.
		else if (fetched == connection && fetched instanceof ProxyConnection
				&& DataSourceUnwrapper.unwrapRoot(dataSource) instanceof HikariDataSource pool) {
			SessionEnd.evictLent(fetched, pool);
		}
		else {
			SessionEnd.abort(fetched);
		}
	}

}
