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

import java.io.IOException;
import java.util.UUID;

import io.micrometer.core.instrument.MeterRegistry;
import io.transactionscope.metrics.SuppressionMetrics;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.Resources;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SuppressionMetricsAutoConfiguration}.
 */
class SuppressionMetricsAutoConfigurationTests {

	private final ApplicationContextRunner bare = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SuppressionMetricsAutoConfiguration.class));

	private final ApplicationContextRunner metered = this.bare
		.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
				CompositeMeterRegistryAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class));

	@Test
	void metersWhatIsSuppressedFromThenOn() {
		String name = UUID.randomUUID().toString();
		this.metered.run((context) -> {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			ResourceScope.run((scope) -> {
				scope.enter(Resources.suppressing(IOException.class).named(name));
				throw new IOException();
			});
			assertThat(registry.get("transaction.scope.suppressed").tags("name", name).functionCounter().count())
				.isOne();
		});
	}

	@Test
	void contextThatIsClosedIsLetGoOf() {
		String name = UUID.randomUUID().toString();
		MeterRegistry[] registry = new MeterRegistry[1];
		this.metered.run((context) -> registry[0] = context.getBean(MeterRegistry.class));
		ResourceScope.<RuntimeException>run((scope) -> {
			scope.enter(Resources.suppressing(IllegalStateException.class).named(name));
			throw new IllegalStateException();
		});
		assertThat(registry[0].find("transaction.scope.suppressed").tags("name", name).functionCounter()).isNull();
	}

	@Test
	void doesNothingWithoutARegistry() {
		this.bare.run((context) -> assertThat(context).doesNotHaveBean(SuppressionMetrics.class));
	}

	@Test
	void doesNothingWithoutMicrometer() {
		this.bare.withClassLoader(new FilteredClassLoader("io.micrometer"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("suppressionMetrics"));
	}

	@Test
	void doesNothingWhenSwitchedOff() {
		this.metered.withPropertyValues("transaction-scope.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(SuppressionMetrics.class));
	}

	@Test
	void leavesOneOfTheApplicationAlone() {
		this.metered.withBean("own", SuppressionMetrics.class, SuppressionMetrics::new)
			.run((context) -> assertThat(context).getBeanNames(SuppressionMetrics.class).containsExactly("own"));
	}

}
