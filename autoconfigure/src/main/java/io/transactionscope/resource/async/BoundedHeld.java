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

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.release.ReleaseLimit;
import io.transactionscope.resource.release.ReleaseTimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something held whose release is waited for no longer than allowed.
 *
 * @param <T> the type of the value
 */
final class BoundedHeld<T extends @Nullable Object> implements AsyncHeld<T> {

	private static final Logger logger = LoggerFactory.getLogger(BoundedHeld.class);

	private final AsyncHeld<T> held;

	private final @Nullable String name;

	private final ReleaseLimit limit;

	private BoundedHeld(AsyncHeld<T> held, @Nullable String name, ReleaseLimit limit) {
		this.held = held;
		this.name = name;
		this.limit = limit;
	}

	/**
	 * Acquire something, and limit its release.
	 * @param name its name, or {@code null} for the type of its value
	 */
	static <T extends @Nullable Object> CompletionStage<AsyncHeld<T>> acquire(Object resource,
			Callable<? extends @Nullable CompletionStage<? extends AsyncHeld<T>>> acquisition, @Nullable String name,
			ReleaseLimit limit) {
		CompletableFuture<AsyncHeld<T>> acquired = new CompletableFuture<>();
		Stages.<T>acquire(resource, acquisition, (held, failure) -> {
			if (held != null) {
				acquired.complete(new BoundedHeld<>(held, name, limit));
			}
			else if (failure != null) {
				acquired.completeExceptionally(failure);
			}
		});
		return acquired.minimalCompletionStage();
	}

	@Override
	public T value() {
		return this.held.value();
	}

	private String name() {
		if (this.name != null) {
			return this.name;
		}
		try {
			Object value = value();
			return (value != null) ? value.getClass().getName() : "a resource";
		}
		catch (RuntimeException ex) {
			return "a resource";
		}
	}

	@Override
	public CompletionStage<?> release(Outcome outcome) {
		String name = name();
		long start = System.nanoTime();
		CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
		Stages.<@Nullable Object>begin(() -> this.held.release(outcome), () -> "release(outcome) of " + name,
				(nothing, failure) -> {
					boolean inTime = (failure != null) ? end.completeExceptionally(failure) : end.complete(null);
					if (!inTime) {
						this.limit.logLate(logger, name, since(start), failure);
					}
				});
		Stages.limit(end, this.limit.limit(), () -> timeout(name, since(start)));
		return end.minimalCompletionStage();
	}

	private ReleaseTimeoutException timeout(String name, Duration waited) {
		return new ReleaseTimeoutException(
				this.limit.passed(name, waited)
						+ " and is not waited for any more: allow more time, or find out what its stage waits for",
				name, waited, null);
	}

	private static Duration since(long start) {
		return Duration.ofNanos(System.nanoTime() - start);
	}

}
