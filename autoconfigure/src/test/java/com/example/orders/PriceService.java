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

package com.example.orders;

import java.util.List;

import io.transactionscope.TransactionScope;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Changes prices.
 */
public final class PriceService {

	private final TransactionScope transactions;

	private final JdbcClient jdbc;

	/**
	 * Create the service.
	 */
	public PriceService(TransactionScope transactions, JdbcClient jdbc) {
		this.transactions = transactions;
		this.jdbc = jdbc;
	}

	/**
	 * Raise the prices of some things, one after the other.
	 */
	public void raiseAll(List<String> items) {
		for (String item : items) {
			raise(item);
		}
	}

	/**
	 * Raise the price of something.
	 */
	public void raise(String item) {
		this.transactions.named("PriceService.raise")
			.run(() -> this.jdbc.sql("update price set amount = amount + 1 where item = :item")
				.param("item", item)
				.update());
	}

	/**
	 * Return the price of something.
	 */
	public int priceOf(String item) {
		return this.jdbc.sql("select amount from price where item = :item")
			.param("item", item)
			.query(Integer.class)
			.single();
	}

}
