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
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * The inventory over REST.
 */
@RestController
@RequestMapping("/inventory")
class InventoryController {

	private final Inventory inventory;

	InventoryController(Inventory inventory) {
		this.inventory = inventory;
	}

	@GetMapping
	List<StockItem> all() {
		return this.inventory.all();
	}

	@GetMapping("/{sku}")
	StockItem get(@PathVariable @Sku String sku) {
		return this.inventory.find(sku).orElseThrow(() -> unknown(sku));
	}

	@PostMapping("/{sku}/restock")
	StockItem restock(@PathVariable @Sku String sku, @RequestBody @Valid Delivery delivery) {
		return this.inventory.restock(sku, delivery.quantity()).orElseThrow(() -> unknown(sku));
	}

	private static ResponseStatusException unknown(String sku) {
		return new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no item '%s'.".formatted(sku));
	}

	record Delivery(@Min(1) @Max(1000) int quantity) {

	}

}
