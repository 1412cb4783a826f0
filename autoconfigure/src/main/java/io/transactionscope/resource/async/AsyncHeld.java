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

package io.transactionscope.resource.async;

import java.util.Objects;
import java.util.concurrent.CompletionStage;

import io.transactionscope.resource.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * An {@link AsyncResource} that has been acquired: its value, and how to let go of it.
 *
 * @param <T> the type of the value
 * @since 0.1.0
 */
public interface AsyncHeld<T extends @Nullable Object> {

	/**
	 * Return what was acquired.
	 * @return the value, the same at each call
	 */
	T value();

	/**
	 * Begin to let go of the resource. A scope calls this exactly once, on whichever
	 * thread its way out has come to; it must not block. What was entered earlier is
	 * released when the stage is completed. A scope never cancels it.
	 * @param outcome how the scope has ended so far
	 * @return completes when the resource is released, never {@code null}. What it fails
	 * with, or what is thrown here, is the first failure, or else carried by the one that
	 * came earlier; it takes the place of that one if it has it as a cause
	 * @throws Exception if that failed at once
	 */
	CompletionStage<?> release(Outcome outcome) throws Exception;

	/**
	 * Return a value that is held until the given action is over.
	 * @param <T> the type of the value
	 * @param value the value
	 * @param release what lets go of it
	 * @return the held value
	 */
	static <T extends @Nullable Object> AsyncHeld<T> of(T value, AsyncExitAction release) {
		Objects.requireNonNull(release, "release must not be null");
		return new AsyncHeld<>() {

			@Override
			public T value() {
				return value;
			}

			@Override
			public CompletionStage<?> release(Outcome outcome) throws Exception {
				return release.run(outcome);
			}

		};
	}

}
