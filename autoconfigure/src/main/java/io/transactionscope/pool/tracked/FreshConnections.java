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
import io.transactionscope.pool.PoolLedger;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.jdbc.DataSourceUnwrapper;

/**
 * Opens connections to where another one leads: outside of its pool, if that is
 * HikariCP's, and else from there.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface FreshConnections {

	/**
	 * {@return another connection, which is closed by the caller}
	 * @throws SQLException if there is none to be had
	 */
	Connection open() throws SQLException;

	/**
	 * Find out how to open connections like the given one, as long as that can still be
	 * asked where it leads.
	 * @param connection the connection, or a handle on it
	 * @param dataSource where it was borrowed
	 * @return what opens them, or {@code null} if the handle has not fetched a connection
	 */
	static @Nullable FreshConnections besides(Connection connection, DataSource dataSource) {
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
		return (pool != null) ? () -> PoolLedger.openBeside(pool) : dataSource::getConnection;
	}

}
