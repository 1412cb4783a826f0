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

package io.transactionscope;

import java.util.List;

import io.transactionscope.engine.CurrentScope;
import io.transactionscope.engine.NestedBlock;
import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;

/**
 * What no scope may outlast: a request, or a task, on the thread that works on it. A
 * scope that was opened in it and never closed would stay the thread's transaction, and
 * take along the work of whatever comes after it.
 *
 * <pre class="code">
 * try (ScopeBoundary boundary = ScopeBoundary.enter()) {
 *     task.run();
 * }
 * </pre>
 *
 * <p>
 * The starter draws it around each servlet request and each task of Boot's executors and
 * schedulers. It belongs to one thread.
 *
 * @since 0.1.0
 */
public final class ScopeBoundary implements AutoCloseable {

	private final @Nullable NestedBlock outside = CurrentScope.innermostOfThread();

	private ScopeBoundary() {
	}

	/**
	 * Begin something on the current thread that no scope may outlast.
	 * @return to be closed at its end, on the same thread
	 */
	public static ScopeBoundary enter() {
		return new ScopeBoundary();
	}

	/**
	 * End what was opened since, and is still open: it is rolled back, and logged at
	 * ERROR.
	 * @throws IllegalStateException if there was any, with the scope's name; those of
	 * further ones are suppressed by it
	 */
	@Override
	public void close() {
		List<Throwable> failures = CurrentScope.endLeftOpen(this.outside);
		if (!failures.isEmpty()) {
			Throwable told = failures.get(0);
			failures.stream().skip(1).forEach((each) -> Failures.suppress(told, each));
			throw Failures.rethrow(told);
		}
	}

}
