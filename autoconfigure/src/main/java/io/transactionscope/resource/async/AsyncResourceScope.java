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

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;

import io.transactionscope.resource.ExitAction;
import io.transactionscope.resource.Held;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.StepwiseUnwinding;
import org.jspecify.annotations.Nullable;

/**
 * Releases what was entered in it once the stage that its body returns is completed: in
 * reverse order, each exactly once and not before the one before is over, whatever fails,
 * and with one {@link Outcome} that everything in the scope gets to see. The asynchronous
 * form of {@link io.transactionscope.resource.ResourceScope}.
 *
 * <pre class="code">
 * BlockFuture&lt;Receipt&gt; receipt = AsyncResourceScope.call((scope) -&gt; scope.enter(session)
 *     .thenCompose((opened) -&gt; {
 *         scope.onFailure((outcome) -&gt; alarm(outcome.failure()), executor);
 *         return opened.send(order);
 *     }));
 * </pre>
 *
 * <h2>What is in it</h2>
 *
 * Asynchronous and blocking entries are in one stack, in the order in which they were
 * acquired. A blocking one is acquired and released on the executor that it is entered
 * with; if that refuses a release, a thread of its own does it. What is released
 * asynchronously, or entered without an executor, must not block: it runs on whichever
 * thread the way out has come to.
 *
 * <h2>Failures</h2>
 *
 * The first failure reaches the caller, the same instance, without a
 * {@link java.util.concurrent.CompletionException} around it, and carries all later ones.
 * A failure that was thrown because of it, and names it as the cause, takes its place.
 *
 * <h2>Cancel</h2>
 *
 * What completes the {@link BlockFuture} from outside cancels the body's stage, if that
 * is a {@link java.util.concurrent.Future}, and releases everything, with the outcome
 * {@link Outcome.Cancelled}. Releases that have begun are not cancelled, nor is what is
 * just being acquired: it is released when it is there, and its stage fails. The end of
 * all that is {@link BlockFuture#ended()}; what may never be there is to have a
 * {@linkplain AsyncResource#acquireWithin limit}. A body whose stage is a
 * {@code BlockFuture} has ended before anything here is released.
 *
 * <h2>Threads</h2>
 *
 * A scope may be used by any thread until its end. Any use after that fails with an
 * {@link IllegalStateException}, thrown or by the returned stage.
 *
 * @since 0.1.0
 */
public final class AsyncResourceScope {

	private final Entries entries = new Entries();

	private AsyncResourceScope() {
	}

	/**
	 * Open a scope that ends when it is told to: by {@link #close()}, or by {@link #end}
	 * with a known outcome.
	 * @return the open scope
	 */
	public static AsyncResourceScope open() {
		return new AsyncResourceScope();
	}

	/**
	 * Start a body in a scope of its own.
	 * @param body what to run; started now, on this thread
	 * @return completes once the body's stage is completed and everything is released:
	 * normally, or with the failure of either
	 */
	@SuppressWarnings("NullAway") // Its one value is null
	public static BlockFuture<@Nullable Void> run(Block body) {
		Objects.requireNonNull(body, "body must not be null");
		AsyncResourceScope scope = new AsyncResourceScope();
		return new AsyncBlock<@Nullable Void>(scope.entries.unwinding()).start(() -> valueless(body.run(scope)),
				(source, suppressed, outcome) -> source.succeed(null, outcome));
	}

	@SuppressWarnings("unchecked") // Nobody looks at its value
	private static CompletionStage<@Nullable Void> valueless(CompletionStage<?> stage) {
		return (CompletionStage<@Nullable Void>) stage;
	}

	/**
	 * Start a body in a scope of its own and return its result.
	 * @param <T> the type of the result
	 * @param body what to run; started now, on this thread
	 * @return has the value of the body's stage once everything is released, or the
	 * failure of either. If the body's failure was suppressed, as the body had asked for,
	 * there is nothing to return: that is an {@link IllegalStateException} with that
	 * failure as its cause
	 */
	public static <T extends @Nullable Object> BlockFuture<T> call(Call<T> body) {
		Objects.requireNonNull(body, "body must not be null");
		AsyncResourceScope scope = new AsyncResourceScope();
		return new AsyncBlock<T>(scope.entries.unwinding()).start(() -> body.call(scope),
				AsyncResourceScope::withoutResult);
	}

	static <A extends @Nullable Object, T extends @Nullable Object> BlockFuture<T> call(AsyncResource<A> resource,
			Function<? super A, ? extends CompletionStage<? extends T>> body) {
		AsyncResourceScope scope = new AsyncResourceScope();
		return new AsyncBlock<T>(scope.entries.unwinding()).startWith(scope.enter(resource), body,
				AsyncResourceScope::withoutResult);
	}

	private static void withoutResult(BlockFuture.Source<?> source, Throwable suppressed, Outcome outcome) {
		source.fail(new IllegalStateException("The failure of this scope's body was suppressed, and so call(...) has"
				+ " no result to return: use run(...), or handle the failure in the body and return another result",
				suppressed), outcome);
	}

