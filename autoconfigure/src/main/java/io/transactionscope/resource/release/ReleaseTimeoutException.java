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

package io.transactionscope.resource.release;

import java.time.Duration;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a release did not end within the time that was allowed for it. The stack
 * trace of the cause is that of the thread that releases, at the time when the scope went
 * on without it.
 *
 * @since 0.1.0
 */
public class ReleaseTimeoutException extends RuntimeException {

	private final String resource;

	private final Duration waited;

	/**
	 * Create an exception for a release that has not ended.
	 * @param message what did not end, how long that was waited for, and what to do
	 * @param resource the name of the resource
	 * @param waited how long it was waited for
	 * @param cause where the release stands, or {@code null} if that is not known
	 */
	public ReleaseTimeoutException(String message, String resource, Duration waited, @Nullable Throwable cause) {
		super(message, cause);
		Objects.requireNonNull(message, "message must not be null");
		Objects.requireNonNull(resource, "resource must not be null");
		Objects.requireNonNull(waited, "waited must not be null");
		this.resource = resource;
		this.waited = waited;
	}

	/**
	 * Return the name of the resource that may still be held.
	 * @return the name
	 */
	public String resource() {
		return this.resource;
	}

	/**
	 * Return how long its release was waited for.
	 * @return the wait
	 */
	public Duration waited() {
		return this.waited;
	}

}
