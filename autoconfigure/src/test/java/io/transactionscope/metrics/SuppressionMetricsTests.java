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

import java.io.IOException;
import java.util.UUID;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.Resources;
import io.transactionscope.resource.Suppressing;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link SuppressionMetrics}.
 */
class SuppressionMetricsTests {

	private final MeterRegistry registry = new SimpleMeterRegistry();

	private final SuppressionMetrics metrics = new SuppressionMetrics();

	private final String name = UUID.randomUUID().toString();

	private final Suppressing<IOException> suppressing = Resources.suppressing(IOException.class).named(this.name);

	@AfterEach
	void close() {
		this.metrics.close();
	}

	@Test
	void meterAppearsWithTheFirstFailureOfItsKind() throws IOException {
		this.metrics.bindTo(this.registry);
		assertThat(meter(this.registry)).isNull();
		fail();
		fail();
		assertThat(meter(this.registry)).isNotNull().satisfies((meter) -> assertThat(meter.count()).isEqualTo(2));
	}

	@Test
	void registryThatIsBoundLaterHasWhatWasSuppressedBefore() throws IOException {
		fail();
		this.metrics.bindTo(this.registry);
		assertThat(meter(this.registry)).isNotNull().satisfies((meter) -> assertThat(meter.count()).isOne());
	}

	@Test
	void eachOfSeveralRegistriesHasIt() throws IOException {
		MeterRegistry second = new SimpleMeterRegistry();
		try (SuppressionMetrics others = new SuppressionMetrics()) {
			this.metrics.bindTo(this.registry);
			others.bindTo(second);
			fail();
		}
		fail();
		assertThat(meter(this.registry)).isNotNull().satisfies((meter) -> assertThat(meter.count()).isEqualTo(2));
		assertThat(meter(second)).isNotNull().satisfies((meter) -> assertThat(meter.count()).isEqualTo(2));
	}

	@Test
	void noMeterAppearsOnceItIsClosed() throws IOException {
		this.metrics.bindTo(this.registry);
		this.metrics.close();
		fail();
		assertThat(meter(this.registry)).isNull();
	}

	@Test
	void registryThatFailsHasNoSayInWhatBecomesOfTheScope() {
		this.metrics.bindTo(this.registry);
		this.registry.config().onMeterAdded((meter) -> {
			throw new AssertionError("registry");
		});
		assertThatNoException().isThrownBy(this::fail);
		assertThat(this.suppressing.count()).isOne();
	}

	private void fail() throws IOException {
		ResourceScope.run((scope) -> {
			scope.enter(this.suppressing);
			throw new IOException();
		});
	}

	private @Nullable FunctionCounter meter(MeterRegistry registry) {
		return registry.find("transaction.scope.suppressed")
			.tags("exception", "IOException", "name", this.name)
			.functionCounter();
	}

}
