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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

import javax.sql.DataSource;

// tag::imports[]
import io.transactionscope.ActiveScope;
import io.transactionscope.OpenScope;
import io.transactionscope.ScopeBoundary;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.ScopePropagation;
import io.transactionscope.transaction.TransactionOutcome;
// end::imports[]
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.UnexpectedRollbackException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * The examples of the chapter "Scopes".
 */
@Tag("once")
class ScopesExampleTests {

	private final DataSource dataSource = dataSource();

	private final JdbcClient jdbc = JdbcClient.create(this.dataSource);

	private final TransactionScope transactions = create(this.dataSource);

	private final Orders orders = new Orders(this.jdbc);

	private final Audit audit = new Audit(this.jdbc);

	private final Mail mail = new Mail();

	private final Metrics metrics = new Metrics();

	private static DataSource dataSource() {
		JdbcDataSource dataSource = new JdbcDataSource();
		dataSource.setURL("jdbc:h2:mem:scopes;DB_CLOSE_DELAY=-1");
		return dataSource;
	}

	private static TransactionScope create(DataSource dataSource) {
		// tag::create[]
		TransactionScope transactions = TransactionScope.create(new ScopedJdbcTransactionManager(dataSource));
		// end::create[]
		return transactions;
	}

	@BeforeEach
	void createTables() {
		this.jdbc.sql("drop all objects").update();
		this.jdbc.sql("create table orders (sku varchar primary key)").update();
		this.jdbc.sql("create table audit (text varchar)").update();
	}

	@Test
	void lambdas() {
		NewOrder request = new NewOrder("kettle");
		// tag::lambda[]
		Order order = this.transactions.call(() -> this.orders.insert(request));
		// end::lambda[]
		assertThat(order.sku()).isEqualTo("kettle");
		assertThat(this.orders.all()).containsExactly("kettle");
	}

	@Test
	void checkedExceptions() throws Exception {
		Checkout checkout = new Checkout(this.transactions, this.orders, this.mail);
		checkout.place(new NewOrder("kettle"));
		assertThatExceptionOfType(OutOfStockException.class).isThrownBy(() -> checkout.place(new NewOrder("nothing")));
		assertThat(this.orders.all()).containsExactly("kettle");
		assertThat(this.mail.sent).containsExactly("kettle");
	}

	@Test
	void failuresOfResources(@TempDir Path directory) {
		assertThatIOException().isThrownBy(() -> new Import(this.transactions).export(directory.resolve("no/such")));
	}

	@Test
	void tryWithResources() {
		List<NewOrder> delivery = List.of(new NewOrder("kettle"), new NewOrder("cup"));
		importDelivery(delivery);
		assertThat(this.orders.all()).containsExactly("cup", "kettle");
		assertThatExceptionOfType(DuplicateKeyException.class)
			.isThrownBy(() -> importDelivery(List.of(new NewOrder("pot"), new NewOrder("cup"))));
		assertThat(this.orders.all()).containsExactly("cup", "kettle");
	}

	private void importDelivery(List<NewOrder> delivery) {
		// tag::open[]
		try (OpenScope tx = this.transactions.named("import-delivery").open()) {
			for (NewOrder line : delivery) {
				this.orders.insert(line);
			}
			tx.complete();
		}
		// end::open[]
	}

	@Test
	void tryWithResourcesWithoutComplete() {
		try (OpenScope tx = this.transactions.open()) {
			this.orders.insert(new NewOrder("kettle"));
			assertThat(tx.isRollbackOnly()).isFalse();
		}
		assertThat(this.orders.all()).isEmpty();
	}

	@Test
	void keptInFields() {
		Reports reports = new Reports(this.transactions, this.orders);
		assertThat(reports.all()).isEmpty();
		assertThat(reports.reading)
			.hasToString(this.transactions.named("report").readOnly().timeout(Duration.ofSeconds(5)).toString());
	}

	@Test
	void propagations() {
		assertThat(ScopePropagation.values()).containsExactly(ScopePropagation.REQUIRED, ScopePropagation.REQUIRES_NEW,
				ScopePropagation.NESTED, ScopePropagation.OUTERMOST, ScopePropagation.MANDATORY, ScopePropagation.NEVER,
				ScopePropagation.NOT_SUPPORTED);
	}

