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

package io.transactionscope.observation;

import java.util.Objects;

import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a block while it is observed.
 *
 * @since 0.1.0
 */
public class ScopeObservationContext extends Observation.Context {

	private final String scopeName;

	private final String propagation;

	private @Nullable String outcome;

	/**
	 * Create a context for a block that is about to begin.
	 * @param scopeName the name of the scope
	 * @param propagation how it relates to an active transaction, in lower case
	 */
	public ScopeObservationContext(String scopeName, String propagation) {
		this.scopeName = Objects.requireNonNull(scopeName, "scopeName must not be null");
		this.propagation = Objects.requireNonNull(propagation, "propagation must not be null");
	}

	/**
	 * Return the name of the scope.
	 * @return the name, low in cardinality
	 */
	public String getScopeName() {
		return this.scopeName;
	}

	/**
	 * Return how the scope relates to an active transaction.
	 * @return a propagation in lower case
	 */
	public String getPropagation() {
		return this.propagation;
	}

	/**
	 * Return what became of the block.
	 * @return {@code committed}, {@code rolled_back}, {@code cancelled}, {@code unknown}
	 * or {@code joined}; {@code null} as long as the block runs
	 */
	public @Nullable String getOutcome() {
		return this.outcome;
	}

	/**
	 * Set what became of the block.
	 * @param outcome the outcome in lower case
	 */
	public void setOutcome(String outcome) {
		this.outcome = Objects.requireNonNull(outcome, "outcome must not be null");
	}

}
