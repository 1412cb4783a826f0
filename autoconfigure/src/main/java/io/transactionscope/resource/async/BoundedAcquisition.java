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
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import io.transactionscope.resource.ResourceUnavailableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Waits for an acquisition no longer than allowed, and releases what arrives later.
 *
 * @param name what is acquired
 * @param limit how long it may take
 */
record BoundedAcquisition(String name, Duration limit) {

	private static final Logger logger = LoggerFactory.getLogger(BoundedAcquisition.class);

	private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

	BoundedAcquisition {
		Objects.requireNonNull(name, "name must not be null");
		Objects.requireNonNull(limit, "limit must not be null");
		if (limit.isNegative() || limit.isZero() || limit.compareTo(LONGEST) > 0) {
			throw new IllegalArgumentException(
					"Invalid limit of the acquisition of %s (%s): it must be positive and not longer than %s"
						.formatted(name, limit, LONGEST));
		}
	}

	<T extends @Nullable Object> CompletionStage<AsyncHeld<T>> acquire(Object resource,
			Callable<? extends @Nullable CompletionStage<? extends AsyncHeld<T>>> acquisition) {
		long start = System.nanoTime();
		CompletableFuture<AsyncHeld<T>> acquired = new CompletableFuture<>();
		Stages.<T>acquire(resource, acquisition, (held, failure) -> {
			if (held != null && !acquired.complete(held)) {
				releaseLate(held, acquired, since(start));
			}
			else if (failure != null && !acquired.completeExceptionally(failure)) {
				log("Acquisition of {} failed after {} ms, when nobody waited for it any more", since(start), failure);
			}
		});
		Stages.limit(acquired, this.limit, () -> timeout(since(start)));
		return acquired.minimalCompletionStage();
	}

	private void releaseLate(AsyncHeld<?> held, CompletableFuture<?> acquired, Duration took) {
		log("{} arrived after {} ms, when nobody waited for it any more: it is released", took, null);
		Stages.observe(acquired, (nothing, timeout) -> {
			CompletionStage<Throwable> released = AsyncPart.abandon(List.of(held),
					(timeout != null) ? timeout : timeout(took));
			released.thenAccept((failure) -> {
				if (failure.getSuppressed().length > 0) {
					log("Release of {}, which had arrived after {} ms, failed", took, failure);
				}
			});
		});
	}

	private ResourceUnavailableException timeout(Duration waited) {
		return new ResourceUnavailableException(
				"Could not get %s within %d ms (gave up after %d ms): allow more time, or find out what its stage waits for"
					.formatted(this.name, this.limit.toMillis(), waited.toMillis()),
				this.name, waited, null);
	}

	private void log(String message, Duration took, @Nullable Throwable failure) {
		try {
			logger.atLevel((failure != null) ? Level.ERROR : Level.WARN)
				.setCause(failure)
				.log(message, this.name, took.toMillis());
		}
		catch (Throwable ex) {
			// Nobody is left to tell.
		}
	}

	private static Duration since(long start) {
		return Duration.ofNanos(System.nanoTime() - start);
	}

}
