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

package io.transactionscope.actuate;

import java.sql.Connection;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.actuate.PoolSnapshotDescriptor.LeaseDescriptor;
import io.transactionscope.actuate.PoolSnapshotDescriptor.WaiterDescriptor;
import io.transactionscope.actuate.PoolsEndpoint.DiagnosisDescriptor;
import io.transactionscope.actuate.PoolsEndpoint.HolderDescriptor;
import io.transactionscope.actuate.PoolsEndpoint.PhaseDescriptor;
import io.transactionscope.actuate.PoolsEndpoint.PoolDescriptor;
import io.transactionscope.actuate.PoolsEndpoint.PoolReportDescriptor;
import io.transactionscope.actuate.PoolsEndpoint.PoolsDescriptor;
import io.transactionscope.actuate.PoolsEndpoint.ReportDescriptor;
import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Healthy;
import io.transactionscope.pool.diagnosis.HeldElsewhere;
import io.transactionscope.pool.report.PoolReport.Trigger;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.tracked.TrackedDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

class PoolsEndpointTests {

	private final PoolLedgers ledgers = new PoolLedgers();

	private final PoolsEndpoint endpoint = new PoolsEndpoint(this.ledgers);

	private HikariDataSource hikari;

	private TrackedDataSource orders;

	@BeforeEach
	void openPool() {
		openPool(config("orders"));
	}

	private void openPool(HikariConfig config) {
		this.hikari = new HikariDataSource(config);
		this.orders = new TrackedDataSource(new PoolLedger(this.hikari, PoolSettings.defaults()));
		this.ledgers.add(this.orders.ledger());
	}

	@AfterEach
	void closePool() {
		this.orders.ledger().close();
		this.hikari.close();
	}

	@Test
	void showsTheLeasesOfEachPool() throws Exception {
		assertThat(pool().snapshot().leases()).isEmpty();
		try (Connection lent = this.orders.getConnection()) {
			assertThat(lent.isClosed()).isFalse();
			assertThat(pool().snapshot().pool()).isEqualTo("orders");
			assertThat(pool().snapshot().leases()).singleElement()
				.extracting(LeaseDescriptor::thread)
				.isEqualTo(Thread.currentThread().getName());
			assertThat(pool().diagnosis()).isNull();
		}
		assertThat(pool().snapshot().leases()).isEmpty();
	}

	@Test
	void saysWhatIsTheMatterAsLongAsSomebodyWaits() throws Exception {
		closePool();
		HikariConfig patient = config("orders");
		patient.setConnectionTimeout(30_000);
		openPool(patient);
		CompletableFuture<Void> waiter;
		try (Connection lent = this.orders.getConnection()) {
			assertThat(lent.isClosed()).isFalse();
			waiter = CompletableFuture.runAsync(() -> hold(new CountDownLatch(1), new CountDownLatch(0)));
			await().until(() -> !pool().snapshot().waiters().isEmpty());
			await().untilAsserted(() -> {
				PoolDescriptor pool = pool();
				assertThat(pool.snapshot().waiters()).extracting(WaiterDescriptor::holds).containsExactly(0);
				assertThat(Objects.requireNonNull(pool.diagnosis()).kind()).isNotEqualTo(Healthy.class.getSimpleName());
			});
		}
		waiter.join();
	}

	@Test
	void keepsReportsAndTellsTheirTextForOnePool() throws Exception {
		try (Connection lent = this.orders.getConnection()) {
			assertThat(lent.isClosed()).isFalse();
			CompletableFuture.runAsync(this::timesOut).join();
		}
		ReportDescriptor brief = pool().reports().get(0);
		assertThat(brief.trigger()).isEqualTo(Trigger.CONNECTION_TIMEOUT);
		assertThat(brief.text()).isNull();
		assertThat(Objects.requireNonNull(brief.borrower()).holds()).isZero();
		ReportDescriptor full = Objects.requireNonNull(this.endpoint.pool("orders")).reports().get(0);
		assertThat(full.at()).isEqualTo(brief.at());
		assertThat(full.text()).contains("orders - No connection for", brief.diagnosis().summary(),
				brief.diagnosis().advice());
	}

