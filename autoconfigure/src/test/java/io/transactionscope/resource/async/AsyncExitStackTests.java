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
import java.util.concurrent.CompletableFuture;

import io.transactionscope.resource.Resource;
import io.transactionscope.resource.Resources;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static io.transactionscope.resource.async.AsyncTrace.done;
import static io.transactionscope.resource.async.AsyncTrace.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * The cases of CPython's {@code TestAsyncExitStack} by their names, those that it
 * inherits from {@code TestBaseExitStack} included, with blocking and asynchronous
 * entries in turn.
 *
 * <p>
 * Not here, as the compiler or the language has the say: {@code test_instance_docs}, the
 * variants of {@code test_enter_context} and {@code test_enter_async_context} for class
 * methods, static methods and slots, {@code test_instance_bypass} and
 * {@code test_instance_bypass_async} (there is one way to implement an interface), and
 * {@code test_exit_exception_explicit_none_context} with its asynchronous twin (there is
 * no {@code raise ... from None}).
 */
@Timeout(60)
@DisplayName("CPython, TestAsyncExitStack")
@SuppressWarnings("FutureReturnValueIgnored") // Seen by what was released
class AsyncExitStackTests {

	private final AsyncTrace trace = new AsyncTrace();

	private final ArithmeticException zeroDivision = new ArithmeticException("/ by zero");

	@AfterEach
	void close() {
		this.trace.close();
	}

	@Test
	@DisplayName("test_no_resources")
	void anEmptyScopeDoesNothing() throws Exception {
		AsyncResourceScope.run((scope) -> done()).await();
		assertThat(failureOf(AsyncResourceScope.run((scope) -> CompletableFuture.failedFuture(this.zeroDivision))))
			.isSameAs(this.zeroDivision);
		assertThat(this.zeroDivision).hasNoSuppressedExceptions();
	}

	@Test
	@DisplayName("test_callback")
	void deferredActionsRunInReverseOrder() throws Exception {
		AsyncResourceScope.run((scope) -> {
			for (int i = 0; i < 4; i++) {
				String name = "action " + i;
				scope.defer(() -> this.trace.add(name), this.trace.executor);
			}
			return this.trace.later("body");
		}).await();
		this.trace.assertEvents("body", "action 3", "action 2", "action 1", "action 0");
	}

	@Test
	@DisplayName("test_async_callback")
	void asynchronousActionsRunInReverseOrder() throws Exception {
		AsyncResourceScope.run((scope) -> {
			for (int i = 0; i < 4; i++) {
				String name = "action " + i;
				scope.onExitAsync((outcome) -> this.trace.later(name));
			}
			return this.trace.later("body");
		}).await();
		this.trace.assertEvents("body", "action 3", "action 2", "action 1", "action 0");
	}

