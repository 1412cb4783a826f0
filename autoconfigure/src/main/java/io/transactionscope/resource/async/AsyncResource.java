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

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.resource.release.ReleaseLimit;
import io.transactionscope.resource.release.ReleaseTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Something that is acquired when it is
 * {@linkplain AsyncResourceScope#enter(AsyncResource) entered} in an asynchronous scope,
 * and released at the scope's end with the scope's {@link Outcome}; neither of which
 * blocks a thread.
 *
 * <p>
 * A resource describes; nothing is acquired when it is built. It may be kept in a field
 * and entered any number of times, each time anew. Unless its documentation says
 * otherwise it may be used by several threads at once.
 *
 * <pre class="code">
 * AsyncResource&lt;Session&gt; session = AsyncResource.of(client::login, (opened, outcome) -&gt; opened.logout());
 * </pre>
 *
 * @param <T> the type of what is acquired
 * @since 0.1.0
 */
@FunctionalInterface
public interface AsyncResource<T extends @Nullable Object> {

	/**
	 * Begin to acquire the resource. It must not block. If this throws or its stage
	 * fails, there is nothing to release.
	 * @return has what was acquired, neither of them ever {@code null}. A scope never
	 * cancels it: what arrives when the scope has ended is released
	 * @throws Exception if the resource could not be acquired; whoever entered it gets
	 * this very exception
	 */
	CompletionStage<? extends AsyncHeld<T>> acquire() throws Exception;

	/**
	 * Return a resource made from two lambdas.
	 * @param <T> the type of what is acquired
	 * @param acquire begins to acquire the resource; its stage has the value
	 * @param release begins to release that value
	 * @return the resource
	 */
	static <T extends @Nullable Object> AsyncResource<T> of(Callable<? extends CompletionStage<? extends T>> acquire,
			Release<? super T> release) {
		Objects.requireNonNull(acquire, "acquire must not be null");
		Objects.requireNonNull(release, "release must not be null");
		return () -> Stages.<T, AsyncHeld<T>>map(acquire, () -> "acquire of an AsyncResource",
				(value) -> AsyncHeld.of(value, (outcome) -> release.release(value, outcome)));
	}

	/**
	 * Return a resource with a value that is there already and is closed asynchronously.
	 * @param <T> the type of the value
	 * @param value the value
	 * @param close begins to close it
	 * @return the resource
	 */
	static <T extends @Nullable Object> AsyncResource<T> closing(T value,
			Function<? super T, ? extends CompletionStage<?>> close) {
		Objects.requireNonNull(close, "close must not be null");
		return () -> CompletableFuture.completedStage(AsyncHeld.of(value, (outcome) -> close.apply(value)));
	}

	/**
	 * Return a resource that has a value and needs no release.
	 * @param <T> the type of the value
	 * @param value the value
	 * @return the resource
	 */
	static <T extends @Nullable Object> AsyncResource<T> none(T value) {
		return closing(value, (nothing) -> CompletableFuture.completedStage(""));
	}

	/**
	 * Return a blocking resource that is acquired and released on an executor.
	 * @param <T> the type of what is acquired
	 * @param resource what to acquire; not one that is {@linkplain Held#isThreadBound()
	 * bound to its thread}, whose entry fails with an {@link IllegalStateException}
	 * @param executor where to acquire and to release it. If it refuses the first, the
	 * entry fails; if it refuses the other, a thread of its own releases it
	 * @return the resource
	 */
	static <T extends @Nullable Object> AsyncResource<T> blocking(Resource<T> resource, Executor executor) {
		Objects.requireNonNull(resource, "resource must not be null");
		Objects.requireNonNull(executor, "executor must not be null");
		return () -> BlockingHeld.acquire(resource, executor);
	}

	/**
	 * Return a resource with another value, made from this one's.
	 * @param <R> the type of the other value
	 * @param mapper makes the value, without blocking; if it throws, this resource is
	 * released and the entry fails
	 * @return a resource that acquires and releases this one
	 */
	default <R extends @Nullable Object> AsyncResource<R> map(Function<? super T, ? extends R> mapper) {
		Objects.requireNonNull(mapper, "mapper must not be null");
		return CompositeAsyncResource.mapped(this, mapper);
	}

	/**
	 * Return this resource and another one as one: this one is acquired first and
	 * released last. Its value is the other one's.
	 * @param <U> the type of the other resource's value
	 * @param other what is acquired next; if that fails, this resource is released and
	 * the entry fails
	 * @return a resource that acquires and releases both
	 */
	default <U extends @Nullable Object> AsyncResource<U> and(AsyncResource<U> other) {
		return and(other, (value, otherValue) -> otherValue);
	}

	/**
	 * Return this resource and another one as one: this one is acquired first and
	 * released last.
	 * @param <U> the type of the other resource's value
	 * @param <R> the type of the value of both
	 * @param other what is acquired next; if that fails, this resource is released and
	 * the entry fails
	 * @param combiner makes one value of two, without blocking; if it throws, both are
	 * released and the entry fails
	 * @return a resource that acquires and releases both
	 */
	default <U extends @Nullable Object, R extends @Nullable Object> AsyncResource<R> and(AsyncResource<U> other,
			BiFunction<? super T, ? super U, ? extends R> combiner) {
		Objects.requireNonNull(other, "other must not be null");
		Objects.requireNonNull(combiner, "combiner must not be null");
		return new CompositeAsyncResource<>(this, other, combiner);
	}

	/**
	 * Return a resource that all who enter it while it is held share: the first one
	 * acquires it, the others get its value, also while it is being acquired, and the
	 * last exit releases it, with the outcome of that last exit.
	 * <p>
	 * What an asynchronous block does belongs to no thread, so that a nested entry cannot
	 * be told from one beside it. To share within one block only, make the resource in
	 * that block: entries of what another call of this method has returned share nothing
	 * with it.
	 * @return the shared resource
	 */
	default AsyncResource<T> shared() {
		SharedAcquisition<T> shared = new SharedAcquisition<>(this, this::acquire);
		return shared::enter;
	}

	/**
	 * Return this resource with a limit to the time that its acquisition may take. Past
	 * it the entry has failed with a {@link ResourceUnavailableException} that names it.
	 * Nothing is cancelled or interrupted: what arrives later is released, which is
	 * logged at WARN, or at ERROR if it fails.
	 * <p>
	 * A scope ends when what is being acquired for it is there, and released. One that
	 * may never come is to have a limit.
	 * @param name what the resource stands for, for the error and the logs
	 * @param limit how long the acquisition may take, more than zero and not longer than
	 * a {@code long} of nanoseconds
	 * @return a resource with the same value
	 */
	default AsyncResource<T> acquireWithin(String name, Duration limit) {
		BoundedAcquisition bounded = new BoundedAcquisition(name, limit);
		return () -> bounded.acquire(this, this::acquire);
	}

	/**
	 * Return this resource with a limit to the time that its release may take, named by
	 * the type of its value.
	 * @param limit how long the release may take
	 * @return a resource with the same value
	 * @see #releaseWithin(String, Duration)
	 */
	default AsyncResource<T> releaseWithin(Duration limit) {
		ReleaseLimit bound = new ReleaseLimit(limit);
		return () -> BoundedHeld.acquire(this, this::acquire, null, bound);
	}

	/**
	 * Return this resource with a limit to the time that its release may take. Past it
	 * the release has failed with a {@link ReleaseTimeoutException} that names it, and
	 * the scope goes on to release everything else. Nothing is cancelled or interrupted:
	 * if it ends after all this is logged at WARN, what it fails with then at ERROR.
	 * @param name what the resource stands for, for the error and the logs
	 * @param limit how long the release may take, more than zero and not longer than a
	 * {@code long} of nanoseconds
	 * @return a resource with the same value
	 */
	default AsyncResource<T> releaseWithin(String name, Duration limit) {
		Objects.requireNonNull(name, "name must not be null");
		ReleaseLimit bound = new ReleaseLimit(limit);
		return () -> BoundedHeld.acquire(this, this::acquire, name, bound);
	}

	/**
	 * Start a body with this resource, which is held until the body's stage is completed.
	 * @param <R> the type of the result
	 * @param body what to start with the resource's value
	 * @return has the value of the body's stage once the resource is released, or the
	 * failure of either
	 */
	default <R extends @Nullable Object> BlockFuture<R> call(Function<? super T, ? extends CompletionStage<R>> body) {
		Objects.requireNonNull(body, "body must not be null");
		return AsyncResourceScope.call(this, body);
	}

	/**
	 * Return the given supplier with this resource held from each of its calls until the
	 * stage of that is completed.
	 * @param <R> the type of the result
	 * @param supplier what to start inside
	 * @return the supplier, decorated
	 */
	default <R extends @Nullable Object> Supplier<BlockFuture<R>> wrapSupplier(
			Supplier<? extends CompletionStage<R>> supplier) {
		Objects.requireNonNull(supplier, "supplier must not be null");
		return () -> call((value) -> supplier.get());
	}

	/**
	 * Return the given function with this resource held from each of its calls until the
	 * stage of that is completed.
	 * @param <A> the type of the argument
	 * @param <R> the type of the result
	 * @param function what to start inside
	 * @return the function, decorated
	 */
	default <A extends @Nullable Object, R extends @Nullable Object> Function<A, BlockFuture<R>> wrap(
			Function<? super A, ? extends CompletionStage<R>> function) {
		Objects.requireNonNull(function, "function must not be null");
		return (argument) -> call((value) -> function.apply(argument));
	}

	/**
	 * Return the given function with this resource held from each of its calls until the
	 * stage of that is completed.
	 * @param <A> the type of the first argument
	 * @param <B> the type of the second argument
	 * @param <R> the type of the result
	 * @param function what to start inside
	 * @return the function, decorated
	 */
	default <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object> BiFunction<A, B, BlockFuture<R>> wrapBiFunction(
			BiFunction<? super A, ? super B, ? extends CompletionStage<R>> function) {
		Objects.requireNonNull(function, "function must not be null");
		return (first, second) -> call((value) -> function.apply(first, second));
	}

	/**
	 * Begins to release what a resource acquired.
	 *
	 * @param <T> the type of what was acquired
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface Release<T extends @Nullable Object> {

		/**
		 * Begin to release the value.
		 * @param value what was acquired
		 * @param outcome how the scope has ended so far
		 * @return completes when it is released, never {@code null}; see
		 * {@link AsyncHeld#release(Outcome)} for what becomes of its failure
		 * @throws Exception if that failed at once
		 */
		CompletionStage<?> release(T value, Outcome outcome) throws Exception;

	}

}