	@Test
	void timeouts() {
		assertThatExceptionOfType(TransactionTimedOutException.class)
			.isThrownBy(() -> this.transactions.named("place-order").timeout(Duration.ofMillis(200)).run(() -> {
				this.orders.insert(new NewOrder("kettle"));
				awaitMillis(200);
			}))
			.withMessageContaining("'place-order' passed its deadline of PT0.2S");
		assertThat(this.orders.all()).isEmpty();
	}

	@Test
	void nested() {
		List<String> rejected = new ArrayList<>();
		List<NewOrder> lines = List.of(new NewOrder("kettle"), new NewOrder("kettle"), new NewOrder("cup"));
		// tag::nested[]
		TransactionScope line = this.transactions.named("import-line").nested();
		this.transactions.named("import").run(() -> {
			for (NewOrder each : lines) {
				try {
					line.run(() -> this.orders.insert(each));
				}
				catch (DuplicateKeyException ex) {
					rejected.add(each.sku());
				}
			}
		});
		// end::nested[]
		assertThat(rejected).containsExactly("kettle");
		assertThat(this.orders.all()).containsExactly("cup", "kettle");
	}

	@Test
	void requiresNew() {
		NewOrder request = new NewOrder("kettle");
		assertThatIllegalStateException().isThrownBy(() -> {
			// tag::requires-new[]
			this.transactions.named("place-order").run(() -> {
				this.transactions.named("audit")
					.requiresNew()
					.run(() -> this.audit.write("asked for " + request.sku()));
				this.orders.insert(request);
				throw new IllegalStateException("no");
			});
			// end::requires-new[]
		});
		assertThat(this.orders.all()).isEmpty();
		assertThat(this.audit.all()).containsExactly("asked for kettle");
	}

	@Test
	void outermost() {
		TransactionScope outermost = this.transactions.named("place-order").outermost();
		outermost.run(() -> this.orders.insert(new NewOrder("kettle")));
		assertThatExceptionOfType(IllegalTransactionStateException.class)
			.isThrownBy(() -> this.transactions.named("import").run(() -> outermost.run(() -> {
			})))
			.withMessage(
					"Scope 'place-order' must be the outermost one, but transaction 'import' is active already: call it from outside, or drop outermost().");
	}

	@Test
	void commitOn() {
		assertThatExceptionOfType(LoginFailedException.class)
			.isThrownBy(() -> new Logins(this.transactions, this.audit).logIn("Ada", "guess"));
		assertThat(this.audit.all()).containsExactly("failed login of Ada");
	}

	@Test
	void handle(@TempDir Path directory) throws IOException {
		NewOrder request = new NewOrder("kettle");
		handle(request, directory, false);
		assertThat(this.orders.all()).containsExactly("kettle");
		assertThat(this.audit.all()).containsExactly("kettle");
		assertThat(this.mail.sent).containsExactly("kettle");
		assertThat(this.metrics.outcomes).containsExactly(TransactionOutcome.COMMITTED);
		assertThat(directory.resolve("invoice.txt")).hasContent("NewOrder[sku=kettle]");
		handle(new NewOrder("cup"), directory, true);
		assertThat(this.orders.all()).containsExactly("kettle");
		assertThat(this.mail.sent).containsExactly("kettle", "sorry: cup");
		assertThat(this.metrics.outcomes).containsExactly(TransactionOutcome.COMMITTED, TransactionOutcome.ROLLED_BACK);
		assertThat(directory.resolve("invoice.txt")).hasContent("NewOrder[sku=kettle]");
	}

	private void handle(NewOrder request, Path directory, boolean preview) throws IOException {
		// tag::handle[]
		this.transactions.named("place-order").run((tx) -> {
			this.orders.insert(request);
			tx.beforeCommit(() -> this.audit.write(request.sku()));
			tx.afterCommit(() -> this.mail.confirm(request));
			tx.afterRollback(() -> this.mail.apologize(request));
			tx.onCompletion((outcome) -> this.metrics.count(outcome));
			Path invoice = tx.enter(FileResources.atomicFile(directory.resolve("invoice.txt")));
			Files.writeString(invoice, request.toString());
			if (preview) {
				tx.setRollbackOnly("preview");
			}
		});
		// end::handle[]
	}

	@Test
	void orderOfTheEnd() {
		List<String> events = new ArrayList<>();
		this.transactions.run((tx) -> {
			tx.enter(() -> events.add("release of the first resource"));
			tx.enter(() -> events.add("release of the second resource"));
			tx.onCompletion((outcome) -> events.add("onCompletion"));
			tx.afterCommit(() -> events.add("afterCommit"));
			tx.beforeCommit(() -> events.add("beforeCommit"));
			events.add("body");
		});
		assertThat(events).containsExactly("body", "beforeCommit", "onCompletion", "afterCommit",
				"release of the second resource", "release of the first resource");
	}

