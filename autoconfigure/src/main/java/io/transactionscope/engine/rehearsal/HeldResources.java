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

package io.transactionscope.engine.rehearsal;

import java.util.List;

import io.transactionscope.engine.TransactionCallbacks;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.transaction.TransactionOutcome;

/**
 * Resources of a block whose callbacks after the commit are run by the test: they are
 * released after those, as in earnest, and with the transaction at the latest.
 *
 * @param transaction the transaction that they are released with otherwise
 * @param part the block's part in it
 * @since 0.1.0
 */
public record HeldResources(TransactionState transaction, TransactionCallbacks.Part part) {

	/**
	 * Release them, unless that was done, as after a commit.
	 * @param failures takes what fails
	 */
	public void release(List<Throwable> failures) {
		this.transaction.follow(this.part, List.of(), TransactionOutcome.COMMITTED, null, failures);
	}

}
