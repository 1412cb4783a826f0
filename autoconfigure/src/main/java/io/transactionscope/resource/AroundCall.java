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

import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;

/**
 * One call of a block inside of an {@link Around}, which may run it once.
 *
 * @param <T> the type of what the block gets
 * @param <R> the type of its result
 */
final class AroundCall<T extends @Nullable Object, R extends @Nullable Object> {

	private final Block<T, R> block;

	/**
	 * For the thread of its own that an Around may run the body on.
	 */
	private volatile boolean started;

	private volatile boolean finished;

	private boolean over;

	private @Nullable R result;

	private @Nullable Throwable failure;

	private @Nullable Throwable misuse;

	AroundCall(Block<T, R> block) {
		this.block = block;
	}

	/** What is run inside. */
	void run(T value) {
		if (this.started || this.over) {
			IllegalStateException misuse = new IllegalStateException(
					this.started ? "An Around must run its body once, and ran it a second time: remove that call"
							: "An Around must run its body before it returns, and ran it later");
			this.misuse = misuse;
			throw misuse;
		}
		this.started = true;
		try {
			R result = this.block.call(value);
			LateWork.refuse("The body inside of an Around", result);
			this.result = result;
		}
		catch (Throwable ex) {
			this.failure = ex;
			throw Failures.rethrow(ex);
		}
		finally {
			this.finished = true;
		}
	}

	/**
	 * Run what is around the block, and judge it.
	 * @param type the type of what is around it
	 * @param around sets up, {@linkplain #run runs} the block, and cleans up
	 */
	void proceed(Class<?> type, Surroundings around) {
		Throwable left;
		try {
			around.run();
			left = this.misuse;
		}
		catch (Throwable ex) {
			left = (this.misuse != null) ? Failures.join(this.misuse, ex) : ex;
		}
		this.over = true;
		if (left != null) {
			Throwable told = Failures.join(this.failure, left);
			if (told != this.failure) {
				keepInterrupt(this.failure);
			}
			throw Failures.rethrow(told);
		}
		if (!this.started) {
			throw new IllegalStateException(
					"An Around must run its body exactly once, and did not run it: " + type.getName());
		}
		if (!this.finished) {
			throw new IllegalStateException(
					"An Around must run its body before it returns, and left it running on another thread: wait for it in "
							+ type.getName());
		}
		if (this.failure != null) {
			Suppressing.suppressed("which an Around caught", this.failure);
			keepInterrupt(this.failure);
		}
	}

	/** Whoever does not get the failure does not see it. */
	private static void keepInterrupt(@Nullable Throwable failure) {
		if (failure instanceof InterruptedException) {
			Thread.currentThread().interrupt();
		}
	}

	@SuppressWarnings("NullAway") // Null only where R is nullable
	R result() {
		if (this.failure != null) {
			throw new IllegalStateException("The failure of this block was suppressed, and so call(...) has no result"
					+ " to return: use run(...), or let the Around throw", this.failure);
		}
		return this.result;
	}

	/**
	 * What is run inside.
	 *
	 * @param <T> the type of what it gets
	 * @param <R> the type of its result
	 */
	@FunctionalInterface
	interface Block<T extends @Nullable Object, R extends @Nullable Object> {

		R call(T value) throws Throwable;

	}

	/**
	 * What is around it.
	 */
	@FunctionalInterface
	interface Surroundings {

		void run() throws Exception;

	}

}
