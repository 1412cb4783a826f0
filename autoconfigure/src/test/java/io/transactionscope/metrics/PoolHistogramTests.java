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
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.snapshot.LeaseRecorder;
import io.transactionscope.pool.tracked.TrackedDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the histograms of {@link PoolMetrics}. Hardly any lease is timed unless each
 * of them is.
 */
class PoolHistogramTests {

	private static final double LONG = Duration.ofMillis(50).toNanos();

	private final HikariDataSource pool = new HikariDataSource();

	private final PoolLedgers ledgers = new PoolLedgers();

	private final PoolLedger ledger = new PoolLedger(this.pool,
			PoolSettings.defaults().withSampling(Duration.ofHours(1)));

	private final TrackedDataSource dataSource = new TrackedDataSource(this.ledger);

	private final MeterRegistry registry = new SimpleMeterRegistry();

	private PoolMetrics metrics = new PoolMetrics(new PoolLedgers());

	@BeforeEach
	void configure() {
		this.pool.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
		this.pool.setPoolName("orders");
		this.pool.setMaximumPoolSize(1);
		this.pool.setConnectionTimeout(250);
		this.ledgers.add(this.ledger);
	}

	@AfterEach
	void close() {
		Borrower.current().exchangeName(null);
		this.metrics.close();
		this.ledger.close();
		this.pool.close();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void countsEachLeaseOnceHoweverShort(boolean started) throws SQLException {
		if (started) {
			use("place-order", 20, 0);
		}
		bind(buckets("transaction.scope.pool."));
		int atMost = use("place-order", 500, 0);
		atMost += use("place-order", 3, 60);
		for (String meter : List.of("wait", "hold", "busy")) {
			assertThat(timer(meter, "place-order").count()).as(meter).isEqualTo(503);
		}
		assertThat(longOnes("hold", "place-order")).isBetween(3.0, (double) atMost);
		assertThat(longOnes("busy", "place-order")).isLessThanOrEqualTo(atMost);
		double busy = timer("busy", "place-order").totalTime(TimeUnit.MILLISECONDS);
		assertThat(busy).isPositive();
		assertThat(timer("hold", "place-order").totalTime(TimeUnit.MILLISECONDS)).isGreaterThan(busy + 3 * 60);
	}

	@Test
	void onlyLeaseOfAScopeIsNotMissed() throws SQLException {
		bind(buckets("transaction.scope.pool.hold"));
		use("com.acme.Night.job", 1, 60);
		assertThat(longOnes("hold", "Night.job")).isOne();
		assertThat(timer("hold", "Night.job").count()).isOne();
		use("unnamed", 1, 0);
		assertThat(timer("hold", "unnamed").count()).isOne();
	}

	@Test
	void leaseCountsOnceAfterARegistryHasFailed() throws SQLException {
		AtomicBoolean failed = new AtomicBoolean();
		MeterFilter fails = new MeterFilter() {

			@Override
			public Meter.Id map(Meter.Id id) {
				if (id.getName().endsWith(".idle") && failed.compareAndSet(false, true)) {
					throw new AssertionError("the filter's");
				}
				return id;
			}

		};
		this.registry.config().meterFilter(fails);
		bind(buckets("transaction.scope.pool."));
		use("place-order", 1, 0);
		assertThat(failed).isTrue();
		this.metrics.refresh();
		use("place-order", 2, 0);
		assertThat(timer("wait", "place-order").count()).as("without the one with which it failed").isEqualTo(2);
		assertThat(timer("hold", "place-order").count()).isEqualTo(3);
		assertThat(timer("busy", "place-order").count()).isEqualTo(3);
		assertThat(this.registry.find("transaction.scope.pool.hold.longest").tag("scope", "place-order").timeGauge())
			.isNotNull();
	}

	@Test
	void waitInVainIsOne() throws SQLException {
		bind(buckets("transaction.scope.pool.wait"));
		use("start", 1, 0);
		Borrower.current().exchangeName("place-order");
		long asked = System.nanoTime();
		boolean atOnce;
		try (Connection connection = this.dataSource.getConnection()) {
			atOnce = System.nanoTime() - asked <= LONG;
			assertThat(connection).isNotNull();
			FutureTask<Connection> late = new FutureTask<>(() -> {
				Borrower.current().exchangeName("late-order");
				return this.dataSource.getConnection();
			});
			new Thread(late).start();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> late.get(30, TimeUnit.SECONDS));
			assertThat(timer("wait", "place-order").count()).as("before the connection is back").isOne();
		}
		assertThat(timer("wait", "late-order").count()).isOne();
		assertThat(longOnes("wait", "late-order")).isOne();
		assertThat(longOnes("wait", "place-order")).isLessThanOrEqualTo(atOnce ? 0 : 1);
	}

