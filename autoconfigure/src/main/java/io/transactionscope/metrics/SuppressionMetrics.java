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

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.transactionscope.resource.SuppressionCounts;

/**
 * Binds the counts of suppressed failures to meters: see
 * {@link SuppressionMeterDocumentation}.
 *
 * <p>
 * A meter appears when the first failure of its kind is suppressed, and counts those of
 * the whole process, also those from before this was bound. Thread-safe.
 *
 * @since 0.1.0
 */
public final class SuppressionMetrics implements MeterBinder, AutoCloseable {

	private final Queue<Runnable> ends = new ConcurrentLinkedQueue<>();

	/**
	 * Create the meters, which appear in each registry that they are bound to.
	 */
	public SuppressionMetrics() {
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		this.ends.add(SuppressionCounts.ofProcess().observe((count) -> bind(count, registry)));
	}

	private static void bind(SuppressionCounts.Count count, MeterRegistry registry) {
		FunctionCounter
			.builder(SuppressionMeterDocumentation.SUPPRESSED.getName(), count, SuppressionCounts.Count::number)
			.description("Failures that were suppressed")
			.tag(SuppressionMeterDocumentation.Keys.EXCEPTION.asString(), count.exception())
			.tag(SuppressionMeterDocumentation.Keys.NAME.asString(), count.name())
			.register(registry);
	}

	/**
	 * Let go of all registries. The meters stay, and no further ones appear.
	 */
	@Override
	public void close() {
		for (Runnable end = this.ends.poll(); end != null; end = this.ends.poll()) {
			end.run();
		}
	}

}
