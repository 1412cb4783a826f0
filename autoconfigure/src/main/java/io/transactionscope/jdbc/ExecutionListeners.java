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

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;

/**
 * The listeners of a transaction manager, to be told about a transaction that a block
 * begins and ends past it. Each hears it whatever the others throw, and none has a say in
 * the outcome (T12): in Spring, one that throws stops a commit, or makes it look failed.
 *
 * @param listeners the manager's listeners
 * @param transaction what they are told about
 * @since 0.1.0
 */
public record ExecutionListeners(Collection<TransactionExecutionListener> listeners, TransactionExecution transaction) {

	private static final ExecutionListeners NONE = new ExecutionListeners(new ArrayList<>(0), new Execution("", false));

	/**
	 * Create one from its facts.
	 * @param listeners the manager's listeners
	 * @param transaction what they are told about
	 */
	public ExecutionListeners {
		Objects.requireNonNull(listeners, "listeners must not be null");
		Objects.requireNonNull(transaction, "transaction must not be null");
	}

	/**
	 * {@return the listeners of a manager, with a transaction that it has begun or is
	 * about to}
	 * @param manager who has the listeners
	 * @param name the name of the transaction, empty if it has none
	 * @param readOnly whether it only reads
	 */
	public static ExecutionListeners of(ConfigurableTransactionManager manager, String name, boolean readOnly) {
		Objects.requireNonNull(manager, "manager must not be null");
		Objects.requireNonNull(name, "name must not be null");
		Collection<TransactionExecutionListener> listeners = manager.getTransactionExecutionListeners();
		return listeners.isEmpty() ? NONE : new ExecutionListeners(listeners, new Execution(name, readOnly));
	}

	/**
	 * {@return the same listener, with no say in the outcome, whoever tells it}
	 * @param listener the listener
	 */
	public static TransactionExecutionListener guarded(TransactionExecutionListener listener) {
		Objects.requireNonNull(listener, "listener must not be null");
		return GuardedListener.of(listener);
	}

	/**
	 * Have the listeners that a manager has by now no say in the outcome.
	 * @param manager who has the listeners
	 */
	public static void guard(ConfigurableTransactionManager manager) {
		Objects.requireNonNull(manager, "manager must not be null");
		List<TransactionExecutionListener> guarded = new ArrayList<>();
		manager.getTransactionExecutionListeners().forEach((each) -> guarded.add(GuardedListener.of(each)));
		manager.setTransactionExecutionListeners(guarded);
	}

	/**
	 * {@return whether there is nobody to tell}
	 */
	public boolean isNone() {
		return this.listeners.isEmpty();
	}

	/**
	 * Tell them that the transaction is about to begin.
	 */
	public void beforeBegin() {
		tell((listener) -> listener.beforeBegin(this.transaction));
	}

	/**
	 * Tell them of its begin.
	 * @param failure what the begin failed with, or {@code null}
	 */
	public void afterBegin(@Nullable Throwable failure) {
		tell((listener) -> listener.afterBegin(this.transaction, failure));
	}

	/**
	 * Tell them that it is about to be committed.
	 */
	public void beforeCommit() {
		tell((listener) -> listener.beforeCommit(this.transaction));
	}

	/**
	 * Tell them of the commit.
	 * @param failure what it failed with, or {@code null}
	 */
	public void afterCommit(@Nullable Throwable failure) {
		tell((listener) -> listener.afterCommit(this.transaction, failure));
	}

	/**
	 * Tell them that it is about to be rolled back.
	 */
	public void beforeRollback() {
		tell((listener) -> listener.beforeRollback(this.transaction));
	}

	/**
	 * Tell them of the rollback.
	 * @param failure what it failed with, or {@code null}
	 */
	public void afterRollback(@Nullable Throwable failure) {
		tell((listener) -> listener.afterRollback(this.transaction, failure));
	}

	private void tell(Consumer<TransactionExecutionListener> what) {
		this.listeners.forEach((each) -> what.accept(GuardedListener.of(each)));
	}

	private record Execution(String name, boolean readOnly) implements TransactionExecution {

		@Override
		public String getTransactionName() {
			return this.name;
		}

		@Override
		public boolean hasTransaction() {
			return true;
		}

		@Override
		public boolean isNewTransaction() {
			return true;
		}

		@Override
		public boolean isReadOnly() {
			return this.readOnly;
		}

	}

}