	@Test
	void tellsWhatHoldersDoAtPresent() throws Exception {
		CountDownLatch lent = new CountDownLatch(1);
		CountDownLatch end = new CountDownLatch(1);
		CompletableFuture<Void> holder = CompletableFuture.runAsync(() -> hold(lent, end));
		lent.await();
		await().untilAsserted(() -> {
			PoolReportDescriptor pool = Objects.requireNonNull(this.endpoint.pool("orders"));
			assertThat(pool.holders()).singleElement()
				.satisfies((each) -> assertThat(methods(each.stack())).contains("await", "hold"));
			HolderDescriptor one = Objects
				.requireNonNull(this.endpoint.holder("orders", pool.holders().get(0).lease().id()));
			assertThat(methods(one.stack())).contains("await", "hold");
		});
		String lease = pool().snapshot().leases().get(0).id();
		end.countDown();
		holder.join();
		assertThat(this.endpoint.holder("orders", lease)).isNull();
	}

	@Test
	void knowsOnlyThePoolsThereAre() {
		assertThat(this.endpoint.pool("customers")).isNull();
		assertThat(this.endpoint.holder("customers", "0-1")).isNull();
		assertThat(this.endpoint.holder("orders", "0-1")).isNull();
	}

	@Test
	void poolsOfTheSameNameAreToldApart() throws Exception {
		try (HikariDataSource other = new HikariDataSource(config("orders"));
				PoolLedger ledger = new PoolLedger(other, PoolSettings.defaults())) {
			this.ledgers.add(ledger);
			assertThat(names()).containsExactly("orders", "orders (2)");
			try (Connection lent = new TrackedDataSource(ledger).getConnection()) {
				assertThat(lent.isClosed()).isFalse();
				PoolReportDescriptor second = Objects.requireNonNull(this.endpoint.pool("orders (2)"));
				assertThat(second.snapshot().pool()).isEqualTo("orders (2)");
				assertThat(second.holders()).hasSize(1);
				assertThat(Objects.requireNonNull(this.endpoint.pool("orders")).holders()).isEmpty();
			}
		}
	}

	@Test
	void poolsWithoutANameAreToldApart() {
		try (HikariDataSource one = new HikariDataSource();
				PoolLedger ledger = new PoolLedger(one, PoolSettings.defaults());
				HikariDataSource other = new HikariDataSource();
				PoolLedger otherLedger = new PoolLedger(other, PoolSettings.defaults())) {
			this.ledgers.add(ledger);
			this.ledgers.add(otherLedger);
			assertThat(names()).doesNotHaveDuplicates().hasSize(3);
			assertThat(names()).allSatisfy((name) -> assertThat(this.endpoint.pool(name)).isNotNull());
		}
	}

	@Test
	void poolInMostTroubleComesFirst() throws Exception {
		try (HikariDataSource other = new HikariDataSource(config("accounts"));
				PoolLedger ledger = new PoolLedger(other, PoolSettings.defaults());
				Connection lent = this.orders.getConnection()) {
			this.ledgers.add(ledger);
			assertThat(lent.isClosed()).isFalse();
			assertThat(names()).containsExactly("accounts", "orders");
			CompletableFuture<Void> waiter = CompletableFuture.runAsync(this::timesOut);
			await().untilAsserted(() -> assertThat(names()).containsExactly("orders", "accounts"));
			waiter.join();
			assertThat(pool().reports()).hasSize(1);
			assertThat(names()).containsExactly("orders", "accounts");
		}
	}

