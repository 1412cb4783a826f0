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
import io.transactionscope.resource.Held;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Observes a scope.
 *
 * @param registry where to report to
 * @param name the name of the observation
 * @param warnAfter how long the scope may take without a warning, or {@code null}
 */
record TimedResource(ObservationRegistry registry, String name,
		@Nullable Duration warnAfter) implements Resource<Timing> {

	private static final Logger logger = LoggerFactory.getLogger(ObservedResources.class);

	private static final Observation.Event SLOW = Observation.Event.of("slow");

	TimedResource {
		Objects.requireNonNull(registry, "registry must not be null");
		Objects.requireNonNull(name, "name must not be null");
		if (name.isBlank()) {
			throw new IllegalArgumentException(
					"Invalid name of an observation ('%s'): it must not be blank; say what is observed, as in invoice.print"
						.formatted(name));
		}
	}

	@Override
	public Held<Timing> acquire() {
		Observation observation = running();
		Timing timing = new Timing(this.name, observation);
		Observation.Scope outer = this.registry.getCurrentObservationScope();
		Observation.Scope scope = open(observation, outer);
		Thread owner = Thread.currentThread();
		return Held.threadBound(timing, (outcome) -> {
			safely(timing::end);
			try {
				checkThread(owner);
				close(scope, outer);
			}
			finally {
				safely(() -> stop(timing, outcome));
				safely(() -> warn(timing, outcome));
			}
		});
	}

	private Observation running() {
		try {
			return Observation.start(this.name, this.registry);
		}
		catch (Throwable ex) {
			observerFailed(ex);
			return Observation.NOOP;
		}
	}

	private Observation.Scope open(Observation observation, Observation.@Nullable Scope outer) {
		try {
			return observation.openScope();
		}
		catch (Throwable ex) {
			this.registry.setCurrentObservationScope(outer);
			observerFailed(ex);
			return Observation.Scope.NOOP;
		}
	}

	private void close(Observation.Scope scope, Observation.@Nullable Scope outer) {
		safely(scope::close);
		if (this.registry.getCurrentObservationScope() == scope) {
			// A handler that failed has kept it open.
			this.registry.setCurrentObservationScope(outer);
		}
	}

	private void checkThread(Thread owner) {
		if (Thread.currentThread() != owner) {
			throw new IllegalStateException(
					"Observation '" + this.name + "' was started on " + owner + " and cannot be ended from "
							+ Thread.currentThread() + ": end the scope on the thread that entered it");
		}
	}

	/** An observer has no say in what becomes of the scope. */
	private void safely(Runnable report) {
		try {
			report.run();
		}
		catch (Throwable ex) {
			observerFailed(ex);
		}
	}

	private void observerFailed(Throwable failure) {
		try {
			logger.warn("An observer of '{}' failed; the scope is not affected", Printable.of(this.name), failure);
		}
		catch (Throwable ex) {
			// There is nowhere left to say it.
		}
	}

	private void stop(Timing timing, Outcome outcome) {
		Observation observation = timing.observation();
		try {
			observation.lowCardinalityKeyValue("outcome", label(outcome));
			timing.cpuTime()
				.ifPresent((time) -> observation.highCardinalityKeyValue("cpu.ms", String.valueOf(time.toMillis())));
			timing.allocatedBytes()
				.ifPresent((bytes) -> observation.highCardinalityKeyValue("allocated.bytes", String.valueOf(bytes)));
			Throwable failure = outcome.failure();
			if (failure != null) {
				observation.error(failure);
			}
			if (isSlow(timing)) {
				observation.event(SLOW);
			}
		}
		finally {
			observation.stop();
		}
	}

	private void warn(Timing timing, Outcome outcome) {
		if (this.warnAfter != null && isSlow(timing)) {
			logger.warn("{} took {} ms, more than {} ms, and {}{}", Printable.of(this.name),
					timing.elapsed().toMillis(), this.warnAfter.toMillis(), label(outcome), timing.used());
		}
	}

	private boolean isSlow(Timing timing) {
		return this.warnAfter != null && timing.elapsed().compareTo(this.warnAfter) > 0;
	}

	private static String label(Outcome outcome) {
		if (outcome.isUnknown()) {
			return "unknown";
		}
		return outcome.isSuccess() ? "succeeded" : outcome.isCancelled() ? "cancelled" : "failed";
	}

}
