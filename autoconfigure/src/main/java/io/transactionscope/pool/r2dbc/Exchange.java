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

package io.transactionscope.pool.r2dbc;

import java.util.Objects;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * Something that is done for somebody who waits for it, as the exchange of a web server
 * is: the ledgers of R2DBC pools name those after it who borrow inside of it and outside
 * of scopes, and what is borrowed in it should be back when it ends.
 *
 * <pre class="code">
 * Exchange.around(handled, () -&gt; "GET /orders/{id}")
 * </pre>
 *
 * <p>
 * The starter tells so of each exchange of a WebFlux server, with its method and the
 * pattern that has matched its path. Inside is what has its context. Work that goes on
 * after the end may keep a connection: one that is still lent then counts as leaked as
 * long as it is not used, is reported after {@code leak-threshold}, and stays with
 * whoever has it.
 *
 * @since 0.1.0
 */
public final class Exchange {

	private static final Object KEY = new Object() {

		@Override
		public String toString() {
			return "io.transactionscope.exchange";
		}

	};

	/** Gone with the end, together with whatever it knows. */
	private volatile @Nullable Supplier<@Nullable String> name;

	private Exchange(Supplier<@Nullable String> name) {
		this.name = name;
	}

	/**
	 * {@return the same, each subscription of which is an exchange of its own}
	 * @param exchange what is done; it ends with an end or a cancel of it
	 * @param name knows by what name, or {@code null} if it has none yet; asked at each
	 * borrow, by whatever thread, until the end, and must not block. A name should say
	 * what is done and not with which values, of which there are too many. What it throws
	 * counts as no name.
	 * @param <T> the type of its value
	 */
	public static <T> Mono<T> around(Mono<T> exchange, Supplier<@Nullable String> name) {
		Objects.requireNonNull(exchange, "exchange must not be null");
		Objects.requireNonNull(name, "name must not be null");
		return Mono.defer(() -> {
			Exchange begun = new Exchange(name);
			return exchange.doFinally((how) -> begun.name = null).contextWrite((context) -> context.put(KEY, begun));
		});
	}

	/** The one that a subscription is inside of. */
	static @Nullable Exchange of(ContextView context) {
		return context.getOrDefault(KEY, null);
	}

	@Nullable String name() {
		Supplier<@Nullable String> name = this.name;
		return (name != null) ? name.get() : null;
	}

	boolean isOver() {
		return this.name == null;
	}

}
