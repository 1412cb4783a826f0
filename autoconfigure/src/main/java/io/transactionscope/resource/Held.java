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

import java.util.Objects;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * A {@link Resource} that has been acquired: its value, and how to let go of it.
 *
 * @param <T> the type of the value
 * @since 0.1.0
 */
public interface Held<T extends @Nullable Object> {

	/**
	 * Return what was acquired.
	 * @return the value, the same at each call
	 */
	T value();

	/**
	 * Let go of the resource. A scope calls this exactly once.
	 * <p>
	 * What is thrown here is the first failure, or else suppressed by the one that came
	 * earlier. It only takes the place of that one as its translation: thrown because of
	 * the outcome's failure, and with it as a cause at any depth. An
	 * {@link InterruptedException} sets the thread's interrupt flag again, as soon as
	 * everything else in the scope is released.
	 * @param outcome how the scope has ended so far; in a transaction scope, what became
	 * of the transaction
	 * @throws Exception if the resource could not be released
	 */
	void release(Outcome outcome) throws Exception;

	/**
	 * Return whether only the thread that acquired this can let go of it, as is the rule
	 * with locks and thread-locals. {@link Resource#releaseWithin} and
	 * {@link Resource#releaseOn} refuse it then.
	 * @return {@code false} unless overridden
	 */
	default boolean isThreadBound() {
		return false;
	}

	/**
	 * Return a value that is held until the given action is run.
	 * @param <T> the type of the value
	 * @param value the value
	 * @param release what lets go of it
	 * @return the held value
	 */
	static <T extends @Nullable Object> Held<T> of(T value, ExitAction release) {
		return of(value, release, false);
	}

	/**
	 * Return what is held with another value, for a resource made of another one. It is
	 * released as what is held is: one that suppresses does so.
	 * @param <T> the type of what is held
	 * @param <R> the type of the other value
	 * @param held what is held
	 * @param mapper makes the value, at each call of {@link #value()}, when the resource
	 * is held already; if it throws, the body that asks for the value fails
	 * @return what is held
	 */
	static <T extends @Nullable Object, R extends @Nullable Object> Held<R> mapped(Held<T> held,
			Function<? super T, ? extends R> mapper) {
		Objects.requireNonNull(held, "held must not be null");
		Objects.requireNonNull(mapper, "mapper must not be null");
		return new MappedHeld<>(held, mapper);
	}

	/**
	 * Return a value that only the thread which acquired it can let go of.
	 * @param <T> the type of the value
	 * @param value the value
	 * @param release what lets go of it
	 * @return the held value, {@linkplain #isThreadBound() bound to its thread}
	 */
	static <T extends @Nullable Object> Held<T> threadBound(T value, ExitAction release) {
		return of(value, release, true);
	}

	private static <T extends @Nullable Object> Held<T> of(T value, ExitAction release, boolean threadBound) {
		Objects.requireNonNull(release, "release must not be null");
		return new Held<>() {

			@Override
			public T value() {
				return value;
			}

			@Override
			public void release(Outcome outcome) throws Exception {
				release.run(outcome);
			}

			@Override
			public boolean isThreadBound() {
				return threadBound;
			}

		};
	}

}
