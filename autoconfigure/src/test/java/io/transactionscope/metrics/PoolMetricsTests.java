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

package io.transactionscope.metrics;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.PoolDeadlockException;
import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.RemoteCalls.NoticedCall;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.StalledProcess;
import io.transactionscope.pool.tracked.TrackedDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link PoolMetrics}.
 */
@Tag("once")
class PoolMetricsTests {

	private final MeterRegistry registry = new SimpleMeterRegistry();

	private final HikariDataSource pool = new HikariDataSource();

	private final PoolLedgers ledgers = new PoolLedgers();

	private final AtomicInteger snapshots = new AtomicInteger();

	/** How many of the next ones fail. */
	private final AtomicInteger failures = new AtomicInteger();

	private final PoolLedger ledger = new PoolLedger(this.pool,
			PoolSettings.defaults().withSampling(Duration.ZERO).withScopes(2), () -> {
				this.snapshots.incrementAndGet();
				if (this.failures.getAndUpdate((left) -> Math.max(0, left - 1)) > 0) {
					throw new IllegalStateException("No time");
				}
				return Instant.now();
			});

	private final TrackedDataSource dataSource = new TrackedDataSource(this.ledger);

	private final PoolMetrics metrics = new PoolMetrics(this.ledgers);

	@BeforeEach
	void configure() {
		this.pool.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
		this.pool.setPoolName("orders");
		this.pool.setMaximumPoolSize(1);
		this.pool.setAllowPoolSuspension(true);
		this.ledgers.add(this.ledger);
	}

	@AfterEach
	void close() {
		Borrower.current().exchangeName(null);
		Borrower.current().exchangeBeginning(false);
		this.metrics.close();
		this.ledger.close();
		this.pool.close();
	}

	@Test
	void poolHasNoMetersBeforeItStarts() {
		this.metrics.bindTo(this.registry);
		assertThat(this.registry.getMeters()).isEmpty();
	}

	@Test
	void poolThatCannotBeStartedSaysSo() {
		this.pool.setJdbcUrl("jdbc:h2:./target/" + UUID.randomUUID() + ";ifexists=true");
		this.metrics.bindTo(this.registry);
		assertThatExceptionOfType(SQLException.class).isThrownBy(this.dataSource::getConnection);
		this.metrics.refresh();
		assertThat(diagnoses()).containsEntry("CannotConnect", 1.0).containsEntry("Healthy", 0.0);
		this.pool.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
		await().untilAsserted(() -> {
			use("place-order");
			assertThat(diagnoses()).as("once it is started").containsEntry("TurnedAway", 1.0);
		});
	}

	@Test
	void timesWaitsHoldsAndWhatTheyAreSpentOn() throws SQLException {
		this.metrics.bindTo(this.registry);
		use("place-order");
		use("place-order");
		this.metrics.refresh();
		FunctionTimer hold = timer("transaction.scope.pool.hold");
		assertThat(hold.count()).isEqualTo(2);
		assertThat(timer("transaction.scope.pool.wait").totalTime(TimeUnit.NANOSECONDS)).isPositive();
		double parts = timer("transaction.scope.pool.busy").totalTime(TimeUnit.NANOSECONDS);
		assertThat(parts).isPositive();
		assertThat(parts + idle()).isLessThanOrEqualTo(hold.totalTime(TimeUnit.NANOSECONDS) * 1.001);
		assertThat(this.registry.get("transaction.scope.pool.hold.longest")
			.tag("scope", "place-order")
			.timeGauge()
			.value(TimeUnit.NANOSECONDS)).isBetween(1.0, hold.totalTime(TimeUnit.NANOSECONDS));
	}

	@Test
	void whatSeemedToBeBetweenStatementsIsNotTimedOnceMoreAsAfterTheLastOne() throws SQLException {
		this.metrics.bindTo(this.registry);
		Borrower.current().exchangeName("place-order");
		Borrower.current().exchangeBeginning(true);
		try (Connection connection = this.dataSource.getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("select 1");
			awaitIdle("between_statements");
			assertThat(idle("after_last_statement")).isZero();
		}
		assertIdleIsTimedOnce();
	}

