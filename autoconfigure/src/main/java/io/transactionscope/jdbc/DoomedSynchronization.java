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

import java.util.List;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A synchronization of what has joined a transaction that can only be rolled back: it
 * hears of the end, but of no commit.
 */
final class DoomedSynchronization implements TransactionSynchronization {

	private final TransactionSynchronization synchronization;

	private DoomedSynchronization(TransactionSynchronization synchronization) {
		this.synchronization = synchronization;
	}

	/** For all synchronizations of the thread. */
	static void replaceAll() {
		List<TransactionSynchronization> all = TransactionSynchronizationManager.getSynchronizations();
		TransactionSynchronizationManager.clearSynchronization();
		TransactionSynchronizationManager.initSynchronization();
		all.forEach(
				(each) -> TransactionSynchronizationManager.registerSynchronization(new DoomedSynchronization(each)));
	}

	@Override
	public int getOrder() {
		return this.synchronization.getOrder();
	}

	@Override
	public void suspend() {
		this.synchronization.suspend();
	}

	@Override
	public void resume() {
		this.synchronization.resume();
	}

	@Override
	public void beforeCompletion() {
		this.synchronization.beforeCompletion();
	}

	@Override
	public void afterCompletion(int status) {
		this.synchronization.afterCompletion(status);
	}

}
