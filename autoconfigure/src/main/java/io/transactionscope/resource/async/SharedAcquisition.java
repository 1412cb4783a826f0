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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import org.jspecify.annotations.Nullable;

/**
 * One acquisition, shared by all who enter while it is held.
 *
 * @param <T> the type of the value
 */
final class SharedAcquisition<T extends @Nullable Object> {

	private final Callable<? extends @Nullable CompletionStage<? extends AsyncHeld<T>>> acquisition;

	private final Object resource;

	private @Nullable Sharing<T> current;

	SharedAcquisition(Object resource,
			Callable<? extends @Nullable CompletionStage<? extends AsyncHeld<T>>> acquisition) {
		this.resource = resource;
		this.acquisition = acquisition;
	}

	CompletionStage<AsyncHeld<T>> enter() {
		Sharing<T> sharing;
		boolean first;
		synchronized (this) {
			first = this.current == null;
			sharing = (this.current != null) ? this.current : new Sharing<>();
			this.current = sharing;
			sharing.entries++;
		}
		if (first) {
			begin(sharing);
		}
		CompletableFuture<AsyncHeld<T>> entered = new CompletableFuture<>();
		Stages.observe(sharing.acquired, (held, failure) -> {
			if (held != null) {
				entered.complete(new SharedHeld(sharing, held));
			}
			else if (failure != null) {
				entered.completeExceptionally(failure);
			}
		});
		return entered.minimalCompletionStage();
	}

	private void begin(Sharing<T> sharing) {
		Stages.<T>acquire(this.resource, this.acquisition, (held, failure) -> {
			if (failure != null) {
				end(sharing);
				sharing.acquired.completeExceptionally(failure);
			}
			else if (held != null) {
				sharing.acquired.complete(held);
			}
		});
	}

	private synchronized void end(Sharing<T> sharing) {
		if (this.current == sharing) {
			this.current = null;
		}
	}

	/**
	 * Return whether that was the last one.
	 */
	private synchronized boolean exit(Sharing<T> sharing) {
		boolean last = --sharing.entries == 0;
		if (last) {
			end(sharing);
		}
		return last;
	}

	/**
	 * What those share that have entered while it is held.
	 */
	private static final class Sharing<T extends @Nullable Object> {

		private final CompletableFuture<AsyncHeld<T>> acquired = new CompletableFuture<>();

		private int entries;

	}

	private final class SharedHeld extends AsyncPart<T> {

		private final Sharing<T> sharing;

		private final AsyncHeld<T> held;

		SharedHeld(Sharing<T> sharing, AsyncHeld<T> held) {
			this.sharing = sharing;
			this.held = held;
		}

		@Override
		public T value() {
			return this.held.value();
		}

		@Override
		void unwind(AsyncUnwinding unwinding) {
			if (exit(this.sharing)) {
				unwinding.push(step(this.held));
			}
		}

	}

}
