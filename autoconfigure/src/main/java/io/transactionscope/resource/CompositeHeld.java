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

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A value made from several things that are held, and released with them.
 *
 * @param <T> the type of the value
 */
final class CompositeHeld<T extends @Nullable Object> extends Unwinding.Part<T> {

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
	void unwind(Unwinding unwinding) {
		for (Held<?> part : this.parts) {
			unwinding.push(part);
		}
	}

	@Override
	public void release(Outcome outcome) {
		Throwable failure = null;
		FirstFailure carrier = null;
		Outcome current = outcome;
		for (int i = this.parts.size() - 1; i >= 0; i--) {
			try {
				this.parts.get(i).release(current);
			}
			catch (Throwable ex) {
				keepInterrupt(ex);
				if (failure == null || carrier == null) {
					failure = ex;
					carrier = new FirstFailure(ex);
					current = current.isSuccess() ? Outcome.failed(ex) : current;
				}
				else {
					Failures.suppress(carrier, failure, ex);
				}
			}
		}
		if (failure != null) {
			throw Failures.rethrow(failure);
		}
	}

	/**
	 * Release what is held already because the rest could not be acquired.
	 */
	static RuntimeException abandon(List<Held<?>> parts, Throwable failure) {
		FirstFailure carrier = new FirstFailure(failure);
		Outcome outcome = Outcome.failed(failure);
		for (int i = parts.size() - 1; i >= 0; i--) {
			try {
				parts.get(i).release(outcome);
			}
			catch (Throwable ex) {
				keepInterrupt(ex);
				Failures.suppress(carrier, failure, ex);
			}
		}
		throw Failures.rethrow(failure);
	}

	private static void keepInterrupt(Throwable failure) {
		if (failure instanceof InterruptedException) {
			Thread.currentThread().interrupt();
		}
	}

}
