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

import java.util.ArrayList;
import java.util.List;

import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.TransactionOutcome;

/**
 * What only the end of a failing block needs is loaded before a block begins: to load a
 * class takes more of the stack than anything else that a block does (T2).
 *
 * @since 0.1.0
 */
public final class WayOut {

	static {
		rehearse();
	}

	private WayOut() {
	}

	/** Load all of it, unless that is done. */
	public static void prepare() {
	}

	/** End two transactions that never were. */
	private static void rehearse() {
		Exception failure = RollbackMark.unexpectedRollback("rehearsal", null);
		for (TransactionOutcome outcome : List.of(TransactionOutcome.COMMITTED, TransactionOutcome.ROLLED_BACK)) {
			TransactionState transaction = new TransactionState("rehearsal", null);
			transaction.doom(RollbackMark.failed(transaction.name(), failure));
			transaction.callbacks().afterEnd(null, (ended) -> {
			});
			transaction.callbacks().resources().defer(() -> {
			});
			List<Throwable> later = new ArrayList<>(List.of(CommitFailure.exception("", outcome, failure)));
			Throwable told = transaction.tell(outcome, transaction.follow(outcome, null, later), later);
			Failures.suppress((told != null) ? told : failure, new IllegalStateException(failure));
		}
	}

}