	@Test
	void whatWasAskedForBeforeIsLeftOut() throws SQLException {
		use("place-order", 1, 0);
		Borrower.current().exchangeName("place-order");
		try (Connection connection = this.dataSource.getConnection()) {
			assertThat(connection).isNotNull();
			bind(buckets("transaction.scope.pool."));
		}
		assertThat(timer("hold", "place-order").count()).isZero();
		use("place-order", 1, 0);
		assertThat(timer("hold", "place-order").count()).isOne();
	}

	@Test
	void othersStayAsTheyAre() throws SQLException {
		bind(buckets("transaction.scope.pool.wait"));
		use("place-order", 10, 0);
		this.metrics.refresh();
		assertThat(meter("wait")).isInstanceOf(Timer.class);
		assertThat(meter("hold")).isInstanceOf(FunctionTimer.class);
		assertThat(meter("busy")).isInstanceOf(FunctionTimer.class);
		assertThat(this.registry.get("transaction.scope.pool.hold").functionTimer().count()).isEqualTo(10);
	}

	@Test
	void noneIsRecordedUnlessSomebodyAsks() throws SQLException {
		DistributionStatisticConfig bounds = DistributionStatisticConfig.builder()
			.minimumExpectedValue(1000.0)
			.maximumExpectedValue(2000.0)
			.percentilesHistogram(false)
			.build();
		bind(configuring("transaction.scope.pool.", bounds), buckets("jvm.gc"), MeterFilter.denyNameStartsWith("none"));
		use("place-order", 10, 0);
		this.metrics.refresh();
		for (String meter : List.of("wait", "hold", "busy")) {
			assertThat(meter(meter)).isInstanceOf(FunctionTimer.class);
		}
		assertThat(this.registry.get("transaction.scope.pool.hold").functionTimer().count()).isEqualTo(10);
	}

	@Test
	void noneIsRecordedForAMeterThatIsDenied() throws SQLException {
		bind(MeterFilter.denyNameStartsWith("transaction.scope.pool"), buckets("transaction.scope.pool."));
		use("place-order", 10, 60);
		this.metrics.refresh();
		assertThat(this.registry.getMeters()).isEmpty();
	}

	@Test
	void percentilesAreAsked() throws SQLException {
		bind(configuring("transaction.scope.pool.hold",
				DistributionStatisticConfig.builder().percentiles(0.5, 0.99).build()));
		use("place-order", 9, 0);
		use("place-order", 1, 60);
		assertThat(timer("hold", "place-order").takeSnapshot().percentileValues()).satisfiesExactly(
				(median) -> assertThat(median.value()).isLessThan(LONG),
				(highest) -> assertThat(highest.value()).isGreaterThan(LONG));
	}

