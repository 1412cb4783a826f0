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

package io.transactionscope;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.stream.Stream;

import javax.sql.DataSource;

import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.InvalidIsolationLevelException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What a scope says that cannot begin as it was told to: of which scope, why, and what to
 * change.
 */
class RefusalMessageTests {

	static Stream<PlatformTransactionManager> managers() {
		return Stream.of(new ScopedJdbcTransactionManager(database()), new JdbcTransactionManager(database()),
				new PickyTransactionManager());
	}

	private static DataSource database() {
		JdbcDataSource database = new JdbcDataSource();
		database.setURL("jdbc:h2:mem:");
		return database;
	}

	@ParameterizedTest
	@MethodSource("managers")
	void saysWhatAMandatoryScopeNeeds(PlatformTransactionManager manager) {
		TransactionScope scope = TransactionScope.create(manager).named("write-journal").mandatory();
		assertThatExceptionOfType(IllegalTransactionStateException.class).isThrownBy(() -> scope.run(() -> {
		}))
			.withMessage(
					"Scope 'write-journal' must join a transaction, and none is active: call it from inside one, or drop mandatory().");
	}

	@ParameterizedTest
	@MethodSource("managers")
	void saysWhichTransactionAScopeMustNotRunIn(PlatformTransactionManager manager) {
		TransactionScope scope = TransactionScope.create(manager);
		assertThatExceptionOfType(IllegalTransactionStateException.class)
			.isThrownBy(() -> scope.named("place-order").run(() -> scope.named("call-bank").never().run(() -> {
			})))
			.withMessage(
					"Scope 'call-bank' must not run in a transaction, but transaction 'place-order' is active: call it from outside, or drop never().");
	}

	@Test
	void saysThatTheDatabaseDoesNotSupportTheIsolationLevel() {
		TransactionScope scope = TransactionScope
			.create(new ScopedJdbcTransactionManager(withoutIsolation(DataSource.class, database())))
			.named("stocktake")
			.isolation(Isolation.REPEATABLE_READ);
		assertThatExceptionOfType(CannotCreateTransactionException.class).isThrownBy(() -> scope.run(() -> {
		}))
			.withMessage(
					"Scope 'stocktake' cannot begin: its database does not support isolation level REPEATABLE_READ. Use one that it has, or drop isolation(). (ORA-17030)")
			.havingRootCause()
			.withMessage("ORA-17030");
	}

	@Test
	void saysThatTheTransactionManagerDoesNotSupportTheIsolationLevel() {
		TransactionScope scope = TransactionScope.create(new PickyTransactionManager())
			.named("stocktake")
			.isolation(Isolation.SERIALIZABLE);
		assertThatExceptionOfType(InvalidIsolationLevelException.class).isThrownBy(() -> scope.run(() -> {
		}))
			.withMessage(
					"Scope 'stocktake' cannot begin with isolation level SERIALIZABLE, which its transaction manager does not support: drop isolation(). (no levels here)");
	}

	/** As that of Oracle is, which has two of the four levels. */
	private static <T> T withoutIsolation(Class<T> type, Object target) {
		return type
			.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type }, (proxy, method, args) -> {
				if (method.getName().equals("supportsTransactionIsolationLevel")) {
					return false;
				}
				if (method.getName().equals("setTransactionIsolation")) {
					throw new SQLException("ORA-17030", "99999", 17030);
				}
				try {
					Object result = method.invoke(target, args);
					return (result instanceof Connection || result instanceof DatabaseMetaData)
							? withoutIsolation(method.getReturnType(), result) : result;
				}
				catch (InvocationTargetException ex) {
					throw ex.getTargetException();
				}
			}));
	}

	/** As that of JTA is: of another kind, and without isolation levels. */
	private static final class PickyTransactionManager extends AbstractPlatformTransactionManager {

		private boolean active;

		@Override
		protected Object doGetTransaction() {
			return this;
		}

		@Override
		protected boolean isExistingTransaction(Object transaction) {
			return this.active;
		}

		@Override
		protected void doBegin(Object transaction, TransactionDefinition definition) {
			if (definition.getIsolationLevel() != TransactionDefinition.ISOLATION_DEFAULT) {
				throw new InvalidIsolationLevelException("no levels here");
			}
			this.active = true;
		}

		@Override
		protected void doCommit(DefaultTransactionStatus status) {
		}

		@Override
		protected void doRollback(DefaultTransactionStatus status) {
		}

		@Override
		protected void doCleanupAfterCompletion(Object transaction) {
			this.active = false;
		}

	}

}