	@Test
	void valueInSpiteOfACallbackThatFails() {
		assertThatExceptionOfType(AfterCommitException.class).isThrownBy(() -> this.transactions.run((tx) -> {
			this.orders.insert(new NewOrder("kettle"));
			tx.afterCommit(() -> {
				throw new IOException("no mail server");
			});
		})).withCauseInstanceOf(IOException.class).satisfies((ex) -> assertThat(ex.failures()).hasSize(1));
		assertThat(this.orders.all()).containsExactly("kettle");
	}

	@Test
	void rollbackOnlyKeepsTheValue() {
		// tag::rollback-only[]
		int price = this.transactions.call((tx) -> {
			this.orders.insert(new NewOrder("kettle"));
			tx.setRollbackOnly("only to see the price");
			return this.orders.total();
		});
		// end::rollback-only[]
		assertThat(price).isEqualTo(1);
		assertThat(this.orders.all()).isEmpty();
	}

	@Test
	void savepoints() {
		NewOrder request = new NewOrder("kettle");
		// tag::savepoint[]
		this.transactions.run((tx) -> {
			this.orders.insert(request);
			try {
				tx.savepoint((sp) -> this.orders.insert(request.withPresent()));
			}
			catch (DuplicateKeyException ex) {
				this.audit.write("no present left");
			}
		});
		// end::savepoint[]
		assertThat(this.orders.all()).containsExactly("kettle", "present");
		int count = this.transactions.call((tx) -> tx.callInSavepoint((sp) -> this.orders.total()));
		assertThat(count).isEqualTo(2);
		this.transactions.run((tx) -> {
			this.orders.insert(new NewOrder("cup"));
			try {
				tx.savepoint((sp) -> this.orders.insert(request.withPresent()));
			}
			catch (DuplicateKeyException ex) {
				this.audit.write("no present left");
			}
		});
		assertThat(this.orders.all()).containsExactly("cup", "kettle", "present");
		assertThat(this.audit.all()).containsExactly("no present left");
	}

	@Test
	void current() {
		Journal journal = new Journal(this.mail);
		this.transactions.run(() -> journal.note("kettle"));
		assertThat(this.mail.sent).containsExactly("kettle");
		assertThatIllegalStateException().isThrownBy(() -> journal.note("cup"));
	}

