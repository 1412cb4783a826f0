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

package io.transactionscope.resource;

import java.time.Duration;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a resource could not be had within the wait that was allowed for it, or
 * when that wait was interrupted: then the cause is the {@link InterruptedException}, and
 * the thread's interrupt flag is set again.
 *
 * @since 0.1.0
 */
public class ResourceUnavailableException extends RuntimeException {

	private final String resource;

	private final Duration waited;

	/**
	 * Create an exception for a resource that could not be had.
	 * @param message what could not be had, how long that was waited for, and what to do
	 * @param resource the name of the resource
	 * @param waited how long it was waited for
	 * @param cause why, or {@code null} if the time was up
	 */
	public ResourceUnavailableException(String message, String resource, Duration waited, @Nullable Throwable cause) {
		super(message, cause);
		Objects.requireNonNull(message, "message must not be null");
		Objects.requireNonNull(resource, "resource must not be null");
		Objects.requireNonNull(waited, "waited must not be null");
		this.resource = resource;
		this.waited = waited;
	}

	/**
	 * Return the name of the resource that could not be had.
	 * @return the name
	 */
	public String resource() {
		return this.resource;
	}

	/**
	 * Return how long it was waited for.
	 * @return the wait, zero or more
	 */
	public Duration waited() {
		return this.waited;
	}

}