	/**
	 * Begin to acquire a resource, and release it at the end of this scope.
	 * @param <T> the type of the resource's value
	 * @param resource what to acquire, now
	 * @return has the resource's value, or fails as the resource does. If this scope ends
	 * before the resource is there, it is released when it arrives, and this fails
	 */
	public <T extends @Nullable Object> CompletionStage<T> enter(AsyncResource<T> resource) {
		Objects.requireNonNull(resource, "resource must not be null");
		return this.entries.acquire(resource, resource::acquire);
	}

	/**
	 * Begin to acquire a blocking resource on an executor, and release it there at the
	 * end of this scope.
	 * @param <T> the type of the resource's value
	 * @param resource what to acquire; not one that is {@linkplain Held#isThreadBound()
	 * bound to its thread}
	 * @param executor where to acquire and to release it
	 * @return has the resource's value, or fails as the resource or the executor does. If
	 * this scope ends before the resource is there, it is released when it arrives, and
	 * this fails
	 */
	public <T extends @Nullable Object> CompletionStage<T> enter(Resource<T> resource, Executor executor) {
		Objects.requireNonNull(resource, "resource must not be null");
		Objects.requireNonNull(executor, "executor must not be null");
		return this.entries.acquire(resource, () -> BlockingHeld.acquire(resource, executor));
	}

	/**
	 * Acquire a resource on this thread, and release it on whichever thread the way out
	 * of this scope has come to. For those that do not block, such as
	 * {@link io.transactionscope.resource.Resources#suppressing},
	 * {@link io.transactionscope.resource.Resources#translating} and permits that need no
	 * wait.
	 * @param <T> the type of the resource's value
	 * @param resource what to acquire; what it throws comes as it is, checked or not
	 * @return the resource's value
	 * @throws IllegalStateException if this scope has ended, or the resource is
	 * {@linkplain Held#isThreadBound() bound to its thread}
	 */
	public <T extends @Nullable Object> T enterNow(Resource<? extends T> resource) {
		Objects.requireNonNull(resource, "resource must not be null");
		if (this.entries.unwinding().hasEnded()) {
			throw Entries.ended();
		}
		Held<? extends T> held = StepwiseUnwinding.acquire(resource);
		if (!this.entries.take(BlockingHeld.step(held), held)) {
			throw StepwiseUnwinding.abandon(held, Entries.ended());
		}
		return held.value();
	}

	/**
	 * Take over something that is held already: it is released at the end of this scope.
	 * @param <T> the type of its value
	 * @param held what is held; where this method throws, it is not taken over
	 * @return its value
	 * @throws IllegalStateException if this scope has ended
	 */
	public <T extends @Nullable Object> T adopt(AsyncHeld<? extends T> held) {
		Objects.requireNonNull(held, "held must not be null");
		T value = held.value();
		push(AsyncPart.step(held), held);
		return value;
	}

	/**
	 * Close something on an executor at the end of this scope. A
	 * {@link io.transactionscope.resource.ResourceScope} that was detached ends with the
	 * outcome of this one.
	 * @param <C> the type of what to close
	 * @param closeable what to close; where this method throws, it is not taken over
	 * @param executor where to close it
	 * @return the same
	 * @throws IllegalStateException if this scope has ended
	 */
	public <C extends AutoCloseable> C enter(C closeable, Executor executor) {
		Objects.requireNonNull(closeable, "closeable must not be null");
		Objects.requireNonNull(executor, "executor must not be null");
		push(new BlockingStep(executor, (failures) -> failures.close(closeable)), closeable);
		return closeable;
	}

	/**
	 * End another scope with this one, and with this one's outcome.
	 * @param inner the other one, {@linkplain #open() opened} or {@linkplain #detach()
	 * detached}; if it has ended by then, nothing is done, and if it is just ending, its
	 * end is awaited
	 * @return the same
	 * @throws IllegalStateException if this scope has ended
	 */
	public AsyncResourceScope enter(AsyncResourceScope inner) {
		Objects.requireNonNull(inner, "inner must not be null");
		if (inner == this) {
			throw new IllegalArgumentException(
					"An AsyncResourceScope cannot be entered in itself: enter it in another one");
		}
		AsyncUnwinding moved = inner.entries.unwinding();
		push(moved::moveInto, inner);
		return inner;
	}

	/**
	 * Run an action on an executor at the end of this scope.
	 * @param action what to run, shown how the scope has ended so far
	 * @param executor where to run it; {@code Runnable::run} for one that does not block
	 * @throws IllegalStateException if this scope has ended
	 */
	public void onExit(ExitAction action, Executor executor) {
		Objects.requireNonNull(action, "action must not be null");
		Objects.requireNonNull(executor, "executor must not be null");
		push(new BlockingStep(executor, (failures) -> failures.run(action)), action);
	}

	/**
	 * Start an action at the end of this scope, and wait for its stage.
	 * @param action what to start, shown how the scope has ended so far
	 * @throws IllegalStateException if this scope has ended
	 */
	public void onExitAsync(AsyncExitAction action) {
		Objects.requireNonNull(action, "action must not be null");
		push(AsyncPart.step(action), action);
	}

