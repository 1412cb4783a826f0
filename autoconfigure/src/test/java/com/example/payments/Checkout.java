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

package com.example.payments;

import io.transactionscope.TransactionScope;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * An application's own service, which calls another one in the middle of a transaction.
 */
public final class Checkout {

	private final TransactionScope transactions;

	private final JdbcClient jdbc;

	private final PaymentClient payments;

	public Checkout(TransactionScope transactions, JdbcClient jdbc, PaymentClient payments) {
		this.transactions = transactions.named("checkout");
		this.jdbc = jdbc;
		this.payments = payments;
	}

	/**
	 * Look up what is to be paid, and have it paid.
	 */
	public boolean pay(String sku) throws InterruptedException {
		return this.transactions.call(() -> {
			this.jdbc.sql("select price from item where sku = ?").param(sku).query(Integer.class).single();
			return this.payments.charge();
		});
	}

}
