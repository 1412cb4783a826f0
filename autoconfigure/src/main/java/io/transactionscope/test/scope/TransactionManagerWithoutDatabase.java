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

package io.transactionscope.test.scope;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.transaction.SavepointManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.SmartTransactionObject;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A transaction manager whose transactions are about nothing.
 */
final class TransactionManagerWithoutDatabase extends AbstractPlatformTransactionManager {

	TransactionManagerWithoutDatabase() {
		setNestedTransactionAllowed(true);
	}

	@Override
	protected Object doGetTransaction() {
		return new TransactionObject((Transaction) TransactionSynchronizationManager.getResource(this));
	}

	@Override
	protected boolean isExistingTransaction(Object transaction) {
		return of(transaction).transaction != null;
	}

	@Override
	protected void doBegin(Object transaction, TransactionDefinition definition) {
		Transaction begun = new Transaction();
		of(transaction).transaction = begun;
		TransactionSynchronizationManager.bindResource(this, begun);
	}

	@Override
	protected Object doSuspend(Object transaction) {
		of(transaction).transaction = null;
		return TransactionSynchronizationManager.unbindResource(this);
	}

	@Override
	protected void doResume(@Nullable Object transaction, Object suspendedResources) {
		TransactionSynchronizationManager.bindResource(this, suspendedResources);
	}

	@Override
	protected void doCommit(DefaultTransactionStatus status) {
	}

	@Override
	protected void doRollback(DefaultTransactionStatus status) {
	}

	@Override
	protected void doSetRollbackOnly(DefaultTransactionStatus status) {
		of(status.getTransaction()).require().rollbackOnly = true;
	}

	@Override
	protected void doCleanupAfterCompletion(Object transaction) {
		TransactionSynchronizationManager.unbindResource(this);
	}

	private static TransactionObject of(Object transaction) {
		return (TransactionObject) transaction;
	}

	@Override
	public String toString() {
		return "transaction manager without database";
	}

	/**
	 * What the thread is in.
	 */
	private static final class Transaction {

		private boolean rollbackOnly;

	}

	/**
	 * What one {@code getTransaction} call is about.
	 */
	private static final class TransactionObject implements SmartTransactionObject, SavepointManager {

		private @Nullable Transaction transaction;

		private TransactionObject(@Nullable Transaction transaction) {
			this.transaction = transaction;
		}

		private Transaction require() {
			return Objects.requireNonNull(this.transaction, "No transaction is active");
		}

		@Override
		public boolean isRollbackOnly() {
			return this.transaction != null && this.transaction.rollbackOnly;
		}

		@Override
		public Object createSavepoint() {
			return new Object();
		}

		@Override
		public void rollbackToSavepoint(Object savepoint) {
			require().rollbackOnly = false;
		}

		@Override
		public void releaseSavepoint(Object savepoint) {
		}

	}

}
