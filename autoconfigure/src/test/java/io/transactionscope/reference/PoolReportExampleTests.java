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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;

import com.example.orders.OrderService;
import com.example.orders.PriceService;
import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.TransactionScope;
import io.transactionscope.actuate.PoolsEndpoint;
import io.transactionscope.actuate.PoolsEndpoint.DiagnosisDescriptor;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.RemoteCallPolicy;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.remote.RemoteCallException;
import io.transactionscope.pool.remote.RemoteCallHandler;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.tracked.TrackedDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * The report that the reference explains line by line, of a pool that is dry in earnest.
 */
@Tag("once")
@Timeout(60)
class PoolReportExampleTests {

	private final String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=30000";

	private final ExecutorService answering = Executors.newCachedThreadPool();

	private final CountDownLatch answer = new CountDownLatch(1);

	private final List<Thread> threads = new ArrayList<>();

	@SuppressWarnings("NullAway.Init") // Before each test
	private HttpServer warehouse;

	@BeforeEach
	void begin() throws Exception {
		this.warehouse = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.warehouse.setExecutor(this.answering);
		this.warehouse.createContext("/reservations", (exchange) -> {
			try {
				this.answer.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			exchange.sendResponseHeaders(204, -1);
		});
		this.warehouse.start();
	}

	@AfterEach
	void end() {
		this.answer.countDown();
		this.warehouse.stop(0);
		this.answering.shutdownNow();
	}

	@Test
	void reportOfADryPool() throws Exception {
		try (Shop shop = new Shop(PoolSettings.defaults());
				Connection outside = DriverManager.getConnection(this.url)) {
			outside.setAutoCommit(false);
			outside.createStatement().execute("update price set amount = 7 where item = 'pear'");
			begin("http-nio-8080-exec-1", () -> shop.orders.place("apple"));
			await().until(() -> shop.isCalledFrom(1));
			begin("scheduling-1", () -> shop.prices.raiseAll(List.of("pear", "plum")));
			await().until(shop::isInStatement);
			begin("http-nio-8080-exec-2", () -> shop.orders.place("pear"));
			await().until(() -> shop.isCalledFrom(2));
			FutureTask<Throwable> turnedAway = begin("http-nio-8080-exec-3",
					() -> catchThrowable(() -> shop.orders.place("plum")));
			await().until(() -> shop.waiting() == 1);
			await().pollDelay(Duration.ofMillis(200)).until(() -> true);
			FutureTask<Throwable> unused = begin("http-nio-8080-exec-4",
					() -> catchThrowable(() -> shop.prices.priceOf("apple")));
			DiagnosisDescriptor trouble = await().until(shop::diagnosis, (found) -> found.kind().equals("HeldButIdle"));
			RecordedText.of("pool-diagnosis.json")
				.ignoringTimes()
				.ignoring("(?<=\"idleShare\" : )(null|[\\d.]+)")
				.verify(new JsonMapper().writeValueAsString(trouble));
			Throwable failure = turnedAway.get();
			this.answer.countDown();
			outside.rollback();
			assertThat(failure).hasRootCauseInstanceOf(PoolExhaustedException.class);
			PoolExhaustedException exhausted = (PoolExhaustedException) rootOf(failure);
			PoolReport report = exhausted.report();
			assertThat(report.diagnosis()).isInstanceOf(HeldButIdle.class);
			RecordedText.of("pool-report.txt")
				.ignoringTimes()
				.ignoring(RecordedText.LINE_NUMBERS)
				.verify(report.text());
			RecordedText.of("pool-exhausted.txt")
				.ignoringTimes()
				.ignoring("(?<=waiting=)\\d+")
				.verify(endOf(exhausted));
			awaitEnd();
		}
	}

	@Test
	void callElsewhereThatIsForbidden() {
		try (Shop shop = new Shop(PoolSettings.defaults().withRemoteCalls(RemoteCallPolicy.FAIL))) {
			assertThatExceptionOfType(RemoteCallException.class).isThrownBy(() -> shop.orders.place("apple"))
				.satisfies((ex) -> RecordedText.of("pool-remote-call.txt").verify(String.valueOf(ex.getMessage())))
				.returns("POST warehouse", RemoteCallException::call);
			assertThat(shop.jdbc.sql("select count(*) from orders").query(Integer.class).single()).isZero();
		}
	}

	/** What follows the report in the message. */
	private static String endOf(PoolExhaustedException exhausted) {
		String message = String.valueOf(exhausted.getMessage());
		assertThat(message).startsWith(exhausted.report().text());
		return message.substring(exhausted.report().text().length());
	}

	private static Throwable rootOf(Throwable failure) {
		return (failure.getCause() != null) ? rootOf(failure.getCause()) : failure;
	}

	private void begin(String thread, Runnable work) {
		FutureTask<?> unused = begin(thread, Executors.callable(work));
	}

	private <T> FutureTask<T> begin(String thread, Callable<T> work) {
		FutureTask<T> task = new FutureTask<>(work);
		Thread worker = new Thread(task, thread);
		worker.setDaemon(true);
		this.threads.add(worker);
		worker.start();
		return task;
	}

	private void awaitEnd() throws InterruptedException {
		for (Thread thread : this.threads) {
			thread.join();
		}
	}

	/**
	 * An application with a pool of three connections.
	 */
	private final class Shop implements AutoCloseable {

		private final TrackedDataSource dataSource;

		private final PoolsEndpoint endpoint;

		private final OrderService orders;

		private final PriceService prices;

		private final JdbcClient jdbc;

		Shop(PoolSettings settings) {
			HikariConfig config = new HikariConfig();
			config.setPoolName("orders");
			config.setJdbcUrl(PoolReportExampleTests.this.url);
			config.setMaximumPoolSize(3);
			config.setConnectionTimeout(2000);
			this.dataSource = new TrackedDataSource(new PoolLedger(new HikariDataSource(config), settings));
			PoolLedgers ledgers = new PoolLedgers();
			ledgers.add(this.dataSource.ledger());
			this.endpoint = new PoolsEndpoint(ledgers);
			ObservationRegistry observations = ObservationRegistry.create();
			observations.observationConfig().observationHandler(new RemoteCallHandler(ledgers));
			this.jdbc = JdbcClient.create(this.dataSource);
			this.jdbc.sql("create table orders (item varchar(20))").update();
			this.jdbc.sql("create table price (item varchar(20) primary key, amount int)").update();
			this.jdbc.sql("insert into price values ('apple', 1), ('pear', 2)").update();
			TransactionScope transactions = TransactionScope.create(new ScopedJdbcTransactionManager(this.dataSource));
			HttpClient http = HttpClient.newBuilder()
				.proxy(ProxySelector.of(PoolReportExampleTests.this.warehouse.getAddress()))
				.build();
			RestClient warehouse = RestClient.builder()
				.baseUrl("http://warehouse")
				.observationRegistry(observations)
				.requestFactory(new JdkClientHttpRequestFactory(http))
				.build();
			this.orders = new OrderService(transactions, this.jdbc, warehouse);
			this.prices = new PriceService(transactions, this.jdbc);
		}

		boolean isCalledFrom(int leases) {
			return leases().stream().filter((lease) -> !lease.calls().isEmpty()).count() == leases;
		}

		boolean isInStatement() {
			return leases().stream().anyMatch((lease) -> lease.phase() == Phase.IN_STATEMENT);
		}

		private List<Lease> leases() {
			return this.dataSource.ledger().snapshot().leases();
		}

		DiagnosisDescriptor diagnosis() {
			return Objects.requireNonNull(this.endpoint.pool("orders")).diagnosis();
		}

		int waiting() {
			return this.dataSource.ledger().snapshot().waiters().size();
		}

		@Override
		public void close() {
			this.dataSource.close();
		}

	}

}
