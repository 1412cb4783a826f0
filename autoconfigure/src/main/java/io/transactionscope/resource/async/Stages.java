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
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * What becomes of stages that others make: each has one end, whatever it does.
 */
final class Stages {

	private Stages() {
	}

	/**
	 * Begin a stage, and be told its end: exactly once, with a value or with its failure
	 * as it is. A throw before there is a stage is its end as well, and so is
	 * {@code null} in place of a stage.
	 * @param begin begins it
	 * @param what what must not return {@code null}, for the message
	 * @param end takes the value or the failure; must not throw
	 */
	static <T extends @Nullable Object> void begin(Callable<? extends @Nullable CompletionStage<? extends T>> begin,
			Supplier<String> what, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> end) {
		CompletionStage<? extends T> stage;
		try {
			stage = begin.call();
			if (stage == null) {
				throw new NullPointerException(
						what.get() + " must not return null: return a stage that is completed already");
			}
		}
		catch (Throwable ex) {
			end.accept(null, ex);
			return;
		}
		observe(stage, end);
	}

	/**
	 * Begin an acquisition, and be told its end: what is held, or why it is not.
	 * @param resource what is acquired, for messages
	 * @param acquisition begins it
	 * @param end takes what is held, or the failure; must not throw
	 */
	static <T extends @Nullable Object> void acquire(Object resource,
			Callable<? extends @Nullable CompletionStage<? extends AsyncHeld<T>>> acquisition,
			BiConsumer<? super @Nullable AsyncHeld<T>, ? super @Nullable Throwable> end) {
		Stages.<AsyncHeld<T>>begin(acquisition, () -> "acquire() of " + resource, (held, failure) -> {
			if (held == null && failure == null) {
				end.accept(null, new NullPointerException(
						"The stage of acquire() of " + resource + " must not be completed with null"));
			}
			else {
				end.accept(held, failure);
			}
		});
	}

	/**
	 * Return a stage with another value, made from one's own that nobody else can cancel
	 * on its way.
	 */
	static <T extends @Nullable Object, R extends @Nullable Object> CompletionStage<R> map(
			Callable<? extends @Nullable CompletionStage<? extends T>> begin, Supplier<String> what,
			Function<? super T, ? extends R> mapper) {
		CompletableFuture<R> mapped = new CompletableFuture<>();
		Stages.<T>begin(begin, what, (value, failure) -> {
			if (failure != null) {
				mapped.completeExceptionally(failure);
				return;
			}
			try {
				mapped.complete(apply(mapper, value));
			}
			catch (Throwable ex) {
				mapped.completeExceptionally(ex);
			}
		});
		return mapped.minimalCompletionStage();
	}

	@SuppressWarnings("NullAway") // The value is null only where the stage's may be
	static <T extends @Nullable Object, R extends @Nullable Object> R apply(Function<? super T, ? extends R> mapper,
			@Nullable T value) {
		return mapper.apply(value);
	}

	/**
	 * Be told the end of a stage.
	 */
	static <T extends @Nullable Object> void observe(CompletionStage<? extends T> stage,
			BiConsumer<? super @Nullable T, ? super @Nullable Throwable> end) {
		End<T> once = new End<>(end);
		try {
			stage.whenComplete(once);
		}
		catch (Throwable ex) {
			once.accept(null, ex);
		}
	}

	/**
	 * Have a future fail that is not completed in time.
	 * @param end the future
	 * @param limit how long it may take from now on
	 * @param failure makes what it fails with
	 */
	static void limit(CompletableFuture<?> end, Duration limit, Supplier<? extends Throwable> failure) {
		if (end.isDone()) {
			return;
		}
		CompletableFuture<String> timer = new CompletableFuture<>();
		CompletionStage<String> timed = timer.orTimeout(limit.toNanos(), TimeUnit.NANOSECONDS);
		// Not on the JDK's one thread for all timers, as others go on from here
		timed.whenCompleteAsync((nothing, passed) -> {
			if (passed != null) {
				end.completeExceptionally(failure.get());
			}
		});
		observe(end, (nothing, ex) -> timer.complete(""));
	}

	/**
	 * Return what a stage has failed with, without what the JDK wraps it in on its way.
	 */
	static Throwable unwrap(Throwable failure) {
		Throwable unwrapped = failure;
		while (unwrapped.getClass() == CompletionException.class && unwrapped.getCause() != null) {
			unwrapped = unwrapped.getCause();
		}
		return unwrapped;
	}

	/**
	 * Passes on the first end only.
	 */
	private static final class End<T extends @Nullable Object> extends AtomicBoolean
			implements BiConsumer<@Nullable T, @Nullable Throwable> {

		private static final long serialVersionUID = 1L;

		private final transient BiConsumer<? super @Nullable T, ? super @Nullable Throwable> end;

		End(BiConsumer<? super @Nullable T, ? super @Nullable Throwable> end) {
			this.end = end;
		}

		@Override
		public void accept(@Nullable T value, @Nullable Throwable failure) {
			if (compareAndSet(false, true)) {
				this.end.accept((failure != null) ? null : value, (failure != null) ? unwrap(failure) : null);
			}
		}

	}

}
