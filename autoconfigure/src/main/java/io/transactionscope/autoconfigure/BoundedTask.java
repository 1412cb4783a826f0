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

package io.transactionscope.autoconfigure;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.transactionscope.ScopeBoundary;

/**
 * A task that no scope may outlast. Where the task is a future, so is this: it stands in
 * the queue of an executor, which may purge what has been cancelled, and with who is told
 * of what an executor has rejected.
 */
class BoundedTask implements Runnable {

	private final Runnable task;

	private BoundedTask(Runnable task) {
		this.task = task;
	}

	static Runnable of(Runnable task) {
		return (task instanceof RunnableFuture<?> future) ? new OfFuture<>(future) : new BoundedTask(task);
	}

	@Override
	public void run() {
		ScopeBoundary boundary = ScopeBoundary.enter();
		try (boundary) {
			this.task.run();
		}
	}

	private static final class OfFuture<V> extends BoundedTask implements RunnableFuture<V> {

		private final RunnableFuture<V> future;

		private OfFuture(RunnableFuture<V> future) {
			super(future);
			this.future = future;
		}

		@Override
		public boolean cancel(boolean mayInterruptIfRunning) {
			return this.future.cancel(mayInterruptIfRunning);
		}

		@Override
		public boolean isCancelled() {
			return this.future.isCancelled();
		}

		@Override
		public boolean isDone() {
			return this.future.isDone();
		}

		@Override
		public V get() throws InterruptedException, ExecutionException {
			return this.future.get();
		}

		@Override
		public V get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
			return this.future.get(timeout, unit);
		}

	}

}
