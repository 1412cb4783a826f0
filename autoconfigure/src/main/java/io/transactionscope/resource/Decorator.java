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
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * What can be put around a function: a {@link Resource}, which is held meanwhile, or an
 * {@link Around}. It begins and ends anew at each call, recursive ones too.
 *
 * <pre class="code">
 * Supplier&lt;Rates&gt; rates = permit.wrapSupplier(client::rates);
 * Decorator.CheckedFunction&lt;Path, String, IOException&gt; read = permit.wrapCheckedFunction(Files::readString);
 * </pre>
 *
 * <p>
 * Arguments, results and failures are passed on as they are. What the decorator itself
 * throws comes as it is, checked or not. Where it suppresses the function's failure,
 * there is no result: that is an {@link IllegalStateException} with the failure as its
 * cause, except where none is asked for.
 *
 * @since 0.1.0
 */
public interface Decorator {

	/**
	 * Run a body inside, now.
	 * @param <X> the type of the checked exception that the body throws, if any
	 * @param body what to run
	 * @throws X what the body throws, the same instance
	 */
	<X extends Throwable> void runInside(CheckedRunnable<X> body) throws X;

	/**
	 * Call a body inside, now, and return its result.
	 * @param <R> the type of the result
	 * @param <X> the type of the checked exception that the body throws, if any
	 * @param body what to call
	 * @return what the body returns
	 * @throws X what the body throws, the same instance
	 * @throws IllegalStateException if the body's failure was suppressed, so that there
	 * is nothing to return; that failure is the cause
	 */
	<R extends @Nullable Object, X extends Throwable> R callInside(CheckedSupplier<R, X> body) throws X;

	/**
	 * Return the given body with this around each of its calls.
	 * @param <R> the type of the result
	 * @param body what to call inside
	 * @return the body, decorated
	 */
	default <R extends @Nullable Object> Callable<R> wrap(Callable<R> body) {
		Objects.requireNonNull(body, "body must not be null");
		return () -> callInside(body::call);
	}

	/**
	 * Return the given body with this around each of its runs.
	 * @param body what to run inside
	 * @return the body, decorated
	 */
	default Runnable wrap(Runnable body) {
		Objects.requireNonNull(body, "body must not be null");
		return () -> runInside(body::run);
	}

	/**
	 * Return the given function with this around each of its calls.
	 * @param <A> the type of the argument
	 * @param <R> the type of the result
	 * @param function what to call inside
	 * @return the function, decorated
	 */
	default <A extends @Nullable Object, R extends @Nullable Object> Function<A, R> wrap(Function<A, R> function) {
		Objects.requireNonNull(function, "function must not be null");
		return (argument) -> callInside(() -> function.apply(argument));
	}

	/**
	 * Return the given function with this around each of its calls.
	 * @param <A> the type of the first argument
	 * @param <B> the type of the second argument
	 * @param <R> the type of the result
	 * @param function what to call inside
	 * @return the function, decorated
	 */
	default <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object> BiFunction<A, B, R> wrapBiFunction(
			BiFunction<A, B, R> function) {
		Objects.requireNonNull(function, "function must not be null");
		return (first, second) -> callInside(() -> function.apply(first, second));
	}

	/**
	 * Return the given supplier with this around each of its calls.
	 * @param <R> the type of the result
	 * @param supplier what to call inside
	 * @return the supplier, decorated
	 */
	default <R extends @Nullable Object> Supplier<R> wrapSupplier(Supplier<R> supplier) {
		Objects.requireNonNull(supplier, "supplier must not be null");
		return () -> callInside(supplier::get);
	}

	/**
	 * Return the given consumer with this around each of its calls.
	 * @param <A> the type of the argument
	 * @param consumer what to call inside
	 * @return the consumer, decorated
	 */
	default <A extends @Nullable Object> Consumer<A> wrapConsumer(Consumer<A> consumer) {
		Objects.requireNonNull(consumer, "consumer must not be null");
		return (argument) -> runInside(() -> consumer.accept(argument));
	}

