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

package io.transactionscope.autoconfigure;

import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.jdbc.datasource.ConnectionProxy;

/**
 * What a native image has to know: the connection of a scope's handle is a JDK proxy, the
 * failure of a pool's latest attempt to connect is read from its field, the pool and its
 * configuration are handed on by theirs, and so are the targets that are routed to.
 * Drivers are asked by the names of their methods.
 */
class TransactionScopeRuntimeHints implements RuntimeHintsRegistrar {

	/** A scope's connection, and what comes from it and leads back. */
	private static final List<Class<?>> GUARDED = List.of(ConnectionProxy.class, Statement.class,
			PreparedStatement.class, CallableStatement.class, ResultSet.class, DatabaseMetaData.class, Array.class);

	/** What only some drivers know or can do, by the types that declare it. */
	private static final Map<String, List<String>> DRIVERS = Map.of("org.postgresql.PGConnection",
			List.of("getBackendPID"), "org.postgresql.core.BaseConnection",
			List.of("cancelQuery", "getTransactionState"), "org.mariadb.jdbc.Connection", List.of("getThreadId"),
			"com.mysql.cj.MysqlConnection", List.of("getId"), "io.r2dbc.postgresql.PostgresqlConnection",
			List.of("getClient"), "io.r2dbc.postgresql.client.Client", List.of("getProcessId"),
			"org.mariadb.r2dbc.api.MariadbConnection", List.of("getThreadId"),
			"io.asyncer.r2dbc.mysql.MySqlSimpleConnection", List.of("context"),
			"io.asyncer.r2dbc.mysql.ConnectionContext", List.of("getConnectionId"));

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		for (Class<?> type : GUARDED) {
			hints.proxies().registerJdkProxy(type);
		}
		DRIVERS.forEach((type, methods) -> hints.reflection()
			.registerTypeIfPresent(classLoader, type, (driver) -> methods
				.forEach((method) -> driver.withMethod(method, List.of(), ExecutableMode.INVOKE))));
		hints.reflection()
			.registerTypeIfPresent(classLoader, "com.zaxxer.hikari.pool.PoolBase",
					(type) -> type.withField("lastConnectionFailure"))
			.registerTypeIfPresent(classLoader, "com.zaxxer.hikari.HikariDataSource", (type) -> type.withField("pool"))
			.registerTypeIfPresent(classLoader, "org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource",
					(type) -> type.withField("resolvedDataSources").withField("resolvedDefaultDataSource"))
			.registerTypeIfPresent(classLoader, "org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy",
					(type) -> type.withField("readOnlyDataSource"))
			.registerTypeIfPresent(classLoader, "com.zaxxer.hikari.HikariConfig",
					MemberCategory.ACCESS_DECLARED_FIELDS);
	}

}
