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

import java.util.Objects;

import io.r2dbc.spi.R2dbcTimeoutException;
import io.transactionscope.pool.report.PoolReport;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when an R2DBC pool has no connection for a borrower. The message is the report:
 * who holds the connections, who waits, why it does not resolve and what to change. Where
 * many get none for one and the same reason, only the first message in an incident has
 * all of that; those that follow say what is the matter and what to change, and refer to
 * the incident by its number. Who was turned away by the pool itself is also told what
 * that says, "Connection acquisition timed out after ...", as before there was a ledger.
 *
 * @since 0.1.0
 */
public class R2dbcPoolExhaustedException extends R2dbcTimeoutException {

	private final PoolReport report;

	R2dbcPoolExhaustedException(PoolReport report, String message, @Nullable Throwable cause) {
		super(message, cause);
		this.report = Objects.requireNonNull(report, "report must not be null");
	}

	/**
	 * {@return the whole report}
	 */
	public PoolReport report() {
		return this.report;
	}

}
