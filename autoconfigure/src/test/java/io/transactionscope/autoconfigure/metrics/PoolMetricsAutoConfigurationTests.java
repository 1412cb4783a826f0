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

package io.transactionscope.autoconfigure.metrics;

import javax.sql.DataSource;

import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.metrics.PoolMetrics;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.diagnosis.Diagnosis;
import org.junit.jupiter.api.Test;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PoolMetricsAutoConfiguration}.
 */
class PoolMetricsAutoConfigurationTests {

	private static final String DISTRIBUTION = "management.metrics.distribution.";

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class, PoolAutoConfiguration.class,
				PoolMetricsAutoConfiguration.class, MetricsAutoConfiguration.class,
				CompositeMeterRegistryAutoConfiguration.class, PrometheusMetricsExportAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true", "spring.datasource.hikari.pool-name=orders");

	@Test
	void timersAreToldUnlessSomebodyAsksForMore() {
		this.runner.run((context) -> {
			for (String meter : new String[] { "wait", "hold", "busy" }) {
				assertThat(meter(context, meter)).isInstanceOf(FunctionTimer.class);
			}
		});
	}

	@Test
	void histogramsArePropertiesOfBoot() {
		this.runner.withPropertyValues(DISTRIBUTION + "percentiles-histogram.transaction.scope.pool=true")
			.run((context) -> {
				for (String meter : new String[] { "wait", "hold", "busy" }) {
					assertThat(snapshot(context, meter).histogramCounts()).hasSizeGreaterThan(10);
				}
			});
	}

	@Test
	void rangeAndObjectivesArePropertiesOfBoot() {
		this.runner
			.withPropertyValues(DISTRIBUTION + "percentiles-histogram.transaction.scope.pool.hold=true",
					DISTRIBUTION + "minimum-expected-value.transaction.scope.pool.hold=10ms",
					DISTRIBUTION + "maximum-expected-value.transaction.scope.pool.hold=20ms",
					DISTRIBUTION + "slo.transaction.scope.pool.wait=100ms,1s")
			.run((context) -> {
				assertThat(snapshot(context, "hold").histogramCounts())
					.allSatisfy((bucket) -> assertThat(bucket.bucket()).isBetween(10e6, 20e6));
				assertThat(snapshot(context, "wait").histogramCounts()).extracting((bucket) -> bucket.bucket())
					.containsExactly(100e6, 1e9);
				assertThat(meter(context, "busy")).isInstanceOf(FunctionTimer.class);
			});
	}

	@Test
	void percentilesArePropertiesOfBoot() {
		this.runner.withPropertyValues(DISTRIBUTION + "percentiles.transaction.scope.pool.busy=0.5,0.99")
			.run((context) -> {
				assertThat(snapshot(context, "busy").percentileValues()).hasSize(2);
				assertThat(meter(context, "hold")).isInstanceOf(FunctionTimer.class);
			});
	}

	@Test
	void rangeAloneIsNoHistogram() {
		this.runner
			.withPropertyValues(DISTRIBUTION + "minimum-expected-value.transaction.scope.pool.hold=10ms",
					DISTRIBUTION + "percentiles-histogram.http=true")
			.run((context) -> assertThat(meter(context, "hold")).isInstanceOf(FunctionTimer.class));
	}

	@Test
	void leavesOneOfTheApplicationAlone() {
		this.runner.withBean("own", PoolMetrics.class, () -> new PoolMetrics(new PoolLedgers()))
			.run((context) -> assertThat(context).getBeanNames(PoolMetrics.class).containsExactly("own"));
	}

	@Test
	void nativeImageKnowsWhichDiagnosesThereAre() {
		RuntimeHints hints = new RuntimeHints();
		new PoolMetricsRuntimeHints().registerHints(hints, null);
		assertThat(RuntimeHintsPredicates.reflection().onType(Diagnosis.class)).accepts(hints);
	}

	private static HistogramSnapshot snapshot(AssertableApplicationContext context, String name) throws Exception {
		Meter meter = meter(context, name);
		assertThat(meter).isInstanceOf(Timer.class);
		assertThat(((Timer) meter).count()).isOne();
		return ((Timer) meter).takeSnapshot();
	}

	/** One of the meters, once a connection was borrowed. */
	private static Meter meter(AssertableApplicationContext context, String name) throws Exception {
		MeterRegistry registry = context.getBean(MeterRegistry.class);
		if (registry.find("transaction.scope.pool.hold").meter() == null) {
			context.getBean(DataSource.class).getConnection().close();
			context.getBean(PoolMetrics.class).bindTo(registry);
		}
		return registry.get("transaction.scope.pool." + name).tags("pool", "orders", "scope", "unnamed").meter();
	}

}
