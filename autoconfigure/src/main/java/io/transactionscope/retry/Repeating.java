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

package io.transactionscope.retry;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.engine.Log;
import io.transactionscope.observation.DefaultScopeRetryObservationConvention;
import io.transactionscope.observation.ScopeObservationDocumentation;
import io.transactionscope.observation.ScopeRetryObservationContext;
import org.jspecify.annotations.Nullable;

/**
 * Observes a block from its first failure that is worth a repetition to its end. It never
 * fails (T12).
 */
final class Repeating {

	private static final DefaultScopeRetryObservationConvention DEFAULT_CONVENTION = new DefaultScopeRetryObservationConvention();

	private final String name;

	private final ScopeRetryObservationContext context;

	private @Nullable Observation observation;

	private Repeating(String name) {
		this.name = name;
		this.context = new ScopeRetryObservationContext(name);
	}

	static Repeating begin(ObservationRegistry registry, String name) {
		Repeating repeating = new Repeating(name);
		repeating.safely(() -> {
			if (!registry.isNoop()) {
				Observation observation = ScopeObservationDocumentation.RETRY.observation(null, DEFAULT_CONVENTION,
						() -> repeating.context, registry);
				repeating.observation = observation;
				observation.start();
			}
		});
		return repeating;
	}

	/** Another attempt begins. */
	void repeats() {
		safely(() -> {
			if (this.observation != null) {
				this.observation.event(ScopeObservationDocumentation.RetryEvents.REPEAT);
			}
		});
	}

	void end(int attempts, boolean succeeded, boolean gaveUp, @Nullable Throwable failure) {
		this.context.setAttempts(attempts);
		String result = succeeded ? "succeeded" : gaveUp ? "gave_up" : "failed";
		this.context.setResult(result);
		Log.debug("Scope '{}' is not repeated again after attempt {} ({})", this.name, attempts, result);
		safely(() -> stop(succeeded ? null : failure));
	}

	private void stop(@Nullable Throwable failure) {
		Observation observation = this.observation;
		if (observation != null) {
			try {
				if (failure != null) {
					observation.error(failure);
				}
			}
			finally {
				observation.stop();
			}
		}
	}

	private void safely(Runnable report) {
		try {
			report.run();
		}
		catch (Throwable ex) {
			Log.warn("An observer of scope '{}' failed; the scope is not affected", this.name, ex);
		}
	}

}
