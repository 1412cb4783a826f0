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

package io.transactionscope.reference;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import javax.sql.DataSource;

import io.transactionscope.OpenScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.annotation.WithResource;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionVerifierAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.WithResourceAutoConfiguration;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.resource.lock.LockResources;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * The examples of the chapter "Coming from elsewhere".
 */
@Tag("once")
class ComingFromExampleTests {

	private final List<String> events = new ArrayList<>();

	private final ApplicationContextRunner application = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, DataSourceAutoConfiguration.class,
				JdbcTemplateAutoConfiguration.class, JdbcClientAutoConfiguration.class,
				DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
				ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
				ScopedTransactionAutoConfiguration.class, WithResourceAutoConfiguration.class,
				ScopedTransactionVerifierAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true", "spring.sql.init.mode=never")
		.withBean(Orders.class)
		.withBean(Stock.class)
		.withBean(Mail.class, () -> new Mail(this.events))
		.withBean(Locks.class, () -> new Locks(this.events));

	private void run(Class<?> bean, ThrowingConsumer test) {
		run(this.application.withBean(bean), test);
	}

	private static void run(ApplicationContextRunner application, ThrowingConsumer test) {
		application.run((context) -> {
			context.getBean(JdbcClient.class).sql("create table orders (sku varchar primary key)").update();
			test.accept(context);
		});
	}

	@Test
	void today() {
		run(TodaysCheckout.class, (context) -> {
			TodaysCheckout checkout = context.getBean(TodaysCheckout.class);
			checkout.place(new NewOrder("kettle"));
			assertThat(this.events).containsExactly("lock in a transaction", "mail in a transaction",
					"unlock in a transaction");
			assertThatExceptionOfType(OutOfStockException.class)
				.isThrownBy(() -> checkout.place(new NewOrder("nothing")));
			assertThat(context.getBean(Orders.class).all()).containsExactly("kettle", "nothing");
		});
	}

	@Test
	void withAScope() {
		run(Checkout.class, (context) -> {
			Checkout checkout = context.getBean(Checkout.class);
			checkout.place(new NewOrder("kettle"));
			assertThat(this.events).containsExactly("lock", "mail", "unlock");
			assertThatExceptionOfType(OutOfStockException.class)
				.isThrownBy(() -> checkout.place(new NewOrder("nothing")));
			assertThat(this.events).containsExactly("lock", "mail", "unlock", "lock", "unlock");
			assertThat(context.getBean(Orders.class).all()).containsExactly("kettle");
			assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(
						() -> context.getBean(TransactionScope.class).run(() -> checkout.place(new NewOrder("cup"))))
				.withMessageContaining("must be the outermost one");
		});
	}

	@Test
	void withAResource() {
		run(this.application.withUserConfiguration(ImportConfiguration.class).withBean(Import.class), (context) -> {
			context.getBean(Import.class).importOrders(List.of(new NewOrder("kettle")));
			assertThat(this.events).containsExactly("lock", "unlock");
			assertThat(context.getBean(Orders.class).all()).containsExactly("kettle");
		});
	}

	@Test
	void annotations() {
		run(Annotated.class, (context) -> {
			Annotated annotated = context.getBean(Annotated.class);
			annotated.before();
			annotated.after();
			assertThat(this.events).containsExactly("before", "after");
		});
	}

	@Test
	void transactionTemplate() {
		run(Templates.class, (context) -> {
			Templates templates = context.getBean(Templates.class);
			assertThat(templates.before(new NewOrder("kettle"))).isEqualTo(templates.after(new NewOrder("cup")));
			assertThat(context.getBean(Orders.class).all()).containsExactly("cup", "kettle");
			assertThat(templates.joinedByAScope()).isTrue();
			assertThat(templates.joinsAScope()).isTrue();
		});
	}

	@Test
	void synchronizations() {
		run(Synchronizations.class, (context) -> {
			Synchronizations synchronizations = context.getBean(Synchronizations.class);
			synchronizations.before(new NewOrder("kettle"));
			synchronizations.after(new NewOrder("cup"));
			// In Spring's own, the transaction's connection is still bound.
			assertThat(this.events).containsExactly("mail in a transaction", "mail");
		});
	}

