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

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resources;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static io.transactionscope.resource.async.AsyncTrace.done;
import static io.transactionscope.resource.async.AsyncTrace.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The cases of CPython's {@code test_contextlib_async}, by their names, but for those of
 * the stack, which are in {@link AsyncExitStackTests}. Where an exit fails after the
 * body, Java's rule stands in place of Python's: the first failure stays, and carries the
 * later ones.
 *
 * <p>
 * Not here, as the compiler or the language has the say: {@code test_exit_is_abstract}
 * (what does not implement {@code acquire} does not compile), {@code test_slots},
 * {@code test_contextmanager_attribs}, {@code test_contextmanager_doc_attrib},
 * {@code test_instance_docstring_given_cm_docstring} and {@code test_instance_docs}
 * (functions have neither attributes nor documentation at run time),
 * {@code test_async_gen_propagates_generator_exit} (there are no generators), and
 * {@code test_contextmanager_traceback} as far as it is about frames of a generator: that
 * the stack trace stays is held here.
 */
@Timeout(60)
@DisplayName("CPython, asynchronous")
@SuppressWarnings("FutureReturnValueIgnored") // Seen by what was released
class ContextlibAsyncTests {

	private final AsyncTrace trace = new AsyncTrace();

	private final ArithmeticException zeroDivision = new ArithmeticException("/ by zero");

	@AfterEach
	void close() {
		this.trace.close();
	}

	private <T> CompletionStage<T> fail(Throwable failure) {
		return CompletableFuture.supplyAsync(() -> "", this.trace.executor)
			.thenCompose((nothing) -> CompletableFuture.failedFuture(failure));
	}

	@Nested
	@DisplayName("TestAbstractAsyncContextManager")
	class AbstractAsyncContextManager {

		@Test
		@DisplayName("test_enter")
		void resourceMayBeItsOwnValue() throws Exception {
			Session session = new Session();
			assertThat(session.<Session>call((entered) -> {
				assertThat(entered).isSameAs(session);
				assertThat(session.open).isTrue();
				return CompletableFuture.completedFuture(entered);
			}).await()).isSameAs(session);
			assertThat(session.open).isFalse();
		}

		@Test
		@DisplayName("test_structural_subclassing")
		void anythingThatAcquiresIsAResource() throws Exception {
			Session session = new Session();
			AsyncResource<Session> resource = () -> session.acquire();
			AsyncResourceScope
				.run((scope) -> scope.enter(resource).thenAccept((entered) -> assertThat(entered).isSameAs(session)))
				.await();
			assertThat(session.open).isFalse();
		}

	}

	@Nested
	@DisplayName("AsyncContextManagerTestCase")
	class ContextManagers {

		@Test
		@DisplayName("test_contextmanager_plain")
		void ordersAcquisitionBodyAndRelease() throws Exception {
			ContextlibAsyncTests.this.trace.resource("a")
				.<String>call(
						(value) -> ContextlibAsyncTests.this.trace.later("body " + value).thenApply((nothing) -> value))
				.await();
			ContextlibAsyncTests.this.trace.assertEvents("enter a", "body a", "exit a: succeeded");
		}

		@Test
		@DisplayName("test_contextmanager_finally")
		void releasesAfterAFailure() {
			Throwable failure = ContextlibAsyncTests.this.zeroDivision;
			assertThat(failureOf(ContextlibAsyncTests.this.trace.resource("a")
				.<String>call((value) -> ContextlibAsyncTests.this.trace.later("body " + value)
					.thenCompose((nothing) -> fail(failure)))))
				.isSameAs(failure);
			ContextlibAsyncTests.this.trace.assertEvents("enter a", "body a", "exit a: failed by / by zero");
		}

		@Test
		@DisplayName("test_contextmanager_traceback")
		void leavesTheStackTraceAsItIs() {
			for (Throwable failure : List.of(new IllegalStateException("issue29692"), new IOException(),
					new NoSuchElementException("spam"))) {
				StackTraceElement[] thrown = failure.getStackTrace();
				assertThat(
						failureOf(ContextlibAsyncTests.this.trace.resource("a").<String>call((value) -> fail(failure))))
					.isSameAs(failure);
				assertThat(failure.getStackTrace()).isEqualTo(thrown);
			}
		}

		@Test
		@DisplayName("test_contextmanager_no_reraise")
		void aReleaseThatSeesAFailureNeedNotThrowIt() throws Exception {
			AsyncHeld<String> held = AsyncHeld.of("a",
					(outcome) -> ContextlibAsyncTests.this.trace.exit("a", outcome, null));
			held.release(Outcome.failed(new IllegalArgumentException("foo"))).toCompletableFuture().join();
			ContextlibAsyncTests.this.trace.assertEvents("exit a: failed by foo");
		}