	@Test
	void whatSeemedToBeAfterTheLastStatementIsNotTimedOnceMoreAsBetweenStatements() throws SQLException {
		this.metrics.bindTo(this.registry);
		Borrower.current().exchangeName("place-order");
		Borrower.current().exchangeBeginning(true);
		try (Connection connection = this.dataSource.getConnection();
				Statement statement = connection.createStatement()) {
			connection.setAutoCommit(false);
			statement.execute("select 1");
			connection.commit();
			awaitIdle("after_last_statement");
			statement.execute("select 1");
			connection.commit();
		}
		assertIdleIsTimedOnce();
	}

	private void awaitIdle(String part) {
		await().pollInSameThread().until(() -> {
			this.metrics.refresh();
			return idle(part) > Duration.ofMillis(100).toNanos();
		});
	}

	private void assertIdleIsTimedOnce() {
		double between = idle("between_statements");
		double afterLast = idle("after_last_statement");
		this.metrics.refresh();
		assertThat(idle("between_statements")).as("no restart").isGreaterThanOrEqualTo(between);
		assertThat(idle("after_last_statement")).as("no restart").isGreaterThanOrEqualTo(afterLast);
		double hold = timer("transaction.scope.pool.hold").totalTime(TimeUnit.NANOSECONDS);
		assertThat(idle() + timer("transaction.scope.pool.busy").totalTime(TimeUnit.NANOSECONDS))
			.isBetween(hold * 0.999, hold * 1.001);
	}

	private double idle() {
		return idle("before_first_statement") + idle("between_statements") + idle("after_last_statement");
	}

	private double idle(String part) {
		return this.registry.get("transaction.scope.pool.idle")
			.tags("pool", "orders", "scope", "place-order", "part", part)
			.functionTimer()
			.totalTime(TimeUnit.NANOSECONDS);
	}

	@Test
	void scopesBeyondTheLimitShareTheirMeters() throws SQLException {
		use("one");
		use("two");
		use("three");
		use("four");
		this.metrics.bindTo(this.registry);
		assertThat(this.registry.get("transaction.scope.pool.hold")
			.functionTimers()
			.stream()
			.map((timer) -> timer.getId().getTag("scope"))).containsExactlyInAnyOrder("one", "two", "other");
	}

	@Test
	void countsWhatHappensToThePool() throws SQLException {
		use("nested");
		this.metrics.bindTo(this.registry);
		assertThat(counter("transaction.scope.pool.deadlocks")).isZero();
		Borrower.current().exchangeName("nested");
		Borrower.current().exchangeBeginning(true);
		try (Connection outer = this.dataSource.getConnection()) {
			assertThat(outer).isNotNull();
			assertThatExceptionOfType(PoolDeadlockException.class).isThrownBy(this.dataSource::getConnection);
		}
		assertThat(counter("transaction.scope.pool.deadlocks")).isOne();
		assertThat(counter("transaction.scope.pool.exhaustions")).isZero();
		assertThat(counter("transaction.scope.pool.leaks")).isZero();
		assertThat(counter("transaction.scope.pool.sheds")).isZero();
	}

	@Test
	void tellsTheDiagnosisAndNoOther() throws SQLException {
		use("place-order");
		this.metrics.bindTo(this.registry);
		assertThat(diagnoses()).hasSize(Diagnosis.class.getPermittedSubclasses().length)
			.containsEntry("Healthy", 1.0)
			.containsEntry("Suspended", 0.0);
		assertThat(diagnoses().values().stream().mapToDouble(Double::doubleValue).sum()).isOne();
		this.pool.getHikariPoolMXBean().suspendPool();
		await()
			.untilAsserted(() -> assertThat(diagnoses()).containsEntry("Suspended", 1.0).containsEntry("Healthy", 0.0));
		this.pool.getHikariPoolMXBean().resumePool();
		await()
			.untilAsserted(() -> assertThat(diagnoses()).containsEntry("Suspended", 0.0).containsEntry("Healthy", 1.0));
	}

