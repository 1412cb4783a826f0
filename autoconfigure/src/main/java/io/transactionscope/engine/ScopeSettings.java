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

/**
 * What the blocks of a scope begin with. It does not change.
 *
 * @since 0.1.0
 */
public final class ScopeSettings {

	private final TransactionEngine engine;

	private final ScopeDefinition definition;

	private final Telemetry telemetry;

	private @Nullable ScopeSettings savepoint;

	private ScopeSettings(TransactionEngine engine, ScopeDefinition definition, Telemetry telemetry) {
		this.engine = engine;
		this.definition = definition;
		this.telemetry = telemetry;
	}

	public static ScopeSettings of(TransactionEngine engine) {
		WayOut.prepare();
		return new ScopeSettings(engine, ScopeDefinition.DEFAULT, Telemetry.create());
	}

	TransactionEngine engine() {
		return this.engine;
	}

	public ScopeDefinition definition() {
		return this.definition;
	}

	Telemetry telemetry() {
		return this.telemetry;
	}

	/**
	 * Say who records the blocks of this scope, and of those made of it.
	 * @param recorder who does, or {@code null} for nobody
	 * @return who did before
	 */
	public Telemetry.@Nullable Recorder exchangeRecorder(Telemetry.@Nullable Recorder recorder) {
		return this.telemetry.recording().exchange(recorder);
	}

	/** Where the blocks report. */
	public ObservationRegistry observationRegistry() {
		return this.telemetry.registry();
	}

	/** What the current thread is in; an observer that fails has no say. */
	public @Nullable Observation currentObservation() {
		try {
			return this.telemetry.registry().getCurrentObservation();
		}
		catch (Throwable ex) {
			return null;
		}
	}

	/** For a part of a running block, from a savepoint. Made at the first use. */
	ScopeSettings savepoint() {
		ScopeSettings savepoint = this.savepoint;
		if (savepoint == null) {
			savepoint = new ScopeSettings(this.engine, ScopeDefinition.DEFAULT.withPropagation(ScopePropagation.NESTED),
					this.telemetry.ofParts());
			// Immutable: if two threads come here, either one will do.
			this.savepoint = savepoint;
		}
		return savepoint;
	}

	public ScopeSettings with(TransactionEngine engine) {
		return new ScopeSettings(engine, this.definition, this.telemetry);
	}

	public ScopeSettings with(ScopeDefinition definition) {
		return new ScopeSettings(this.engine, definition, this.telemetry);
	}

	public ScopeSettings with(ObservationRegistry registry) {
		return new ScopeSettings(this.engine, this.definition, this.telemetry.withRegistry(registry));
	}

	public ScopeSettings withSlowThreshold(@Nullable Duration threshold) {
		return new ScopeSettings(this.engine, this.definition, this.telemetry.withSlowThreshold(threshold));
	}

	/**
	 * What has some, for blocks to begin with.
	 *
	 * @since 0.1.0
	 */
	public interface Source {

		ScopeSettings settings();

	}

}
