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

import org.jspecify.annotations.Nullable;

/**
 * A value made from several things that are held, and released with them.
 *
 * @param <T> the type of the value
 */
final class CompositeHeld<T extends @Nullable Object> extends UnwindingHeld<T> {

	private final T value;

	private final Held<?>[] parts;

	CompositeHeld(T value, Held<?>... parts) {
		this.value = value;
		this.parts = parts;
	}

	@Override
	public T value() {
		return this.value;
	}

	@Override
	void unwind(ResourceScope scope) {
		for (Held<?> part : this.parts) {
			scope.push(part);
		}
	}

	@Override
	public void release(Outcome outcome) {
		Throwable failure = null;
		Outcome current = outcome;
		for (int i = this.parts.length - 1; i >= 0; i--) {
			try {
				this.parts[i].release(current);
			}
			catch (Throwable ex) {
				keepInterrupt(ex);
				failure = Failures.join(failure, ex);
				current = current.isSuccess() ? Outcome.failed(failure) : current;
			}
		}
		if (failure != null) {
			throw Failures.rethrow(failure);
		}
	}

	/**
	 * Release what is held already because the rest could not be acquired.
	 */
	static RuntimeException abandon(Held<?> held, Throwable failure) {
		try {
			held.release(Outcome.failed(failure));
		}
		catch (Throwable ex) {
			keepInterrupt(ex);
			Failures.suppress(failure, ex);
		}
		throw Failures.rethrow(failure);
	}

	private static void keepInterrupt(Throwable failure) {
		if (failure instanceof InterruptedException) {
			Thread.currentThread().interrupt();
		}
	}

}