	@Test
	void diagnosisOfAClosedPoolIsThatUntilItsMetersLeave() throws SQLException {
		use("place-order");
		this.metrics.bindTo(this.registry);
		// Its own next look would take them away.
		this.metrics.close();
		this.pool.close();
		await().untilAsserted(() -> assertThat(diagnoses()).containsEntry("Closed", 1.0).containsEntry("Healthy", 0.0));
		this.metrics.refresh();
		assertThat(diagnoses()).isEmpty();
	}

	@Test
	void eachPoolHasItsDiagnosis() throws SQLException {
		use("place-order");
		try (HikariDataSource other = new HikariDataSource();
				PoolLedger itsLedger = new PoolLedger(other, PoolSettings.defaults())) {
			other.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
			other.setPoolName("reports");
			other.setAllowPoolSuspension(true);
			this.ledgers.add(itsLedger);
			new TrackedDataSource(itsLedger).getConnection().close();
			other.getHikariPoolMXBean().suspendPool();
			this.metrics.bindTo(this.registry);
			assertThat(diagnosis("reports", "Suspended")).isOne();
			assertThat(diagnosis("reports", "Healthy")).isZero();
			assertThat(diagnosis("orders", "Suspended")).isZero();
			assertThat(diagnosis("orders", "Healthy")).isOne();
		}
	}

	@Test
	void diagnosisThatFailsIsNoNumberAndTakesNothingElseAlong() throws SQLException {
		PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
		use("place-order");
		this.failures.set(1);
		this.metrics.bindTo(registry);
		// Who reads a second after the failure looks anew.
		await().untilAsserted(() -> {
			this.failures.set(1);
			this.metrics.refresh();
			assertThat(registry.scrape()).contains(
					"transaction_scope_pool_diagnosis{kind=\"Healthy\",pool=\"orders\"} NaN",
					"transaction_scope_pool_hold_seconds_count{pool=\"orders\",scope=\"place-order\"} 1");
		});
		await().untilAsserted(() -> assertThat(registry.scrape())
			.contains("transaction_scope_pool_diagnosis{kind=\"Healthy\",pool=\"orders\"} 1.0"));
	}

	@Test
	void scrapeDoesNotFailWithTheSnapshot() throws SQLException {
		PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
		use("place-order");
		this.metrics.bindTo(registry);
		this.failures.set(Integer.MAX_VALUE);
		await().untilAsserted(() -> assertThat(registry.scrape()).contains(
				"transaction_scope_pool_diagnosis{kind=\"Healthy\",pool=\"orders\"} NaN",
				"transaction_scope_pool_hold_seconds_count{pool=\"orders\",scope=\"place-order\"} 1"));
		this.failures.set(0);
		await().untilAsserted(() -> assertThat(registry.scrape())
			.contains("transaction_scope_pool_diagnosis{kind=\"Healthy\",pool=\"orders\"} 1.0"));
	}

	@Test
	void poolThatFailsTakesNoOtherAlong() throws SQLException {
		use("place-order");
		try (HikariDataSource other = new HikariDataSource();
				PoolLedger itsLedger = new PoolLedger(other, PoolSettings.defaults())) {
			other.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
			other.setPoolName("reports");
			this.ledgers.add(itsLedger);
			new TrackedDataSource(itsLedger).getConnection().close();
			this.failures.set(Integer.MAX_VALUE);
			this.metrics.bindTo(this.registry);
			assertThat(diagnosis("reports", "Healthy")).isOne();
			assertThat(this.registry.find("transaction.scope.pool.diagnosis").tag("pool", "orders").gauges()).isEmpty();
		}
	}

