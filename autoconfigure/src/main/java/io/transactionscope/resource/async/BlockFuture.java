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

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;

/**
 * What a block that goes on without its caller will have come to. It has its value once
 * the block's transaction, if there is one, is committed and everything in the block is
 * released; it fails with the very failure of the block, once all that is done as well.
 *
 * <h2>Cancel</h2>
 *
 * Whatever completes this from outside cancels the block: {@link #cancel(boolean)},
 * {@link #orTimeout}, {@link #completeOnTimeout}, {@link #completeExceptionally},
 * {@link #complete}. As everywhere in the JDK, this future is completed at once then,
 * while the block is still to roll back and to release. Whoever needs that to be over
 * waits for {@link #ended()}. A cancel that comes too late for the block, as its COMMIT
 * is sent already, does not tear it: {@code ended()} tells what became of it.
 *
 * <pre class="code">
 * BlockFuture&lt;Order&gt; order = service.place(request);
 * order.cancel(true);
 * order.ended().thenAccept((outcome) -&gt; log.info("Order {}", outcome));
 * </pre>
 *
 * <p>
 * What is made of this future, as by {@code thenApply}, is an ordinary
 * {@link CompletableFuture}: a cancel of it does not get here.
 *
 * @param <T> the type of the value
 * @since 0.1.0
 */
public final class BlockFuture<T extends @Nullable Object> extends CompletableFuture<T> {

	private final Consumer<? super Throwable> onCancel;

	private final AtomicBoolean cancelled = new AtomicBoolean();

	private final CompletableFuture<Outcome> ended = new CompletableFuture<>();

	private volatile @Nullable Outcome outcome;

	private BlockFuture(Consumer<? super Throwable> onCancel) {
		this.onCancel = onCancel;
	}

	/**
	 * Return the outcome of the block, once everything in it is rolled back or committed,
	 * and released; this future is done by then. It is there even if this future was
	 * completed from outside earlier, and {@linkplain Outcome#failure() has} then what
	 * failed after that.
	 * @return a stage that never fails, and that nobody can complete
	 */
	public CompletionStage<Outcome> ended() {
		Outcome outcome = this.outcome;
		return (outcome != null && isDone()) ? CompletableFuture.completedStage(outcome)
				: this.ended.minimalCompletionStage();
	}

	/**
	 * Wait for the value. An interrupt ends the wait, and not the block.
	 * @return the value
	 * @throws InterruptedException if the current thread is interrupted while it waits.
	 * In place of the declared exceptions of {@link #get()}, the block's failure is
	 * thrown as it is, checked or not: the same instance
	 */
	public T await() throws InterruptedException {
		try {
			return get();
		}
		catch (ExecutionException | CancellationException ex) {
			throw Failures.rethrow(failure(ex));
		}
	}

	/**
	 * Return what this has failed with, of which {@link #get()} may show another one: as
	 * newer JDKs do with a {@link CancellationException}.
	 */
	private Throwable failure(Exception shown) {
		AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
		CompletionStage<T> done = this;
		done.whenComplete((value, ex) -> failure.set(ex));
		return Objects.requireNonNullElse(failure.get(), shown);
	}

	/**
	 * Cancel the block, and complete this at once with a {@link CancellationException},
	 * unless it is completed.
	 * @param mayInterruptIfRunning of no importance: a block is always told
	 * @return whether this is cancelled now
	 */
	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		// Made here, as it is to carry what fails on the way out
		return completeExceptionally(new CancellationException()) || isCancelled();
	}

	@Override
	public boolean completeExceptionally(Throwable ex) {
		return super.completeExceptionally(ex) && tell(ex);
	}

	@Override
	public boolean complete(T value) {
		return super.complete(value) && tell(null);
	}

	@Override
	public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
		Objects.requireNonNull(supplier, "supplier must not be null");
		Objects.requireNonNull(executor, "executor must not be null");
		executor.execute(() -> {
			if (!isDone()) {
				try {
					complete(supplier.get());
				}
				catch (Throwable ex) {
					completeExceptionally(ex);
				}
			}
		});
		return this;
	}

	@Override
	public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier) {
		return completeAsync(supplier, defaultExecutor());
	}

	@Override
	public void obtrudeValue(T value) {
		super.obtrudeValue(value);
		tell(null);
	}

	@Override
	public void obtrudeException(Throwable ex) {
		super.obtrudeException(ex);
		tell(ex);
	}

	private boolean tell(@Nullable Throwable reason) {
		if (this.outcome == null && this.cancelled.compareAndSet(false, true)) {
			this.onCancel.accept((reason != null) ? reason : new CancellationException("Completed from outside"));
		}
		return true;
	}

	private boolean succeed(T value) {
		return super.complete(value);
	}

	private boolean fail(Throwable failure) {
		return super.completeExceptionally(failure);
	}

	/**
	 * The block's side of its future. This is for those who build scopes of their own.
	 *
	 * @param <T> the type of the value
	 * @since 0.1.0
	 */
	public static final class Source<T extends @Nullable Object> {

		private final BlockFuture<T> future;

		/**
		 * Create a future that is not completed.
		 * @param onCancel told, at most once, that the future was completed from outside
		 * before the block has ended, by the thread that did so: with what it failed
		 * with, or a {@link CancellationException} where it got a value. It is to return
		 * soon, and not to throw
		 */
		public Source(Consumer<? super Throwable> onCancel) {
			this.future = new BlockFuture<>(Objects.requireNonNull(onCancel, "onCancel must not be null"));
		}

		/**
		 * Return the future to hand out.
		 * @return the future, the same at each call
		 */
		public BlockFuture<T> future() {
			return this.future;
		}

		/**
		 * End with a value: nothing of the block is left to be done.
		 * @param value the value
		 * @param outcome what {@link BlockFuture#ended()} is to tell
		 * @return whether the future has this value now, as it was not completed before
		 */
		public boolean succeed(T value, Outcome outcome) {
			this.future.outcome = Objects.requireNonNull(outcome, "outcome must not be null");
			boolean first = this.future.succeed(value);
			this.future.ended.complete(outcome);
			return first;
		}

		/**
		 * End with a failure: nothing of the block is left to be done.
		 * @param failure what whoever waits is to get, as it is
		 * @param outcome what {@link BlockFuture#ended()} is to tell
		 * @return whether the future has failed with this now, as it was not completed
		 * before
		 */
		public boolean fail(Throwable failure, Outcome outcome) {
			Objects.requireNonNull(failure, "failure must not be null");
			this.future.outcome = Objects.requireNonNull(outcome, "outcome must not be null");
			boolean first = this.future.fail(failure);
			this.future.ended.complete(outcome);
			return first;
		}

	}

}
