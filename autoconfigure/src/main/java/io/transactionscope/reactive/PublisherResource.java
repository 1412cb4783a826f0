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

package io.transactionscope.reactive;

import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;

import io.transactionscope.reactive.engine.TransactionContexts;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.async.AsyncHeld;
import io.transactionscope.resource.async.AsyncResource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * A resource that is acquired and released by publishers.
 *
 * @param value has the value, once it is acquired
 * @param release makes what releases it
 * @param <T> the type of the value
 */
record PublisherResource<T>(Mono<T> value,
		BiFunction<? super T, ? super Outcome, ? extends Publisher<?>> release) implements AsyncResource<T> {

	@Override
	public CompletionStage<? extends AsyncHeld<T>> acquire() throws Exception {
		return in(Context.empty()).acquire();
	}

	AsyncResource<T> in(ContextView context) {
		return () -> this.value
			.switchIfEmpty(
					Mono.error(() -> new IllegalStateException("A resource has no value: what acquires it was empty")))
			.map((value) -> AsyncHeld.of(value, (outcome) -> release(value, outcome, context)))
			.contextWrite(context)
			.toFuture();
	}

	private CompletionStage<?> release(T value, Outcome outcome, ContextView context) {
		return Flux.from(this.release.apply(value, outcome))
			.then()
			.contextWrite((none) -> TransactionContexts.outside(Context.of(context)))
			.toFuture();
	}

}
