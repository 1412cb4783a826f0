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

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.Borrower;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.datasource.DelegatingDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Rows that are fetched in pieces from a driver that would wait for all of them before it
 * closes them, however often the link has failed.
 */
class FetchedRowsTests {

	private final List<String> closed = new ArrayList<>();

	private boolean linkIsLost;

	private final HikariDataSource pool = pool();

	private final TrackedDataSource dataSource = new TrackedDataSource(this.pool);

	private final long previousDeadline = Borrower.current()
		.exchangeDeadline(System.nanoTime() + Duration.ofMinutes(1).toNanos());

	@AfterEach
	void close() {
		Borrower.current().exchangeDeadline(this.previousDeadline);
		this.dataSource.close();
	}

	@Test
	@DisplayName("T7: nobody waits for the rest of the rows once their link is lost")
	void t7_nobodyWaitsForTheRestOfTheRowsOnceTheirLinkIsLost() throws SQLException {
		this.linkIsLost = true;
		assertThatExceptionOfType(SQLException.class).isThrownBy(this::fetch).withMessage("link lost");
		assertThat(this.closed).isEmpty();
		this.linkIsLost = false;
		fetch();
		assertThat(this.closed).startsWith("ResultSet", "Statement");
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
	}

	private void fetch() throws SQLException {
		try (Connection connection = this.dataSource.getConnection();
				Statement statement = connection.createStatement()) {
			statement.setFetchSize(1);
			try (ResultSet rows = statement.executeQuery("select 1")) {
				assertThat(rows.next()).isTrue();
			}
		}
	}

	private HikariDataSource pool() {
		JdbcDataSource h2 = new JdbcDataSource();
		h2.setUrl("jdbc:h2:mem:" + UUID.randomUUID());
		HikariConfig config = new HikariConfig();
		config.setDataSource(new DelegatingDataSource(h2) {

			@Override
			public Connection getConnection() throws SQLException {
				return (Connection) watched(Connection.class, super.getConnection());
			}

		});
		config.setMaximumPoolSize(1);
		return new HikariDataSource(config);
	}

	private Object watched(Class<?> type, Object target) {
		return Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { type },
				(proxy, method, args) -> invoke(type, target, method, args));
	}

	private @Nullable Object invoke(Class<?> type, Object target, Method method, @Nullable Object @Nullable [] args)
			throws Throwable {
		if (method.getName().equals("close") && type != Connection.class) {
			this.closed.add(type.getSimpleName());
		}
		if (method.getName().equals("next") && this.linkIsLost) {
			throw new SQLException("link lost", "08000");
		}
		try {
			Object result = method.invoke(target, args);
			return (method.getReturnType() == Statement.class || method.getReturnType() == ResultSet.class)
					? watched(method.getReturnType(), result) : result;
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

}