	@Test
	void findsAPoolAndALeaseByQueryParametersAsByPath() throws Exception {
		PoolsEndpointWebExtension web = new PoolsEndpointWebExtension(this.endpoint);
		try (HikariDataSource other = new HikariDataSource(config("a/b;c=%2F"));
				PoolLedger ledger = new PoolLedger(other, PoolSettings.defaults());
				Connection lent = new TrackedDataSource(ledger).getConnection()) {
			this.ledgers.add(ledger);
			assertThat(lent.isClosed()).isFalse();
			String lease = ledger.snapshot().leases().get(0).id();
			assertThat(web.pools(null, null)).isInstanceOf(PoolsDescriptor.class);
			assertThat(web.pools("a/b;c=%2F", null)).isInstanceOfSatisfying(PoolReportDescriptor.class,
					(pool) -> assertThat(pool.snapshot().pool()).isEqualTo("a/b;c=%2F"));
			assertThat(web.pools("a/b;c=%2F", lease)).isInstanceOfSatisfying(HolderDescriptor.class,
					(holder) -> assertThat(holder.lease().id()).isEqualTo(lease));
			assertThat(web.pools("a/b;c=%2F", "0-1")).isNull();
			assertThat(web.pools("a", null)).isNull();
		}
	}

	@Test
	void bringsTheWordsForEachPhase() {
		assertThat(this.endpoint.pools().phases()).extracting(PhaseDescriptor::phase).containsExactly(Phase.values());
		assertThat(this.endpoint.pools().phases())
			.contains(new PhaseDescriptor(Phase.BETWEEN_STATEMENTS, "idle between statements", true));
	}

	@Test
	void tellsTheApplicationsFramesOfABorrowSite() {
		StackTraceElement own = new StackTraceElement("com.example.Orders", "place", "Orders.java", 42);
		StackTraceElement hibernate = new StackTraceElement("org.hibernate.Session", "connection", "Session.java", 1);
		Lease lease = Lease.builder().borrowSite(List.of(hibernate, hibernate, own, hibernate)).build();
		LeaseDescriptor descriptor = LeaseDescriptor.of(lease);
		assertThat(descriptor.borrowSite()).hasSize(4);
		assertThat(descriptor.borrowFrames()).containsExactly(own);
	}

	@Test
	void poolThatIsClosedLeaves() {
		assertThat(this.endpoint.pool("orders")).isNotNull();
		this.hikari.close();
		assertThat(this.endpoint.pools().pools()).isEmpty();
		assertThat(this.endpoint.pool("orders")).isNull();
	}

	@Test
	void namesTheKindOfEachDiagnosis() {
		DiagnosisDescriptor descriptor = DiagnosisDescriptor.of(new HeldElsewhere(2), PoolKind.R2DBC);
		assertThat(descriptor.kind()).isEqualTo("HeldElsewhere");
		assertThat(descriptor.advice()).startsWith("Borrow from the ConnectionFactory bean");
		assertThat(descriptor.summary()).startsWith("2 connections are held");
		assertThat(descriptor.details()).isEqualTo(new HeldElsewhere(2));
	}

	@Test
	void tellsANativeImageOfThePageAndOfAllDiagnoses() {
		RuntimeHints hints = new RuntimeHints();
		new PoolsEndpointRuntimeHints().registerHints(hints, null);
		PoolsPage.resources()
			.forEach((resource) -> assertThat(RuntimeHintsPredicates.resource().forResource(resource.getPath()))
				.accepts(hints));
		for (Class<?> diagnosis : Diagnosis.class.getPermittedSubclasses()) {
			assertThat(RuntimeHintsPredicates.reflection().onType(diagnosis)).accepts(hints);
		}
	}

	private static HikariConfig config(String pool) {
		HikariConfig config = new HikariConfig();
		config.setPoolName(pool);
		config.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
		config.setMaximumPoolSize(1);
		config.setConnectionTimeout(400);
		return config;
	}

	private List<String> names() {
		return this.endpoint.pools().pools().stream().map((pool) -> pool.snapshot().pool()).toList();
	}

	private PoolDescriptor pool() {
		return this.endpoint.pools().pools().get(0);
	}

	private void timesOut() {
		assertThatExceptionOfType(PoolExhaustedException.class).isThrownBy(this.orders::getConnection);
	}

	private void hold(CountDownLatch lent, CountDownLatch end) {
		try (Connection connection = this.orders.getConnection()) {
			assertThat(connection.isClosed()).isFalse();
			lent.countDown();
			end.await();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static List<String> methods(List<StackTraceElement> stack) {
		return stack.stream().map(StackTraceElement::getMethodName).toList();
	}

}
