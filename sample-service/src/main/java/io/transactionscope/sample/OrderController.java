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

package io.transactionscope.sample;

import java.util.List;

import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Orders over REST.
 */
@RestController
@RequestMapping("/orders")
class OrderController {

	private static final int LATEST = 50;

	private final Orders orders;

	private final Invoices invoices;

	OrderController(Orders orders, Invoices invoices) {
		this.orders = orders;
		this.invoices = invoices;
	}

	@PostMapping
	ResponseEntity<Order> place(@RequestBody @Valid OrderRequest request, UriComponentsBuilder uri)
			throws OutOfStockException {
		Order order = this.orders.place(request.customer(), request.lines());
		return ResponseEntity.created(uri.path("/orders/{id}").build(order.id())).body(order);
	}

	@GetMapping
	List<Order> latest() {
		return this.orders.latest(LATEST);
	}

	@GetMapping("/{id}")
	Order get(@PathVariable long id) {
		return this.orders.find(id).orElseThrow(() -> unknown(id));
	}

	@GetMapping(path = "/{id}/invoice", produces = MediaType.TEXT_PLAIN_VALUE)
	String invoice(@PathVariable long id) {
		return this.invoices.find(id).orElseThrow(() -> unknown(id));
	}

	@DeleteMapping("/{id}")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void cancel(@PathVariable long id) {
		if (!this.orders.cancel(id)) {
			throw unknown(id);
		}
	}

	private static ResponseStatusException unknown(long id) {
		return new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no order %d.".formatted(id));
	}

	record OrderRequest(@Name String customer, @NotEmpty @Size(max = 100) List<@NotNull @Valid OrderLine> lines) {

	}

}
