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

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.Function;

import io.transactionscope.resource.LateWork;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;

/**
 * One run of a body in an asynchronous scope: its end, or its cancel, whichever comes
 * first.
 *
 * @param <T> the type of the result
 */
final class AsyncBlock<T extends @Nullable Object> {

	private final AsyncUnwinding unwinding;

	private final BlockFuture.Source<T> source = new BlockFuture.Source<>(this::cancel);

	/** What the body has returned. Under the lock, as all that follows. */
	private @Nullable CompletionStage<? extends T> stage;

	/** Whether the body is being called: what it returns is to be awaited. */
	private boolean starting;

	/** Why it is cancelled. */
	private @Nullable Throwable reason;

	/** Whether it is known how it ends. */
	private boolean over;

	AsyncBlock(AsyncUnwinding unwinding) {
		this.unwinding = unwinding;
	}

	/**
	 * Start the body.
	 * @param noResult what to do if the body's failure was suppressed
	 */
	BlockFuture<T> start(Callable<? extends CompletionStage<? extends T>> body, NoResult<T> noResult) {
		if (starts()) {
			begin(body, noResult);
		}
		return this.source.future();
	}

	private void begin(Callable<? extends CompletionStage<? extends T>> body, NoResult<T> noResult) {
		Stages.<T>begin(() -> {
			CompletionStage<? extends T> stage = null;
			try {
				stage = body.call();
				return stage;
			}
			finally {
				started(stage);
			}
		}, () -> "The body of an AsyncResourceScope", (value, failure) -> ended(value, failure, noResult));
	}

	/**
	 * Start the body as soon as there is what it is to work with.
	 * @param entered has that
	 * @param noResult what to do if the body's failure was suppressed
	 */
	<A extends @Nullable Object> BlockFuture<T> startWith(CompletionStage<A> entered,
			Function<? super A, ? extends CompletionStage<? extends T>> body, NoResult<T> noResult) {
		Stages.<A>observe(entered, (value, failure) -> {
			if (failure != null) {
				ended(null, failure, noResult);
			}
			else if (starts()) {
				begin(() -> Stages.apply(body, value), noResult);
			}
		});
		return this.source.future();
	}

	private synchronized boolean starts() {
		this.starting = this.reason == null;
		return this.starting;
	}

	private void started(@Nullable CompletionStage<? extends T> stage) {
		Throwable reason;
		synchronized (this) {
			this.starting = false;
			this.stage = stage;
			reason = this.reason;
			this.over = reason != null;
		}
		if (reason != null) {
			cancel(stage, reason);
		}
	}

	private void ended(@Nullable T value, @Nullable Throwable failure, NoResult<T> noResult) {
		CompletionStage<? extends T> stage;
		Throwable cancelled;
		synchronized (this) {
			stage = this.stage;
			cancelled = this.over ? this.reason : null;
			this.over = true;
		}
		if (cancelled != null) {
			if (failure != null && failure != cancelled && !(failure instanceof CancellationException)) {
				this.unwinding.note(failure, cancelled);
			}
		}
		else if (stage instanceof BlockFuture<?> inner) {
			// Somebody may have completed it before its block has ended
			awaitEnd(inner, failure, () -> end(value, failure, noResult));
		}
		else {
			end(value, failure, noResult);
		}
	}

	/** What it holds may be made with what this one holds. */
	private void awaitEnd(BlockFuture<?> inner, @Nullable Throwable failure, Runnable then) {
		Stages.observe(inner.ended(), (outcome, none) -> {
			Throwable last = (outcome != null) ? outcome.failure() : null;
			if (failure != null && last != null && last != failure) {
				this.unwinding.note(last, failure);
			}
			then.run();
		});
	}

	private void end(@Nullable T value, @Nullable Throwable failure, NoResult<T> noResult) {
		Throwable failed = (failure != null) ? failure : refuse(value);
		if (failed instanceof CancellationException) {
			endCancelled(failed);
			return;
		}
		this.unwinding.begin(() -> {
			if (failed != null) {
				this.unwinding.failures().fail(failed);
			}
		}, () -> finish(value, failed, noResult));
	}

	private static @Nullable Throwable refuse(@Nullable Object value) {
		try {
			LateWork.refuse("The stage of an AsyncResourceScope's body", value);
			return null;
		}
		catch (IllegalStateException ex) {
			return ex;
		}
	}

	@SuppressWarnings("NullAway") // The value is null only where the body's may be
	private void finish(@Nullable T value, @Nullable Throwable failed, NoResult<T> noResult) {
		Outcome outcome = this.unwinding.failures().seen();
		Throwable left = this.unwinding.failures().left();
		if (left != null) {
			this.source.fail(left, outcome);
		}
		else if (failed != null) {
			noResult.end(this.source, failed, outcome);
		}
		else {
			this.source.succeed(value, outcome);
		}
	}

	private void cancel(Throwable reason) {
		CompletionStage<? extends T> stage;
		synchronized (this) {
			this.reason = reason;
			if (this.starting || this.over) {
				return;
			}
			this.over = true;
			stage = this.stage;
		}
		cancel(stage, reason);
	}

	private void cancel(@Nullable CompletionStage<? extends T> stage, Throwable reason) {
		if (stage instanceof BlockFuture<?> inner) {
			inner.completeExceptionally(reason);
			awaitEnd(inner, reason, () -> endCancelled(reason));
			return;
		}
		cancel(stage);
		endCancelled(reason);
	}

	private static void cancel(@Nullable CompletionStage<?> stage) {
		if (stage instanceof Future<?> future) {
			try {
				future.cancel(true);
			}
			catch (RuntimeException ex) {
				// One that only shows what others do
			}
		}
	}

	private void endCancelled(Throwable reason) {
		List<Throwable> later = new ArrayList<>(0);
		this.unwinding.begin(() -> this.unwinding.failures().settle(Outcome.cancelled(reason), reason, later), () -> {
			Throwable left = this.unwinding.failures().left();
			Throwable told = (left != null) ? left : reason;
			Failures.suppressAll(told, later);
			this.source.fail(told, Outcome.cancelled(told));
		});
	}

	/**
	 * What to do where the body has failed, and that was suppressed.
	 *
	 * @param <T> the type of the result
	 */
	@FunctionalInterface
	interface NoResult<T extends @Nullable Object> {

		void end(BlockFuture.Source<T> source, Throwable suppressed, Outcome outcome);

	}

}
