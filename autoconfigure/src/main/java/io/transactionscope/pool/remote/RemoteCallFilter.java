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

package io.transactionscope.pool.remote;

import java.util.Collection;
import java.util.List;
import java.util.Objects;

import io.micrometer.observation.Observation;
import io.transactionscope.pool.Party;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.RemoteCallPolicy;
import io.transactionscope.pool.RemoteCalls;
import io.transactionscope.pool.RemoteCalls.NoticedCall;
import io.transactionscope.pool.r2dbc.ReactiveCallers;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientRequestObservationContext;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;

/**
 * {@link ExchangeFilterFunction} that tells the ledgers of pools which calls a
 * {@code WebClient} makes in a reactive transaction that holds a connection, of whatever
 * kind the transaction is, and for how long: until the body of the response was read,
 * released or cancelled. Fails them before anything is sent where
 * {@link RemoteCallPolicy#FAIL} says so.
 *
 * <pre class="code">
 * WebClient client = WebClient.builder().filter(new RemoteCallFilter(ledgers)).build();
 * </pre>
 *
 * <p>
 * The transaction is found in Reactor's context. Of who borrows a connection without one,
 * as with {@code DatabaseClient.inConnection}, nothing is known there. The calls of
 * blocking code are told by a {@link RemoteCallHandler}; what both see is one call.
 *
 * <p>
 * Safe for use by any number of threads, and any number of clients.
 *
 * @since 0.1.0
 */
public class RemoteCallFilter implements ExchangeFilterFunction {

	/** In the context of a call, of which the calls inside are a part. */
	private static final Object CALL = new Object() {

		@Override
		public String toString() {
			return "io.transactionscope.call";
		}

	};

	/** Of Micrometer's {@code ObservationThreadLocalAccessor}, which may be absent. */
	private static final String OBSERVATION = "micrometer.observation";

	private final PoolLedgers ledgers;

	/**
	 * Create a filter.
	 * @param ledgers the ledgers to tell, including those added later
	 */
	public RemoteCallFilter(PoolLedgers ledgers) {
		this.ledgers = Objects.requireNonNull(ledgers, "ledgers must not be null");
	}

	/**
	 * {@return the exchange, noticed if a connection is held meanwhile; it fails with a
	 * {@link RemoteCallException} if it must not be made then}
	 * @param request the request
	 * @param next the rest of the exchange
	 */
	@Override
	public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
		Objects.requireNonNull(request, "request must not be null");
		Objects.requireNonNull(next, "next must not be null");
		return Mono.deferContextual((context) -> {
			NoticedCall noticed = context.hasKey(CALL) ? null : begin(request, context);
			return (noticed != null) ? exchange(request, next, noticed) : next.exchange(request);
		});
	}

	private @Nullable NoticedCall begin(ClientRequest request, ContextView context) {
		Observation.@Nullable Context observed = observed(context);
		NoticedCall noticed = (observed != null) ? Observations.takeOver(observed) : null;
		if (noticed != null) {
			return noticed;
		}
		Collection<Party> holders = ReactiveCallers.in(context).holders();
		if (observed != null) {
			holders = Observations.plus(holders, Observations.holdersAround(observed));
		}
		List<RemoteCalls> pools = this.ledgers.calledFromBy(holders);
		if (pools.isEmpty()) {
			return null;
		}
		String name = (observed instanceof ClientRequestObservationContext exchange) ? CallName.of(exchange)
				: CallName.of(request.method().name(), request.url());
		Judgement.pass(name, pools, holders);
		return NoticedCall.begin(name, pools, holders);
	}

	private static Observation.@Nullable Context observed(ContextView context) {
		return (context.getOrDefault(OBSERVATION, null) instanceof Observation observation) ? observation.getContext()
				: null;
	}

	private static Mono<ClientResponse> exchange(ClientRequest request, ExchangeFunction next, NoticedCall noticed) {
		ExchangeEnd end = new ExchangeEnd(noticed);
		Mono<ClientResponse> exchange;
		try {
			exchange = next.exchange(request);
		}
		catch (Throwable ex) {
			noticed.end();
			throw ex;
		}
		return exchange.<ClientResponse>map((response) -> new NoticedResponse(response, end))
			.doOnSuccess((response) -> {
				if (response == null) {
					noticed.end();
				}
			})
			.doOnError((failure) -> noticed.end())
			.doOnCancel(end::unlessRead)
			.contextWrite((context) -> context.put(CALL, noticed));
	}

}