	@Test
	void connection() throws SQLException {
		// tag::connection[]
		this.transactions.run((tx) -> {
			try (Statement statement = tx.connection().createStatement()) {
				statement.execute("insert into orders values ('kettle')");
			}
		});
		// end::connection[]
		assertThat(this.orders.all()).containsExactly("kettle");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.transactions.run((tx) -> tx.connection().commit()));
	}

	@Test
	void whateverAsksSpringForItsConnection() throws SQLException {
		DataSource aware = new TransactionAwareDataSourceProxy(this.dataSource);
		this.transactions.run((tx) -> {
			this.orders.insert(new NewOrder("kettle"));
			try (Connection connection = aware.getConnection();
					ResultSet rows = connection.createStatement().executeQuery("select sku from orders")) {
				assertThat(rows.next()).isTrue();
			}
			tx.setRollbackOnly("seen");
		});
		assertThat(this.orders.all()).isEmpty();
	}

	@Test
	void swallowedFailures() {
		assertThatExceptionOfType(UnexpectedRollbackException.class)
			.isThrownBy(() -> this.transactions.named("import").run(() -> {
				try {
					this.transactions.named("line").run(() -> {
						throw new IllegalStateException("no such line");
					});
				}
				catch (IllegalStateException ex) {
					// Swallowed
				}
			}))
			.withMessageContaining("'line'")
			.withCauseInstanceOf(IllegalStateException.class);
	}

	@Test
	void otherThreads() {
		assertThatExceptionOfType(ExecutionException.class)
			.isThrownBy(() -> this.transactions.call((tx) -> CompletableFuture.supplyAsync(tx::name).get()))
			.withCauseInstanceOf(IllegalStateException.class)
			.withMessageContaining("a transaction runs on one thread");
	}

	@Test
	void boundaries() {
		// tag::boundary[]
		ScopeBoundary boundary = ScopeBoundary.enter();
		try (boundary) {
			work();
		}
		// end::boundary[]
	}

	private void work() {
		this.transactions.run(() -> this.orders.insert(new NewOrder("kettle")));
	}

	@Test
	void workThatWouldGoOn() {
		this.orders.insert(new NewOrder("kettle"));
		// tag::stream[]
		List<String> skus = this.transactions.call(() -> {
			try (Stream<String> rows = this.orders.stream()) {
				return rows.filter((sku) -> sku.startsWith("k")).toList();
			}
		});
		// end::stream[]
		assertThat(skus).containsExactly("kettle");
		assertThatIllegalStateException()
			.isThrownBy(() -> this.transactions.named("skus").call(() -> this.orders.stream()))
			.withMessageStartingWith("Scope 'skus' returned java.util.stream.")
			.withMessageContaining("its work would go on after the end");
	}

	private static void awaitMillis(long millis) {
		long end = System.nanoTime() + Duration.ofMillis(millis).toNanos();
		while (System.nanoTime() < end) {
			Thread.onSpinWait();
		}
	}

	record Checkout(TransactionScope transactions, Orders orders, Mail mail) {

		// tag::checked[]
		Order place(NewOrder request) throws OutOfStockException {
			return this.transactions.named("place-order").timeout(Duration.ofSeconds(2)).call((tx) -> {
				Order order = this.orders.insert(request);
				this.orders.takeFromStock(request); // throws OutOfStockException
				tx.afterCommit(() -> this.mail.confirm(request));
				return order;
			});
		}
		// end::checked[]

	}

	record Import(TransactionScope transactions) {

		// tag::resource-failure[]
		void export(Path target) throws IOException {
			this.transactions.<IOException>run((tx) -> tx.enter(FileResources.atomicFile(target)));
		}
		// end::resource-failure[]

	}

	static final class Reports {

		// tag::fields[]
		private final TransactionScope reading;

		private final Orders orders;

		Reports(TransactionScope transactions, Orders orders) {
			this.reading = transactions.named("report").readOnly().timeout(Duration.ofSeconds(5));
			this.orders = orders;
		}

		List<String> all() {
			return this.reading.call(() -> this.orders.all());
		}
		// end::fields[]

	}

	record Logins(TransactionScope transactions, Audit audit) {

		// tag::commit-on[]
		void logIn(String user, String password) {
			this.transactions.named("log-in").commitOn(LoginFailedException.class).run(() -> {
				if (!password.equals("secret")) {
					this.audit.write("failed login of " + user);
					throw new LoginFailedException();
				}
			});
		}
		// end::commit-on[]

	}

	record Journal(Mail mail) {

		// tag::current[]
		void note(String text) {
			ActiveScope.current().afterCommit(() -> this.mail.send(text));
		}
		// end::current[]

	}

	record NewOrder(String sku) {

		NewOrder withPresent() {
			return new NewOrder("present");
		}

	}

	record Order(String sku) {
	}

	record Orders(JdbcClient jdbc) {

		Order insert(NewOrder order) {
			this.jdbc.sql("insert into orders values (?)").param(order.sku()).update();
			return new Order(order.sku());
		}

		void takeFromStock(NewOrder order) throws OutOfStockException {
			if (order.sku().equals("nothing")) {
				throw new OutOfStockException();
			}
		}

		List<String> all() {
			return this.jdbc.sql("select sku from orders order by sku").query(String.class).list();
		}

		int total() {
			return this.jdbc.sql("select count(*) from orders").query(Integer.class).single();
		}

		Stream<String> stream() {
			return this.jdbc.sql("select sku from orders").query(String.class).stream();
		}

	}

	record Audit(JdbcClient jdbc) {

		void write(String text) {
			this.jdbc.sql("insert into audit values (?)").param(text).update();
		}

		List<String> all() {
			return this.jdbc.sql("select text from audit").query(String.class).list();
		}

	}

	static final class Mail {

		private final List<String> sent = new ArrayList<>();

		void confirm(NewOrder order) {
			send(order.sku());
		}

		void apologize(NewOrder order) {
			send("sorry: " + order.sku());
		}

		void send(String text) {
			this.sent.add(text);
		}

	}

	static final class Metrics {

		private final List<TransactionOutcome> outcomes = new ArrayList<>();

		void count(TransactionOutcome outcome) {
			this.outcomes.add(outcome);
		}

	}

	static final class OutOfStockException extends Exception {

	}

	static final class LoginFailedException extends RuntimeException {

	}

}
