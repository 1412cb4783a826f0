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

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Function;

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
 * <pre class="code">
 * Resource&lt;Session&gt; session = Resource.of(client::login, (opened, outcome) -&gt; opened.logout());
 * </pre>
 *
 * @param <T> the type of what is acquired
 * @see Resources
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
