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

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Savepoint;
import java.util.List;

import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.SavepointParticipation;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.NestedTransactionNotSupportedException;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A block that works from a savepoint of a transaction on a JDBC connection.
 *
 * @param active the transaction
 * @param savepoint where it began
 * @param position where the transaction stood then
 */
record JdbcSavepoint(JdbcTransaction active, Savepoint savepoint,
		TransactionState.Position position) implements JdbcParticipation, SavepointParticipation {

	static JdbcSavepoint begin(JdbcTransaction active) {
		TransactionState shared = active.shared();
		if (active.isRollbackOnly() || shared.mark() != null) {
			throw RollbackMark.noSavepoint(shared.name(), shared.mark());
		}
		try {
			Savepoint savepoint = active.createSavepoint();
			TransactionSynchronizationManager.getSynchronizations().forEach((each) -> each.savepoint(savepoint));
			return new JdbcSavepoint(active, savepoint, shared.position());
		}
		catch (SQLFeatureNotSupportedException ex) {
			throw new NestedTransactionNotSupportedException(
					"Could not set a savepoint in transaction '%s': the JDBC driver has none".formatted(shared.name()),
					ex);
		}
		catch (SQLException ex) {
			throw new CannotCreateTransactionException(
					"Could not set a savepoint in transaction '%s': %s".formatted(shared.name(), ex.getMessage()), ex);
		}
	}

	@Override
	public void commit(List<Throwable> failures) {
		try {
			releaseSavepoint();
		}
		catch (RuntimeException | Error ex) {
			rollBackSavepoint(ex, failures);
			throw ex;
		}
	}

	@Override
	public void leave(List<Throwable> failures) {
	}

	private void rollBackSavepoint(Throwable cause, List<Throwable> failures) {
		try {
			rollBackToSavepoint(RollbackMark.failed(transaction().name(), cause), failures);
		}
		catch (Throwable ex) {
			Failures.suppress(cause, ex);
		}
	}

	@Override
	public void rollBackToSavepoint(RollbackMark mark, List<Throwable> failures) throws SQLException {
		Throwable failure = mark.cause();
		transaction().rollBackTo(this.position, failure);
		try {
			this.active.getConnection().rollback(this.savepoint);
			this.active.resetRollbackOnly();
			TransactionSynchronizationManager.getSynchronizations()
				.forEach((each) -> each.savepointRollback(this.savepoint));
		}
		catch (Throwable ex) {
			this.active.setRollbackOnly();
			transaction().doom(new RollbackMark(transaction().name(), "could not roll back to its savepoint", failure));
			throw ex;
		}
	}

	@Override
	public void releaseSavepoint() {
		try {
			this.active.getConnection().releaseSavepoint(this.savepoint);
		}
		catch (SQLFeatureNotSupportedException ex) {
			// Oracle releases them with the transaction.
		}
		catch (SQLException ex) {
			throw new TransactionSystemException("Could not release a savepoint of transaction '%s': %s"
				.formatted(transaction().name(), ex.getMessage()), ex);
		}
	}

}
