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

import org.jspecify.annotations.Nullable;

import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.TransactionStatus;

/**
 * Names plain transactions in the ledger: from before its connection is asked for until
 * it has been committed or rolled back, each transaction's name is that of the current
 * {@link Borrower}. What is borrowed while it begins is known to be the transaction's
 * own.
 *
 * <p>
 * To be added to the
 * {@link org.springframework.transaction.ConfigurableTransactionManager transaction
 * manager}, as the last of its listeners: when one that is told after it refuses a begin,
 * nobody tells of that, and the name stays. It never throws, and ignores reactive
 * transactions.
 *
 * @since 0.1.0
 */
public final class TransactionNaming implements TransactionExecutionListener {

	/**
	 * Create the listener, to be added to a transaction manager.
	 */
	public TransactionNaming() {
	}

	@Override
	public void beforeBegin(TransactionExecution transaction) {
		if (transaction instanceof TransactionStatus) {
			Borrower.current().begins(transaction);
		}
	}

	@Override
	public void afterBegin(TransactionExecution transaction, @Nullable Throwable beginFailure) {
		if (transaction instanceof TransactionStatus) {
			Borrower.current().hasBegun();
		}
		if (beginFailure != null) {
			end(transaction);
		}
	}

	@Override
	public void afterCommit(TransactionExecution transaction, @Nullable Throwable commitFailure) {
		end(transaction);
	}

	@Override
	public void afterRollback(TransactionExecution transaction, @Nullable Throwable rollbackFailure) {
		end(transaction);
	}

	private void end(TransactionExecution transaction) {
		if (transaction instanceof TransactionStatus) {
			Borrower.current().ends(transaction);
		}
	}

}
