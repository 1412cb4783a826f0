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

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

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
		Throwable left = attempt(type, around);
		if (left != null) {
			Throwable told = Failures.join(this.failure, left);
			if (told != this.failure) {
				keepInterrupt(this.failure);
			}
			throw Failures.rethrow(told);
		}
		if (this.failure != null) {
			Suppressing.suppressed("which an Around caught", this.failure);
			keepInterrupt(this.failure);
		}
	}

	/**
	 * Run what is around the block.
	 * @param type the type of what is around it
	 * @param around sets up, {@linkplain #run runs} the block, and cleans up
	 * @return what it threw, or what it did wrong
	 */
	@Nullable Throwable attempt(Class<?> type, Surroundings around) {
		Throwable left;
		try {
			around.run();
			left = this.misuse;
		}
		catch (Throwable ex) {
			left = (this.misuse != null) ? Failures.join(this.misuse, ex) : ex;
		}
		this.over = true;
		if (left == null && !this.started) {
			return new IllegalStateException(
					"An Around must run its body exactly once, and did not run it: " + type.getName());
		}
		if (left == null && !this.finished) {
			return new IllegalStateException(
					"An Around must run its body before it returns, and left it running on another thread: wait for it in "
							+ type.getName());
		}
		return left;
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

	/**
	 * What is around a block and stays in its body for as long as a scope lasts, on a
	 * thread of its own.
	 *
	 * @param <T> the type of what the body gets
	 */
	static final class Entered<T extends @Nullable Object> extends Unwinding.Part<T> {

		private final AroundCall<T, Boolean> call = new AroundCall<>(this::stay);

		private final Thread thread;

		/** The body is reached, or never will be. */
		private final CountDownLatch reached = new CountDownLatch(1);

		private final CountDownLatch ending = new CountDownLatch(1);

		private final CountDownLatch over = new CountDownLatch(1);

		private volatile boolean entered;

		private volatile @Nullable T value;

		/** What the body is to fail with. */
		private volatile @Nullable Throwable shown;

		/** What came out. */
		private volatile @Nullable Throwable thrown;

		private Entered(Class<?> type, Inside<T> inside) {
			this.thread = new Thread(() -> {
				try {
					this.thrown = this.call.attempt(type, () -> inside.run(this.call));
				}
				finally {
					this.reached.countDown();
					this.over.countDown();
				}
			}, type.getName() + " around " + Thread.currentThread().getName());
			this.thread.setDaemon(true);
		}

		/**
		 * Set up, and come back from inside the body.
		 * @param type the type of the around
		 * @param inside runs it
		 */
		static <T extends @Nullable Object> Held<T> enter(Class<?> type, Inside<T> inside) {
			Entered<T> around = new Entered<>(type, inside);
			around.thread.start();
			boolean interrupted = around.await(around.reached);
			if (!around.entered) {
				interrupted |= around.await(around.over);
			}
			Throwable thrown = around.entered ? null : around.thrown;
			if (interrupted && !(thrown instanceof InterruptedException)) {
				Thread.currentThread().interrupt();
			}
			if (thrown != null) {
				throw Failures.rethrow(thrown);
			}
			return around;
		}

		/** The body. Whoever interrupts it must not end it while the scope goes on. */
		private Boolean stay(T value) throws Throwable {
			this.value = value;
			this.entered = true;
			this.reached.countDown();
			boolean interrupted = false;
			while (true) {
				try {
					this.ending.await();
					break;
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
			Throwable failure = this.shown;
			if (failure != null) {
				throw failure;
			}
			return true;
		}

		/**
		 * Wait, and pass on an interrupt.
		 * @return whether there was one
		 */
		private boolean await(CountDownLatch latch) {
			boolean interrupted = false;
			while (true) {
				try {
					latch.await();
					return interrupted;
				}
				catch (InterruptedException ex) {
					interrupted = true;
					this.thread.interrupt();
				}
			}
		}

		@Override
		@SuppressWarnings("NullAway") // Null only where T is nullable
		public T value() {
			return this.value;
		}

		@Override
		void unwind(Unwinding unwinding) {
			Throwable failure = failure(unwinding.outcome());
			Set<Throwable> before = carried(failure);
			if (end(failure)) {
				unwinding.noteInterrupt(new InterruptedException());
			}
			Throwable thrown = this.thrown;
			if (thrown != null && thrown != failure) {
				unwinding.keep(thrown);
			}
			else if (thrown != null && thrown != unwinding.failure()) {
				// On its way to nobody, in contrast to what it carries by now
				for (Throwable each : carried(thrown)) {
					if (!before.contains(each)) {
						unwinding.keep(each);
					}
				}
			}
			else if (thrown == null && failure != null && failure == unwinding.failure() && unwinding.later() == null) {
				unwinding.suppressFailures((each) -> each == failure, (each) -> List.of());
				Suppressing.suppressed("which an Around caught", failure);
			}
		}

		/**
		 * Called by others than a scope, who go on with the failure that they have.
		 */
		@Override
		public void release(Outcome outcome) {
			Throwable failure = failure(outcome);
			if (end(failure)) {
				Thread.currentThread().interrupt();
			}
			Throwable thrown = this.thrown;
			if (thrown != null && thrown != failure) {
				throw Failures.rethrow(thrown);
			}
		}

		private static @Nullable Throwable failure(Outcome outcome) {
			Throwable failure = outcome.failure();
			return (failure != null || outcome.isSuccess()) ? failure : new IllegalStateException(
					"The scope was " + (outcome.isCancelled() ? "cancelled" : "closed without complete()"));
		}

		private static Set<Throwable> carried(@Nullable Throwable failure) {
			if (failure == null || failure.getSuppressed().length == 0) {
				return Set.of();
			}
			Set<Throwable> carried = Collections.newSetFromMap(new IdentityHashMap<>());
			Collections.addAll(carried, failure.getSuppressed());
			return carried;
		}

		/**
		 * Let the body end.
		 * @return whether that was interrupted
		 */
		private boolean end(@Nullable Throwable failure) {
			this.shown = failure;
			this.ending.countDown();
			return await(this.over);
		}

		/**
		 * Runs the around with the body.
		 *
		 * @param <T> the type of what the body gets
		 */
		@FunctionalInterface
		interface Inside<T extends @Nullable Object> {

			void run(AroundCall<T, ?> call) throws Exception;

		}

	}

}
