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

package io.transactionscope.reactive;

import java.util.concurrent.Executor;

import io.transactionscope.text.Printable;
import reactor.core.scheduler.Schedulers;

/**
 * Where one resource is acquired and then released, neither on a thread that must not
 * block (A8).
 */
final class BlockingExecutor implements Executor {

	private final Executor executor;

	private final String scope;

	private volatile boolean acquired;

	BlockingExecutor(Executor executor, String scope) {
		this.executor = executor;
		this.scope = scope;
	}

	/** Refuse to acquire on the current thread, if it must not block. */
	void acquiring() {
		this.acquired = true;
		if (Schedulers.isInNonBlockingThread()) {
			throw new IllegalStateException(
					"Scope '%s' cannot acquire a blocking resource on thread '%s', which must not block: give it an executor that may, as Schedulers.boundedElastic()::schedule."
						.formatted(this.scope, Printable.of(Thread.currentThread().getName())));
		}
	}

	@Override
	public void execute(Runnable task) {
		this.executor.execute(() -> {
			if (this.acquired && Schedulers.isInNonBlockingThread()) {
				Schedulers.boundedElastic().schedule(task);
			}
			else {
				task.run();
			}
		});
	}

}
