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

import org.jspecify.annotations.Nullable;

/**
 * A resource written as one method around the body that uses it, instead of an acquire
 * and a release: for what can only be had inside of a callback or a block.
 *
 * <pre class="code">
 * Around&lt;Transaction&gt; inGraph = (body) -&gt; {
 *     try (Transaction transaction = graph.beginTx()) {
 *         body.run(transaction);
 *         transaction.commit();
 *     }
 * };
 * inGraph.run((transaction) -&gt; transaction.execute(query));
 * </pre>
 *
 * <p>
 * The method must run its body exactly once, before it returns: not at all, and a second
 * time, is an {@link IllegalStateException}. A failure of the body is thrown to the
 * caller, the same instance, and carries whatever else fails after it. If the method
 * catches that failure and throws another one that has it as a cause, it has translated
 * it: the caller gets the other one. If the method catches it and returns, it is
 * suppressed: logged at WARN and counted, see {@link Suppressing}.
 *
 * @param <T> the type of what the body gets
 * @since 0.1.0
 */
@FunctionalInterface
public interface Around<T extends @Nullable Object> extends Decorator {

	/**
	 * Set up, run the body exactly once, and clean up.
	 * @param body what to run; its failure is to be let through
	 * @throws Exception if setting up, the body or cleaning up fails
	 */
	void around(Body<T> body) throws Exception;

	/**
	 * Run a block inside.
	 * @param <X> the type of the checked exception that the block throws, if any
	 * @param block what to run
	 * @throws X what the block throws, the same instance unless it is translated
	 */
	default <X extends Throwable> void run(Block<? super T, X> block) throws X {
		Objects.requireNonNull(block, "block must not be null");
		AroundCall<T, Boolean> call = new AroundCall<>((value) -> {
			block.run(value);
			return true;
		});
		call.proceed(getClass(), () -> around(call::run));
	}

	/**
	 * Call a block inside and return its result.
	 * @param <R> the type of the result
	 * @param <X> the type of the checked exception that the block throws, if any
	 * @param block what to call
	 * @return what the block returns
	 * @throws X what the block throws, the same instance unless it is translated
	 * @throws IllegalStateException if the block's failure was suppressed, so that there
	 * is nothing to return; that failure is the cause
	 */
	default <R extends @Nullable Object, X extends Throwable> R call(Call<? super T, R, X> block) throws X {
		Objects.requireNonNull(block, "block must not be null");
		AroundCall<T, R> call = new AroundCall<>(block::call);
		call.proceed(getClass(), () -> around(call::run));
		return call.result();
	}

	/**
	 * Return this as a resource, to be entered in a scope or a transaction scope: the
	 * method stops in its body at the entry, and goes on at the scope's end. Its body
	 * throws the outcome's failure there, or an {@link IllegalStateException} if the
	 * scope was closed without {@code complete()}. If the method catches that and
	 * returns, a plain scope's failure is suppressed; a transaction's outcome stays.
	 * <p>
	 * The method runs on a daemon thread of its own, which waits for the end of the
	 * scope, and is left behind by one that is never closed. What is bound to a thread,
	 * such as locks, thread-locals or a {@code @Transactional} method, is bound to that
	 * one there: where the body is to be in it, {@link #run} the body instead. An
	 * interrupt of the scope's thread while it waits for the method is passed on, and the
	 * scope's thread is interrupted again at its end.
	 * @return a resource whose value is what the body gets
	 */
	default Resource<T> asResource() {
		return () -> AroundCall.Entered.enter(getClass(), (call) -> around(call::run));
	}

	@Override
	default <X extends Throwable> void runInside(CheckedRunnable<X> body) throws X {
		Objects.requireNonNull(body, "body must not be null");
		this.<X>run((value) -> body.run());
	}

	@Override
	default <R extends @Nullable Object, X extends Throwable> R callInside(CheckedSupplier<R, X> body) throws X {
		Objects.requireNonNull(body, "body must not be null");
		return this.<R, X>call((value) -> body.get());
	}

	/**
	 * What an {@link Around} has to run, exactly once.
	 *
	 * @param <T> the type of what it gets
	 * @since 0.1.0
	 */
	interface Body<T extends @Nullable Object> {

		/**
		 * Run the body.
		 * @param value what the body gets
		 * @throws Exception if the body fails
		 * @throws IllegalStateException if it was run before
		 */
		void run(T value) throws Exception;

	}

	/**
	 * A block that returns nothing.
	 *
	 * @param <T> the type of what it gets
	 * @param <X> the type of the checked exception that it throws, if any
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface Block<T extends @Nullable Object, X extends Throwable> {

		/**
		 * Run the block.
		 * @param value what it gets
		 * @throws X whatever makes it fail
		 */
		void run(T value) throws X;

	}

	/**
	 * A block that returns a result.
	 *
	 * @param <T> the type of what it gets
	 * @param <R> the type of the result
	 * @param <X> the type of the checked exception that it throws, if any
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface Call<T extends @Nullable Object, R extends @Nullable Object, X extends Throwable> {

		/**
		 * Call the block.
		 * @param value what it gets
		 * @return its result
		 * @throws X whatever makes it fail
		 */
		R call(T value) throws X;

	}

}
