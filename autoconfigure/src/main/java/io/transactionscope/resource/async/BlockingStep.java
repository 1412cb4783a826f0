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

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import io.transactionscope.resource.StepwiseUnwinding;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Releases something that may block, on an executor. If that refuses, a thread of its own
 * does it: nothing stays held, and no thread that must not block is blocked.
 *
 * @param executor where to release it
 * @param release releases it
 */
record BlockingStep(Executor executor, Consumer<StepwiseUnwinding> release) implements Step {

	@Override
	public CompletionStage<?> begin(AsyncUnwinding unwinding) {
		Task task = new Task(unwinding.failures(), this.release);
		try {
			this.executor.execute(task);
		}
		catch (Throwable ex) {
			task.refused(ex);
		}
		return task.over;
	}

	private static final class Task implements Runnable {

		private final StepwiseUnwinding failures;

		private final Consumer<StepwiseUnwinding> release;

		private final AtomicBoolean begun = new AtomicBoolean();

		private final CompletableFuture<@Nullable Void> over = new CompletableFuture<>();

		Task(StepwiseUnwinding failures, Consumer<StepwiseUnwinding> release) {
			this.failures = failures;
			this.release = release;
		}

		@Override
		public void run() {
			if (this.begun.compareAndSet(false, true)) {
				this.release.accept(this.failures);
				boolean interrupted = this.failures.wasInterrupted();
				// Goes on with what is still to be released, perhaps on this thread
				this.over.complete(null);
				if (interrupted) {
					Thread.currentThread().interrupt();
				}
			}
		}

		void refused(Throwable reason) {
			if (this.begun.get()) {
				return;
			}
			try {
				Thread thread = new Thread(this, "release without an executor");
				thread.setDaemon(true);
				thread.start();
			}
			catch (Throwable ex) {
				run();
			}
			log(reason);
		}

		private static void log(Throwable reason) {
			try {
				LoggerFactory.getLogger(BlockingStep.class)
					.warn("An executor has refused a release: it was done on another thread", reason);
			}
			catch (Throwable ex) {
				// A log has no say in what becomes of the scope.
			}
		}

	}

}