	/**
	 * Run an action on an executor at the end of this scope if it succeeded.
	 * @param action what to run
	 * @param executor where to run it
	 * @throws IllegalStateException if this scope has ended
	 */
	public void onSuccess(Runnable action, Executor executor) {
		Objects.requireNonNull(action, "action must not be null");
		onExit((outcome) -> {
			if (outcome.isSuccess()) {
				action.run();
			}
		}, executor);
	}

	/**
	 * Run an action on an executor at the end of this scope if it failed or was
	 * cancelled. It is not run if nobody knows: see {@link Outcome.Unknown}.
	 * @param action what to run
	 * @param executor where to run it
	 * @throws IllegalStateException if this scope has ended
	 */
	public void onFailure(ExitAction action, Executor executor) {
		Objects.requireNonNull(action, "action must not be null");
		onExit((outcome) -> {
			if (outcome.isFailure()) {
				action.run(outcome);
			}
		}, executor);
	}

	/**
	 * Run an action on an executor at the end of this scope, however it ended.
	 * @param action what to run
	 * @param executor where to run it
	 * @throws IllegalStateException if this scope has ended
	 */
	public void defer(Runnable action, Executor executor) {
		Objects.requireNonNull(action, "action must not be null");
		onExit((outcome) -> action.run(), executor);
	}

	private void push(Step step, Object entered) {
		if (!this.entries.take(step, entered)) {
			throw Entries.ended();
		}
	}

	/**
	 * Return how many entries this scope holds: what was entered in it and is not
	 * released yet.
	 * @return the number of entries
	 */
	public int size() {
		return this.entries.unwinding().size();
	}

	/**
	 * Expect up to so many entries in this scope, in place of 1,000. One more is logged
	 * at WARN, once, with its type and a stack trace: most likely, a loop enters what
	 * only its current round needs.
	 * @param entries how many, at least 1
	 * @throws IllegalStateException if this scope has ended
	 */
	public void expect(int entries) {
		this.entries.expect(entries);
	}

	/**
	 * Move all that was entered so far to a new scope. This one then releases nothing of
	 * it; it stays open, and is empty. What is still being acquired stays with this one.
	 * @return the new scope, whose {@link #close()} is a success unless something fails
	 * in it
	 * @throws IllegalStateException if this scope has ended or is being closed
	 */
	public AsyncResourceScope detach() {
		AsyncResourceScope detached = new AsyncResourceScope();
		this.entries.leaveTo(detached.entries);
		return detached;
	}

	/**
	 * Begin to release everything, as a success as long as no release fails. For a scope
	 * that was {@linkplain #open() opened} or {@linkplain #detach() detached}.
	 * @return completes once everything is released, and fails with the first failure of
	 * a release, which carries the later ones. In a scope that has ended or is being
	 * closed it does nothing, and completes at once
	 */
	public CompletionStage<@Nullable Void> close() {
		CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();
		AsyncUnwinding unwinding = this.entries.unwinding();
		boolean begun = unwinding.begin(() -> {
		}, () -> {
			Throwable failure = unwinding.failures().left();
			if (failure != null) {
				closed.completeExceptionally(failure);
			}
			else {
				closed.complete(null);
			}
		});
		if (!begun) {
			closed.complete(null);
		}
		return closed.minimalCompletionStage();
	}

	/**
	 * Begin to release everything with an outcome that is known and that no failing
	 * release can change. This is for those who build scopes of their own on this one, as
	 * the reactive transaction scope is.
	 * @param outcome what every release gets to see
	 * @param failure what is on its way to the caller, most often the outcome's failure,
	 * so that releases may translate it; {@code null} if nothing is
	 * @param later the failures of releases so far, in order; takes those of the releases
	 * here, and loses those that are suppressed. To be left alone until the stage is
	 * completed
	 * @return never fails, and has what is on its way once everything is released: the
	 * given failure, or what it was translated into, which the outcome shows in its place
	 * from then on. In a scope that has ended or is being closed it has the given failure
	 * at once
	 */
	public CompletionStage<@Nullable Throwable> end(Outcome outcome, @Nullable Throwable failure,
			List<Throwable> later) {
		Objects.requireNonNull(outcome, "outcome must not be null");
		Objects.requireNonNull(later, "later must not be null");
		return this.entries.unwinding().end(outcome, failure, later);
	}

	/**
	 * A body that returns a stage without a result.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Block {

		/**
		 * Start the body.
		 * @param scope the scope of the body, which ends with the stage
		 * @return completes when the body is done, never {@code null}
		 * @throws Exception whatever makes the body fail at once
		 */
		CompletionStage<?> run(AsyncResourceScope scope) throws Exception;

	}

	/**
	 * A body that returns a stage with a result.
	 *
	 * @param <T> the type of the result
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Call<T extends @Nullable Object> {

		/**
		 * Start the body.
		 * @param scope the scope of the body, which ends with the stage
		 * @return has the result when the body is done, never {@code null}
		 * @throws Exception whatever makes the body fail at once
		 */
		CompletionStage<? extends T> call(AsyncResourceScope scope) throws Exception;

	}

}
