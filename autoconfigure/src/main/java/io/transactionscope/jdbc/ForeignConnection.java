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

package io.transactionscope.jdbc;

import java.sql.SQLException;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A connection of one data source that others have bound to the thread: Spring's
 * managers, those of JPA, or {@code JdbcTemplate} outside of any transaction on that data
 * source. Which of them it is, is asked of it alone: the thread may well be in a
 * transaction on another data source.
 */
final class ForeignConnection extends DataSourceTransactionManager {

	ForeignConnection(DataSource dataSource) {
		super(dataSource);
	}

	/**
	 * Whether the connection that is bound is in a transaction, to be joined. Spring
	 * knows of its own JDBC transactions.
	 */
	boolean isInTransaction() {
		return isExistingTransaction(doGetTransaction()) || isInTransactionOfOthers(bound(obtainDataSource()));
	}

	/**
	 * The same for what is in no JDBC transaction of Spring's. JPA's connection is not
	 * marked at all; one that Spring keeps for synchronization only is marked as such.
	 */
	static boolean isInTransactionOfOthers(@Nullable ConnectionHolder holder) {
		return holder != null && !holder.isSynchronizedWithTransaction() && !(holder instanceof LateConnectionHolder)
				&& TransactionSynchronizationManager.isActualTransactionActive() && !isAutoCommit(holder);
	}

	private static boolean isAutoCommit(ConnectionHolder holder) {
		try {
			return holder.getConnection().getAutoCommit();
		}
		catch (SQLException ex) {
			// Whoever works with it will see.
			return false;
		}
	}

	static @Nullable ConnectionHolder bound(DataSource dataSource) {
		return (TransactionSynchronizationManager.getResource(dataSource) instanceof ConnectionHolder holder) ? holder
				: null;
	}

	/**
	 * Give back what Spring keeps for a synchronization that goes on, and that would take
	 * it, or whatever is bound instead, from the thread at its end.
	 * @param name of the transaction that is to be begun
	 */
	void giveBackUnused(String name) {
		ConnectionHolder holder = bound(obtainDataSource());
		if (holder == null || !holder.isSynchronizedWithTransaction()) {
			return;
		}
		if (holder.isOpen()) {
			throw new IllegalTransactionStateException(
					"Transaction '%s' cannot be a part of another scope: the thread's connection of that data source is still in use, outside of a transaction; close what reads from it first, or enter the scope earlier."
						.formatted(name));
		}
		for (TransactionSynchronization each : TransactionSynchronizationManager.getSynchronizations()) {
			each.suspend();
			if (bound(obtainDataSource()) == null) {
				each.afterCompletion(TransactionSynchronization.STATUS_UNKNOWN);
				// As one in use, it is left alone from now on.
				holder.requested();
				return;
			}
			each.resume();
		}
	}

}
