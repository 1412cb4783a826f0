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

package io.transactionscope.pool;

import java.sql.SQLTimeoutException;

/**
 * Thrown instead of sending something to the database past the deadline of the current
 * scope. The database has not seen it: a transaction whose COMMIT is refused in this way
 * is not in doubt.
 *
 * @see Borrower#exchangeDeadline(long)
 * @since 0.1.0
 */
public final class DeadlinePassedException extends SQLTimeoutException {

	private static final String TIMEOUT_EXPIRED = "HYT00";

	DeadlinePassedException(String message) {
		super(message, TIMEOUT_EXPIRED);
	}

}
