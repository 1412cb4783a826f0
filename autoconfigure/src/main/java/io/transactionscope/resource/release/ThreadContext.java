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

package io.transactionscope.resource.release;

import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What a release takes along to another thread.
 *
 * @param mdc the logging context
 * @param classLoader the context class loader
 * @since 0.1.0
 */
public record ThreadContext(@Nullable Map<String, String> mdc, @Nullable ClassLoader classLoader) {

	/**
	 * Return the context of the current thread.
	 * @return the context
	 */
	public static ThreadContext current() {
		return new ThreadContext(currentMdc(), Thread.currentThread().getContextClassLoader());
	}

	private static @Nullable Map<String, String> currentMdc() {
		try {
			return MDC.getCopyOfContextMap();
		}
		catch (Throwable ex) {
			// A release does not depend on what can be read in a log.
			return null;
		}
	}

	/**
	 * Run a task with this context, and restore what the thread had.
	 * @param task what to run
	 */
	public void run(Runnable task) {
		Objects.requireNonNull(task, "task must not be null");
		ThreadContext own = current();
		set();
		try {
			task.run();
		}
		finally {
			own.set();
		}
	}

	private void set() {
		try {
			Thread.currentThread().setContextClassLoader(this.classLoader);
			if (this.mdc != null) {
				MDC.setContextMap(this.mdc);
			}
			else {
				MDC.clear();
			}
		}
		catch (Throwable ex) {
			// A thread that may not have another class loader, or an adapter that fails:
			// the release goes on without.
		}
	}

}
