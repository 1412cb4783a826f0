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
 */
@FunctionalInterface
public interface Resource<T extends @Nullable Object> {

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
		return of(open, (opened, outcome) -> opened.close());
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
