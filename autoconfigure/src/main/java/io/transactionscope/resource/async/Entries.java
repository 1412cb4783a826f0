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

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import org.jspecify.annotations.Nullable;

/**
 * What is entered in one scope: what it holds, and what is just being acquired for it.
 */
final class Entries {

	private final AsyncUnwinding unwinding = new AsyncUnwinding();

	private final Expectation expectation = new Expectation();

	AsyncUnwinding unwinding() {
		return this.unwinding;
	}

	/**
	 * Begin an acquisition.
	 * @param resource what is acquired, for messages
	 * @return has the value of what was acquired, or fails as the acquisition does, or
	 * because the scope has ended before
	 */
	<T extends @Nullable Object> CompletionStage<T> acquire(Object resource,
			Callable<? extends @Nullable CompletionStage<? extends AsyncHeld<T>>> acquisition) {
		if (!this.unwinding.expectArrival()) {
			return CompletableFuture.failedStage(ended());
		}
		CompletableFuture<T> entered = new CompletableFuture<>();
		Stages.<T>acquire(resource, acquisition, (held, failure) -> {
			if (held != null) {
				arrived(held, entered);
			}
			else if (failure != null) {
				failed(failure, entered);
			}
		});
		return entered;
	}

	private void failed(Throwable failure, CompletableFuture<?> entered) {
		Runnable tell = () -> entered.completeExceptionally(failure);
		this.unwinding.arrive(null, tell, tell);
	}

	private <T extends @Nullable Object> void arrived(AsyncHeld<T> held, CompletableFuture<T> entered) {
		this.unwinding.arrive(AsyncPart.step(held), () -> {
			try {
				T value = held.value();
				this.expectation.counted(held, this.unwinding.size());
				entered.complete(value);
			}
			catch (Throwable ex) {
				entered.completeExceptionally(ex);
			}
		}, () -> entered.completeExceptionally(new CancellationException(
				"This AsyncResourceScope has ended, or was cancelled, before the resource was there: it is released")));
	}

	/**
	 * Take something over.
	 * @return whether that was possible, as the scope has not ended
	 */
	boolean take(Step step, Object entered) {
		if (!this.unwinding.push(step)) {
			return false;
		}
		this.expectation.counted(entered, this.unwinding.size());
		return true;
	}

	void expect(int entries) {
		if (this.unwinding.hasEnded()) {
			throw ended();
		}
		this.expectation.expect(entries, this.unwinding.size());
	}

	void leaveTo(Entries other) {
		if (this.unwinding.hasBegun()) {
			throw ended();
		}
		this.unwinding.leaveTo(other.unwinding);
		this.expectation.moveTo(other.expectation);
	}

	static IllegalStateException ended() {
		return new IllegalStateException(
				"This AsyncResourceScope has ended, or is being closed, and takes nothing more:"
						+ " use it before the stage of its body is completed and before close()");
	}

}
