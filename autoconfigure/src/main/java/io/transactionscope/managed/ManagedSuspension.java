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

package io.transactionscope.managed;

import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A transaction that is suspended in a step of its own, so that it can be resumed after
 * the callbacks of what is begun then: they run outside of any transaction.
 *
 * @param manager the transaction manager
 * @param status what stands for it there
 */
record ManagedSuspension(PlatformTransactionManager manager, TransactionStatus status) {

	static ManagedSuspension of(PlatformTransactionManager manager) {
		TransactionStatus status = manager
			.getTransaction(new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_NOT_SUPPORTED));
		ManagedSuspension suspension = new ManagedSuspension(manager, status);
		if (suspension.isSynchronizing()) {
			// The block has its own, which hears of the block's end.
			TransactionSynchronizationManager.clearSynchronization();
		}
		return suspension;
	}

	void resume() {
		if (isSynchronizing()) {
			TransactionSynchronizationManager.initSynchronization();
		}
		this.manager.commit(this.status);
	}

	private boolean isSynchronizing() {
		return this.status instanceof DefaultTransactionStatus known && known.isNewSynchronization();
	}

}
