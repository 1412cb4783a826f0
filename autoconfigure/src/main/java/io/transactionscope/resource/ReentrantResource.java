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

import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * Shares one acquisition between the nested entries of a thread.
 *
 * @param <T> the type of what is acquired
 */
final class ReentrantResource<T extends @Nullable Object> implements Resource<T> {

	private final Resource<T> resource;

	@SuppressWarnings("ThreadLocalUsage") // What it shares is this resource's alone
	private final ThreadLocal<@Nullable SharedHeld> current = new ThreadLocal<>();

	ReentrantResource(Resource<T> resource) {
		this.resource = resource;
	}

	@Override
	public Held<T> acquire() {
		SharedHeld shared = this.current.get();
		if (shared == null || !shared.enter()) {
			shared = new SharedHeld(ResourceScope.acquire(this.resource));
			this.current.set(shared);
		}
		return shared;
	}

	@Override
	public Resource<T> reentrant() {
		return this;
	}

	private final class SharedHeld extends Unwinding.Part<T> {

		private final Held<T> held;

		/**
		 * Atomic, as a detached scope may end on another thread.
		 */
		private final AtomicInteger entries = new AtomicInteger(1);

		SharedHeld(Held<T> held) {
			this.held = held;
		}

		boolean enter() {
			return this.entries.getAndUpdate((count) -> (count > 0) ? count + 1 : 0) > 0;
		}

		private boolean exit() {
			if (this.entries.decrementAndGet() > 0) {
				return false;
			}
			if (ReentrantResource.this.current.get() == this) {
				ReentrantResource.this.current.remove();
			}
			return true;
		}

		@Override
		public T value() {
			return this.held.value();
		}

		@Override
		public boolean isThreadBound() {
			return this.held.isThreadBound();
		}

		@Override
		void unwind(Unwinding unwinding) {
			if (exit()) {
				unwinding.push(this.held);
			}
		}

		@Override
		public void release(Outcome outcome) throws Exception {
			if (exit()) {
				this.held.release(outcome);
			}
		}

	}

}
