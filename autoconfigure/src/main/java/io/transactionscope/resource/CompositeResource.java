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

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;

/**
 * Two resources as one. They may be composites in turn, more of them than the stack is
 * deep: their parts are acquired one after another, here, and released as one list.
 *
 * @param <A> the type of the first one's value
 * @param <B> the type of the second one's value
 * @param <R> the type of the value of both
 */
record CompositeResource<A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object>(
		Resource<A> first, Resource<B> second,
		BiFunction<? super A, ? super B, ? extends R> combiner) implements Resource<R> {

	private static final Held<Boolean> NOTHING = Held.of(true, (outcome) -> {
	});

	static <A extends @Nullable Object, R extends @Nullable Object> Resource<R> mapped(Resource<A> resource,
			Function<? super A, ? extends R> mapper) {
		return new CompositeResource<A, Boolean, R>(resource, () -> NOTHING, (value, nothing) -> mapper.apply(value));
	}

	static <T extends @Nullable Object> Resource<T> reentrant(Resource<T> resource) {
		return new ReentrantResource<>(resource);
	}

	@Override
	public Held<R> acquire() {
		List<Held<?>> parts = new ArrayList<>(2);
		try {
			return new CompositeHeld<>(new Acquisition(parts).<R>valueOf(this), parts);
		}
		catch (Throwable ex) {
			throw Apart.abandon(parts, ex);
		}
	}

	@SuppressWarnings("unchecked")
	private R combine(Held<?> first, Held<?> second) {
		return this.combiner.apply((A) first.value(), (B) second.value());
	}

	/**
	 * Acquires the parts, and combines their values as soon as both are there.
	 */
	private static final class Acquisition {

		private final List<Held<?>> parts;

		private final Deque<Step> steps = new ArrayDeque<>();

		private final Deque<Held<?>> values = new ArrayDeque<>();

		Acquisition(List<Held<?>> parts) {
			this.parts = parts;
		}

		@SuppressWarnings("unchecked")
		<R extends @Nullable Object> R valueOf(CompositeResource<?, ?, R> whole) {
			this.steps.push(new Step(whole, false));
			while (!this.steps.isEmpty()) {
				Step step = this.steps.pop();
				if (!(step.resource instanceof CompositeResource<?, ?, ?> composite)) {
					Held<?> part = ResourceScope.acquire(step.resource);
					this.parts.add(part);
					this.values.push(part);
				}
				else if (step.acquired) {
					Held<?> second = this.values.pop();
					Held<?> first = this.values.pop();
					this.values.push(new CompositeHeld<>(composite.combine(first, second), List.of()));
				}
				else {
					this.steps.push(new Step(composite, true));
					this.steps.push(new Step(composite.second(), false));
					this.steps.push(new Step(composite.first(), false));
				}
			}
			return (R) this.values.pop().value();
		}

	}

	private record Step(Resource<?> resource, boolean acquired) {
	}

	/**
	 * A value made from several things that are held, and released with them.
	 *
	 * @param <T> the type of the value
	 */
	static final class CompositeHeld<T extends @Nullable Object> extends Unwinding.Part<T> {

		private final T value;

		private final List<Held<?>> parts;

		/**
		 * Hold several things.
		 * @param value the value
		 * @param parts what is held for it, released in reverse order
		 */
		CompositeHeld(T value, List<Held<?>> parts) {
			this.value = value;
			this.parts = parts;
		}

		@Override
		public T value() {
			return this.value;
		}

		@Override
		public boolean isThreadBound() {
			for (Held<?> part : this.parts) {
				if (part.isThreadBound()) {
					return true;
				}
			}
			return false;
		}

		@Override
		void unwind(Unwinding unwinding) {
			for (Held<?> part : this.parts) {
				unwinding.push(part);
			}
		}

		@Override
		public void release(Outcome outcome) {
			Apart apart = new Apart(outcome);
			unwind(apart);
			apart.releaseAll();
			Throwable failure = apart.left();
			if (failure != null) {
				throw Failures.rethrow(failure);
			}
		}

	}

}
