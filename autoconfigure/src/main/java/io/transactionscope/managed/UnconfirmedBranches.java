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

import javax.transaction.xa.XAException;

import com.arjuna.ats.internal.jta.transaction.arjunacore.TransactionImple;
import io.transactionscope.engine.ClassPath;
import io.transactionscope.engine.CommitFailure;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.HeuristicCompletionException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.jta.JtaTransactionManager;

/**
 * What Narayana does not throw from a commit: where it has logged that a transaction
 * commits, and a branch is lost then, it leaves that one to its recovery and returns as
 * if all were well.
 *
 * @param transaction the transaction
 */
record UnconfirmedBranches(TransactionImple transaction) {

	/**
	 * Of the thread's transaction, before its end.
	 * @return what to ask after it, or {@code null} if it is not one of Narayana's
	 */
	static @Nullable UnconfirmedBranches watch(PlatformTransactionManager manager) {
		return (ClassPath.NARAYANA && manager instanceof JtaTransactionManager) ? ofThread() : null;
	}

	private static @Nullable UnconfirmedBranches ofThread() {
		TransactionImple transaction = TransactionImple.getTransaction();
		return (transaction != null) ? new UnconfirmedBranches(transaction) : null;
	}

	/**
	 * Say what stands against its being committed, once it is said to be.
	 * @return the failure, or {@code null} if each branch has confirmed its commit
	 */
	@Nullable HeuristicCompletionException failure() {
		for (Throwable each : this.transaction.getDeferredThrowables()) {
			if (each instanceof XAException branch && CommitFailure.isOfCommit(branch)) {
				return new HeuristicCompletionException(HeuristicCompletionException.STATE_UNKNOWN, branch);
			}
		}
		return null;
	}

}
