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

package io.transactionscope.transaction;

/**
 * What became of a transaction.
 *
 * <p>
 * A transaction that failed is usually known to be rolled back. It is not known when the
 * link to the database broke after COMMIT had been handed to the driver: the server may
 * or may not have applied it. Such a transaction is {@link #UNKNOWN in doubt}, and is
 * never reported as rolled back. Nor is one of which a part is committed and a part is
 * not: what the exception says is known of it, but no outcome for all of it.
 *
 * @since 0.1.0
 */
public enum TransactionOutcome {

	/**
	 * The database confirmed the commit. The data is there.
	 */
	COMMITTED,

	/**
	 * The transaction left nothing behind: it was rolled back, or its connection was
	 * discarded before COMMIT had been sent.
	 */
	ROLLED_BACK,

	/**
	 * COMMIT was sent and the answer was lost, so that only the database knows; or a part
	 * of a JTA transaction is left prepared, until the recovery of its transaction
	 * manager ends it; or the outcome is mixed, as after a heuristic decision in JTA, or
	 * where a statement had committed a part before the rest was rolled back.
	 */
	UNKNOWN

}
