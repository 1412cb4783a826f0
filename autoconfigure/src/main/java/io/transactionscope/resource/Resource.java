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

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

import io.transactionscope.resource.release.BoundedRelease;
import io.transactionscope.resource.release.DeferredRelease;
import io.transactionscope.resource.release.ReleaseTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Something that is acquired when it is {@linkplain ResourceScope#enter(Resource)
 * entered} in a scope, and released at the scope's end with the scope's {@link Outcome}.
 *
 * <p>
 * A resource describes; nothing is acquired when it is built. It may be kept in a field
 * and entered any number of times, nested too, each time anew. Unless its documentation
 * says otherwise it may be used by several threads at once.
 *
 * <p>
 * Its type says nothing of what it throws: else, everything that holds resources would
 * need a type for that. So the compiler takes an {@code IOException} of a resource,
 * unlike one of the body, for never thrown. To catch it around a scope, name its type, as
 * in {@code ResourceScope.<IOException>run(...)}; around try-with-resources, catch
 * {@code Exception}.
 *
 * <pre class="code">
 * Resource&lt;Session&gt; session = Resource.of(client::login, (opened, outcome) -&gt; opened.logout());
 * </pre>
 *
 * @param <T> the type of what is acquired
 * @see Resources
 * @since 0.1.0
 */
@FunctionalInterface
public interface Resource<T extends @Nullable Object> extends Decorator {

	/**
	 * Acquire the resource. If this throws, there is nothing to release.
	 * @return what was acquired, never {@code null}
	 * @throws Exception if the resource could not be acquired; whoever entered it gets
	 * this very exception
	 */
	Held<T> acquire() throws Exception;

	/**
	 * Return a resource made from two lambdas.
	 * @param <T> the type of what is acquired
	 * @param acquire acquires the resource and returns its value
	 * @param release releases that value
	 * @return the resource
	 * @see Resources#closing(Object, Resources.Closer) where the value is there already
	 */
	static <T extends @Nullable Object> Resource<T> of(Callable<? extends T> acquire, Release<? super T> release) {
		Objects.requireNonNull(acquire, "acquire must not be null");
		Objects.requireNonNull(release, "release must not be null");
		return () -> {
			T value = acquire.call();
			return Held.of(value, (outcome) -> release.release(value, outcome));
		};
	}

	/**
	 * Return a resource that is opened by the given supplier and closed at the end.
	 * @param <T> the type of what is opened
	 * @param open opens it, anew at each entry; never returns {@code null}
	 * @return the resource
	 */
	static <T extends AutoCloseable> Resource<T> of(Callable<? extends T> open) {
		Objects.requireNonNull(open, "open must not be null");
		return of(() -> Objects.requireNonNull(open.call(), "open must not return null"),
				(opened, outcome) -> opened.close());
	}

	/**
	 * Acquire this resource for try-with-resources. <pre class="code">
	 * try (OpenResource&lt;Session&gt; session = resource.open()) {
	 *     session.value().send(message);
	 *     session.complete();
	 * }
	 * </pre> What the resource throws comes as it is, checked or not.
	 * @return what is held, by the current thread
	 */
	default OpenResource<T> open() {
		ResourceScope scope = ResourceScope.open();
		return new OpenResource<>(scope, scope.enter(this));
	}

	/**
	 * Return a resource with another value, made from this one's.
	 * @param <R> the type of the other value
	 * @param mapper makes the value; if it throws, this resource is released and the
	 * entry fails
	 * @return a resource that acquires and releases this one
	 */
	default <R extends @Nullable Object> Resource<R> map(Function<? super T, ? extends R> mapper) {
		Objects.requireNonNull(mapper, "mapper must not be null");
		return CompositeResource.mapped(this, mapper);
	}

	/**
	 * Return this resource and another one as one: this one is acquired first and
	 * released last. Its value is the other one's.
	 * @param <U> the type of the other resource's value
	 * @param other what is acquired next; if that fails, this resource is released and
	 * the entry fails
	 * @return a resource that acquires and releases both
	 */
	default <U extends @Nullable Object> Resource<U> and(Resource<U> other) {
		return and(other, (value, otherValue) -> otherValue);
	}

	/**
	 * Return this resource and another one as one: this one is acquired first and
	 * released last.
	 * @param <U> the type of the other resource's value
	 * @param <R> the type of the value of both
	 * @param other what is acquired next; if that fails, this resource is released and
	 * the entry fails
	 * @param combiner makes one value of two; if it throws, both are released and the
	 * entry fails
	 * @return a resource that acquires and releases both
	 */
	default <U extends @Nullable Object, R extends @Nullable Object> Resource<R> and(Resource<U> other,
			BiFunction<? super T, ? super U, ? extends R> combiner) {
		Objects.requireNonNull(other, "other must not be null");
		Objects.requireNonNull(combiner, "combiner must not be null");
		return new CompositeResource<>(this, other, combiner);
	}

	/**
	 * Return a resource that a thread may enter again while it holds it: nested entries
	 * share the value of the first, and the last exit releases it, with the outcome of
	 * that last exit. Other threads acquire one of their own.
	 * <p>
	 * Keep what is returned: entries of another resource, made by another call of this
	 * method, share nothing with it.
	 * @return the reentrant resource
	 */
	default Resource<T> reentrant() {
		return CompositeResource.reentrant(this);
	}

