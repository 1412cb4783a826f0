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

package io.transactionscope.resource.observation;

import java.time.Duration;
import java.util.Objects;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.Resources;

/**
 * Resources that need Micrometer, in addition to the catalogue in {@link Resources}.
 *
 * <pre class="code">
 * ResourceScope.run((scope) -&gt; {
 *     scope.enter(ObservedResources.timed(registry, "invoice.print", Duration.ofSeconds(2)));
 *     print(List.of("invoice"));
 * });
 * </pre>
 *
 * @since 0.1.0
 */
public final class ObservedResources {

	private ObservedResources() {
	}

	/**
	 * Measure what happens in the scope, and observe it as an {@link Observation}: a
	 * timer, and a span that is the parent of those that begin inside.
	 * <p>
	 * The observation has the low cardinality key {@code outcome}, which is
	 * {@code succeeded}, {@code failed}, {@code cancelled} or {@code unknown}, and the
	 * failure if there is one. Where they are known, see {@link Timing}, it has the high
	 * cardinality keys {@code cpu.ms} and {@code allocated.bytes}: they are in the span,
	 * and not in the timer. The scope must end on the thread that entered it. Nothing
	 * that fails while measuring or reporting changes what becomes of the scope.
	 * @param registry where to report to; with {@link ObservationRegistry#NOOP} it is
	 * only measured
	 * @param name the name of the observation, in the form {@code invoice.print}; not
	 * blank
	 * @return a resource whose value tells how long it takes, and has the observation
	 * @see #timed(ObservationRegistry, String, Duration)
	 */
	public static Resource<Timing> timed(ObservationRegistry registry, String name) {
		return new TimedResource(registry, name, null);
	}

	/**
	 * Measure and observe what happens in the scope, as
	 * {@link #timed(ObservationRegistry, String)} does, and warn if it takes too long:
	 * with a line of the log at WARN, which needs no registry that does anything, and
	 * with the event {@code slow} of the observation, which Micrometer also counts, in
	 * the form {@code invoice.print.slow}.
	 * @param registry where to report to
	 * @param name the name of the observation, in the form {@code invoice.print}; not
	 * blank
	 * @param warnAfter how long it may take without a warning; zero or more
	 * @return a resource whose value tells how long it takes, and has the observation
	 */
	public static Resource<Timing> timed(ObservationRegistry registry, String name, Duration warnAfter) {
		Objects.requireNonNull(warnAfter, "warnAfter must not be null");
		if (warnAfter.isNegative()) {
			throw new IllegalArgumentException(
					"Invalid warnAfter (%s) of '%s': it must be zero or more".formatted(warnAfter, name));
		}
		return new TimedResource(registry, name, warnAfter);
	}

}