	/**
	 * Return the given body, which throws a checked exception, with this around each of
	 * its runs.
	 * @param <X> the type of the exception
	 * @param body what to run inside
	 * @return the body, decorated, which throws the same exception
	 */
	default <X extends Throwable> CheckedRunnable<X> wrapCheckedRunnable(CheckedRunnable<X> body) {
		Objects.requireNonNull(body, "body must not be null");
		return () -> runInside(body);
	}

	/**
	 * Return the given supplier, which throws a checked exception, with this around each
	 * of its calls.
	 * @param <R> the type of the result
	 * @param <X> the type of the exception
	 * @param supplier what to call inside
	 * @return the supplier, decorated, which throws the same exception
	 */
	default <R extends @Nullable Object, X extends Throwable> CheckedSupplier<R, X> wrapCheckedSupplier(
			CheckedSupplier<R, X> supplier) {
		Objects.requireNonNull(supplier, "supplier must not be null");
		return () -> callInside(supplier);
	}

	/**
	 * Return the given function, which throws a checked exception, with this around each
	 * of its calls.
	 * @param <A> the type of the argument
	 * @param <R> the type of the result
	 * @param <X> the type of the exception
	 * @param function what to call inside
	 * @return the function, decorated, which throws the same exception
	 */
	default <A extends @Nullable Object, R extends @Nullable Object, X extends Throwable> CheckedFunction<A, R, X> wrapCheckedFunction(
			CheckedFunction<A, R, X> function) {
		Objects.requireNonNull(function, "function must not be null");
		return (argument) -> callInside(() -> function.apply(argument));
	}

	/**
	 * Return the given function, which throws a checked exception, with this around each
	 * of its calls.
	 * @param <A> the type of the first argument
	 * @param <B> the type of the second argument
	 * @param <R> the type of the result
	 * @param <X> the type of the exception
	 * @param function what to call inside
	 * @return the function, decorated, which throws the same exception
	 */
	default <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object, X extends Throwable> CheckedBiFunction<A, B, R, X> wrapCheckedBiFunction(
			CheckedBiFunction<A, B, R, X> function) {
		Objects.requireNonNull(function, "function must not be null");
		return (first, second) -> callInside(() -> function.apply(first, second));
	}

	/**
	 * A {@link Runnable} that throws a checked exception.
	 *
	 * @param <X> the type of the exception
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface CheckedRunnable<X extends Throwable> {

		/**
		 * Run it.
		 * @throws X whatever makes it fail
		 */
		void run() throws X;

	}

	/**
	 * A {@link Supplier} that throws a checked exception.
	 *
	 * @param <R> the type of the result
	 * @param <X> the type of the exception
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface CheckedSupplier<R extends @Nullable Object, X extends Throwable> {

		/**
		 * Call it.
		 * @return the result
		 * @throws X whatever makes it fail
		 */
		R get() throws X;

	}

	/**
	 * A {@link Function} that throws a checked exception.
	 *
	 * @param <A> the type of the argument
	 * @param <R> the type of the result
	 * @param <X> the type of the exception
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface CheckedFunction<A extends @Nullable Object, R extends @Nullable Object, X extends Throwable> {

		/**
		 * Call it.
		 * @param argument the argument
		 * @return the result
		 * @throws X whatever makes it fail
		 */
		R apply(A argument) throws X;

	}

	/**
	 * A {@link BiFunction} that throws a checked exception.
	 *
	 * @param <A> the type of the first argument
	 * @param <B> the type of the second argument
	 * @param <R> the type of the result
	 * @param <X> the type of the exception
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface CheckedBiFunction<A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object, X extends Throwable> {

		/**
		 * Call it.
		 * @param first the first argument
		 * @param second the second argument
		 * @return the result
		 * @throws X whatever makes it fail
		 */
		R apply(A first, B second) throws X;

	}

}