	@Test
	void eventListeners() {
		run(this.application.withBean(Confirmations.class).withBean(Publishing.class), (context) -> {
			context.getBean(Publishing.class).place(new NewOrder("kettle"));
			assertThat(this.events).containsExactly("mail");
		});
	}

	@Test
	void retries() {
		run(this.application.withUserConfiguration(Retrying.class), (context) -> {
			assertThat(context.getBean(Retrying.class).place(new NewOrder("kettle"))).isEqualTo(2);
			assertThat(context.getBean(Orders.class).all()).containsExactly("kettle");
		});
	}

	@Test
	void tryWithResources(@TempDir Path directory) {
		run(Export.class, (context) -> {
			Export export = context.getBean(Export.class);
			Path file = directory.resolve("orders.txt");
			export.before(List.of(new NewOrder("kettle")), file);
			export.after(List.of(new NewOrder("cup")), file);
			assertThat(file).hasContent("cup");
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> export.before(List.of(new NewOrder("pot"), new NewOrder("cup")), file));
			assertThat(file).hasContent("pot");
			export.after(List.of(new NewOrder("tea")), file);
			assertThatExceptionOfType(DuplicateKeyException.class)
				.isThrownBy(() -> export.after(List.of(new NewOrder("pot"), new NewOrder("cup")), file));
			assertThat(file).hasContent("tea");
			assertThat(context.getBean(Orders.class).all()).containsExactly("cup", "kettle", "tea");
		});
	}

	@Test
	void atomic() {
		run(Django.class, (context) -> {
			Django django = context.getBean(Django.class);
			django.place(new NewOrder("kettle"));
			assertThat(this.events).containsExactly("mail");
			assertThat(context.getBean(Orders.class).all()).containsExactly("kettle");
			assertThatIllegalStateException().isThrownBy(() -> django.fail(new NewOrder("cup")));
			assertThat(context.getBean(Orders.class).all()).containsExactly("kettle");
		});
	}

	interface ThrowingConsumer {

		void accept(AssertableApplicationContext context) throws Exception;

	}

	static class TodaysCheckout {

		private final Locks locks;

		private final Orders orders;

		private final Stock stock;

		private final Mail mail;

		TodaysCheckout(Locks locks, Orders orders, Stock stock, Mail mail) {
			this.locks = locks;
			this.orders = orders;
			this.stock = stock;
			this.mail = mail;
		}

		// tag::today[]
		@Transactional
		public Order place(NewOrder request) throws OutOfStockException {
			Lock lock = this.locks.get(request.sku());
			lock.lock(); // <1>
			try {
				Order order = this.orders.insert(request);
				this.stock.take(request); // <2>
				this.mail.confirm(order); // <3>
				return order;
			}
			finally {
				lock.unlock(); // <4>
			}
		}
		// end::today[]

	}

	static class Checkout {

		private final TransactionScope transactions;

		private final Locks locks;

		private final Orders orders;

		private final Stock stock;

		private final Mail mail;

		Checkout(TransactionScope transactions, Locks locks, Orders orders, Stock stock, Mail mail) {
			this.transactions = transactions;
			this.locks = locks;
			this.orders = orders;
			this.stock = stock;
			this.mail = mail;
		}

		// tag::holding-lock[]
		public Order place(NewOrder request) throws OutOfStockException {
			return ResourceScope.call((scope) -> {
				scope.enter(LockResources.lock(this.locks.get(request.sku()), Duration.ofSeconds(1)));
				TransactionScope placing = this.transactions.named("place-order")
					.timeout(Duration.ofSeconds(2))
					.outermost();
				return placing.call((tx) -> {
					Order order = this.orders.insert(request);
					this.stock.take(request);
					tx.afterCommit(() -> this.mail.confirm(order));
					return order;
				});
			});
		}
		// end::holding-lock[]

	}

	@Configuration(proxyBeanMethods = false)
	static class ImportConfiguration {

		// tag::with-resource-bean[]
		@Bean
		Resource<Lock> importLock(Locks locks) {
			return LockResources.lock("import", locks.get("import"), Duration.ofSeconds(1));
		}
		// end::with-resource-bean[]

	}

	static class Import {

		private final Orders orders;

		Import(Orders orders) {
			this.orders = orders;
		}

		// tag::with-resource[]
		@WithResource("importLock")
		@ScopedTransaction(timeout = "30s")
		public void importOrders(List<NewOrder> delivery) {
			delivery.forEach(this.orders::insert);
		}
		// end::with-resource[]

	}

	static class Annotated {

		private final Mail mail;

		Annotated(Mail mail) {
			this.mail = mail;
		}

		// tag::annotation-before[]
		@Transactional(timeout = 5, rollbackFor = Exception.class)
		public void before() throws Exception {
			work("before");
		}
		// end::annotation-before[]

		// tag::annotation-after[]
		@ScopedTransaction(timeout = "5s")
		public void after() throws Exception {
			work("after");
		}
		// end::annotation-after[]

		private void work(String event) {
			this.mail.events.add(event);
		}

	}

	static class Templates {

		private final TransactionTemplate template;

		private final TransactionScope transactions;

		private final Orders orders;

		private final Stock stock;

		Templates(TransactionTemplate template, TransactionScope transactions, Orders orders, Stock stock) {
			this.template = template;
			this.transactions = transactions;
			this.orders = orders;
			this.stock = stock;
		}

		// tag::template-before[]
		boolean before(NewOrder request) {
			return Objects.requireNonNull(this.template.execute((status) -> {
				this.orders.insert(request);
				try {
					this.stock.take(request);
				}
				catch (OutOfStockException ex) {
					throw new IllegalStateException(ex);
				}
				return true;
			}));
		}
		// end::template-before[]

		// tag::template-after[]
		boolean after(NewOrder request) throws OutOfStockException {
			return this.transactions.call(() -> {
				this.orders.insert(request);
				this.stock.take(request);
				return true;
			});
		}
		// end::template-after[]

		boolean joinedByAScope() {
			return this.template
				.execute((status) -> this.transactions.mandatory().call(() -> status.isNewTransaction()));
		}

		boolean joinsAScope() {
			return this.transactions.call(() -> this.template.execute((status) -> !status.isNewTransaction()));
		}

	}

	static class Synchronizations {

		private final TransactionScope transactions;

		private final Orders orders;

		private final Mail mail;

		Synchronizations(TransactionScope transactions, Orders orders, Mail mail) {
			this.transactions = transactions;
			this.orders = orders;
			this.mail = mail;
		}

		// tag::synchronization-before[]
		@Transactional
		public void before(NewOrder request) {
			Order order = this.orders.insert(request);
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void afterCommit() {
					Synchronizations.this.mail.confirm(order);
				}

			});
		}
		// end::synchronization-before[]

		// tag::synchronization-after[]
		public void after(NewOrder request) {
			this.transactions.run((tx) -> {
				Order order = this.orders.insert(request);
				tx.afterCommit(() -> this.mail.confirm(order));
			});
		}
		// end::synchronization-after[]

	}

	static class Publishing {

		private final TransactionScope transactions;

		private final ApplicationEventPublisher events;

		private final Orders orders;

		Publishing(TransactionScope transactions, ApplicationEventPublisher events, Orders orders) {
			this.transactions = transactions;
			this.events = events;
			this.orders = orders;
		}

		// tag::event[]
		void place(NewOrder request) {
			this.transactions.named("place-order").run((tx) -> {
				Order order = this.orders.insert(request);
				tx.afterCommit(() -> this.events.publishEvent(order));
			});
		}
		// end::event[]

	}

	static class Confirmations {

		private final Mail mail;

		Confirmations(Mail mail) {
			this.mail = mail;
		}

		// tag::event-listener[]
		@EventListener
		void confirm(Order order) { // was a @TransactionalEventListener
			this.mail.confirm(order);
		}
		// end::event-listener[]

	}

	@EnableResilientMethods
	static class Retrying {

		private final Orders orders;

		private int attempts;

		Retrying(Orders orders) {
			this.orders = orders;
		}

		// tag::retry[]
		@Retryable(includes = ConcurrencyFailureException.class, maxRetries = 3)
		@ScopedTransaction(timeout = "2s")
		public int place(NewOrder request) {
			this.orders.insert(request);
			return finish();
		}
		// end::retry[]

		private int finish() {
			if (++this.attempts < 2) {
				throw new PessimisticLockingFailureException("deadlock");
			}
			return this.attempts;
		}

	}

	static class Export {

		private final DataSource dataSource;

		private final TransactionScope transactions;

		private final Orders orders;

		Export(DataSource dataSource, TransactionScope transactions, Orders orders) {
			this.dataSource = dataSource;
			this.transactions = transactions;
			this.orders = orders;
		}

		// tag::try-before[]
		void before(List<NewOrder> delivery, Path file) throws IOException, SQLException {
			try (Connection connection = this.dataSource.getConnection();
					BufferedWriter out = Files.newBufferedWriter(file)) {
				connection.setAutoCommit(false);
				try (PreparedStatement insert = connection.prepareStatement("insert into orders values (?)")) {
					for (NewOrder each : delivery) {
						insert.setString(1, each.sku());
						insert.executeUpdate();
						out.write(each.sku());
					}
					connection.commit();
				}
				catch (Throwable ex) {
					connection.rollback();
					throw ex;
				}
				finally {
					connection.setAutoCommit(true);
				}
			}
		}
		// end::try-before[]

		// tag::try-after[]
		void after(List<NewOrder> delivery, Path file) throws IOException {
			try (OpenScope tx = this.transactions.named("deliver").open()) {
				BufferedWriter out = tx.enter(FileResources.atomicWriter(file));
				for (NewOrder each : delivery) {
					this.orders.insert(each);
					out.write(each.sku());
				}
				tx.complete();
			}
		}
		// end::try-after[]

	}

	static class Django {

		private final TransactionScope transactions;

		private final Orders orders;

		private final Mail mail;

		Django(TransactionScope transactions, Orders orders, Mail mail) {
			this.transactions = transactions;
			this.orders = orders;
			this.mail = mail;
		}

		// tag::django[]
		void place(NewOrder request) {
			this.transactions.outermost().run((tx) -> {
				Order order = this.orders.insert(request);
				tx.afterCommit(() -> this.mail.confirm(order));
				try {
					tx.savepoint((sp) -> this.orders.insert(request));
				}
				catch (DuplicateKeyException ex) {
					// The outer block goes on
				}
			});
		}
		// end::django[]

		void fail(NewOrder request) {
			this.transactions.run(() -> {
				this.orders.insert(request);
				throw new IllegalStateException("no");
			});
		}

	}

	record NewOrder(String sku) {
	}

	record Order(String sku) {
	}

	static class OutOfStockException extends Exception {

	}

	static class Orders {

		private final JdbcClient jdbc;

		Orders(JdbcClient jdbc) {
			this.jdbc = jdbc;
		}

		Order insert(NewOrder request) {
			this.jdbc.sql("insert into orders values (?)").param(request.sku()).update();
			return new Order(request.sku());
		}

		List<String> all() {
			return this.jdbc.sql("select sku from orders order by sku").query(String.class).list();
		}

	}

	static class Stock {

		void take(NewOrder request) throws OutOfStockException {
			if (request.sku().equals("nothing")) {
				throw new OutOfStockException();
			}
		}

	}

	static final class Mail {

		private final List<String> events;

		Mail(List<String> events) {
			this.events = events;
		}

		void confirm(Order order) {
			this.events.add("mail" + where());
		}

	}

	private static String where() {
		// A transaction that has begun has its connection.
		return TransactionSynchronizationManager.isActualTransactionActive() ? " in a transaction" : "";
	}

	static final class Locks {

		private final List<String> events;

		Locks(List<String> events) {
			this.events = events;
		}

		Lock get(String sku) {
			List<String> events = this.events;
			return new ReentrantLock() {

				@Override
				public void lock() {
					super.lock();
					events.add("lock" + where());
				}

				@Override
				public boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException {
					events.add("lock" + where());
					return super.tryLock(timeout, unit);
				}

				@Override
				public void unlock() {
					super.unlock();
					events.add("unlock" + where());
				}

			};
		}

	}

}
