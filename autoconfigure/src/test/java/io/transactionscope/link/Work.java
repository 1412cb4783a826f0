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

package io.transactionscope.link;

import java.util.function.Consumer;

import io.transactionscope.ActiveScope;
import io.transactionscope.transaction.TransactionOutcome;

import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A transaction as the body of a block sees it, in whichever way the block is written.
 */
interface Work {

	void onCompletion(Consumer<TransactionOutcome> callback);

	void savepoint(Runnable body);

	static Work of(ActiveScope scope) {
		return new Work() {

			@Override
			public void onCompletion(Consumer<TransactionOutcome> callback) {
				scope.onCompletion(callback::accept);
			}

			@Override
			public void savepoint(Runnable body) {
				scope.savepoint((inner) -> body.run());
			}

		};
	}

	/** That of a method which knows of no scope. */
	static Work plain(PlatformTransactionManager manager) {
		return new Work() {

			@Override
			public void onCompletion(Consumer<TransactionOutcome> callback) {
				TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

					@Override
					public void afterCompletion(int status) {
						callback.accept(switch (status) {
							case STATUS_COMMITTED -> TransactionOutcome.COMMITTED;
							case STATUS_ROLLED_BACK -> TransactionOutcome.ROLLED_BACK;
							default -> TransactionOutcome.UNKNOWN;
						});
					}

				});
			}

			@Override
			public void savepoint(Runnable body) {
				TransactionTemplate nested = new TransactionTemplate(manager);
				nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
				nested.executeWithoutResult((status) -> body.run());
			}

		};
	}

	/**
	 * What is done in a transaction.
	 */
	@FunctionalInterface
	interface Body {

		void run(Work work) throws Throwable;

	}

}
