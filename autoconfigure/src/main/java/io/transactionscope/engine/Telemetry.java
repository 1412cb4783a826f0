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

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * Where the blocks of a scope report.
 *
 * @param registry the observation registry
 * @param slowThreshold from which duration on a block is logged, or {@code null} for
 * never
 * @param recording what a test wants to know of them
 * @since 0.1.0
 */
public record Telemetry(ObservationRegistry registry, @Nullable Duration slowThreshold, Recording recording) {

	/** So that it can be counted in nanoseconds. */
	private static final Duration MAX_SLOW_THRESHOLD = Duration.ofDays(365);

	public static final Telemetry NONE = create();

	static Telemetry create() {
		return new Telemetry(ObservationRegistry.NOOP, null, new Recording());
	}

	private static boolean isPositiveUpTo(Duration value, Duration bound) {
		return !value.isNegative() && !value.isZero() && value.compareTo(bound) <= 0;
	}

	public Telemetry withRegistry(ObservationRegistry registry) {
		Assert.notNull(registry, "'registry' must not be null");
		return new Telemetry(registry, this.slowThreshold, this.recording);
	}

	public Telemetry withSlowThreshold(@Nullable Duration threshold) {
		Assert.isTrue(threshold == null || isPositiveUpTo(threshold, MAX_SLOW_THRESHOLD),
				() -> "Invalid slow threshold %s: must be positive and at most %s.".formatted(threshold,
						MAX_SLOW_THRESHOLD));
		return new Telemetry(this.registry, threshold, this.recording);
	}

	/** The same for parts of blocks, which are not recorded apart. */
	Telemetry ofParts() {
		return new Telemetry(this.registry, this.slowThreshold, new Recording());
	}

	/** Never fails: an observer has no say in whether a block runs (T12). */
	Measurement start(String name, ScopePropagation propagation) {
		Measurement measurement = isOff() ? Measurement.NONE : start(name, propagation, true, null);
		Recorder recorder = this.recording.recorder;
		return (recorder != null) ? recorder.record(name, measurement) : measurement;
	}

	/**
	 * The same for a block that belongs to no thread.
	 * @param name the block's name
	 * @param propagation how it relates to an active transaction
	 * @param parent the observation that it is a part of; what is none is passed over
	 */
	public Measurement startApart(String name, ScopePropagation propagation, @Nullable Object parent) {
		return isOff() ? Measurement.NONE
				: start(name, propagation, false, (parent instanceof Observation observation) ? observation : null);
	}

	private boolean isOff() {
		try {
			return this.registry.isNoop() && this.slowThreshold == null && !Log.isDebugEnabled();
		}
		catch (Throwable ex) {
			// To be told of by whoever starts to observe.
			return false;
		}
	}

	private Measurement start(String name, ScopePropagation propagation, boolean onThread,
			@Nullable Observation parent) {
		try {
			return new RunningMeasurement(this.registry, this.slowThreshold, name, propagation, onThread, parent);
		}
		catch (Throwable ex) {
			Log.warn("Scope '{}' cannot be observed; it is not affected", name, ex);
			return Measurement.NONE;
		}
	}

	/**
	 * Records blocks for a test.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Recorder {

		/**
		 * Record a block that begins on the current thread.
		 * @param name the block's name
		 * @param measurement who measures it anyway
		 * @return what is to hear of it in place of that
		 */
		Measurement record(String name, Measurement measurement);

	}

	/**
	 * Who records the blocks of a scope, and of those made of it.
	 */
	static final class Recording {

		private volatile @Nullable Recorder recorder;

		@Nullable Recorder exchange(@Nullable Recorder recorder) {
			Recorder previous = this.recorder;
			this.recorder = recorder;
			return previous;
		}

	}

}
