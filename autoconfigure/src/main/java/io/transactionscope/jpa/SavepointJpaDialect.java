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

package io.transactionscope.jpa;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Savepoint;

import io.transactionscope.engine.NotedSavepoint;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.TransactionState;
import jakarta.persistence.EntityManager;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.support.DataAccessUtils;
import org.springframework.jdbc.datasource.ConnectionHandle;
import org.springframework.orm.jpa.JpaDialect;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.NestedTransactionNotSupportedException;
import org.springframework.transaction.SavepointManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Adds savepoints to another JPA dialect, on the JDBC connection of its entity manager.
 */
final class SavepointJpaDialect implements JpaDialect {

	private final JpaDialect dialect;

	private final TransactionState.Key key;

	SavepointJpaDialect(JpaDialect dialect, TransactionState.Key key) {
		this.dialect = dialect;
		this.key = key;
	}

	@Override
	public Object beginTransaction(EntityManager entityManager, TransactionDefinition definition) throws SQLException {
		return new Savepoints(entityManager, this.dialect.beginTransaction(entityManager, definition));
	}

	@Override
	public @Nullable Object prepareTransaction(EntityManager entityManager, boolean readOnly, @Nullable String name) {
		return this.dialect.prepareTransaction(entityManager, readOnly, name);
	}

	@Override
	public void cleanupTransaction(@Nullable Object transactionData) {
		this.dialect.cleanupTransaction(
				(transactionData instanceof Savepoints savepoints) ? savepoints.transactionData : transactionData);
	}

	@Override
	public @Nullable ConnectionHandle getJdbcConnection(EntityManager entityManager, boolean readOnly)
			throws SQLException {
		return this.dialect.getJdbcConnection(entityManager, readOnly);
	}

	@Override
	public void releaseJdbcConnection(ConnectionHandle connection, EntityManager entityManager) throws SQLException {
		this.dialect.releaseJdbcConnection(connection, entityManager);
	}

	@Override
	public @Nullable DataAccessException translateExceptionIfPossible(RuntimeException ex) {
		return this.dialect.translateExceptionIfPossible(ex);
	}

	/**
	 * The savepoints of one transaction.
	 */
	private final class Savepoints implements SavepointManager {

		private final EntityManager entityManager;

		private final @Nullable Object transactionData;

		private Savepoints(EntityManager entityManager, @Nullable Object transactionData) {
			this.entityManager = entityManager;
			this.transactionData = transactionData;
		}

		@Override
		public Object createSavepoint() {
			TransactionState shared = shared();
			if (shared.mark() != null || this.entityManager.getTransaction().getRollbackOnly()) {
				throw RollbackMark.noSavepoint(shared.name(), shared.mark());
			}
			try {
				// What was done before must not be taken back with what comes after.
				flush();
				return NotedSavepoint.of(connection().setSavepoint(), shared);
			}
			catch (SQLFeatureNotSupportedException ex) {
				throw new NestedTransactionNotSupportedException("Could not set a savepoint: the JDBC driver has none",
						ex);
			}
			catch (SQLException ex) {
				throw new CannotCreateTransactionException("Could not set a savepoint: " + ex.getMessage(), ex);
			}
			catch (RuntimeException ex) {
				throw DataAccessUtils.translateIfNecessary(ex, SavepointJpaDialect.this);
			}
		}

		@Override
		public void rollbackToSavepoint(Object savepoint) {
			NotedSavepoint noted = (NotedSavepoint) savepoint;
			TransactionState shared = shared();
			shared.rollBackTo(noted.position(), RollbackMark.unexpectedRollback(shared.name(), shared.mark()));
			try {
				connection().rollback((Savepoint) noted.savepoint());
				// Its entities may say what the database no longer does.
				this.entityManager.clear();
			}
			catch (SQLException ex) {
				doom(shared, ex);
				throw new TransactionSystemException("Could not roll back to a savepoint: " + ex.getMessage(), ex);
			}
			catch (RuntimeException | Error ex) {
				doom(shared, ex);
				throw ex;
			}
		}

		/** Nothing but a rollback of all is left. */
		private static void doom(TransactionState shared, Throwable failure) {
			shared.doom(new RollbackMark(shared.name(), "could not roll back to a savepoint", failure));
		}

		@Override
		public void releaseSavepoint(Object savepoint) {
			try {
				flush();
				connection().releaseSavepoint((Savepoint) ((NotedSavepoint) savepoint).savepoint());
			}
			catch (SQLFeatureNotSupportedException ex) {
				// Oracle releases them with the transaction.
			}
			catch (SQLException ex) {
				throw new TransactionSystemException("Could not release a savepoint: " + ex.getMessage(), ex);
			}
			catch (RuntimeException ex) {
				throw DataAccessUtils.translateIfNecessary(ex, SavepointJpaDialect.this);
			}
		}

		/** A transaction that only reads writes nothing of what it was given, either. */
		private void flush() {
			if (!TransactionSynchronizationManager.isCurrentTransactionReadOnly()) {
				this.entityManager.flush();
			}
		}

		private Connection connection() throws SQLException {
			ConnectionHandle handle = getJdbcConnection(this.entityManager, false);
			if (handle == null) {
				throw new NestedTransactionNotSupportedException(
						"Could not set a savepoint: the JPA dialect exposes no JDBC connection");
			}
			return handle.getConnection();
		}

		private TransactionState shared() {
			Object shared = TransactionSynchronizationManager.getResource(SavepointJpaDialect.this.key);
			if (shared == null) {
				throw new IllegalStateException("No transaction begun by this transaction manager");
			}
			return (TransactionState) shared;
		}

	}

}