		@Test
		@DisplayName("test_contextmanager_trap_yield_after_throw")
		void aReleaseThatIsCompletedTwiceIsOver() {
			Throwable failure = ContextlibAsyncTests.this.zeroDivision;
			BlockFuture<@Nullable Void> future = AsyncResourceScope.run((scope) -> {
				scope.onExitAsync((outcome) -> ContextlibAsyncTests.this.trace.exit("next", outcome, null));
				scope.onExitAsync((outcome) -> new OddStage<>("once", new IOException("twice")));
				return fail(failure);
			});
			assertThat(failureOf(future)).isSameAs(failure);
			assertThat(failure).hasNoSuppressedExceptions();
			ContextlibAsyncTests.this.trace.assertEvents("exit next: failed by / by zero");
		}

		@Test
		@DisplayName("test_contextmanager_trap_no_yield")
		@SuppressWarnings("NullAway")
		void anAcquisitionThatEndsWithNothingFails() {
			AsyncResource<String> nothing = () -> CompletableFuture.completedFuture(null);
			assertThat(failureOf(nothing.<String>call(CompletableFuture::completedFuture)))
				.isInstanceOf(NullPointerException.class)
				.hasMessageContaining("must not be completed with null");
		}

		@Test
		@DisplayName("test_contextmanager_trap_second_yield")
		void anAcquisitionThatEndsTwiceCountsOnce() throws Exception {
			AsyncHeld<String> first = AsyncHeld.of("first",
					(outcome) -> ContextlibAsyncTests.this.trace.exit("first", outcome, null));
			AsyncHeld<String> second = AsyncHeld.of("second",
					(outcome) -> ContextlibAsyncTests.this.trace.exit("second", outcome, null));
			AsyncResource<String> twice = () -> new OddStage<AsyncHeld<String>>(first, second);
			assertThat(twice.<String>call(CompletableFuture::completedFuture).await()).isEqualTo("first");
			ContextlibAsyncTests.this.trace.assertEvents("exit first: succeeded");
		}

		@Test
		@DisplayName("test_contextmanager_non_normalised")
		void aReleaseMayTranslateTheFailure() {
			IllegalStateException failure = new IllegalStateException("body");
			AsyncResource<String> translating = AsyncResource.of(() -> CompletableFuture.completedFuture("a"),
					(value, outcome) -> fail(new IllegalArgumentException(outcome.failure())));
			assertThat(failureOf(translating.<String>call((value) -> fail(failure))))
				.isInstanceOf(IllegalArgumentException.class)
				.hasCause(failure);
		}

		@Test
		@DisplayName("test_contextmanager_except")
		void aFailureMayBeHandledInside() throws Exception {
			BlockFuture<@Nullable Void> future = AsyncResourceScope.run((scope) -> {
				scope.enterNow(Resources.suppressing(ArithmeticException.class));
				return scope.enter(ContextlibAsyncTests.this.trace.resource("a"))
					.thenCompose((value) -> fail(ContextlibAsyncTests.this.zeroDivision));
			});
			future.await();
			ContextlibAsyncTests.this.trace.assertEvents("enter a", "exit a: failed by / by zero");
		}

		@Test
		@DisplayName("test_contextmanager_except_stopiter")
		void failuresOfIteratorsAreFailuresAsAnyOther() {
			NoSuchElementException failure = new NoSuchElementException("spam");
			assertThat(failureOf(ContextlibAsyncTests.this.trace.resource("a").<String>call((value) -> fail(failure))))
				.isSameAs(failure);
		}

		@Test
		@DisplayName("test_contextmanager_wrap_runtimeerror")
		void whatWrapsTheFailureReachesTheCaller() {
			RuntimeException[] wrapped = new RuntimeException[1];
			AsyncResource<String> wrapping = AsyncResource.of(() -> CompletableFuture.completedFuture("a"),
					(value, outcome) -> {
						wrapped[0] = new IllegalStateException("caught " + outcome.failure(), outcome.failure());
						throw wrapped[0];
					});
			assertThat(failureOf(wrapping.<String>call((value) -> fail(ContextlibAsyncTests.this.zeroDivision))))
				.isSameAs(wrapped[0])
				.hasCause(ContextlibAsyncTests.this.zeroDivision);
		}

		@Test
		@DisplayName("test_keywords")
		void argumentsAreThoseOfTheFunctionThatMakesIt() throws Exception {
			Function<Integer, AsyncResource<List<Integer>>> woohoo = (func) -> AsyncResource
				.none(List.of(11, func, 33, 44));
			assertThat(woohoo.apply(22).<List<Integer>>call(CompletableFuture::completedFuture).await())
				.containsExactly(11, 22, 33, 44);
		}

