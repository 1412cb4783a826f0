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

package io.transactionscope.reactive.managed;

import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.reactive.engine.Cancellation;
import io.transactionscope.reactive.engine.ReactiveEngine;
import io.transactionscope.reactive.engine.ReactiveParticipation;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.transaction.ReactiveTransactionManager;

/**
 * Transactions that are begun and ended by a reactive transaction manager of any kind.
 */
public final class ManagedReactiveEngine implements ReactiveEngine {

	private final ReactiveTransactionManager manager;

	/**
	 * Create an engine that leaves all to the given manager.
	 * @param manager a transaction manager of any kind
	 */
	public ManagedReactiveEngine(ReactiveTransactionManager manager) {
		this.manager = manager;
	}

	@Override
	public Mono<ReactiveParticipation> enter(ScopeDefinition definition, String name, @Nullable Deadline deadline,
			Cancellation cancellation) {
		return Mono.error(() -> new UnsupportedOperationException(this.manager.toString()));
	}

}
