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

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.StepwiseUnwinding;
import org.jspecify.annotations.Nullable;

/**
 * What a blocking resource has acquired, to be released on an executor.
 *
 * @param <T> the type of the value
 */
final class BlockingHeld<T extends @Nullable Object> extends AsyncPart<T> {

	private final Held<? extends T> held;

	private final Executor executor;

	BlockingHeld(Held<? extends T> held, Executor executor) {
		this.held = held;
		this.executor = executor;
	}

	/**
	 * Acquire a resource on an executor, and have it be released there.
	 */
	static <T extends @Nullable Object> CompletionStage<AsyncHeld<T>> acquire(Resource<? extends T> resource,
			Executor executor) {
		CompletableFuture<AsyncHeld<T>> acquired = new CompletableFuture<>();
		AtomicBoolean begun = new AtomicBoolean();
		try {
			executor.execute(() -> {
				if (begun.compareAndSet(false, true)) {
					try {
						acquired.complete(new BlockingHeld<>(StepwiseUnwinding.acquire(resource), executor));
					}
					catch (Throwable ex) {
						acquired.completeExceptionally(ex);
					}
				}
			});
		}
		catch (Throwable ex) {
			// Some executors run it, and throw then
			if (begun.compareAndSet(false, true)) {
				throw ex;
			}
		}
		return acquired.minimalCompletionStage();
	}

	/**
	 * Return the step that releases something on whichever thread gets to it.
	 */
	static Step step(Held<?> held) {
		return (unwinding) -> {
			unwinding.failures().release(held);
			if (unwinding.failures().wasInterrupted()) {
				Thread.currentThread().interrupt();
			}
			return null;
		};
	}

	@Override
	public T value() {
		return this.held.value();
	}

	@Override
	void unwind(AsyncUnwinding unwinding) {
		unwinding.push(StepwiseUnwinding.judges(this.held) ? step(this.held)
				: new BlockingStep(this.executor, (failures) -> failures.release(this.held)));
	}

}
