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

import io.micrometer.observation.Observation;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Follows one block for whoever wants to know. It never fails: an observer must not break
 * a block.
 *
 * @since 0.1.0
 */
public interface Measurement {

	/** Of a block that nobody asks about. */
	Measurement NONE = new Measurement() {
	};

	/** What is a parent to those that begin inside, if it is observed. */
	default @Nullable Observation observation() {
		return null;
	}

	default void failedToBegin(Throwable failure) {
	}

	default void begun() {
	}

	default void ending() {
	}

	/**
	 * The block is over.
	 * @param outcome what became of it, or {@code null} if it succeeded as a part of a
	 * larger transaction
	 * @param failure what its caller is told, if anything
	 */
	default void ended(@Nullable TransactionOutcome outcome, @Nullable Throwable failure) {
	}

	/** The block is over, and rolled back because it was cancelled. */
	default void cancelled(@Nullable Throwable failure) {
	}

}
