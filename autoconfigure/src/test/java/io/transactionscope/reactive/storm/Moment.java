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

package io.transactionscope.reactive.storm;

/**
 * What the wait for a cancel counts from.
 */
enum Moment {

	/** The subscription as a whole, on a pool that nobody looks into. */
	SUBSCRIBED,

	/** The pool is asked. */
	QUEUE,

	/** The pool has given. */
	BORROWED,

	BEGIN, BEGUN,

	/** The first of two rows is written. */
	BODY,

	COMMIT, COMMITTED, ROLLBACK, ROLLED_BACK,

	/** The pool gets its connection back. */
	RELEASE;

	/** Whether it comes in a transaction that is rolled back, and in no other. */
	boolean isOfRollback() {
		return this == ROLLBACK || this == ROLLED_BACK;
	}

}