	@Test
	void filterIsAskedForTheNameThatIsMapped() throws SQLException {
		bind(MeterFilter.renameTag("transaction.scope.pool", "pool", "source"), new MeterFilter() {

			@Override
			public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
				return (id.getTag("source") != null) ? histogram().merge(config) : config;
			}

		});
		use("place-order", 5, 0);
		assertThat(this.registry.get("transaction.scope.pool.hold").tag("source", "orders").timer().count())
			.isEqualTo(5);
	}

	@Test
	void prometheusHasBucketsUnderTheSameName() throws SQLException {
		PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
		bind(prometheus, buckets("transaction.scope.pool."));
		use("place-order", 7, 0);
		assertThat(prometheus.scrape()).contains(
				"transaction_scope_pool_hold_seconds_bucket{pool=\"orders\",scope=\"place-order\",le=\"0.05\"}",
				"transaction_scope_pool_hold_seconds_bucket{pool=\"orders\",scope=\"place-order\",le=\"+Inf\"} 7",
				"transaction_scope_pool_hold_seconds_count{pool=\"orders\",scope=\"place-order\"} 7",
				"transaction_scope_pool_wait_seconds_bucket", "transaction_scope_pool_busy_seconds_bucket");
	}

	@Test
	void eachOfSeveralRegistriesHasThem() throws SQLException {
		CompositeMeterRegistry composite = new CompositeMeterRegistry();
		MeterFilter filter = buckets("transaction.scope.pool.");
		this.registry.config().meterFilter(filter);
		SimpleMeterRegistry second = new SimpleMeterRegistry();
		second.config().meterFilter(filter);
		composite.add(this.registry).add(second);
		bindTo(composite, filter);
		use("place-order", 7, 0);
		assertThat(timer("hold", "place-order").takeSnapshot().histogramCounts()).isNotEmpty();
		assertThat(second.get("transaction.scope.pool.hold").timer().count()).isEqualTo(7);
	}

	@Test
	void leaveWithThePoolAndDoNotComeBack() throws SQLException {
		bind(buckets("transaction.scope.pool."));
		use("place-order", 1, 0);
		Borrower.current().exchangeName("late-order");
		Connection late = this.dataSource.getConnection();
		this.pool.close();
		this.metrics.refresh();
		assertThat(this.registry.getMeters()).isEmpty();
		late.close();
		assertThat(this.registry.getMeters()).isEmpty();
	}

	@Test
	void recorderThatFailsHarmsNobody() throws SQLException {
		bind(buckets("transaction.scope.pool."));
		this.ledger.record(new LeaseRecorder() {

			@Override
			public void waitEnds(String scope, long waited) {
				throw new IllegalStateException();
			}

			@Override
			public void leaseEnds(String scope, long held, long busy) {
				throw new LinkageError();
			}

		});
		use("place-order", 5, 0);
		assertThat(timer("hold", "place-order").count()).isEqualTo(5);
		assertThat(this.ledger.snapshot().leases()).isEmpty();
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
	}

	private void bind(MeterFilter... filters) {
		bind(this.registry, filters);
	}

	private void bind(MeterRegistry registry, MeterFilter... filters) {
		for (MeterFilter filter : filters) {
			registry.config().meterFilter(filter);
		}
		bindTo(registry, filters);
	}

	private void bindTo(MeterRegistry registry, MeterFilter... filters) {
		this.metrics.close();
		this.metrics = new PoolMetrics(this.ledgers, List.of(filters));
		this.metrics.bindTo(registry);
	}

	private static MeterFilter buckets(String prefix) {
		return configuring(prefix, histogram());
	}

	private static DistributionStatisticConfig histogram() {
		return DistributionStatisticConfig.builder().serviceLevelObjectives(LONG).build();
	}

	private static MeterFilter configuring(String prefix, DistributionStatisticConfig config) {
		return new MeterFilter() {

			@Override
			public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig others) {
				return id.getName().startsWith(prefix) ? config.merge(others) : others;
			}

		};
	}

	private Meter meter(String name) {
		return this.registry.get("transaction.scope.pool." + name).tags("scope", "place-order").meter();
	}

	private Timer timer(String name, String scope) {
		return this.registry.get("transaction.scope.pool." + name).tags("pool", "orders", "scope", scope).timer();
	}

	private double longOnes(String name, String scope) {
		CountAtBucket[] buckets = timer(name, scope).takeSnapshot().histogramCounts();
		assertThat(buckets).hasSize(1);
		return timer(name, scope).count() - buckets[0].count();
	}

	/**
	 * Borrow as often, one after the other.
	 * @return how often that was long, as seen from outside
	 */
	private int use(String scope, int times, long millis) throws SQLException {
		Borrower.current().exchangeName(scope);
		int longOnes = 0;
		for (int i = 0; i < times; i++) {
			long begun = System.nanoTime();
			try (Connection connection = this.dataSource.getConnection();
					Statement statement = connection.createStatement()) {
				statement.execute("select 1");
				pause(millis);
			}
			longOnes += (System.nanoTime() - begun > LONG) ? 1 : 0;
		}
		return longOnes;
	}

	private static void pause(long millis) {
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
		while (System.nanoTime() < end) {
			Thread.onSpinWait();
		}
	}

}
