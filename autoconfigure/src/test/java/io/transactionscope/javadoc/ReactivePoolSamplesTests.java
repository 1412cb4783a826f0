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

package io.transactionscope.javadoc;

import java.util.concurrent.atomic.AtomicReference;

import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.r2dbc.Exchange;
import io.transactionscope.pool.remote.RemoteCallFilter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The samples in the Javadoc of what the ledgers know of reactive applications.
 */
@Tag("once")
class ReactivePoolSamplesTests {

	@Test
	void exchangeAround() {
		Mono<String> handled = Mono.just("handled");
		StepVerifier.create(Exchange.around(handled, () -> "GET /orders/{id}")).expectNext("handled").verifyComplete();
	}

	@Test
	void remoteCallFilter() {
		PoolLedgers ledgers = new PoolLedgers();
		AtomicReference<String> called = new AtomicReference<>();
		// @formatter:off
		WebClient client = WebClient.builder().filter(new RemoteCallFilter(ledgers)).build();
		// @formatter:on
		client.mutate().exchangeFunction((request) -> {
			called.set(request.url().getPath());
			return Mono.just(ClientResponse.create(HttpStatus.OK).build());
		}).build().get().uri("http://warehouse/stock").retrieve().toBodilessEntity().block();
		assertThat(called).hasValue("/stock");
	}

}
