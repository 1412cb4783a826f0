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
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.OpenScope;
import io.transactionscope.ScopeBoundary;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.postgresql.AdvisoryLocks;
import io.transactionscope.resource.async.BlockFuture;
import io.transactionscope.test.EmptyPersistenceUnit;
import io.transactionscope.test.PostgresServer;
import jakarta.persistence.EntityManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * The samples of blocks.
 */
class ScopeSamplesTests {

	private final HikariDataSource dataSource = new HikariDataSource();

	private final TransactionScope transactions = TransactionScope
		.create(new ScopedJdbcTransactionManager(this.dataSource));

	private final List<String> said = new ArrayList<>();

	private final Log log = (text, argument) -> this.said.add(text.replace("{}", "" + argument));

	private final Mail mail = (order) -> this.said.add("mail for " + order.item());

	private final NewOrder request = new NewOrder("pen");

	private final Orders orders;

	ScopeSamplesTests() {
		this.dataSource.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
		this.orders = new Orders(JdbcClient.create(this.dataSource));
		this.orders.client.sql("create table orders (item varchar, note varchar)").update();
	}

	@AfterEach
	void allIsBack() {
		await().until(() -> this.dataSource.getHikariPoolMXBean().getActiveConnections() == 0);
		this.dataSource.close();
	}

	@Test
	void transactionScope() {
		Order order = transactions.named("place-order").call((tx) -> {
			Order placed = orders.insert(request);
			tx.afterCommit(() -> mail.confirm(placed));
			return placed;
		});
		assertThat(order).isEqualTo(new Order("pen"));
		assertThat(this.orders.items()).containsExactly("pen");
		assertThat(this.said).containsExactly("mail for pen");
	}

	@Test
	void theShortest() {
		Order order = transactions.call(() -> orders.insert(request));
		assertThat(this.orders.items()).containsExactly(order.item());
	}

	@Test
	void opened() {
		try (OpenScope tx = transactions.named("place-order").open()) {
			orders.insert(request);
			tx.complete();
		}
		assertThat(this.orders.items()).containsExactly("pen");
	}

