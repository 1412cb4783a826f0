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

package io.transactionscope.engine;

import java.util.List;

import io.transactionscope.transaction.TransactionOutcome;

/**
 * The part of a block that works from a savepoint.
 *
 * @since 0.1.0
 */
public interface SavepointParticipation extends Participation {

	@Override
	default boolean isSavepoint() {
		return true;
	}

	@Override
	default TransactionOutcome rollBack(RollbackMark mark, List<Throwable> failures) {
		try {
			rollBackToSavepoint(mark, failures);
			releaseSavepoint();
		}
		catch (Throwable ex) {
			failures.add(ex);
			if (CommitFailure.ended(ex) != null) {
				return TransactionOutcome.UNKNOWN;
			}
		}
		return TransactionOutcome.ROLLED_BACK;
	}

	/**
	 * Roll back to it. If that fails, nothing but a rollback of all is left.
	 * @param mark what caused it
	 * @param failures takes what failed on the way
	 * @throws Exception if it fails
	 */
	void rollBackToSavepoint(RollbackMark mark, List<Throwable> failures) throws Exception;

	/**
	 * Release it, where that can be.
	 * @throws Exception if it fails
	 */
	void releaseSavepoint() throws Exception;

	/**
	 * End it successfully, once its savepoint is released.
	 * @param failures takes what failed on the way
	 */
	void leave(List<Throwable> failures);

}
