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

package io.transactionscope.readme;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.OpenScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionVerifierAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.resource.lock.LockResources;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The Java of the README, and what the README says of it.
 */
@Tag("once")
class ReadmeExampleTests {

	private static final NewOrder REQUEST = new NewOrder("apple");

	private static final NewOrder SOLD_OUT = new NewOrder("quince");

	private final ApplicationContextRunner boots = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, DataSourceAutoConfiguration.class,
				JdbcTemplateAutoConfiguration.class, JdbcClientAutoConfiguration.class,
				DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true",
				"spring.datasource.hikari.maximum-pool-size=1")
		.withBean(Locks.class)
		.withBean(Orders.class)
		.withBean(Stock.class)
		.withBean(Mail.class);

	private final ApplicationContextRunner ours = this.boots
		.withConfiguration(AutoConfigurations.of(ScopedTransactionManagerAutoConfiguration.class,
				TransactionScopeAutoConfiguration.class, ScopedTransactionAutoConfiguration.class,
				ScopedTransactionVerifierAutoConfiguration.class))
		.withBean(WithScopes.class);

	@Test
	void whatIsWrongWithTodaysCode() {
		this.boots.withBean(Today.class).run((context) -> {
			Today today = context.getBean(Today.class);
			Orders orders = context.getBean(Orders.class);
			Locks locks = context.getBean(Locks.class);
			assertThatExceptionOfType(OutOfStockException.class).isThrownBy(() -> today.place(SOLD_OUT));
			assertThat(orders.all()).as("committed, although it has failed").containsExactly("quince");
			today.place(REQUEST);
			assertThat(locks.freedInTransaction).as("freed before the commit").isTrue();
			assertThat(context.getBean(Mail.class).sentInTransaction).as("sent before the commit").isTrue();
		});
	}

	@Test
	void placesAnOrderInOneBlock() {
		this.ours.run((context) -> {
			WithScopes scopes = context.getBean(WithScopes.class);
			Mail mail = context.getBean(Mail.class);
			Locks locks = context.getBean(Locks.class);
			assertThat(scopes.place(REQUEST)).isEqualTo(new Order("apple"));
			assertThat(context.getBean(Orders.class).all()).containsExactly("apple");
			assertThat(mail.sent).containsExactly("apple");
			assertThat(mail.sentInTransaction).isFalse();
			assertThat(mail.connectionsHeld).as("by who sends the mail").isZero();
			assertThat(mail.lockFree).as("before the mail").isFalse();
			assertThat(locks.freedInTransaction).isFalse();
			assertThat(locks.apples.isLocked()).isFalse();
		});
	}

	@Test
	void rollsBackOnAnyExceptionWhichArrivesAsItWasThrown() {
		this.ours.run((context) -> {
			WithScopes scopes = context.getBean(WithScopes.class);
			assertThatExceptionOfType(OutOfStockException.class).isThrownBy(() -> scopes.place(SOLD_OUT))
				.isSameAs(context.getBean(Stock.class).thrown);
			assertThat(context.getBean(Orders.class).all()).isEmpty();
			assertThat(context.getBean(Mail.class).sent).isEmpty();
			assertThat(context.getBean(Locks.class).apples.isLocked()).isFalse();
		});
	}

	@Test
	void waitsForTheLockWithoutAConnectionAndNotForEver() {
		this.ours.run((context) -> {
			HikariDataSource pool = context.getBean(HikariDataSource.class);
			Locks locks = context.getBean(Locks.class);
			locks.apples.lock();
			FutureTask<Order> placed = new FutureTask<>(
					(Callable<Order>) () -> context.getBean(WithScopes.class).place(REQUEST));
			Thread placing = new Thread(placed);
			placing.start();
			while (!locks.apples.hasQueuedThread(placing) && !placed.isDone()) {
				Thread.onSpinWait();
			}
			assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
			assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> {
				try {
					placed.get();
				}
				catch (ExecutionException ex) {
					throw ex.getCause();
				}
			});
		});
	}

	@Test
	void isRefusedInsideOfAnotherTransaction() {
		this.ours.run((context) -> {
			WithScopes scopes = context.getBean(WithScopes.class);
			assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(() -> context.getBean(TransactionScope.class).run(() -> scopes.place(REQUEST)));
			assertThat(context.getBean(Orders.class).all()).isEmpty();
		});
	}

	@Test
	void theThreeWays() {
		this.ours.withPropertyValues("reports.timeout=3s").run((context) -> {
			WithScopes scopes = context.getBean(WithScopes.class);
			assertThat(scopes.shortest(REQUEST)).isEqualTo(new Order("apple"));
			scopes.delivery(List.of(REQUEST, SOLD_OUT));
			assertThat(scopes.report()).containsExactly("apple", "apple", "quince");
		});
	}

	static class Today {

		private final Locks locks;

		private final Orders orders;

		private final Stock stock;

		private final Mail mail;

		Today(Locks locks, Orders orders, Stock stock, Mail mail) {
			this.locks = locks;
			this.orders = orders;
			this.stock = stock;
			this.mail = mail;
		}

		@Transactional
		public Order place(NewOrder request) throws OutOfStockException {
			Lock lock = this.locks.get(request.sku());
			lock.lock(); // waits for ever, with a connection in its hands
			try {
				Order order = this.orders.insert(request);
				this.stock.take(request); // checked
				this.mail.confirm(order); // sent, also when the commit fails
				return order;
			}
			finally {
				lock.unlock(); // before the commit: the next one reads old stock
			}
		}

	}

	static class WithScopes {

		private final TransactionScope transactions;

		private final Locks locks;

		private final Orders orders;

		private final Stock stock;

		private final Mail mail;

		WithScopes(TransactionScope transactions, Locks locks, Orders orders, Stock stock, Mail mail) {
			this.transactions = transactions;
			this.locks = locks;
			this.orders = orders;
			this.stock = stock;
			this.mail = mail;
		}

		public Order place(NewOrder request) throws OutOfStockException {
			Resource<Lock> lock = LockResources.lock(this.locks.get(request.sku()), Duration.ofSeconds(1));
			return lock.callInside(() -> this.transactions.outermost()
				.named("place-order")
				.timeout(Duration.ofSeconds(2))
				.call((tx) -> {
					Order order = this.orders.insert(request);
					this.stock.take(request);
					tx.afterCommit(() -> this.mail.confirm(order));
					return order;
				}));
		}

		Order shortest(NewOrder request) {
			Order order = transactions.call(() -> orders.insert(request));
			return order;
		}

		void delivery(List<NewOrder> delivery) {
			try (OpenScope tx = transactions.named("import-delivery").open()) {
				for (NewOrder line : delivery) {
					orders.insert(line);
				}
				tx.complete();
			}
		}

		@ScopedTransaction(readOnly = true, timeout = "${reports.timeout:5s}")
		public List<String> report() {
			return this.orders.all();
		}

	}

	record NewOrder(String sku) {
	}

	record Order(String sku) {
	}

	static class OutOfStockException extends Exception {

	}

	static class Locks {

		/** One that says whether there was still a transaction as it was freed. */
		private final ReentrantLock apples = new ReentrantLock() {

			@Override
			public void unlock() {
				Locks.this.freedInTransaction = TransactionSynchronizationManager.isActualTransactionActive();
				super.unlock();
			}

		};

		private boolean freedInTransaction;

		Lock get(String sku) {
			return sku.equals("apple") ? this.apples : new ReentrantLock();
		}

	}

	static class Orders {

		private final JdbcClient jdbc;

		Orders(JdbcClient jdbc) {
			this.jdbc = jdbc;
			jdbc.sql("create table orders (sku varchar(20))").update();
		}

		Order insert(NewOrder request) {
			this.jdbc.sql("insert into orders (sku) values (?)").param(request.sku()).update();
			return new Order(request.sku());
		}

		List<String> all() {
			return this.jdbc.sql("select sku from orders order by sku").query(String.class).list();
		}

	}

	static class Stock {

		private final OutOfStockException thrown = new OutOfStockException();

		void take(NewOrder request) throws OutOfStockException {
			if (request.equals(SOLD_OUT)) {
				throw this.thrown;
			}
		}

	}

	static class Mail {

		private final List<String> sent = new ArrayList<>();

		private final HikariDataSource pool;

		private final Locks locks;

		private boolean sentInTransaction;

		private int connectionsHeld;

		private boolean lockFree;

		Mail(HikariDataSource pool, Locks locks) {
			this.pool = pool;
			this.locks = locks;
		}

		void confirm(Order order) {
			this.sent.add(order.sku());
			this.sentInTransaction = TransactionSynchronizationManager.isActualTransactionActive();
			this.connectionsHeld = this.pool.getHikariPoolMXBean().getActiveConnections();
			this.lockFree = !this.locks.apples.isLocked();
		}

	}

}
