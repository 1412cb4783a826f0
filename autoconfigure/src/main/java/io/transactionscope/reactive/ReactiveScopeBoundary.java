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

import io.transactionscope.reactive.engine.Boundary;
import reactor.core.publisher.Mono;

import org.springframework.util.Assert;

/**
 * What no reactive scope may outlast once it has failed: an exchange, as a request is.
 *
 * <p>
 * Who hangs up is to cancel what was done for them. That does not always get there:
 * Spring's {@code ChannelSendOperator} asks a stream for its first item, and cancels it
 * no more if the channel turns out to be closed. Nobody asks for the next item then, and
 * a transaction would stay open for ever. At a boundary that fails, or is cancelled, such
 * blocks are cancelled, and so are the transactions of a
 * {@link io.transactionscope.r2dbc.ScopedR2dbcTransactionManager}.
 *
 * <p>
 * The starter draws it around each exchange of a WebFlux server. What is inside is what
 * has its context: work that is to go on when a request has failed must not take it
 * along.
 *
 * @since 0.1.0
 */
public final class ReactiveScopeBoundary {

	private ReactiveScopeBoundary() {
	}

	/**
	 * Draw a boundary around each subscription.
	 * @param exchange what is not to be outlasted
	 * @param <T> the type of its value
	 * @return the same, with a boundary of its own for each subscriber
	 */
	public static <T> Mono<T> around(Mono<T> exchange) {
		Assert.notNull(exchange, "'exchange' must not be null");
		return Boundary.around(exchange);
	}

}