	@Test
	@DisplayName("test_push")
	void exitsSeeTheFailureUpToTheSuppressor() throws Exception {
		AsyncResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.trace.add("ok: " + AsyncTrace.text(outcome)), this.trace.executor);
			scope.enterNow(Resources.suppressing(ArithmeticException.class));
			scope.onExit((outcome) -> this.trace.add("saw: " + AsyncTrace.text(outcome)), this.trace.executor);
			return CompletableFuture.failedFuture(this.zeroDivision);
		}).await();
		this.trace.assertEvents("saw: failed by / by zero", "ok: succeeded");
	}

	@Test
	@DisplayName("test_async_push")
	void asynchronousExitsSeeTheFailureUpToTheSuppressor() throws Exception {
		AsyncResourceScope.run((scope) -> {
			scope.onExitAsync((outcome) -> this.trace.exit("ok", outcome, null));
			scope.adopt(AsyncHeld.of("not acquired", (outcome) -> this.trace.exit("held ok", outcome, null)));
			scope.enterNow(Resources.suppressing(ArithmeticException.class));
			scope.adopt(AsyncHeld.of("not acquired", (outcome) -> this.trace.exit("held", outcome, null)));
			scope.onExitAsync((outcome) -> this.trace.exit("exit", outcome, null));
			return CompletableFuture.failedFuture(this.zeroDivision);
		}).await();
		this.trace.assertEvents("exit exit: failed by / by zero", "exit held: failed by / by zero",
				"exit held ok: succeeded", "exit ok: succeeded");
	}

	@Test
	@DisplayName("test_enter_context")
	void blockingEntriesAreReleasedAfterTheBody() throws Exception {
		AsyncResourceScope.run((scope) -> {
			scope.defer(() -> this.trace.add("first registered"), this.trace.executor);
			return scope.enter(this.trace.blocking("a"), this.trace.executor)
				.thenCompose((a) -> this.trace.later("body " + a));
		}).await();
		this.trace.assertEvents("enter a", "body a", "exit a: succeeded", "first registered");
	}

	@Test
	@DisplayName("test_enter_async_context")
	void asynchronousEntriesAreReleasedAfterTheBody() throws Exception {
		AsyncResourceScope.run((scope) -> {
			scope.onExitAsync((outcome) -> this.trace.later("first registered"));
			return scope.enter(this.trace.resource("a")).thenCompose((a) -> this.trace.later("body " + a));
		}).await();
		this.trace.assertEvents("enter a", "body a", "exit a: succeeded", "first registered");
	}

	@Test
	@DisplayName("test_enter_context_errors")
	@SuppressWarnings("NullAway")
	void misuseFailsAndRegistersNothing() throws Exception {
		AsyncResourceScope.run((scope) -> {
			assertThatNullPointerException().isThrownBy(() -> scope.enter((Resource<String>) null, this.trace.executor))
				.withMessage("resource must not be null");
			assertThatNullPointerException().isThrownBy(() -> scope.enter(this.trace.blocking("a"), null))
				.withMessage("executor must not be null");
			assertThat(failureOf(scope.enter((Resource<String>) () -> null, this.trace.executor)))
				.isInstanceOf(NullPointerException.class);
			assertThat(scope.size()).isZero();
			return done();
		}).await();
		this.trace.assertEvents();
	}

	@Test
	@DisplayName("test_enter_async_context_errors")
	@SuppressWarnings("NullAway")
	void misuseOfAsynchronousEntriesFailsAndRegistersNothing() throws Exception {
		AsyncResourceScope.run((scope) -> {
			assertThatNullPointerException().isThrownBy(() -> scope.enter((AsyncResource<String>) null))
				.withMessage("resource must not be null");
			assertThat(failureOf(scope.enter((AsyncResource<String>) () -> null)))
				.isInstanceOf(NullPointerException.class);
			assertThat(scope.size()).isZero();
			return done();
		}).await();
	}

	@Test
	@DisplayName("test_close")
	void closeReleasesAtOnceAndOnce() {
		AsyncResourceScope scope = AsyncResourceScope.open();
		scope.enter(this.trace.resource("a")).toCompletableFuture().join();
		scope.defer(() -> this.trace.add("deferred"), this.trace.executor);
		scope.close().toCompletableFuture().join();
		this.trace.assertEvents("enter a", "deferred", "exit a: succeeded");
		scope.close().toCompletableFuture().join();
		this.trace.assertEvents("enter a", "deferred", "exit a: succeeded");
	}

	@Test
	@DisplayName("test_pop_all")
	void detachMovesOwnership() throws Exception {
		AsyncResourceScope detached = AsyncResourceScope.<AsyncResourceScope>call((scope) -> {
			scope.defer(() -> this.trace.add("moved"), this.trace.executor);
			AsyncResourceScope moved = scope.detach();
			scope.onExitAsync((outcome) -> this.trace.later("left"));
			return CompletableFuture.completedFuture(moved);
		}).await();
		this.trace.assertEvents("left");
		detached.close().toCompletableFuture().join();
		this.trace.assertEvents("left", "moved");
	}

	@Test
	@DisplayName("test_exit_raise")
	void anExitThatSuppressesNothingLetsTheFailureThrough() {
		assertThat(failureOf(AsyncResourceScope.run((scope) -> {
			scope.enterNow(Resources.suppressing());
			return CompletableFuture.failedFuture(this.zeroDivision);
		}))).isSameAs(this.zeroDivision);
	}

	@Test
	@DisplayName("test_exit_suppress")
	void aSuppressorSwallows() throws Exception {
		AsyncResourceScope.run((scope) -> {
			scope.enterNow(Resources.suppressing(ArithmeticException.class));
			return CompletableFuture.failedFuture(this.zeroDivision);
		}).await();
	}

	@Test
	@DisplayName("test_exit_exception_traceback")
	void theFailureIsTheSameInstanceWithItsStackTrace() {
		StackTraceElement[] thrown = this.zeroDivision.getStackTrace();
		assertThat(failureOf(AsyncResourceScope.run((scope) -> {
			scope.onExitAsync((outcome) -> CompletableFuture.failedFuture(this.zeroDivision));
			return done();
		}))).isSameAs(this.zeroDivision);
		assertThat(this.zeroDivision.getStackTrace()).isEqualTo(thrown);
	}

	@Test
	@DisplayName("test_exit_exception_chaining_reference")
	void oneStackFailsAsHandNestedBlocksDo() {
		Throwable first = failureOf(this.trace.resource("a", new IOException("a"))
			.<String>call((a) -> this.trace.resource("b", new IOException("b"))
				.<String>call((b) -> CompletableFuture.failedFuture(new IOException("body")))));
		Throwable other = failureOf(
				AsyncResourceScope.run((scope) -> scope.enter(this.trace.resource("a", new IOException("a")))
					.thenCompose((a) -> scope.enter(this.trace.resource("b", new IOException("b"))))
					.thenCompose((b) -> CompletableFuture.failedFuture(new IOException("body")))));
		assertThat(first).hasMessage("body");
		assertThat(first.getSuppressed()).extracting(Throwable::getMessage).containsExactly("b", "a");
		assertThat(other).hasMessage("body");
		assertThat(other.getSuppressed()).extracting(Throwable::getMessage).containsExactly("b", "a");
		this.trace.assertEvents("enter a", "enter b", "exit b: failed by body", "exit a: failed by body", "enter a",
				"enter b", "exit b: failed by body", "exit a: failed by body");
	}

	@Test
	@DisplayName("test_exit_exception_chaining")
	void laterFailuresAreCarriedInOrder() throws Exception {
		IOException first = new IOException("first");
		IllegalStateException second = new IllegalStateException("second");
		IOException third = new IOException("third");
		assertThat(failureOf(AsyncResourceScope.run((scope) -> {
			scope.onExit((outcome) -> {
				throw third;
			}, this.trace.executor);
			scope.onExitAsync((outcome) -> this.trace.exit("second", outcome, second));
			scope.onExit((outcome) -> {
				throw first;
			}, this.trace.executor);
			scope.enterNow(Resources.suppressing(ArithmeticException.class));
			return CompletableFuture.failedFuture(this.zeroDivision);
		}))).isSameAs(first);
		assertThat(first.getSuppressed()).containsExactly(second, third);
		assertThat(this.zeroDivision).hasNoSuppressedExceptions();
	}

	@Test
	@DisplayName("test_async_exit_exception_chaining")
	void laterFailuresOfAsynchronousExitsAreCarriedInOrder() {
		IOException first = new IOException("first");
		IllegalStateException second = new IllegalStateException("second");
		IllegalArgumentException inner = new IllegalArgumentException("inner");
		assertThat(failureOf(AsyncResourceScope.run((scope) -> {
			scope.onExitAsync((outcome) -> this.trace.exit("b", outcome, second));
			scope.onExitAsync((outcome) -> this.trace.exit("a", outcome, first));
			scope.enterNow(Resources.suppressing(ArithmeticException.class, IllegalArgumentException.class));
			scope.onExitAsync((outcome) -> this.trace.exit("inner", outcome, inner));
			return CompletableFuture.failedFuture(this.zeroDivision);
		}))).isSameAs(first);
		assertThat(first.getSuppressed()).containsExactly(second);
		assertThat(this.zeroDivision.getSuppressed()).containsExactly(inner);
	}

	@Test
	@DisplayName("test_exit_exception_non_suppressing")
	void anExitThatFailsAfterASuppressorFailsTheScope() {
		IOException later = new IOException("later");
		assertThat(failureOf(AsyncResourceScope.run((scope) -> {
			scope.onExitAsync((outcome) -> this.trace.exit("outer", outcome, null));
			scope.onExitAsync((outcome) -> this.trace.exit("later", outcome, later));
			scope.enterNow(Resources.suppressing(ArithmeticException.class));
			return CompletableFuture.failedFuture(this.zeroDivision);
		}))).isSameAs(later);
		this.trace.assertEvents("exit later: succeeded", "exit outer: failed by later");
	}

	@Test
	@DisplayName("test_exit_exception_with_correct_context")
	void theSameFailureFromSeveralExitsIsCarriedOnce() {
		IOException later = new IOException("later");
		assertThat(failureOf(AsyncResourceScope.run((scope) -> {
			scope.onExitAsync((outcome) -> this.trace.exit("a", outcome, later));
			scope.onExit((outcome) -> {
				throw later;
			}, this.trace.executor);
			scope.onExitAsync((outcome) -> this.trace.exit("c", outcome, this.zeroDivision));
			return CompletableFuture.failedFuture(this.zeroDivision);
		}))).isSameAs(this.zeroDivision);
		assertThat(this.zeroDivision.getSuppressed()).containsExactly(later);
	}

	@Test
	@DisplayName("test_exit_exception_with_existing_context")
	void causesThatExistAlreadyAreKept() {
		IllegalStateException cause = new IllegalStateException("cause");
		IllegalStateException later = new IllegalStateException("later", cause);
		this.zeroDivision.initCause(new IOException("root"));
		assertThat(failureOf(AsyncResourceScope.run((scope) -> {
			scope.onExitAsync((outcome) -> this.trace.exit("a", outcome, later));
			return CompletableFuture.failedFuture(this.zeroDivision);
		}))).isSameAs(this.zeroDivision).cause().hasMessage("root");
		assertThat(this.zeroDivision.getSuppressed()).containsExactly(later);
		assertThat(later).hasCause(cause);
	}

	@Test
	@DisplayName("test_body_exception_suppress")
	void aBodysFailureIsSuppressed() throws Exception {
		AsyncResourceScope.run((scope) -> {
			scope.enterNow(Resources.suppressing(Exception.class));
			return CompletableFuture.runAsync(() -> {
				throw this.zeroDivision;
			}, this.trace.executor);
		}).await();
	}

	@Test
	@DisplayName("test_exit_exception_chaining_suppress")
	void severalFailingExitsAndThenASuppressorEndClean() throws Exception {
		AsyncResourceScope.run((scope) -> {
			scope.onExitAsync((outcome) -> this.trace.exit("outer", outcome, null));
			scope.enterNow(Resources.suppressing(Exception.class));
			scope.onExitAsync((outcome) -> this.trace.exit("a", outcome, new IOException()));
			scope.onExit((outcome) -> {
				throw new IOException();
			}, this.trace.executor);
			return CompletableFuture.failedFuture(this.zeroDivision);
		}).await();
		this.trace.assertEvents("exit a: failed by / by zero", "exit outer: succeeded");
	}

	@Test
	@DisplayName("test_excessive_nesting")
	void tenThousandEntriesUnwindWithoutRecursion() throws Exception {
		int[] released = new int[1];
		CompletableFuture<@Nullable Void> finished = new CompletableFuture<>();
		Thread thread = new Thread(null, () -> {
			BlockFuture<@Nullable Void> future = AsyncResourceScope.run((scope) -> {
				scope.expect(10_000);
				for (int i = 0; i < 5_000; i++) {
					scope.onExit((outcome) -> released[0]++, Runnable::run);
					scope.onExitAsync((outcome) -> {
						released[0]++;
						return done();
					});
				}
				return done();
			});
			future.whenComplete((nothing, failure) -> {
				if (failure != null) {
					finished.completeExceptionally(failure);
				}
				else {
					finished.complete(null);
				}
			});
		}, "small stack", 256 * 1024);
		thread.start();
		thread.join();
		assertThat(finished).isCompleted();
		assertThat(released[0]).isEqualTo(10_000);
	}

	@Test
	@DisplayName("test_dont_reraise_RuntimeError")
	void anExitThatWrapsTheFailureMakesNoCycle() {
		IllegalStateException[] wrapped = new IllegalStateException[1];
		assertThat(failureOf(AsyncResourceScope.run((scope) -> {
			scope.onExitAsync((outcome) -> {
				wrapped[0] = new IllegalStateException("wrapped", outcome.failure());
				return CompletableFuture.failedFuture(wrapped[0]);
			});
			scope.onExitAsync((outcome) -> CompletableFuture.failedFuture(outcome.failure()));
			return CompletableFuture.failedFuture(this.zeroDivision);
		}))).isSameAs(wrapped[0]).hasCause(this.zeroDivision);
		assertThat(this.zeroDivision).hasNoSuppressedExceptions();
	}

}
