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

package io.transactionscope.retry;

import io.transactionscope.engine.CurrentScope;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.support.ResourceHolderSupport;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Where a block may be repeated: outside of any transaction.
 */
final class Place {

	private Place() {
	}

	/**
	 * Refuse a block that is to be repeated, and has no transaction of its own.
	 * @throws IllegalTransactionStateException if it joins one, or runs without
	 */
	static void checkPropagation(ScopeDefinition definition, String name) {
		switch (definition.propagation()) {
			case MANDATORY -> throw new IllegalTransactionStateException(
					"Scope '%s' cannot be repeated, as it only joins a transaction: drop mandatory(), or drop retry() and set it on the outermost scope."
						.formatted(name));
			case NEVER, NOT_SUPPORTED -> throw new IllegalTransactionStateException(
					"Scope '%s' cannot be repeated, as it runs without transaction, so that what it did would not be undone: drop %s, or drop retry()."
						.formatted(name, (definition.getPropagationBehavior() == ScopeDefinition.PROPAGATION_NEVER)
								? "never()" : "withoutTransaction()"));
			default -> {
			}
		}
	}

	/**
	 * Refuse a block that is to be repeated where the thread is in a transaction.
	 * @throws IllegalTransactionStateException if it is, on whatever data source
	 */
	static void checkOutermost(String name) {
		String around = transactionAround();
		if (around != null) {
			throw new IllegalTransactionStateException(
					("Scope '%s' cannot be repeated inside of transaction '%s': that would not be repeated with it, and would hold its "
							+ "connection and its locks meanwhile. Call it from outside, or drop retry() and set it on the outermost scope.")
						.formatted(name, Printable.of(around)));
		}
	}

	private static @Nullable String transactionAround() {
		String ofBlock = CurrentScope.transactionOfThread();
		if (ofBlock != null) {
			return ofBlock;
		}
		if (TransactionSynchronizationManager.isActualTransactionActive() || isUnsynchronized()) {
			String name = TransactionSynchronizationManager.getCurrentTransactionName();
			return (name != null) ? name : "unnamed transaction";
		}
		return null;
	}

	/** A manager that synchronizes nothing marks its own resource all the same. */
	private static boolean isUnsynchronized() {
		if (TransactionSynchronizationManager.isSynchronizationActive()) {
			return false;
		}
		for (Object each : TransactionSynchronizationManager.getResourceMap().values()) {
			if (each instanceof ResourceHolderSupport holder && holder.isSynchronizedWithTransaction()) {
				return true;
			}
		}
		return false;
	}

}