	@Test
	void openScope() {
		List<NewOrder> delivery = new ArrayList<>(List.of(this.request, this.request));
		importing(delivery);
		assertThat(this.orders.items()).containsExactly("pen", "pen");
		delivery.add(new NewOrder("sold out"));
		assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> importing(delivery));
		assertThat(this.orders.items()).containsExactly("pen", "pen");
	}

	private void importing(List<NewOrder> delivery) {
		try (OpenScope tx = transactions.named("import-delivery").open()) {
			for (NewOrder line : delivery) {
				orders.insert(line);
			}
			tx.complete();
		}
	}

	@Test
	void activeScope() {
		Coupons coupons = (order) -> {
			this.orders.note(order, "redeemed");
			throw new ExpiredException();
		};
		transactions.run((tx) -> {
			Order order = orders.insert(request);
			try {
				tx.savepoint((sp) -> coupons.redeem(order));
			}
			catch (ExpiredException ex) {
				log.info("No coupon for {}", order);
			}
			tx.afterCommit(() -> mail.confirm(order));
		});
		assertThat(this.orders.items()).containsExactly("pen");
		assertThat(this.orders.notes()).isEmpty();
		assertThat(this.said).containsExactly("No coupon for Order[item=pen]", "mail for pen");
	}

	@Test
	@SuppressWarnings("resource")
	void scopeBoundary() {
		Runnable task = () -> {
			this.transactions.open();
			this.orders.insert(this.request);
		};
		assertThatIllegalStateException().isThrownBy(() -> runInBoundary(task)).withMessageContaining("never closed");
		assertThat(TransactionSynchronizationManager.isActualTransactionActive()).isFalse();
		assertThat(this.orders.items()).isEmpty();
	}

	@SuppressWarnings("try")
	private static void runInBoundary(Runnable task) {
		try (ScopeBoundary boundary = ScopeBoundary.enter()) {
			task.run();
		}
	}

	@Test
	void blockFuture() throws InterruptedException {
		ExecutorService executor = Executors.newSingleThreadExecutor();
		cancel(this.request, executor);
		executor.shutdown();
		assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		assertThat(this.said).singleElement().asString().startsWith("Order cancelled");
		assertThat(this.orders.items()).isEmpty();
	}

	private void cancel(NewOrder request, ExecutorService executor) throws InterruptedException {
		Placing service = new Placing(this.transactions.async(executor), this.orders);
		BlockFuture<Order> order = service.place(request);
		order.cancel(true);
		order.ended().thenAccept((outcome) -> log.info("Order {}", outcome));
	}

	@Test
	void advisoryLocks() {
		DataSource postgres = PostgresServer.running().dataSource();
		JdbcClient other = JdbcClient.create(postgres);
		Import orders = (lines) -> this.said
			.add("free: " + other.sql("select pg_try_advisory_lock(42)").query(Boolean.class).single());
		try (HikariDataSource pool = new HikariDataSource()) {
			pool.setDataSource(postgres);
			importing(TransactionScope.create(new ScopedJdbcTransactionManager(pool)), orders, List.of(this.request));
		}
		assertThat(this.said).containsExactly("free: false");
	}

	private void importing(TransactionScope transactions, Import orders, List<NewOrder> delivery) {
		transactions.run((tx) -> {
			tx.enter(AdvisoryLocks.transaction(42, Duration.ofSeconds(1)));
			orders.load(delivery);
		});
	}

	@Test
	void scopedJdbcTransactionManager() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.registerBean(DataSource.class, () -> this.dataSource, (bean) -> bean.setDestroyMethodName(""));
			placesByTheManagerOf(context, JdbcConfiguration.class);
		}
	}

	@Test
	void scopedJpaTransactionManager() {
		try (EmptyPersistenceUnit unit = new EmptyPersistenceUnit(this.dataSource);
				AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.registerBean(EntityManagerFactory.class, unit::entityManagers,
					(bean) -> bean.setDestroyMethodName(""));
			placesByTheManagerOf(context, JpaConfiguration.class);
		}
	}

	private void placesByTheManagerOf(AnnotationConfigApplicationContext context, Class<?> configuration) {
		context.register(configuration);
		context.refresh();
		TransactionScope transactions = TransactionScope.create(context.getBean(PlatformTransactionManager.class));
		transactions.run(() -> this.orders.insert(this.request));
		assertThat(this.orders.items()).containsExactly("pen");
	}

	@Configuration(proxyBeanMethods = false)
	static class JdbcConfiguration {

		@Bean
		ScopedJdbcTransactionManager transactionManager(DataSource dataSource) {
			return new ScopedJdbcTransactionManager(dataSource);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class JpaConfiguration {

		@Bean
		ScopedJpaTransactionManager transactionManager(EntityManagerFactory entityManagerFactory) {
			return new ScopedJpaTransactionManager(entityManagerFactory);
		}

	}

	record NewOrder(String item) {
	}

	record Order(String item) {
	}

	static class ExpiredException extends Exception {

	}

	record Orders(JdbcClient client) {

		Order insert(NewOrder request) {
			if (request.item().equals("sold out")) {
				throw new IllegalArgumentException(request.item());
			}
			this.client.sql("insert into orders (item) values (?)").param(request.item()).update();
			return new Order(request.item());
		}

		void note(Order order, String note) {
			this.client.sql("update orders set note = ? where item = ?").params(note, order.item()).update();
		}

		List<String> items() {
			return this.client.sql("select item from orders").query(String.class).list();
		}

		List<String> notes() {
			return this.client.sql("select note from orders where note is not null").query(String.class).list();
		}

	}

	record Placing(TransactionScope.Async transactions, Orders orders) {

		BlockFuture<Order> place(NewOrder request) throws InterruptedException {
			CountDownLatch begun = new CountDownLatch(1);
			BlockFuture<Order> placed = this.transactions.call(() -> {
				Order order = this.orders.insert(request);
				begun.countDown();
				Thread.sleep(60_000);
				return order;
			});
			begun.await();
			return placed;
		}

	}

	interface Import {

		void load(List<NewOrder> delivery);

	}

	interface Mail {

		void confirm(Order order);

	}

	interface Coupons {

		void redeem(Order order) throws ExpiredException;

	}

	interface Log {

		void info(String text, Object argument);

	}

}
