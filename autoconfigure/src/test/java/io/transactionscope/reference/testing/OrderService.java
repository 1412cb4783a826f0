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

package io.transactionscope.reference.testing;

import io.transactionscope.ActiveScope;
import io.transactionscope.annotation.ScopedTransaction;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/**
 * Sells.
 */
// tag::service[]
@Service
public class OrderService {

	private final JdbcClient jdbc;

	private final Stock stock;

	private final Mailbox mails;

	public OrderService(JdbcClient jdbc, Stock stock, Mailbox mails) {
		this.jdbc = jdbc;
		this.stock = stock;
		this.mails = mails;
	}

	@ScopedTransaction
	public void place(String sku, int quantity) throws OutOfStockException {
		this.jdbc.sql("insert into orders (sku, quantity) values (?, ?)").params(sku, quantity).update();
		this.stock.take(sku, quantity);
		ActiveScope.current().afterCommit(() -> this.mails.confirm(sku));
	}

}
// end::service[]