	@Test
	void errorOfARegistryOrALoggerEndsNoLooks() throws SQLException {
		AtomicInteger refused = new AtomicInteger();
		this.registry.config().meterFilter(new MeterFilter() {

			@Override
			public Meter.Id map(Meter.Id id) {
				if ("refund-order".equals(id.getTag("scope")) && refused.getAndIncrement() == 0) {
					throw new AssertionError("the filter's");
				}
				return id;
			}

		});
		Logger logger = (Logger) LoggerFactory.getLogger(PoolMetrics.class);
		AppenderBase<ILoggingEvent> failing = new AppenderBase<>() {

			@Override
			protected void append(ILoggingEvent event) {
				throw new AssertionError("the logger's");
			}

		};
		failing.start();
		logger.addAppender(failing);
		try {
			this.metrics.bindTo(this.registry);
			use("refund-order");
			await().atMost(Duration.ofSeconds(30))
				.untilAsserted(() -> assertThat(
						this.registry.find("transaction.scope.pool.hold").tag("scope", "refund-order").functionTimer())
					.isNotNull());
			assertThat(refused).hasValueGreaterThan(1);
		}
		finally {
			logger.detachAppender(failing);
		}
	}

	@Test
	void turnedAwayIsToldWithItsReason() throws SQLException {
		this.pool.setConnectionTimeout(250);
		Borrower.current().exchangeName("place-order");
		try (Connection connection = this.dataSource.getConnection()) {
			assertThat(connection).isNotNull();
			// A machine that stands still by itself is the subject of no test.
			await().until(() -> !(turnedAway().report().diagnosis() instanceof StalledProcess));
		}
		this.metrics.bindTo(this.registry);
		assertThat(diagnoses()).containsEntry("TurnedAway", 1.0)
			.containsEntry("HeldButIdle", 1.0)
			.containsEntry("Healthy", 0.0);
	}

	private PoolExhaustedException turnedAway() {
		FutureTask<Connection> late = new FutureTask<>(this.dataSource::getConnection);
		new Thread(late).start();
		return (PoolExhaustedException) assertThatExceptionOfType(ExecutionException.class)
			.isThrownBy(() -> late.get(30, TimeUnit.SECONDS))
			.havingCause()
			.isInstanceOf(PoolExhaustedException.class)
			.actual();
	}

	@Test
	void tellsHowLongAgoTheDatabaseAnswered() throws SQLException {
		use("place-order");
		this.metrics.bindTo(this.registry);
		double first = sinceDatabaseAnswered();
		assertThat(first).isPositive();
		await().untilAsserted(() -> assertThat(sinceDatabaseAnswered()).isGreaterThan(first));
		use("place-order");
		await().untilAsserted(() -> {
			use("place-order");
			assertThat(sinceDatabaseAnswered()).isLessThan(2e9);
		});
	}

	@Test
	void timesCallsElsewhereOfItsScopes() throws SQLException {
		this.metrics.bindTo(this.registry);
		for (String scope : new String[] { "one", "two", "three", "four" }) {
			Borrower.current().exchangeName(scope);
			Borrower.current().exchangeBeginning(true);
			try (Connection connection = this.dataSource.getConnection()) {
				assertThat(connection).isNotNull();
				NoticedCall.begin("POST warehouse", this.ledgers.calledFromByCurrentThread()).end();
			}
		}
		this.metrics.refresh();
		assertThat(calls("one").count()).isOne();
		assertThat(calls("one").totalTime(TimeUnit.NANOSECONDS)).isPositive();
		assertThat(calls("other").count()).isEqualTo(2);
	}

	@Test
	void scrapeTakesOneSnapshot() throws SQLException {
		PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
		use("one");
		use("two");
		this.metrics.bindTo(registry);
		assertThat(registry.scrape()).contains("transaction_scope_pool_hold_seconds_sum{pool=\"orders\",scope=\"two\"}",
				"transaction_scope_pool_exhaustions_total");
		await().untilAsserted(() -> {
			int before = this.snapshots.get();
			registry.scrape();
			assertThat(this.snapshots.get() - before).isOne();
		});
	}

