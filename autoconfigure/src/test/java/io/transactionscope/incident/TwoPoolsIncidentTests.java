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

package io.transactionscope.incident;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.HeldByWaiters;
import io.transactionscope.test.PostgresServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Two pools, of which one is in trouble.
 */
@Timeout(120)
class TwoPoolsIncidentTests {

	private static final String STOCK = "stock";

	private final Service service = new Service(List.of(Stock.class));

	private final CountDownLatch end = new CountDownLatch(1);

	@AfterEach
	void close() throws Exception {
		this.end.countDown();
		this.service.close();
	}

	@Test
	void theOtherPoolIsWellAndNobodySaysItsName() throws Exception {
		this.service.borrow();
		count();
		Witnesses orders = this.service.witnesses();
		Witnesses stock = this.service.witnesses(STOCK);
		List<FutureTask<Void>> holders = holdStock();
		stock.of(HeldButIdle.class, "held but idle", "code outside of any scope")
			.butNot("orders")
			.exception(catchThrowable(this::count), "stock - No connection", "counting-0")
			.log("Incident 1 of stock, the report in full")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		assertThat(this.service.pages().at("/pools/0/snapshot/pool").asString()).as("opened first").isEqualTo(STOCK);
		this.service.borrow();
		assertThat(orders.since("exhaustions")).isZero();
		assertThat(this.service.health().at("/status").asString()).isEqualTo("UP");
		assertThat(this.service.page().at("/diagnosis/kind").asString()).isEqualTo("Healthy");
		assertThat(this.service.page().at("/reports")).isEmpty();
		assertThat(this.service.log()).doesNotContain("of orders", "orders - ");
		finish(holders);
	}

	@Test
	void whoHoldsOneAndWaitsForTheOtherIsNamedWithBoth() throws Exception {
		count();
		this.service.borrow();
		Witnesses orders = this.service.witnesses();
		List<FutureTask<Void>> holders = holdStock();
		List<FutureTask<Void>> both = this.service.crowd(Service.CONNECTIONS, "placing",
				(there) -> this.service.transactions().named("place-order").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					insistOnStock();
				}));
		awaitMiddleOfWaits();
		orders
			.of(HeldByWaiters.class, "held by threads that wait for a connection of stock", "scope 'place-order'",
					"see who holds the connections of stock")
			.butNot("eadlock", "held but idle")
			.exception(catchThrowable(this.service::borrow), "orders - No connection")
			.log("Incident 1 of orders")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1)
			.meter("deadlocks", 0);
		this.end.countDown();
		finish(holders);
		finish(both);
	}

	@Test
	void whoIsTurnedAwayOnceHoldersGetOnIsToldWhatTheyWaitedFor() throws Exception {
		count();
		this.service.borrow();
		Witnesses orders = this.service.witnesses();
		List<FutureTask<Void>> holders = holdStock();
		CountDownLatch later = new CountDownLatch(1);
		List<FutureTask<Void>> both = this.service.crowd(Service.CONNECTIONS, "placing",
				(there) -> this.service.transactions().named("place-order").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					insistOnStock();
					// Whoever awaited the latch would wait for another thread.
					while (later.getCount() > 0) {
						Thread.sleep(1);
					}
				}));
		awaitMiddleOfWaits();
		FutureTask<Void> first = this.service.begin("first", this::borrowInVain);
		Thread.sleep(300);
		FutureTask<Void> last = this.service.begin("last", this::borrowInVain);
		Throwable failure = catchThrowable(first::get);
		this.end.countDown();
		orders.of(HeldByWaiters.class, "held by threads that wait for a connection of stock", "scope 'place-order'")
			.butNot("eadlock", "held but idle")
			.exception(failure)
			.exception(catchThrowable(last::get))
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 2);
		assertThat(orders.ofOurs("WARN")).filteredOn((event) -> event.contains(" of orders"))
			.noneMatch((event) -> event.contains("held but idle"));
		later.countDown();
		finish(holders);
		finish(both);
	}

	/**
	 * Both pools let everybody wait for a second: who began together would end together,
	 * just when nobody waits for the other pool.
	 */
	private static void awaitMiddleOfWaits() throws InterruptedException {
		Thread.sleep(500);
	}

	private @Nullable Void borrowInVain() throws SQLException {
		this.service.borrow();
		return null;
	}

	private DataSource stock() {
		return this.service.bean("stockDataSource", DataSource.class);
	}

	private void count() throws Exception {
		try (Connection connection = stock().getConnection()) {
			connection.isReadOnly();
		}
	}

	private void insistOnStock() {
		while (catchThrowable(this::count) != null && this.end.getCount() > 0) {
			Thread.onSpinWait();
		}
	}

	private List<FutureTask<Void>> holdStock() throws InterruptedException {
		return this.service.crowd(Service.CONNECTIONS, "counting", (there) -> {
			try (Connection connection = stock().getConnection()) {
				connection.createStatement().execute("select 1");
				there.run();
				this.end.await();
			}
		});
	}

	private void finish(List<FutureTask<Void>> threads) throws Exception {
		this.end.countDown();
		for (FutureTask<Void> thread : threads) {
			thread.get(60, TimeUnit.SECONDS);
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Stock {

		@Bean(defaultCandidate = false)
		DataSource stockDataSource() {
			HikariConfig config = new HikariConfig();
			config.setPoolName(STOCK);
			config.setDataSource(PostgresServer.running().dataSource());
			config.setMaximumPoolSize(Service.CONNECTIONS);
			config.setConnectionTimeout(1000);
			return new HikariDataSource(config);
		}

	}

}
