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

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

import javax.sql.DataSource;

import io.transactionscope.pool.TestPool.Person;
import io.transactionscope.pool.snapshot.Lease;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How the ledger learns what double quotes enclose in its database's SQL.
 */
class QuotedNamesTests {

	private final AtomicInteger asked = new AtomicInteger();

	@Test
	void areAskedOfTheDatabaseWhateverItsDriverIsWrappedIn() throws Exception {
		try (TestPool pool = poolOf((metaData) -> "`")) {
			Person person = pool.person("reader");
			Connection connection = person.borrows();
			person.executes(connection, "select 1 as \"Ada\"");
			assertThat(lastSql(pool)).isEqualTo("select ? as ?");
			person.returns(connection);
			connection = person.borrows();
			person.returns(connection);
			assertThat(this.asked).hasValue(1);
		}
	}

	@Test
	void areShownWhereTheyAreKnownToBeNames() throws Exception {
		try (TestPool pool = poolOf(DatabaseMetaData::getIdentifierQuoteString)) {
			Person person = pool.person("reader");
			Connection connection = person.borrows();
			person.executes(connection, "select 1 as \"Ada\"");
			assertThat(lastSql(pool)).isEqualTo("select ? as \"Ada\"");
			person.returns(connection);
		}
	}

	@Test
	void areHiddenWhereTheDriverDoesNotSay() throws Exception {
		try (TestPool pool = poolOf((metaData) -> {
			throw new SQLException("not today");
		})) {
			Person person = pool.person("reader");
			Connection connection = person.borrows();
			person.executes(connection, "select 1 as \"Ada\"");
			assertThat(lastSql(pool)).isEqualTo("select ? as ?");
			person.returns(connection);
		}
	}

	private static String lastSql(TestPool pool) {
		return pool.ledger().snapshot().leases().stream().map(Lease::lastSql).findFirst().orElseThrow();
	}

	private TestPool poolOf(QuoteString quoteString) {
		return new TestPool(1, TestPool.TIMED,
				(config) -> config.setDataSource(wrapped(DataSource.class, config.getDataSource(), quoteString)));
	}

	private <T> T wrapped(Class<T> type, Object target, QuoteString quoteString) {
		return type
			.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type }, (proxy, method, args) -> {
				if (target instanceof DatabaseMetaData metaData
						&& method.getName().equals("getIdentifierQuoteString")) {
					this.asked.incrementAndGet();
					return quoteString.of(metaData);
				}
				try {
					Object result = method.invoke(target, args);
					return (result instanceof Connection || result instanceof DatabaseMetaData)
							? wrapped(method.getReturnType(), result, quoteString) : result;
				}
				catch (InvocationTargetException ex) {
					throw ex.getTargetException();
				}
			}));
	}

	private interface QuoteString {

		String of(DatabaseMetaData metaData) throws SQLException;

	}

}
