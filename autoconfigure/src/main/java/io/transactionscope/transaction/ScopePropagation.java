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
 * How a scope relates to a transaction that is active when it begins.
 *
 * <p>
 * These are Spring's {@linkplain org.springframework.transaction.annotation.Propagation
 * propagations}, with {@link #OUTERMOST} added. {@code SUPPORTS} is left out on purpose:
 * whether such a block has a transaction, and so an outcome, would depend on its caller.
 *
 * @since 0.1.0
 */
public enum ScopePropagation {

	/**
	 * Join the active transaction, or begin one.
	 */
	REQUIRED,

	/**
	 * Suspend the active transaction and begin one.
	 */
	REQUIRES_NEW,

	/**
	 * Work from a savepoint of the active transaction, or begin one.
	 */
	NESTED,

	/**
	 * Begin a transaction; fail if one is active.
	 */
	OUTERMOST,

	/**
	 * Join the active transaction; fail if there is none.
	 */
	MANDATORY,

	/**
	 * Run without transaction; fail if one is active.
	 */
	NEVER,

	/**
	 * Suspend the active transaction and run without one.
	 */
	NOT_SUPPORTED

}
