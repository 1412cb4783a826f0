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

package io.transactionscope.test;

import java.lang.reflect.Method;

import org.jspecify.annotations.Nullable;

/**
 * A phase in the life of a connection and its transactions, at which a test lets
 * something happen.
 *
 * @since 0.1.0
 * @see DatabaseFaults#at
 */
public enum Phase {

	/**
	 * The application asks its pool, or whatever data source it has, for a connection.
	 */
	BORROW,

	/**
	 * The pool opens a physical connection.
	 */
	CONNECT,

	/**
	 * {@code setAutoCommit(false)}. A pool whose connections are without auto-commit
	 * never comes here.
	 */
	BEGIN,

	/**
	 * A setting of the session: isolation level, read-only hint. Not the isolation level
	 * on PostgreSQL, where there is a ledger: it is said in the transaction.
	 */
	SETTING,

	/**
	 * A statement is created.
	 */
	PREPARE,

	/**
	 * A statement is sent.
	 */
	STATEMENT,

	/**
	 * {@code setSavepoint()}.
	 */
	SAVEPOINT,

	/**
	 * {@code releaseSavepoint(savepoint)}.
	 */
	RELEASE_SAVEPOINT,

	/**
	 * {@code rollback(savepoint)}.
	 */
	ROLLBACK_TO_SAVEPOINT,

	/**
	 * {@code commit()}.
	 */
	COMMIT,

	/**
	 * {@code rollback()}.
	 */
	ROLLBACK,

	/**
	 * {@code setAutoCommit(true)}.
	 */
	RESTORE,

	/**
	 * {@code clearWarnings()}, the last thing that HikariCP asks of a connection that
	 * comes back.
	 */
	RETURN,

	/**
	 * {@code abort()} of the physical connection.
	 */
	ABORT,

	/**
	 * {@code close()} of the physical connection.
	 */
	CLOSE;

	static @Nullable Phase ofConnection(Method method, Object[] args) {
		return switch (method.getName()) {
			case "setAutoCommit" -> Boolean.TRUE.equals(args[0]) ? RESTORE : BEGIN;
			case "setReadOnly", "setTransactionIsolation" -> SETTING;
			case "createStatement", "prepareStatement", "prepareCall" -> PREPARE;
			case "setSavepoint" -> SAVEPOINT;
			case "releaseSavepoint" -> RELEASE_SAVEPOINT;
			case "commit" -> COMMIT;
			case "rollback" -> (args.length == 1) ? ROLLBACK_TO_SAVEPOINT : ROLLBACK;
			case "clearWarnings" -> RETURN;
			case "abort" -> ABORT;
			case "close" -> CLOSE;
			default -> null;
		};
	}

	static @Nullable Phase ofStatement(Method method) {
		return method.getName().startsWith("execute") ? STATEMENT : null;
	}

}
