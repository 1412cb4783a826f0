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

package io.transactionscope.followup;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.transactionscope.TransactionScope;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.modulith.events.ApplicationModuleListener;
import org.springframework.transaction.event.TransactionalEventListener;

/**
 * What follows an order. Each notes the orders that it could see.
 */
class FollowUps {

	private final TransactionScope transactions;

	private final JdbcClient jdbc;

	private final List<String> heard = new CopyOnWriteArrayList<>();

	private final List<String> confirmed = new CopyOnWriteArrayList<>();

	private final List<String> shipped = new CopyOnWriteArrayList<>();

	private volatile boolean broken;

	FollowUps(TransactionScope transactions, JdbcClient jdbc) {
		this.transactions = transactions;
		this.jdbc = jdbc;
	}

	/** On another thread, in a transaction of its own. */
	@ApplicationModuleListener
	void on(OrderPlaced event) {
		confirm(event.item());
	}

	/** On the thread of the block, and over the connection that is bound to it. */
	@TransactionalEventListener
	void on(OrderTold event) {
		confirm(event.item());
	}

	/** The job. */
	void ship(String item) {
		this.transactions.run(() -> note(this.shipped, item));
	}

	private void confirm(String item) {
		this.heard.add(item);
		note(this.confirmed, item);
		if (this.broken) {
			throw new IllegalStateException("the listener is broken");
		}
	}

	private void note(List<String> items, String item) {
		items.addAll(this.jdbc.sql("select item from orders where item = ?").param(item).query(String.class).list());
	}

	void reset() {
		this.broken = false;
		this.heard.clear();
		this.confirmed.clear();
		this.shipped.clear();
	}

	void breakDown(boolean broken) {
		this.broken = broken;
	}

	/** All that the listeners were told, whether or not it is so. */
	List<String> heard() {
		return this.heard;
	}

	List<String> confirmed() {
		return this.confirmed;
	}

	List<String> shipped() {
		return this.shipped;
	}

}