	/**
	 * Return this resource with a limit to the time that its release may take, named by
	 * the type of its value.
	 * @param limit how long the release may take
	 * @return a resource with the same value
	 * @see #releaseWithin(String, Duration)
	 */
	default Resource<T> releaseWithin(Duration limit) {
		BoundedRelease bounded = new BoundedRelease(limit);
		return () -> ApartHeld.of(ResourceScope.acquire(this), null, bounded);
	}

	/**
	 * Return this resource with a limit to the time that its release may take. The
	 * release runs on a thread of its own, a daemon, with the logging context (MDC) and
	 * the context class loader of the scope's, which waits for it.
	 * <p>
	 * What it throws in that time is thrown as it is. Past the limit its thread is
	 * interrupted, the release has failed with a {@link ReleaseTimeoutException} that
	 * tells where it hangs, and the scope goes on to release everything else. If it ends
	 * after all this is logged at WARN, what it throws then at ERROR. A release that
	 * never ends keeps its thread.
	 * <p>
	 * An interrupt of the waiting thread is passed on to the release, which is waited for
	 * all the same; the flag is set again once everything else is released. If no thread
	 * can be had, the release runs on the scope's, without a limit.
	 * <p>
	 * What belongs to the thread that acquired it, such as a
	 * {@link java.util.concurrent.locks.ReentrantLock} or a thread-local, cannot be
	 * released by another. Where a resource says so ({@linkplain Held#isThreadBound() as
	 * those of the catalogue do}) its entry fails with an {@link IllegalStateException};
	 * with others it is the release that fails.
	 * @param name what the resource stands for, for the error and the logs
	 * @param limit how long the release may take, more than zero and not longer than a
	 * {@code long} of nanoseconds
	 * @return a resource with the same value
	 */
	default Resource<T> releaseWithin(String name, Duration limit) {
		Objects.requireNonNull(name, "name must not be null");
		BoundedRelease bounded = new BoundedRelease(limit);
		return () -> ApartHeld.of(ResourceScope.acquire(this), name, bounded);
	}

	/**
	 * Return this resource with a release that is left to an executor, named by the type
	 * of its value. What it throws is logged at ERROR.
	 * @param executor what to leave the release to
	 * @return a resource with the same value
	 * @see #releaseOn(String, Executor, BiConsumer)
	 */
	default Resource<T> releaseOn(Executor executor) {
		DeferredRelease deferred = new DeferredRelease(executor);
		return () -> ApartHeld.of(ResourceScope.acquire(this), null, deferred);
	}

	/**
	 * Return this resource with a release that is left to an executor. What it throws is
	 * logged at ERROR.
	 * @param name what the resource stands for, for the logs
	 * @param executor what to leave the release to
	 * @return a resource with the same value
	 * @see #releaseOn(String, Executor, BiConsumer)
	 */
	default Resource<T> releaseOn(String name, Executor executor) {
		Objects.requireNonNull(name, "name must not be null");
		DeferredRelease deferred = new DeferredRelease(executor);
		return () -> ApartHeld.of(ResourceScope.acquire(this), name, deferred);
	}

	/**
	 * Return this resource with a release that is left to an executor: the scope hands it
	 * over at its end, with the outcome so far, and goes on. It takes the logging context
	 * (MDC) and the context class loader along.
	 * <p>
	 * What it throws never reaches the caller, but the given handler; if that throws, it
	 * is logged at ERROR. If the executor refuses, the release runs at once on the
	 * scope's thread, under the same rule. One that an executor drops in silence, by a
	 * {@link java.util.concurrent.ThreadPoolExecutor.DiscardPolicy} or
	 * {@code shutdownNow()}, is lost.
	 * <p>
	 * What was entered earlier may be released before. What belongs to the thread that
	 * acquired it cannot be deferred: see {@link #releaseWithin(String, Duration)}.
	 * @param name what the resource stands for, for the handler and the logs
	 * @param executor what to leave the release to
	 * @param onFailure gets the name and what the release has thrown, on whichever thread
	 * that was
	 * @return a resource with the same value
	 */
	default Resource<T> releaseOn(String name, Executor executor, BiConsumer<String, Throwable> onFailure) {
		Objects.requireNonNull(name, "name must not be null");
		DeferredRelease deferred = new DeferredRelease(executor, onFailure);
		return () -> ApartHeld.of(ResourceScope.acquire(this), name, deferred);
	}

	@Override
	default <X extends Throwable> void runInside(CheckedRunnable<X> body) throws X {
		Objects.requireNonNull(body, "body must not be null");
		ResourceScope.<X>run((scope) -> {
			scope.enter(this);
			body.run();
		});
	}

	@Override
	default <R extends @Nullable Object, X extends Throwable> R callInside(CheckedSupplier<R, X> body) throws X {
		Objects.requireNonNull(body, "body must not be null");
		return ResourceScope.<R, X>call((scope) -> {
			scope.enter(this);
			return body.get();
		});
	}

	/**
	 * Releases what a resource acquired.
	 *
	 * @param <T> the type of what was acquired
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface Release<T extends @Nullable Object> {

		/**
		 * Release the value.
		 * @param value what was acquired
		 * @param outcome how the scope has ended so far
		 * @throws Exception if that failed; see {@link Held#release(Outcome)} for what
		 * becomes of it
		 */
		void release(T value, Outcome outcome) throws Exception;

	}

}
