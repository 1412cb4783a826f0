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

package io.transactionscope.engine;

import java.time.Duration;
import java.util.Locale;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.observation.DefaultScopeObservationConvention;
import io.transactionscope.observation.ScopeObservationContext;
import io.transactionscope.observation.ScopeObservationDocumentation;
import io.transactionscope.transaction.ScopePropagation;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Observes a block, and logs it where it is slow.
 */
final class RunningMeasurement implements Measurement {

	private static final DefaultScopeObservationConvention DEFAULT_CONVENTION = new DefaultScopeObservationConvention();

	private final ObservationRegistry registry;

	private final @Nullable Duration slowThreshold;

	private final String name;

	private final ScopeObservationContext context;

	private @Nullable Observation observation;

	private Observation.@Nullable Scope observationScope;

	private Observation.@Nullable Scope outerScope;

	private final long start = System.nanoTime();

	private long begun = this.start;

	private long ending = this.start;

	RunningMeasurement(ObservationRegistry registry, @Nullable Duration slowThreshold, String name,
			ScopePropagation propagation, boolean onThread, @Nullable Observation parent) {
		this.registry = registry;
		this.slowThreshold = slowThreshold;
		this.name = name;
		this.context = new ScopeObservationContext(name, propagation.name().toLowerCase(Locale.ROOT));
		if (!registry.isNoop()) {
			safely(onThread ? this::startOnThread : () -> start(parent));
		}
	}

	private void start(@Nullable Observation parent) {
		this.observation = ScopeObservationDocumentation.SCOPE
			.observation(null, DEFAULT_CONVENTION, () -> this.context, this.registry)
			.parentObservation(parent)
			.start();
	}

	private void startOnThread() {
		this.outerScope = this.registry.getCurrentObservationScope();
		try {
			Observation started = ScopeObservationDocumentation.SCOPE
				.observation(null, DEFAULT_CONVENTION, () -> this.context, this.registry)
				.start();
			this.observation = started;
			this.observationScope = started.openScope();
		}
		finally {
			if (this.observationScope == null) {
				restoreOuterScope();
			}
		}
	}

	/** What a handler that failed has kept from happening. */
	private void restoreOuterScope() {
		if (this.registry.getCurrentObservationScope() != this.outerScope) {
			this.registry.setCurrentObservationScope(this.outerScope);
		}
	}

	@Override
	public @Nullable Observation observation() {
		return this.observation;
	}

	@Override
	public void failedToBegin(Throwable failure) {
		this.begun = System.nanoTime();
		this.ending = this.begun;
		ended(TransactionOutcome.ROLLED_BACK, failure);
	}

	@Override
	public void begun() {
		this.begun = System.nanoTime();
		Log.debug("Scope '{}' begins ({})", this.name, this.context.getPropagation());
	}

	@Override
	public void ending() {
		this.ending = System.nanoTime();
	}

	@Override
	public void ended(@Nullable TransactionOutcome outcome, @Nullable Throwable failure) {
		ended((outcome != null) ? outcome.name().toLowerCase(Locale.ROOT) : "joined", failure);
	}

	@Override
	public void cancelled(@Nullable Throwable failure) {
		ended("cancelled", failure);
	}

	private void ended(String told, @Nullable Throwable failure) {
		this.context.setOutcome(told);
		Observation observation = this.observation;
		if (observation != null) {
			safely(this::closeScope);
			safely(() -> stopObservation(observation, failure));
		}
		long end = System.nanoTime();
		Duration threshold = this.slowThreshold;
		if (threshold != null && end - this.start >= threshold.toNanos()) {
			Log.warn(
					"Scope '{}' took {} ms, more than transaction-scope.slow-threshold ({} ms): {} ms waiting for the connection, {} ms in its body, {} ms to end ({})",
					this.name, millis(this.start, end), threshold.toMillis(), millis(this.start, this.begun),
					millis(this.begun, this.ending), millis(this.ending, end), told);
		}
		else {
			Log.debug("Scope '{}' ended after {} ms ({})", this.name, millis(this.start, end), told, failure);
		}
	}

	private void closeScope() {
		try {
			if (this.observationScope != null) {
				this.observationScope.close();
			}
		}
		finally {
			if (this.observationScope != null) {
				restoreOuterScope();
			}
		}
	}

	private static void stopObservation(Observation observation, @Nullable Throwable failure) {
		try {
			if (failure != null) {
				observation.error(failure);
			}
		}
		finally {
			observation.stop();
		}
	}

	private static long millis(long from, long to) {
		return (to - from) / 1_000_000;
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
