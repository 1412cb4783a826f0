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
 * How a scope relates to a transaction that is active when it begins: the options that
 * scopes of threads and of subscriptions have in common.
 *
 * @param <S> the type of scope
 * @since 0.1.0
 */
public interface PropagationOptions<S> {

	/**
	 * Choose how this scope relates to a transaction that is active already.
	 * @param propagation the relation; {@link ScopePropagation#REQUIRED} is the default
	 * @return a scope with that propagation
	 */
	S propagation(ScopePropagation propagation);

	/**
	 * {@return a scope that suspends the active transaction, if any, and always begins a
	 * new one} It needs a second connection while the first one is held.
	 */
	default S requiresNew() {
		return propagation(ScopePropagation.REQUIRES_NEW);
	}

	/**
	 * {@return a scope that works from a savepoint where a transaction is active} A block
	 * that fails takes back only what was done since. Where none is active, one begins.
	 */
	default S nested() {
		return propagation(ScopePropagation.NESTED);
	}

	/**
	 * {@return a scope that insists on being the outermost} It fails with an
	 * {@link org.springframework.transaction.IllegalTransactionStateException} if a
	 * transaction is active already. Once such a block returned, its data is committed.
	 */
	default S outermost() {
		return propagation(ScopePropagation.OUTERMOST);
	}

	/**
	 * {@return a scope that only joins} It fails with an
	 * {@link org.springframework.transaction.IllegalTransactionStateException} if there
	 * is no active transaction.
	 */
	default S mandatory() {
		return propagation(ScopePropagation.MANDATORY);
	}

	/**
	 * {@return a scope that runs without transaction} It fails with an
	 * {@link org.springframework.transaction.IllegalTransactionStateException} if one is
	 * active.
	 */
	default S never() {
		return propagation(ScopePropagation.NEVER);
	}

	/**
	 * {@return a scope that runs without transaction, and suspends the active one}
	 */
	default S withoutTransaction() {
		return propagation(ScopePropagation.NOT_SUPPORTED);
	}

}
