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

package io.transactionscope.r2dbc;

import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.r2dbc.connection.ConnectionHolder;
import org.springframework.transaction.reactive.TransactionContext;
import org.springframework.transaction.reactive.TransactionContextManager;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;

/**
 * A transaction context of its own, so that what begins in it suspends nothing: two
 * blocks may be at work at once, and the cancel of one does not disturb the other.
 *
 * @param entries what to write into the context of a subscriber
 */
record FreshContext(Context entries) {

	/**
	 * Make one that has what is bound in the given one, but for one resource.
	 * @param outer whose resources on other factories and managers stay bound
	 * @param key of the resource that does not
	 */
	static FreshContext beside(@Nullable TransactionContext outer, Object key) {
		FreshContext fresh = new FreshContext(TransactionContextManager.getOrCreateContext()
			.apply(TransactionContextManager.getOrCreateContextHolder().apply(Context.empty())));
		if (outer != null && !outer.getResources().isEmpty()) {
			fresh.context().getResources().putAll(outer.getResources());
			Object suspended = fresh.synchronizations().unbindResourceIfPossible(key);
			if (suspended instanceof ConnectionHolder holder) {
				return new FreshContext(BoundConnectionHolder.inside(fresh.entries, holder));
			}
		}
		return fresh;
	}

	/** The one that a subscriber is in, if it is in any. */
	static @Nullable TransactionContext of(ContextView subscriber) {
		return subscriber.getOrDefault(TransactionContext.class, null);
	}

	private TransactionContext context() {
		return this.entries.get(TransactionContext.class);
	}

	TransactionSynchronizationManager synchronizations() {
		return new TransactionSynchronizationManager(context());
	}

	Context in(Context outer) {
		return outer.putAll(this.entries.readOnly());
	}

}
