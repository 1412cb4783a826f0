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

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * Two asynchronous resources as one. They may be composites in turn, more of them than
 * the stack is deep: their parts are acquired one after another, here, and released as
 * one list.
 *
 * @param <A> the type of the first one's value
 * @param <B> the type of the second one's value
 * @param <R> the type of the value of both
 */
record CompositeAsyncResource<A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object>(
		AsyncResource<A> first, AsyncResource<B> second,
		BiFunction<? super A, ? super B, ? extends R> combiner) implements AsyncResource<R> {

	static <A extends @Nullable Object, R extends @Nullable Object> AsyncResource<R> mapped(AsyncResource<A> resource,
			Function<? super A, ? extends R> mapper) {
		return new CompositeAsyncResource<A, Boolean, R>(resource,
				() -> CompletableFuture.completedStage(new CompositeHeld<>(true, List.of())),
				(value, nothing) -> mapper.apply(value));
	}

	@Override
	public CompletionStage<AsyncHeld<R>> acquire() {
		return new Acquisition<R>().begin(this);
	}

	@SuppressWarnings("unchecked")
	private R combine(AsyncHeld<?> first, AsyncHeld<?> second) {
		return this.combiner.apply((A) first.value(), (B) second.value());
	}

	/**
	 * Acquires the parts, and combines their values as soon as both are there.
	 */
	private static final class Acquisition<W extends @Nullable Object> {

		private final List<AsyncHeld<?>> parts = new ArrayList<>(2);

		private final Deque<Turn> turns = new ArrayDeque<>();

		private final Deque<AsyncHeld<?>> values = new ArrayDeque<>();

		private final CompletableFuture<AsyncHeld<W>> whole = new CompletableFuture<>();

		private @Nullable Throwable failure;

		CompletionStage<AsyncHeld<W>> begin(CompositeAsyncResource<?, ?, W> composite) {
			this.turns.push(new Turn(composite, false));
			advance();
			return this.whole.minimalCompletionStage();
		}

		@SuppressWarnings("unchecked") // The last value is that of the whole
		private void advance() {
			try {
				while (this.failure == null && !this.turns.isEmpty()) {
					Turn turn = this.turns.pop();
					if (!(turn.resource instanceof CompositeAsyncResource<?, ?, ?> composite)) {
						if (!acquire(turn.resource)) {
							return;
						}
					}
					else if (turn.acquired) {
						AsyncHeld<?> second = this.values.pop();
						AsyncHeld<?> first = this.values.pop();
						this.values.push(new CompositeHeld<>(composite.combine(first, second), List.of()));
					}
					else {
						this.turns.push(new Turn(composite, true));
						this.turns.push(new Turn(composite.second(), false));
						this.turns.push(new Turn(composite.first(), false));
					}
				}
				if (this.failure != null) {
					abandon(this.failure);
					return;
				}
				this.whole.complete(new CompositeHeld<>((W) this.values.pop().value(), this.parts));
			}
			catch (Throwable ex) {
				abandon(ex);
			}
		}

		/**
		 * Acquire one part.
		 * @return whether it is there, so that the loop goes on
		 */
		private <P extends @Nullable Object> boolean acquire(AsyncResource<P> part) {
			AtomicBoolean passed = new AtomicBoolean();
			Stages.<P>acquire(part, part::acquire, (held, failure) -> {
				if (held != null) {
					this.parts.add(held);
					this.values.push(held);
				}
				this.failure = failure;
				if (!passed.compareAndSet(false, true)) {
					advance();
				}
			});
			return !passed.compareAndSet(false, true);
		}

		private void abandon(Throwable failure) {
			AsyncPart.abandon(this.parts, failure).thenAccept(this.whole::completeExceptionally);
		}

	}

	private record Turn(AsyncResource<?> resource, boolean acquired) {
	}

	/**
	 * A value made from several things that are held, and released with them.
	 *
	 * @param <T> the type of the value
	 */
	private static final class CompositeHeld<T extends @Nullable Object> extends AsyncPart<T> {

		private final T value;

		private final List<AsyncHeld<?>> parts;

		CompositeHeld(T value, List<AsyncHeld<?>> parts) {
			this.value = value;
			this.parts = parts;
		}

		@Override
		public T value() {
			return this.value;
		}

		@Override
		void unwind(AsyncUnwinding unwinding) {
			for (AsyncHeld<?> part : this.parts) {
				unwinding.push(step(part));
			}
		}

	}

}