		@Test
		@DisplayName("test_recursive")
		void recursiveDecoratedCallsBalance() throws Exception {
			int[] depth = new int[2];
			AsyncResource<String> counting = AsyncResource.of(() -> {
				depth[0]++;
				depth[1] = Math.max(depth[0], depth[1]);
				return CompletableFuture.completedFuture("");
			}, (value, outcome) -> {
				depth[0]--;
				return done();
			});
			List<Function<Integer, BlockFuture<Integer>>> recursive = new ArrayList<>();
			recursive.add(counting.wrap((Integer left) -> (left == 0) ? CompletableFuture.completedFuture(0)
					: recursive.get(0).apply(left - 1).thenApply((result) -> result + 1)));
			assertThat(recursive.get(0).apply(10).await()).isEqualTo(10);
			assertThat(depth).containsExactly(0, 11);
		}

		@Test
		@DisplayName("test_decorator")
		void aDecoratedFunctionAcquiresAnewAtEachCall() throws Exception {
			Function<String, BlockFuture<String>> function = ContextlibAsyncTests.this.trace.resource("a")
				.wrap((String argument) -> ContextlibAsyncTests.this.trace.later("body " + argument)
					.thenApply((nothing) -> argument));
			assertThat(function.apply("x").await()).isEqualTo("x");
			assertThat(function.apply("y").await()).isEqualTo("y");
			ContextlibAsyncTests.this.trace.assertEvents("enter a", "body x", "exit a: succeeded", "enter a", "body y",
					"exit a: succeeded");
		}

		@Test
		@DisplayName("test_decorator_with_exception")
		void aDecoratedFunctionFailsWithItsFailure() {
			Function<String, BlockFuture<String>> function = ContextlibAsyncTests.this.trace.resource("a")
				.wrap((String argument) -> fail(ContextlibAsyncTests.this.zeroDivision));
			assertThat(failureOf(function.apply("x"))).isSameAs(ContextlibAsyncTests.this.zeroDivision);
			ContextlibAsyncTests.this.trace.assertEvents("enter a", "exit a: failed by / by zero");
		}

		@Test
		@DisplayName("test_decorating_method")
		void aDecoratedMethodKeepsItsReceiver() throws Exception {
			Session session = new Session();
			assertThat(ContextlibAsyncTests.this.trace.resource("a")
				.wrapBiFunction(Session::greet)
				.apply(session, "hello")
				.await()).isSameAs(session);
			ContextlibAsyncTests.this.trace.assertEvents("enter a", "exit a: succeeded");
		}

	}

	@Nested
	@DisplayName("AclosingTestCase")
	class Aclosing {

		@Test
		@DisplayName("test_aclosing")
		void closesAsynchronously() throws Exception {
			Session session = new Session();
			session.open = true;
			assertThat(AsyncResource.closing(session, Session::closeAsync)
				.<Session>call(CompletableFuture::completedFuture)
				.await()).isSameAs(session);
			assertThat(session.open).isFalse();
		}

		@Test
		@DisplayName("test_aclosing_error")
		void closesAfterAFailureAndKeepsIt() {
			Session session = new Session();
			session.open = true;
			assertThat(failureOf(AsyncResource.closing(session, Session::closeAsync)
				.<Session>call((value) -> fail(ContextlibAsyncTests.this.zeroDivision))))
				.isSameAs(ContextlibAsyncTests.this.zeroDivision);
			assertThat(session.open).isFalse();
		}

		@Test
		@DisplayName("test_aclosing_bpo41229")
		void anIteratorLeftEarlyIsClosed() throws Exception {
			Session iterator = new Session();
			iterator.open = true;
			assertThat(AsyncResource.closing(iterator, Session::closeAsync)
				.<String>call((each) -> each.next().thenApply((first) -> first))
				.await()).isEqualTo("first");
			assertThat(iterator.open).isFalse();
			assertThat(iterator.closed).isOne();
		}

	}

	@Nested
	@DisplayName("TestAsyncNullcontext")
	class AsyncNullcontext {

		@Test
		@DisplayName("test_async_nullcontext")
		void noneHasTheVeryValue() throws Exception {
			Session session = new Session();
			assertThat(AsyncResource.none(session).<Session>call(CompletableFuture::completedFuture).await())
				.isSameAs(session);
		}

	}

	private static final class Session implements AsyncResource<Session>, AsyncHeld<Session> {

		private boolean open;

		private int closed;

		@Override
		public CompletionStage<AsyncHeld<Session>> acquire() {
			this.open = true;
			return CompletableFuture.completedStage(this);
		}

		@Override
		public Session value() {
			return this;
		}

		@Override
		public CompletionStage<?> release(Outcome outcome) {
			return closeAsync();
		}

		CompletionStage<?> closeAsync() {
			this.open = false;
			this.closed++;
			return done();
		}

		CompletionStage<String> next() {
			return CompletableFuture.completedFuture("first");
		}

		CompletionStage<Session> greet(String greeting) {
			assertThat(greeting).isEqualTo("hello");
			return CompletableFuture.completedFuture(this);
		}

	}

}
