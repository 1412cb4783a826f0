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

package io.transactionscope;

import java.time.Duration;
import java.util.Locale;

import io.micrometer.observation.Observation;
import io.transactionscope.observation.DefaultScopeObservationConvention;
import io.transactionscope.observation.ScopeObservationContext;
import io.transactionscope.observation.ScopeObservationDocumentation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Observes a block, and logs it where it is slow.
 */
final class RunningMeasurement implements Measurement {

	private static final Logger logger = LoggerFactory.getLogger(TransactionScope.class);

	private static final DefaultScopeObservationConvention DEFAULT_CONVENTION = new DefaultScopeObservationConvention();

	private final Telemetry telemetry;

	private final String name;

	private final ScopeObservationContext context;

	private @Nullable Observation observation;

	private Observation.@Nullable Scope observationScope;

	private final long start = System.nanoTime();

	private long begun = this.start;

	private long ending = this.start;

	RunningMeasurement(Telemetry telemetry, String name, ScopePropagation propagation) {
		this.telemetry = telemetry;
		this.name = name;
		this.context = new ScopeObservationContext(name, propagation.name().toLowerCase(Locale.ROOT));
		if (!telemetry.registry().isNoop()) {
			safely(this::startObservation);
		}
	}

	static boolean isLogging() {
		return logger.isDebugEnabled();
	}

	private void startObservation() {
		Observation started = ScopeObservationDocumentation.SCOPE
			.observation(null, DEFAULT_CONVENTION, () -> this.context, this.telemetry.registry())
			.start();
		this.observation = started;
		this.observationScope = started.openScope();
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
		logger.debug("Scope '{}' begins ({})", this.name, this.context.getPropagation());
	}

	@Override
	public void ending() {
		this.ending = System.nanoTime();
	}

	@Override
	public void ended(@Nullable TransactionOutcome outcome, @Nullable Throwable failure) {
		String told = (outcome != null) ? outcome.name().toLowerCase(Locale.ROOT) : "joined";
		this.context.setOutcome(told);
		safely(() -> stopObservation(failure));
		long end = System.nanoTime();
		Duration threshold = this.telemetry.slowThreshold();
		if (threshold != null && end - this.start >= threshold.toNanos()) {
			logger.warn(
					"Scope '{}' took {} ms, more than transaction-scope.slow-threshold ({} ms): {} ms waiting for the connection, {} ms in its body, {} ms to end ({})",
					this.name, millis(this.start, end), threshold.toMillis(), millis(this.start, this.begun),
					millis(this.begun, this.ending), millis(this.ending, end), told);
		}
		else {
			logger.debug("Scope '{}' ended after {} ms ({})", this.name, millis(this.start, end), told, failure);
		}
	}

	private void stopObservation(@Nullable Throwable failure) {
		if (this.observationScope != null) {
			this.observationScope.close();
		}
		if (this.observation != null) {
			if (failure != null) {
				this.observation.error(failure);
			}
			this.observation.stop();
		}
	}

	private static long millis(long from, long to) {
		return (to - from) / 1_000_000;
	}

	private void safely(Runnable report) {
		try {
			report.run();
		}
		catch (RuntimeException ex) {
			logger.warn("An observer of scope '{}' failed; the scope is not affected", this.name, ex);
		}
	}

}
