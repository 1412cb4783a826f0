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

import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

import static org.assertj.core.api.Assertions.assertThat;

class TransactionScopeRuntimeHintsTests {

	private final RuntimeHints hints = new RuntimeHints();

	@Test
	void nativeImageHasTheProxiesOfAScopesConnectionAndOfWhatComesFromIt() throws Exception {
		new TransactionScopeRuntimeHints().registerHints(this.hints, null);
		JdbcDataSource dataSource = new JdbcDataSource();
		dataSource.setURL("jdbc:h2:mem:hints");
		TransactionScope.create(new ScopedJdbcTransactionManager(dataSource)).run((tx) -> {
			Connection connection = tx.connection();
			assertKnown(connection);
			assertKnown(connection.getMetaData());
			assertComesKnown(connection);
		});
	}

	@Test
	void nativeImageKnowsWherePoolsKeepWhatTheyCouldNotConnectFor() throws Exception {
		new TransactionScopeRuntimeHints().registerHints(this.hints, getClass().getClassLoader());
		assertThat(RuntimeHintsPredicates.reflection()
			.onFieldAccess(HikariPool.class.getSuperclass().getDeclaredField("lastConnectionFailure")))
			.accepts(this.hints);
	}

	@Test
	void nativeImageKnowsWhatIsHandedOnFromOneDataSourceToTheOther() throws Exception {
		new TransactionScopeRuntimeHints().registerHints(this.hints, getClass().getClassLoader());
		assertThat(RuntimeHintsPredicates.reflection().onFieldAccess(HikariDataSource.class.getDeclaredField("pool")))
			.accepts(this.hints);
		for (Field field : HikariConfig.class.getDeclaredFields()) {
			assertThat(RuntimeHintsPredicates.reflection().onFieldAccess(field)).accepts(this.hints);
		}
		for (String name : new String[] { "resolvedDataSources", "resolvedDefaultDataSource" }) {
			assertThat(RuntimeHintsPredicates.reflection()
				.onFieldAccess(AbstractRoutingDataSource.class.getDeclaredField(name))).accepts(this.hints);
		}
		assertThat(RuntimeHintsPredicates.reflection()
			.onFieldAccess(LazyConnectionDataSourceProxy.class.getDeclaredField("readOnlyDataSource")))
			.accepts(this.hints);
	}

	@ParameterizedTest
	@CsvSource({ "org.postgresql.PGConnection, getBackendPID", "org.postgresql.core.BaseConnection, cancelQuery",
			"org.postgresql.core.BaseConnection, getTransactionState", "org.mariadb.jdbc.Connection, getThreadId",
			"com.mysql.cj.MysqlConnection, getId", "io.r2dbc.postgresql.PostgresqlConnection, getClient",
			"io.r2dbc.postgresql.client.Client, getProcessId", "org.mariadb.r2dbc.api.MariadbConnection, getThreadId",
			"io.asyncer.r2dbc.mysql.MySqlSimpleConnection, context",
			"io.asyncer.r2dbc.mysql.ConnectionContext, getConnectionId" })
	void nativeImageKnowsWhatDriversAreAsked(String type, String name) throws Exception {
		new TransactionScopeRuntimeHints().registerHints(this.hints, getClass().getClassLoader());
		assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(Class.forName(type).getDeclaredMethod(name)))
			.accepts(this.hints);
	}

	private void assertComesKnown(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement();
				PreparedStatement prepared = connection.prepareStatement("select array[1]");
				CallableStatement call = connection.prepareCall("call 1");
				ResultSet rows = prepared.executeQuery()) {
			rows.next();
			assertKnown(statement);
			assertKnown(prepared);
			assertKnown(call);
			assertKnown(rows);
			assertKnown(rows.getArray(1));
		}
	}

	private void assertKnown(Object proxy) {
		assertThat(Proxy.isProxyClass(proxy.getClass())).isTrue();
		assertThat(RuntimeHintsPredicates.proxies().forInterfaces(proxy.getClass().getInterfaces()))
			.as(proxy.getClass().getInterfaces()[0].getName())
			.accepts(this.hints);
	}

}
