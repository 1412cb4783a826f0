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

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.test.DatabaseFaults;
import io.transactionscope.test.Phase;
import io.transactionscope.test.ResourceFaults;
import io.transactionscope.test.scope.RecordedScope;
import io.transactionscope.test.scope.ScopeDeadlines;
import io.transactionscope.test.scope.ScopeRecords;
import io.transactionscope.test.scope.TransactionScopes;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionTimedOutException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * The samples of what tests are helped with.
 */
class KitSamplesTests {

	private final Resource<Lock> lock = LockResources.lock("export", new ReentrantLock(), Duration.ofSeconds(1));

	private final Stock stock = (request) -> {
		if (request.quantity() > 10) {
			throw new IllegalArgumentException("too many");
		}
	};

	private final List<String> mails = new ArrayList<>();

	private final JdbcDataSource driver = new JdbcDataSource();

	KitSamplesTests() {
		this.driver.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		JdbcClient.create(this.driver).sql("create table stock (item varchar, quantity int)").update();
	}

	@Test
	void resourceFaults(@TempDir Path directory) {
		Path target = directory.resolve("target");
		ResourceFaults faults = new ResourceFaults();
		Export export = new Export(faults.watch("lock", lock), faults.watch("file", FileResources.atomicFile(target)));
		faults.release("file").fails(new IOException("disk full"));

		assertThatIOException().isThrownBy(() -> export.run());
		assertThat(faults.released()).containsExactly("file", "lock");
		assertThat(faults.held()).isEmpty();
	}

