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

import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.annotation.WithResource;

import org.springframework.transaction.annotation.Isolation;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The stocktake over REST.
 */
@RestController
class StocktakeController {

	private final Inventory inventory;

	private final Orders orders;

	StocktakeController(Inventory inventory, Orders orders) {
		this.inventory = inventory;
		this.orders = orders;
	}

	/**
	 * The annotations: both queries see the same moment, and the permit is there before
	 * the connection is taken.
	 */
	@GetMapping("/stocktake")
	@WithResource("stocktakePermit")
	@ScopedTransaction(name = "stocktake", readOnly = true, isolation = Isolation.REPEATABLE_READ, timeout = "2s")
	Stocktake stocktake() {
		return new Stocktake(this.inventory.all(), this.orders.ordered());
	}

}
