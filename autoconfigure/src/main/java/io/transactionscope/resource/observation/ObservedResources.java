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
import io.transactionscope.resource.Resources;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resources that need Micrometer, in addition to the catalogue in {@link Resources}.
 */
public final class ObservedResources {

	private static final Logger logger = LoggerFactory.getLogger(ObservedResources.class);

	private ObservedResources() {
	}

	/**
	 * Observe what happens in the scope as an {@link Observation}: a timer, and a span
	 * that is the parent of those that begin inside.
	 * @param registry where to report to
	 * @param name the name of the observation, in the form {@code invoice.print}
	 * @return a resource whose value is the running observation, to add key values to
	 * @see #timed(ObservationRegistry, String, Duration)
	 */
	public static Resource<Observation> timed(ObservationRegistry registry, String name) {
		return new Timed(registry, name, null)::start;
	}

	/**
	 * Observe what happens in the scope as an {@link Observation}, and log a warning if
	 * it takes too long. The warning needs no registry that does anything.
	 * <p>
	 * The observation has the low cardinality key {@code outcome}, which is
	 * {@code succeeded}, {@code failed} or {@code unknown}, and the failure if there is
	 * one. The scope must end on the thread that entered it.
	 * @param registry where to report to
	 * @param name the name of the observation, in the form {@code invoice.print}
	 * @param warnAfter how long it may take without a warning; zero or more
	 * @return a resource whose value is the running observation, to add key values to
	 */
	public static Resource<Observation> timed(ObservationRegistry registry, String name, Duration warnAfter) {
		Objects.requireNonNull(warnAfter, "warnAfter must not be null");
		if (warnAfter.isNegative()) {
			throw new IllegalArgumentException(
					"Invalid warnAfter (%s) of '%s': it must be zero or more".formatted(warnAfter, name));
		}
		return new Timed(registry, name, warnAfter)::start;
	}

	private record Timed(ObservationRegistry registry, String name, @Nullable Duration warnAfter) {

		private Timed {
			Objects.requireNonNull(registry, "registry must not be null");
			Objects.requireNonNull(name, "name must not be null");
		}

		Held<Observation> start() {
			long start = System.nanoTime();
			Observation observation = running();
			Observation.Scope outer = this.registry.getCurrentObservationScope();
			Observation.Scope scope = open(observation, outer);
			Thread owner = Thread.currentThread();
			return Held.of(observation, (outcome) -> {
				try {
					checkThread(owner);
					close(scope, outer);
				}
				finally {
					safely(() -> stop(observation, outcome));
					safely(() -> warn(Duration.ofNanos(System.nanoTime() - start), outcome));
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
				logger.warn("An observer of '{}' failed; the scope is not affected", this.name, failure);
			}
			catch (Throwable ex) {
				// There is nowhere left to say it.
			}
		}

		private static void stop(Observation observation, Outcome outcome) {
			try {
				observation.lowCardinalityKeyValue("outcome", label(outcome));
				Throwable failure = outcome.failure();
				if (failure != null) {
					observation.error(failure);
				}
			}
			finally {
				observation.stop();
			}
		}

		private void warn(Duration taken, Outcome outcome) {
			if (this.warnAfter != null && taken.compareTo(this.warnAfter) > 0) {
				logger.warn("{} took {} ms, more than {} ms, and {}", this.name, taken.toMillis(),
						this.warnAfter.toMillis(), label(outcome));
			}
		}

		private static String label(Outcome outcome) {
			if (outcome.isUnknown()) {
				return "unknown";
			}
			return outcome.isSuccess() ? "succeeded" : "failed";
		}

	}

}