	@Test
	void leaseCountsWhileItLasts() throws SQLException {
		Borrower.current().exchangeName("place-order");
		try (Connection connection = this.dataSource.getConnection()) {
			assertThat(connection).isNotNull();
			this.metrics.bindTo(this.registry);
			assertThat(timer("transaction.scope.pool.hold").count()).isOne();
			double first = timer("transaction.scope.pool.hold").totalTime(TimeUnit.NANOSECONDS);
			assertThat(first).isPositive();
			await().untilAsserted(() -> assertThat(timer("transaction.scope.pool.hold").totalTime(TimeUnit.NANOSECONDS))
				.isGreaterThan(first));
			assertThat(this.registry.get("transaction.scope.pool.hold.longest")
				.tag("scope", "place-order")
				.timeGauge()
				.value(TimeUnit.NANOSECONDS)).isGreaterThan(first);
		}
	}

	@Test
	void bindsToEachRegistry() throws SQLException {
		MeterRegistry second = new SimpleMeterRegistry();
		use("place-order");
		this.metrics.bindTo(this.registry);
		this.metrics.bindTo(second);
		assertThat(second.get("transaction.scope.pool.hold").functionTimers()).hasSize(1);
		assertThat(this.registry.get("transaction.scope.pool.hold").functionTimers()).hasSize(1);
	}

	@Test
	void metersLeaveWithThePool() throws SQLException {
		Meter other = this.registry.counter("other", "pool", "orders");
		use("place-order");
		this.metrics.bindTo(this.registry);
		assertThat(this.registry.getMeters()).hasSizeGreaterThan(1);
		this.pool.close();
		this.metrics.refresh();
		assertThat(this.registry.getMeters()).containsExactly(other);
	}

	@Test
	void metersAreThoseOfTheNextPoolOfThatName() throws SQLException {
		use("place-order");
		this.metrics.bindTo(this.registry);
		this.pool.close();
		try (HikariDataSource next = new HikariDataSource();
				PoolLedger itsLedger = new PoolLedger(next, PoolSettings.defaults())) {
			next.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
			next.setPoolName("orders");
			this.ledgers.add(itsLedger);
			Borrower.current().exchangeName("place-order");
			for (int i = 0; i < 3; i++) {
				new TrackedDataSource(itsLedger).getConnection().close();
			}
			this.metrics.refresh();
			assertThat(timer("transaction.scope.pool.hold").count()).isEqualTo(3);
		}
	}

	@Test
	void metersAreThoseThatAreDocumented() throws SQLException {
		use("place-order");
		this.metrics.bindTo(this.registry);
		assertThat(this.registry.getMeters()).extracting((meter) -> meter.getId().getName())
			.containsOnly(Arrays.stream(PoolMeterDocumentation.values())
				.map(PoolMeterDocumentation::getName)
				.toArray(String[]::new));
	}

	private FunctionTimer timer(String name) {
		return this.registry.get(name).tags("pool", "orders", "scope", "place-order").functionTimer();
	}

	private FunctionTimer calls(String scope) {
		return this.registry.get("transaction.scope.pool.calls").tags("pool", "orders", "scope", scope).functionTimer();
	}

	private double sinceDatabaseAnswered() {
		return this.registry.get("transaction.scope.pool.since.database.answered")
			.tag("pool", "orders")
			.timeGauge()
			.value(TimeUnit.NANOSECONDS);
	}

	private Map<String, Double> diagnoses() {
		Map<String, Double> diagnoses = new HashMap<>();
		this.registry.find("transaction.scope.pool.diagnosis")
			.gauges()
			.forEach((gauge) -> diagnoses.put(gauge.getId().getTag("kind"), gauge.value()));
		return diagnoses;
	}

	private double diagnosis(String pool, String kind) {
		return this.registry.get("transaction.scope.pool.diagnosis").tags("pool", pool, "kind", kind).gauge().value();
	}

	private double counter(String name) {
		return this.registry.get(name).tag("pool", "orders").functionCounter().count();
	}

	private void use(String scope) throws SQLException {
		Borrower.current().exchangeName(scope);
		try (Connection connection = this.dataSource.getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("select 1");
		}
	}

}
