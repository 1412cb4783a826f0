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

package io.transactionscope.pool.r2dbc;

import io.transactionscope.pool.report.PoolReport;

/**
 * Signalled at once when all connections of an R2DBC pool are held by those who wait for
 * more, from the same pool or from others in a cycle, as with a block in a new
 * transaction inside of another: none of the waits could end. The one that arrives last
 * gets this exception; when it gives its connections back, the others go on. The message
 * shows who waits for whom.
 *
 * @see io.transactionscope.pool.PoolSettings#deadlock()
 * @since 0.1.0
 */
public final class R2dbcPoolDeadlockException extends R2dbcPoolExhaustedException {

	R2dbcPoolDeadlockException(PoolReport report, String message) {
		super(report, message, null);
	}

}
