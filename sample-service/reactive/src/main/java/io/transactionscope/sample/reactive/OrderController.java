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

package io.transactionscope.sample.reactive;

import java.time.Duration;

import jakarta.validation.Valid;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * Orders over REST.
 */
@RestController
@RequestMapping("/orders")
class OrderController {

	private final Orders orders;

	private final OrderFeed feed;

	OrderController(Orders orders, OrderFeed feed) {
		this.orders = orders;
		this.feed = feed;
	}

	/** Hang up during the delay, and the order is rolled back. */
	@PostMapping
	@ResponseStatus(HttpStatus.CREATED)
	Mono<Order> place(@RequestBody @Valid OrderRequest request, @RequestParam(defaultValue = "PT0S") Duration delay) {
		return this.orders.place(request, delay);
	}

	@GetMapping
	Flux<Order> latest() {
		return this.orders.latest();
	}

	/** Those that are placed from now on, each once it is committed. */
	@GetMapping(path = "/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<ServerSentEvent<Order>> stream() {
		return this.feed.orders()
			.map((order) -> ServerSentEvent.builder(order).event("placed").build())
			.mergeWith(Mono.fromSupplier(() -> ServerSentEvent.<Order>builder().comment("from now on").build()));
	}

	/**
	 * A line of JSON for each order, answered by an event for each, and at last by one
	 * that says what became of all of them. Hang up before, and all are rolled back.
	 */
	@PostMapping(path = "/import", consumes = MediaType.APPLICATION_NDJSON_VALUE,
			produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<ServerSentEvent<Object>> placeAll(@RequestBody @Valid Flux<OrderRequest> requests) {
		return this.orders.placeAll(requests)
			.map((order) -> event("taken", order))
			.concatWith(Mono.fromSupplier(() -> event("committed", "all of them")))
			.onErrorResume((ex) -> Mono.just(event("failed", String.valueOf(ex.getMessage()))));
	}

	private static ServerSentEvent<Object> event(String name, Object data) {
		return ServerSentEvent.builder(data).event(name).build();
	}

}
