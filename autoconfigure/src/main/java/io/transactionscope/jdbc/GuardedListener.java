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

import java.util.function.Consumer;

import io.transactionscope.engine.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;

/**
 * A listener that has no say in the outcome of what it is told about (T12): what it
 * throws is logged.
 *
 * @param listener the listener itself
 */
record GuardedListener(TransactionExecutionListener listener) implements TransactionExecutionListener {

	static TransactionExecutionListener of(TransactionExecutionListener listener) {
		return (listener instanceof GuardedListener) ? listener : new GuardedListener(listener);
	}

	@Override
	public void beforeBegin(TransactionExecution transaction) {
		tell(transaction, (each) -> each.beforeBegin(transaction));
	}

	@Override
	public void afterBegin(TransactionExecution transaction, @Nullable Throwable beginFailure) {
		tell(transaction, (each) -> each.afterBegin(transaction, beginFailure));
	}

	@Override
	public void beforeCommit(TransactionExecution transaction) {
		tell(transaction, (each) -> each.beforeCommit(transaction));
	}

	@Override
	public void afterCommit(TransactionExecution transaction, @Nullable Throwable commitFailure) {
		tell(transaction, (each) -> each.afterCommit(transaction, commitFailure));
	}

	@Override
	public void beforeRollback(TransactionExecution transaction) {
		tell(transaction, (each) -> each.beforeRollback(transaction));
	}

	@Override
	public void afterRollback(TransactionExecution transaction, @Nullable Throwable rollbackFailure) {
		tell(transaction, (each) -> each.afterRollback(transaction, rollbackFailure));
	}

	private void tell(TransactionExecution transaction, Consumer<TransactionExecutionListener> what) {
		try {
			what.accept(this.listener);
		}
		catch (Throwable ex) {
			Log.warn("A listener of transaction '{}' failed; the transaction is not affected",
					transaction.getTransactionName(), ex);
		}
	}

}
