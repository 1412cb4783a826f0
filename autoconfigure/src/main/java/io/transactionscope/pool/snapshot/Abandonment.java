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

package io.transactionscope.pool.snapshot;

/**
 * How one knows that nobody is going to give a connection back.
 *
 * @since 0.1.0
 */
public enum Abandonment {

	/**
	 * The thread that has borrowed it has ended, and so have those that have used it.
	 */
	THREAD_ENDED("the thread has ended"),

	/**
	 * The thread that has borrowed it is back in its thread pool, or was since the
	 * connection was used last.
	 */
	TASK_ENDED("the thread has gone back to its thread pool"),

	/**
	 * The thread that has borrowed it does something else: it has returned from the code
	 * that has borrowed.
	 */
	CODE_LEFT("the thread has returned from the code that borrowed"),

	/**
	 * Whoever has borrowed it from an R2DBC pool has lost it: the garbage collector has
	 * found that nothing refers to it, so that nobody can close it.
	 */
	GARBAGE("nothing refers to it any more"),

	/**
	 * Whoever has borrowed it from an R2DBC pool was cancelled, and it has not been used
	 * since. Something else may still close it.
	 */
	CANCELLED("the subscription was cancelled"),

	/**
	 * The exchange of the web server that it was borrowed in from an R2DBC pool has
	 * ended, and it has not been used since. Work that goes on in the background may
	 * still close it.
	 */
	EXCHANGE_ENDED("the exchange that it was borrowed in has ended");

	private final String description;

	Abandonment(String description) {
		this.description = description;
	}

	/**
	 * {@return how one knows, in words that follow "borrowed, and"}
	 */
	public String description() {
		return this.description;
	}

}
