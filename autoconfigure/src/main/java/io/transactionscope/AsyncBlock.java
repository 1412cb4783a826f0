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

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.ScopeSettings;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.async.BlockFuture;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * One block on its way through an executor: in its queue, on its thread, or never begun.
 * It is a future to the executor, as some cancel what is left in their queue.
 *
 * @param <T> the type of the value
 */
final class AsyncBlock<T extends @Nullable Object> implements RunnableFuture<T> {

	private final String name;

	private final Work<T> work;

	private final @Nullable Deadline deadline;

	private final CallerContext context;

	private final BlockFuture.Source<T> source = new BlockFuture.Source<>(this::cancel);

	/**
	 * Completed by the one who takes it out of the queue: to begin it, or to never do.
	 */
	private final CompletableFuture<@Nullable Void> queued = new CompletableFuture<>();

	private final Interruption interruption;

	/** What became of the transaction, once that is known. */
	private @Nullable TransactionOutcome outcome;

	private boolean cancelled;

	private boolean ended;

	AsyncBlock(ScopeSettings settings, String name, Work<T> work) {
		this.name = name;
		this.work = work;
		this.deadline = settings.definition().deadline();
		this.context = CallerContext.current(settings);
		this.interruption = new Interruption(name);
	}

	/** Counted from when it was asked for. */
	@Nullable Deadline deadline() {
		return this.deadline;
	}

	BlockFuture<T> start(Executor executor) {
		Deadline deadline = this.deadline;
		if (deadline != null) {
			CompletionStage<@Nullable Void> left = this.queued;
			left.whenComplete((nothing, timeout) -> {
				if (timeout instanceof TimeoutException) {
					// Not on the JDK's timer, as others wait for the future
					ForkJoinPool.commonPool().execute(() -> expire(deadline));
				}
			});
			this.queued.orTimeout(deadline.nanoTime() - System.nanoTime(), TimeUnit.NANOSECONDS);
		}
		try {
			executor.execute(this);
		}
		catch (Throwable ex) {
			if (this.queued.complete(null)) {
				this.source.fail(ex, Outcome.failed(ex));
			}
		}
		return this.source.future();
	}

	private void expire(Deadline deadline) {
		RuntimeException failure = deadline.passedInQueue(this.name);
		this.source.fail(failure, Outcome.failed(failure));
	}

	private void cancel(Throwable reason) {
		if (this.queued.complete(null)) {
			this.source.fail(reason, Outcome.cancelled(reason));
		}
		else {
			this.interruption.cancel(reason);
		}
	}

	@Override
	public void run() {
		if (!this.queued.complete(null)) {
			return;
		}
		if (this.deadline != null && this.deadline.isPassed()) {
			expire(this.deadline);
		}
		else {
			try {
				this.context.run(this::work);
			}
			catch (Throwable ex) {
				// With too little stack, for one: whoever waits is told all the same
				if (!this.ended) {
					leave();
					this.source.fail(ex, outcome(ex));
				}
			}
		}
	}

	private void work() {
		T value;
		try {
			this.interruption.enter();
			value = this.work.run(this);
		}
		catch (Throwable ex) {
			leave();
			this.ended = true;
			this.source.fail(ex, outcome(ex));
			return;
		}
		this.ended = true;
		this.source.succeed(value, outcome(null));
	}

	/**
	 * Run the body, to be interrupted by a cancel.
	 * @param block the running block
	 * @param body its body
	 */
	T guard(Running block, Callable<T> body) throws Throwable {
		block.whenEnded((outcome) -> this.outcome = outcome);
		T value;
		try {
			this.interruption.watch();
			value = body.call();
		}
		catch (Throwable ex) {
			if (leave() != null) {
				block.cancelled(ex);
			}
			throw ex;
		}
		Throwable reason = leave();
		if (reason != null) {
			block.cancelled(reason);
			throw reason;
		}
		block.checkBeforeCommit(() -> refuseCancelled(block));
		return value;
	}

	/** Before a pause, which a cancel ends, as it ends what comes after it. */
	boolean goesOn() {
		return this.interruption.enterAgain();
	}

	/** Nothing of the thread's is interrupted any more. */
	private @Nullable Throwable leave() {
		Throwable reason = this.interruption.leave();
		this.cancelled |= (reason != null);
		return reason;
	}

	/** For a cancel between the body's end and the COMMIT. */
	private void refuseCancelled(Running block) {
		Throwable reason = this.interruption.reason();
		if (reason != null && !this.ended) {
			this.cancelled = true;
			block.cancelled(reason);
			throw Failures.rethrow(reason);
		}
	}

	private Outcome outcome(@Nullable Throwable failure) {
		TransactionOutcome known = (this.outcome != null) ? this.outcome
				: (failure != null) ? TransactionOutcome.ROLLED_BACK : TransactionOutcome.COMMITTED;
		return switch (known) {
			case COMMITTED -> Outcome.succeeded();
			case ROLLED_BACK -> this.cancelled ? Outcome.cancelled(failure)
					: (failure != null) ? Outcome.failed(failure) : Outcome.failed();
			case UNKNOWN -> Outcome.unknown(Objects.requireNonNullElseGet(failure,
					() -> new IllegalStateException("The outcome of '" + this.name + "' is unknown")));
		};
	}

	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		return this.source.future().cancel(mayInterruptIfRunning);
	}

	@Override
	public boolean isCancelled() {
		return this.source.future().isCancelled();
	}

	@Override
	public boolean isDone() {
		return this.source.future().isDone();
	}

	@Override
	public T get() throws InterruptedException, ExecutionException {
		return this.source.future().get();
	}

	@Override
	public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
		return this.source.future().get(timeout, unit);
	}

	/** Begins the block, and calls its body through {@link #guard}. */
	@FunctionalInterface
	interface Work<T extends @Nullable Object> {

		T run(AsyncBlock<T> async) throws Throwable;

	}

	/** A body without what it is given. */
	@FunctionalInterface
	interface Callable<T extends @Nullable Object> {

		T call() throws Throwable;

	}

	/** A running block, as far as it is to be cancelled. */
	interface Running {

		void whenEnded(Consumer<TransactionOutcome> listener);

		void checkBeforeCommit(Runnable check);

		/** Let it end in a rollback that is seen as a cancel. */
		void cancelled(Throwable failure);

	}

}
