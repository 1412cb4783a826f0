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

package io.transactionscope.pool.snapshot;

/**
 * What the holder of a connection uses it for at a moment, as far as JDBC calls tell.
 *
 * @since 0.1.0
 */
public enum Phase {

	/**
	 * Held, but no statement has been executed yet.
	 */
	BEFORE_FIRST_STATEMENT("before its first statement", true),

	/**
	 * A statement is being executed.
	 */
	IN_STATEMENT("in a statement", false),

	/**
	 * Held idle after a statement, in a transaction that has not ended. Whether another
	 * statement follows, only time can tell.
	 */
	BETWEEN_STATEMENTS("idle between statements", true),

	/**
	 * COMMIT or ROLLBACK has been sent and not been answered.
	 */
	ENDING_TRANSACTION("ending its transaction", false),

	/**
	 * Held idle after COMMIT or ROLLBACK.
	 */
	AFTER_TRANSACTION("idle after its transaction", true);

	private final String description;

	private final boolean idle;

	Phase(String description, boolean idle) {
		this.description = description;
		this.idle = idle;
	}

	/**
	 * {@return whether the database has nothing to do for the connection}
	 */
	public boolean isIdle() {
		return this.idle;
	}

	/**
	 * {@return the phase in words that complete "the connection is"}
	 */
	public String description() {
		return this.description;
	}

}
