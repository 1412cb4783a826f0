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

import io.transactionscope.engine.TransactionCallbacks.Registered;
import io.transactionscope.transaction.TransactionOutcome;

import org.springframework.transaction.event.TransactionalApplicationListener;
import org.springframework.transaction.support.TransactionSynchronization;

/**
 * One callback that waits for a commit.
 */
interface Captured {

	/** Who has registered it. */
	String name();

	/** Whether that was a scope. */
	boolean isOfScope();

	/** Run it, unless that was done. */
	void run() throws Exception;

	/**
	 * A callback of a scope.
	 *
	 * @param name the name of the scope
	 * @param callback what it has registered
	 */
	record OfScope(String name, Registered callback) implements Captured {

		@Override
		public boolean isOfScope() {
			return true;
		}

		@Override
		public void run() throws Exception {
			if (this.callback.follows(TransactionOutcome.COMMITTED)) {
				this.callback.run(TransactionOutcome.COMMITTED);
			}
		}

	}

	/**
	 * One of Spring's synchronizations.
	 *
	 * @param synchronization what was registered
	 */
	record OfSpring(TransactionSynchronization synchronization) implements Captured {

		@Override
		public String name() {
			return this.synchronization.getClass().getName();
		}

		@Override
		public boolean isOfScope() {
			return false;
		}

		/**
		 * Nothing else hears that it is completed: most that do so give something back,
		 * such as a connection, that is still in use.
		 */
		@Override
		public void run() {
			this.synchronization.afterCommit();
			if (isEventListener()) {
				this.synchronization.afterCompletion(TransactionSynchronization.STATUS_COMMITTED);
			}
		}

		private boolean isEventListener() {
			return this.synchronization.getClass().getPackage() == TransactionalApplicationListener.class.getPackage();
		}

	}

}
