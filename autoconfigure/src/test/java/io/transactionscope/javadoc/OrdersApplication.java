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

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import io.transactionscope.ActiveScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.annotation.WithResource;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.WithResourceAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.lock.LockResources;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The application that the samples with annotations are of.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@ImportAutoConfiguration({ AopAutoConfiguration.class, PoolAutoConfiguration.class, DataSourceAutoConfiguration.class,
		DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
		JdbcTemplateAutoConfiguration.class, JdbcClientAutoConfiguration.class,
		ScopedTransactionManagerAutoConfiguration.class, ScopedTransactionAutoConfiguration.class,
		TransactionScopeAutoConfiguration.class, WithResourceAutoConfiguration.class })
@Import({ OrdersApplication.Orders.class, OrdersApplication.Stock.class, OrdersApplication.Mails.class,
		OrdersApplication.OrderService.class, OrdersApplication.Imports.class })
class OrdersApplication {

	static final String SOLD_OUT = "sold out";

	@Bean
	Resource<Lock> importLock() {
		return LockResources.lock("import", new ReentrantLock(), Duration.ofSeconds(2));
	}

	record NewOrder(String item) {
	}

	record Order(String item) {
	}

	static class OutOfStockException extends Exception {

	}

	static class OrderService {

		private final Orders orders;

		private final Stock stock;

		private final Mails mail;

		OrderService(Orders orders, Stock stock, Mails mail) {
			this.orders = orders;
			this.stock = stock;
			this.mail = mail;
		}

		@ScopedTransaction(timeout = "2s")
		public Order place(NewOrder request) throws OutOfStockException {
			Order order = this.orders.insert(request);
			this.stock.take(request);
			ActiveScope.current().afterCommit(() -> this.mail.confirm(order));
			return order;
		}

	}

	static class Imports {

		private final Orders orders;

		Imports(Orders orders) {
			this.orders = orders;
		}

		@WithResource("importLock")
		@ScopedTransaction
		public void importOrders(List<NewOrder> delivery) {
			delivery.forEach(this.orders::insert);
		}

	}

	static class Stock {

		@ScopedTransaction
		public void take(NewOrder request) throws OutOfStockException {
			if (request.item().equals(SOLD_OUT)) {
				throw new OutOfStockException();
			}
		}

	}

	static class Orders {

		private final JdbcClient client;

		Orders(JdbcClient client) {
			this.client = client;
			client.sql("create table if not exists orders (item varchar)").update();
		}

		Order insert(NewOrder request) {
			this.client.sql("insert into orders values (?)").param(request.item()).update();
			return new Order(request.item());
		}

		List<String> items() {
			return this.client.sql("select item from orders").query(String.class).list();
		}

		void clear() {
			this.client.sql("delete from orders").update();
		}

	}

	static class Mails implements Iterable<String> {

		private final List<String> sent = new CopyOnWriteArrayList<>();

		void confirm(Order order) {
			this.sent.add(order.item());
		}

		void clear() {
			this.sent.clear();
		}

		@Override
		public Iterator<String> iterator() {
			return this.sent.iterator();
		}

	}

}
