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

package io.transactionscope.reactive.engine;

import java.time.Duration;

import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.engine.Telemetry;
import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;

/**
 * What the blocks of a reactive scope begin with.
 *
 * @param engine takes them into a transaction
 * @param definition the scope's options
 * @param telemetry where they report
 * @param open those that are open, of this scope and its kin
 * @since 0.1.0
 */
public record ReactiveScopeSettings(ReactiveEngine engine, ScopeDefinition definition, Telemetry telemetry,
		OpenBlocks open) {

	private static final ScopeDefinition SAVEPOINT = ScopeDefinition.DEFAULT.withPropagation(ScopePropagation.NESTED);

	public static ReactiveScopeSettings of(ReactiveEngine engine) {
		return new ReactiveScopeSettings(engine, ScopeDefinition.DEFAULT, Telemetry.NONE, new OpenBlocks());
	}

	/** For a part of a running block, from a savepoint. */
	public ReactiveScopeSettings savepoint() {
		return with(SAVEPOINT);
	}

	public ReactiveScopeSettings with(ReactiveEngine engine) {
		return new ReactiveScopeSettings(engine, this.definition, this.telemetry, this.open);
	}

	public ReactiveScopeSettings with(ScopeDefinition definition) {
		return new ReactiveScopeSettings(this.engine, definition, this.telemetry, this.open);
	}

	public ReactiveScopeSettings with(ObservationRegistry registry) {
		return with(this.telemetry.withRegistry(registry));
	}

	public ReactiveScopeSettings withSlowThreshold(@Nullable Duration threshold) {
		return with(this.telemetry.withSlowThreshold(threshold));
	}

	private ReactiveScopeSettings with(Telemetry telemetry) {
		return new ReactiveScopeSettings(this.engine, this.definition, telemetry, this.open);
	}

}
