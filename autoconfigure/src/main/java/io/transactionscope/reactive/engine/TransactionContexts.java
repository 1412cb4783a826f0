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

package io.transactionscope.reactive.engine;

import java.util.function.Function;

import io.micrometer.observation.Observation;
import io.transactionscope.observation.ScopeObservationContext;
import io.transactionscope.pool.RemoteCalls;
import io.transactionscope.pool.r2dbc.ReactiveCallers;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.util.context.Context;

import org.springframework.transaction.reactive.TransactionContext;
import org.springframework.transaction.reactive.TransactionContextManager;

/**
 * What of a subscriber's context says in which transaction it is.
 *
 * @since 0.1.0
 */
public final class TransactionContexts {

	/** The innermost block. */
	static final Object BLOCK = new Key("io.transactionscope.block");

	/** What no block may outlast. */
	static final Object BOUNDARY = new Key("io.transactionscope.boundary");

	/** Of Micrometer's {@code ObservationThreadLocalAccessor}, which may be absent. */
	static final Object OBSERVATION = "micrometer.observation";

	/** Spring's own, of a class that only Spring can name. */
	private static final Object HOLDER = TransactionContextManager.getOrCreateContextHolder()
		.apply(Context.empty())
		.stream()
		.findFirst()
		.orElseThrow()
		.getKey();

	private TransactionContexts() {
	}

	/**
	 * Make a context with a transaction context of its own, in which nothing is bound, so
	 * that what is begun in it suspends nothing.
	 * @param outer what else it is to have
	 */
	public static Context fresh(Context outer) {
		return outer.putAll(TransactionContextManager.getOrCreateContext()
			.apply(TransactionContextManager.getOrCreateContextHolder().apply(Context.empty()))
			.readOnly());
	}

	/**
	 * Make a context that is in no transaction.
	 * @param outer what else it is to have
	 */
	public static Context outside(Context outer) {
		Context context = outer.delete(BLOCK).delete(TransactionContext.class);
		return context.hasKey(HOLDER)
				? context.putAll(TransactionContextManager.getOrCreateContextHolder().apply(Context.empty()).readOnly())
				: context;
	}

	/**
	 * Make a context of what a block's observation is around, and let those who observe
	 * calls inside of it know who holds connections meanwhile.
	 * @param context of the block's body
	 */
	static Context observed(Context context, Observation observation) {
		Context observed = context.put(OBSERVATION, observation);
		if (observation.getContext() instanceof ScopeObservationContext scope) {
			scope.put(RemoteCalls.Callers.class, ReactiveCallers.in(observed));
		}
		return observed;
	}

	/**
	 * Have the threads of a body know what its subscriber's context has, where Reactor is
	 * told to propagate it: it does so at operators, and does not see that a subscriber
	 * has another context than its own.
	 */
	static <T> Publisher<? extends T> propagating(Publisher<? extends T> body) {
		return Hooks.isAutomaticContextPropagationEnabled() ? Flux.from(body).contextWrite(Function.identity()) : body;
	}

	private record Key(String name) {

		@Override
		public String toString() {
			return this.name;
		}

	}

}
