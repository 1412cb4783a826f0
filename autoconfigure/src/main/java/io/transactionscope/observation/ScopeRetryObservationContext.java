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
 * What is known of a block that is repeated while it is observed.
 *
 * @since 0.1.0
 */
public class ScopeRetryObservationContext extends Observation.Context {

	private final String scopeName;

	private @Nullable String result;

	private int attempts;

	/**
	 * Create a context for a block whose first attempt has failed.
	 * @param scopeName the name of the scope
	 */
	public ScopeRetryObservationContext(String scopeName) {
		this.scopeName = Objects.requireNonNull(scopeName, "scopeName must not be null");
	}

	/**
	 * Return the name of the scope.
	 * @return the name, low in cardinality
	 */
	public String getScopeName() {
		return this.scopeName;
	}

	/**
	 * Return what the repetition has led to.
	 * @return {@code succeeded}, {@code failed} or {@code gave_up}; {@code null} as long
	 * as it goes on
	 */
	public @Nullable String getResult() {
		return this.result;
	}

	/**
	 * Set what the repetition has led to.
	 * @param result the result in lower case
	 */
	public void setResult(String result) {
		this.result = Objects.requireNonNull(result, "result must not be null");
	}

	/**
	 * Return how many attempts there were.
	 * @return the number, the first attempt included; 0 as long as it goes on
	 */
	public int getAttempts() {
		return this.attempts;
	}

	/**
	 * Set how many attempts there were.
	 * @param attempts the number, the first attempt included
	 */
	public void setAttempts(int attempts) {
		this.attempts = attempts;
	}

}
