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

import java.util.Objects;
import java.util.function.BiFunction;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.async.AsyncResource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * Resources that are acquired and released by publishers.
 *
 * <pre class="code">
 * AsyncResource&lt;Lock&gt; lock = ReactiveResources.of(locks.obtain(key), (held, outcome) -&gt; held.release());
 * Mono&lt;Order&gt; order = transactions.call((tx) -&gt; tx.enter(lock).then(orders.save(request)));
 * </pre>
 *
 * @since 0.1.0
 */
public final class ReactiveResources {

	private ReactiveResources() {
	}

	/**
	 * Return a resource made from a publisher and a lambda.
	 * <p>
	 * Entered in a {@link ReactiveActiveScope}, it is acquired in the context of who
	 * enters it, and so in the transaction, and released in the context of the scope's
	 * subscriber, outside of any transaction; entered elsewhere, without context. Neither
	 * is ever cancelled.
	 * @param acquire has the value; that it is empty is a failure
	 * @param release given the value and the scope's outcome, what to subscribe to and
	 * wait for; its items are passed over
	 * @param <T> the type of the value
	 * @return the resource
	 */
	public static <T> AsyncResource<T> of(Mono<T> acquire,
			BiFunction<? super T, ? super Outcome, ? extends Publisher<?>> release) {
		Objects.requireNonNull(acquire, "acquire must not be null");
		Objects.requireNonNull(release, "release must not be null");
		return new PublisherResource<>(acquire, release);
	}

}
