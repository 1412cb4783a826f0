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
import java.util.List;

import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * What was bound to the thread when a transaction of its own was begun on it, to be put
 * back at its end. It is what Spring's transaction managers do among themselves.
 */
final class SuspendedThread {

	private final @Nullable List<TransactionSynchronization> synchronizations;

	private final @Nullable JdbcTransaction transaction;

	private final @Nullable String name;

	private final boolean readOnly;

	private final @Nullable Integer isolation;

	private final boolean active;

	private SuspendedThread(@Nullable List<TransactionSynchronization> synchronizations,
			@Nullable JdbcTransaction transaction) {
		this.synchronizations = synchronizations;
		this.transaction = transaction;
		this.name = TransactionSynchronizationManager.getCurrentTransactionName();
		this.readOnly = TransactionSynchronizationManager.isCurrentTransactionReadOnly();
		this.isolation = TransactionSynchronizationManager.getCurrentTransactionIsolationLevel();
		this.active = TransactionSynchronizationManager.isActualTransactionActive();
	}

	/**
	 * Take from the thread what is bound to it.
	 * @param transaction the active transaction, if there is one
	 * @return what was taken, or {@code null} if there was nothing
	 */
	static @Nullable SuspendedThread take(@Nullable JdbcTransaction transaction) {
		boolean synchronizing = TransactionSynchronizationManager.isSynchronizationActive();
		if (!synchronizing && transaction == null) {
			return null;
		}
		List<TransactionSynchronization> synchronizations = null;
		if (synchronizing) {
			synchronizations = TransactionSynchronizationManager.getSynchronizations();
			synchronizations.forEach(TransactionSynchronization::suspend);
			TransactionSynchronizationManager.clearSynchronization();
		}
		SuspendedThread suspended = new SuspendedThread(synchronizations, transaction);
		TransactionSynchronizationManager.setCurrentTransactionName(null);
		TransactionSynchronizationManager.setCurrentTransactionReadOnly(false);
		TransactionSynchronizationManager.setCurrentTransactionIsolationLevel(null);
		TransactionSynchronizationManager.setActualTransactionActive(false);
		if (transaction != null) {
			transaction.unbind();
		}
		return suspended;
	}

	void resume() {
		if (this.transaction != null) {
			this.transaction.bind();
		}
		TransactionSynchronizationManager.setActualTransactionActive(this.active);
		TransactionSynchronizationManager.setCurrentTransactionIsolationLevel(this.isolation);
		TransactionSynchronizationManager.setCurrentTransactionReadOnly(this.readOnly);
		TransactionSynchronizationManager.setCurrentTransactionName(this.name);
		if (this.synchronizations != null) {
			TransactionSynchronizationManager.initSynchronization();
			List<Throwable> failures = new ArrayList<>(0);
			for (TransactionSynchronization synchronization : this.synchronizations) {
				resume(synchronization, failures);
			}
			if (!failures.isEmpty()) {
				Throwable first = failures.remove(0);
				Failures.suppressAll(first, failures);
				throw Failures.rethrow(first);
			}
		}
	}

	/** One that fails still hears of the end, and so do those after it. */
	private static void resume(TransactionSynchronization synchronization, List<Throwable> failures) {
		try {
			synchronization.resume();
		}
		catch (Throwable ex) {
			failures.add(ex);
		}
		TransactionSynchronizationManager.registerSynchronization(synchronization);
	}

}