	@Test
	void resourceFaultsOfAnApplication() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(
				WatchedConfiguration.class)) {
			ResourceFaults faults = context.getBean(ResourceFaults.class);
			Resource<?> importLock = context.getBean(Resource.class);
			importLock.runInside(() -> assertThat(faults.held()).containsExactly("importLock"));
			assertThat(faults.released()).containsExactly("importLock");
		}
	}

	@Test
	void faultPoint() {
		ResourceFaults faults = new ResourceFaults();
		Orders orders = () -> 1;
		Resource<String> link = faults.watch("link", Resource.of(() -> "link", (value, outcome) -> {
		}));
		Resource<Lock> watched = faults.watch("lock", this.lock);
		Resource<Path> file = faults.watch("file", FileResources.tempFile());
		faults.acquisition("link").fails(ConnectException::new);
		faults.release("lock").nth(2).fails(new IllegalMonitorStateException());
		faults.release("file").runs(() -> assertThat(orders.count()).isOne());

		assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> link.runInside(() -> {
		}));
		watched.runInside(() -> {
		});
		assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(() -> watched.runInside(() -> {
		}));
		file.runInside(() -> {
		});
		assertThat(faults.released()).contains("file");
	}

	@Test
	void databaseFaults() {
		DatabaseFaults faults = new DatabaseFaults();
		TransactionScope transactions = TransactionScope
			.create(new ScopedJdbcTransactionManager(faults.beneath("orders", this.driver)));
		Placing orders = (request) -> transactions.run((tx) -> insert(tx.connection()));
		NewOrder order = new NewOrder("pen", 1);
		faults.at(Phase.COMMIT).lostLinkAfterwards();

		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> orders.place(order))
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
		assertThat(JdbcClient.create(this.driver).sql("select count(*) from stock").query(Integer.class).single())
			.isOne();
	}

	@Test
	void databaseFaultsOutsideOfSpring() throws SQLException {
		DatabaseFaults faults = new DatabaseFaults();
		try (HikariDataSource pool = new HikariDataSource()) {
			pool.setDataSource(faults.beneath("orders", driver));
			DataSource dataSource = faults.inFrontOf("orders", pool);
			faults.at(Phase.BORROW).refused();
			assertThatExceptionOfType(SQLException.class).isThrownBy(dataSource::getConnection);
			faults.clear();
			dataSource.getConnection().close();
		}
	}

	@Test
	void databaseFaultPoint() {
		DatabaseFaults faults = new DatabaseFaults();
		TransactionScope orders = TransactionScope
			.create(new ScopedJdbcTransactionManager(faults.beneath("ordersDataSource", this.driver)));
		TransactionScope reports = TransactionScope
			.create(new ScopedJdbcTransactionManager(faults.inFrontOf("reportsDataSource", this.driver)));
		faults.at(Phase.COMMIT).lostLinkAfterwards();
		faults.at(Phase.STATEMENT).matching("update stock").nth(2).lockTimeout();
		faults.at(Phase.BORROW).in("reportsDataSource").refused();

		assertThatExceptionOfType(CannotCreateTransactionException.class)
			.isThrownBy(() -> reports.run((tx) -> insert(tx.connection())));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> orders.run((tx) -> {
			take(tx.connection());
			take(tx.connection());
		}));
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> orders.run((tx) -> insert(tx.connection())));
		assertThat(faults.missed()).isEmpty();
	}

	@Test
	void scopeRecords() {
		TransactionScope transactions = TransactionScopes.withoutDatabase();
		new Placed(transactions, new OrderService(transactions, this.stock, this.mails))
			.isRecorded(new NewOrder("pen", 1));
		assertThat(this.mails).containsExactly("pen");
	}

	@Test
	void transactionScopes() {
		NewOrder tooMany = new NewOrder("pen", 100);
		TransactionScope transactions = TransactionScopes.withoutDatabase();
		ScopeRecords scopes = ScopeRecords.of(transactions);
		OrderService orders = new OrderService(transactions, this.stock, this.mails);

		assertThatException().isThrownBy(() -> orders.place(tooMany));
		assertThat(scopes.rolledBack()).hasSize(1);
		assertThat(this.mails).isEmpty();
	}

	@Test
	void scopeDeadlines() {
		new Waiting(mock(Warehouse.class), TransactionScopes.withoutDatabase()).isTooLong("pen", 1);
	}

	private static void insert(Connection connection) throws SQLException {
		execute(connection, "insert into stock values ('pen', 10)");
	}

	private static void take(Connection connection) throws SQLException {
		execute(connection, "update stock set quantity = quantity - 1");
	}

	private static void execute(Connection connection, String sql) throws SQLException {
		try (var statement = connection.createStatement()) {
			statement.executeUpdate(sql);
		}
	}

	record Export(Resource<Lock> lock, Resource<Path> file) {

		void run() throws IOException {
			ResourceScope.run((scope) -> {
				scope.enter(this.lock);
				Files.writeString(scope.enter(this.file), "rows");
			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class WatchedConfiguration {

		@Bean
		ResourceFaults faults() {
			return new ResourceFaults();
		}

		@Bean
		Resource<Lock> importLock() {
			return LockResources.lock("import", new ReentrantLock(), Duration.ofSeconds(2));
		}

		@Bean
		static BeanPostProcessor watching(ResourceFaults faults) {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					return (bean instanceof Resource<?> resource) ? faults.watch(name, resource) : bean;
				}

			};
		}

	}

	record NewOrder(String item, int quantity) {
	}

	record OrderService(TransactionScope transactions, Stock stock, List<String> mails) {

		void place(NewOrder request) {
			this.transactions.named("OrderService.place").run((tx) -> {
				tx.afterCommit(() -> this.mails.add(request.item()));
				this.stock.take(request);
			});
		}

	}

	record Placed(TransactionScope transactions, OrderService orders) {

		void isRecorded(NewOrder order) {
			try (ScopeRecords scopes = ScopeRecords.of(transactions)) {
				this.orders.place(order);
				assertThat(scopes.committed()).extracting(RecordedScope::name).containsExactly("OrderService.place");
			}
		}
	}

	record Waiting(Warehouse warehouse, TransactionScope transactions) {

		void isTooLong(String item, int reserved) {
			TransactionScope transactions = this.transactions.timeout(Duration.ofSeconds(5));
			Clerk orders = (each) -> transactions.run(() -> this.warehouse.reserve(each));
			given(this.warehouse.reserve(item)).will((call) -> {
				ScopeDeadlines.advance(Duration.ofSeconds(10));
				return reserved;
			});
			assertThatExceptionOfType(TransactionTimedOutException.class).isThrownBy(() -> orders.place(item));
		}

	}

	interface Warehouse {

		int reserve(String item);

	}

	interface Clerk {

		void place(String item);

	}

	interface Placing {

		void place(NewOrder request) throws SQLException;

	}

	interface Stock {

		void take(NewOrder request);

	}

	interface Orders {

		int count();

	}

}
