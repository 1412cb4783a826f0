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

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * What CPython's suite checks of {@code ExitStack}, for {@link ResourceScope}.
 */
@DisplayName("ExitStack")
class ExitStackTests {

	private final Trace trace = new Trace();

	private final IOException failure = new IOException("body");

	@Test
	@DisplayName("an empty stack is a no-op")
	void emptyScopeDoesNothing() {
		assertThatNoException().isThrownBy(() -> ResourceScope.run((scope) -> {
		}));
		assertThatNoException().isThrownBy(() -> ResourceScope.open().close());
		assertThat(ResourceScope.<String, RuntimeException>call((scope) -> "result")).isEqualTo("result");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			throw this.failure;
		})).isSameAs(this.failure);
		assertThat(this.failure.getSuppressed()).isEmpty();
	}

	@Test
	@DisplayName("callbacks run LIFO")
	void deferredActionsRunInReverseOrder() {
		ResourceScope.run((scope) -> {
			for (int i = 0; i < 4; i++) {
				String name = "action " + i;
				scope.defer(() -> this.trace.add(name));
			}
			this.trace.add("body");
		});
		this.trace.assertEvents("body", "action 3", "action 2", "action 1", "action 0");
	}

	@Test
	@DisplayName("misuse raises and registers nothing")
	@SuppressWarnings("NullAway")
	void misuseFailsAndRegistersNothing() {
		ResourceScope.run((scope) -> {
			scope.defer(() -> this.trace.add("first"));
			assertThatNullPointerException().isThrownBy(() -> scope.enter((Resource<?>) null))
				.withMessage("resource must not be null");
			assertThatNullPointerException().isThrownBy(() -> scope.enter((AutoCloseable) null))
				.withMessage("closeable must not be null");
			assertThatNullPointerException().isThrownBy(() -> scope.onExit(null))
				.withMessage("action must not be null");
			assertThatNullPointerException().isThrownBy(() -> scope.onSuccess(null))
				.withMessage("action must not be null");
			assertThatNullPointerException().isThrownBy(() -> scope.onFailure(null))
				.withMessage("action must not be null");
			assertThatNullPointerException().isThrownBy(() -> scope.defer(null)).withMessage("action must not be null");
			assertThatNullPointerException().isThrownBy(() -> scope.enter((Resource<String>) () -> null))
				.withMessageContaining("acquire() of")
				.withMessageContaining("must not return null");
			assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> scope.enter(scope))
				.withMessageContaining("cannot be entered in itself");
		});
		this.trace.assertEvents("first");
	}

	@Test
	@DisplayName("exits see the right failure")
	void exitsSeeTheFailure() {
		List<Outcome> outcomes = new ArrayList<>();
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.onExit(outcomes::add);
			scope.enter(Resource.of(() -> "value", (value, outcome) -> outcomes.add(outcome)));
			scope.onFailure(outcomes::add);
			scope.onSuccess(() -> this.trace.add("success"));
			throw this.failure;
		})).isSameAs(this.failure);
		assertThat(outcomes).hasSize(3).allSatisfy((outcome) -> assertThat(outcome.failure()).isSameAs(this.failure));
		this.trace.assertEvents();
	}

	@Test
	@DisplayName("exits see no failure if there is none")
	void exitsSeeTheSuccess() {
		List<Outcome> outcomes = new ArrayList<>();
		ResourceScope.run((scope) -> {
			scope.onExit(outcomes::add);
			scope.enter(Resource.of(() -> "value", (value, outcome) -> outcomes.add(outcome)));
			scope.onFailure(outcomes::add);
			scope.onSuccess(() -> this.trace.add("success"));
		});
		assertThat(outcomes).containsExactly(Outcome.succeeded(), Outcome.succeeded());
		this.trace.assertEvents("success");
	}

	@Test
	@DisplayName("after a suppressor the outer ones see success")
	void exitsOutsideOfASuppressorSeeSuccess() throws IOException {
		ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("outer"));
			scope.enter(Resources.suppressing(IOException.class));
			scope.enter(this.trace.resource("inner"));
			throw this.failure;
		});
		this.trace.assertEvents("enter outer", "enter inner", "exit inner: failed by body", "exit outer: succeeded");
	}

	@Test
	@DisplayName("enter is not called by push")
	void onExitAndAutoCloseableAcquireNothing() {
		AtomicInteger acquired = new AtomicInteger();
		Resource<String> resource = Resource.of(() -> "value " + acquired.incrementAndGet(), (value, outcome) -> {
		});
		ResourceScope.run((scope) -> {
			scope.onExit((outcome) -> assertThat(resource).isNotNull());
			scope.enter(this.trace.closeable("a"));
			this.trace.add("body");
		});
		assertThat(acquired).hasValue(0);
		this.trace.assertEvents("body", "close a");
	}

	@Test
	@DisplayName("order is enter, body, exit, earlier entries last")
	void ordersEnterBodyExitAndEarlierEntriesLast() {
		String result = ResourceScope.call((scope) -> {
			scope.defer(() -> this.trace.add("earlier"));
			String value = scope.enter(this.trace.resource("a"));
			this.trace.add("body");
			return value;
		});
		assertThat(result).isEqualTo("a");
		this.trace.assertEvents("enter a", "body", "exit a: succeeded", "earlier");
	}

	@Test
	@DisplayName("a failing enter registers nothing")
	void failingEntryRegistersNothing() {
		ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a"));
			assertThatExceptionOfType(IOException.class)
				.isThrownBy(() -> scope.enter(this.trace.unavailable("b", this.failure)))
				.isSameAs(this.failure);
			this.trace.add("body goes on");
		});
		this.trace.assertEvents("enter a", "try b", "body goes on", "exit a: succeeded");
	}

	@Test
	@DisplayName("a failing enter unwinds what was entered before")
	void failingEntryReleasesWhatWasEnteredBefore() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a"));
			scope.enter(this.trace.unavailable("b", this.failure));
			this.trace.add("not reached");
		})).isSameAs(this.failure);
		this.trace.assertEvents("enter a", "try b", "exit a: failed by body");
	}

	@Test
	@DisplayName("close runs at once")
	void closeReleasesAtOnce() {
		ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a"));
			scope.close();
			this.trace.add("after close");
		});
		this.trace.assertEvents("enter a", "exit a: succeeded", "after close");
	}

	@Test
	@DisplayName("close runs only once")
	void closeReleasesOnlyOnce() {
		ResourceScope scope = ResourceScope.open();
		scope.enter(this.trace.resource("a"));
		scope.complete();
		scope.close();
		scope.close();
		this.trace.assertEvents("enter a", "exit a: succeeded");
		assertThat(scope.end(Outcome.failed(this.failure))).isEmpty();
		this.trace.assertEvents("enter a", "exit a: succeeded");
	}

	@Test
	@DisplayName("pop_all moves ownership")
	void detachMovesOwnership() {
		ResourceScope detached = ResourceScope.<ResourceScope, RuntimeException>call((scope) -> {
			scope.enter(this.trace.resource("a"));
			scope.enter(this.trace.resource("b"));
			ResourceScope moved = scope.detach();
			scope.enter(this.trace.resource("c"));
			return moved;
		});
		this.trace.assertEvents("enter a", "enter b", "enter c", "exit c: succeeded");
		detached.enter(this.trace.resource("d"));
		detached.close();
		this.trace.assertEvents("enter a", "enter b", "enter c", "exit c: succeeded", "enter d", "exit d: succeeded",
				"exit b: succeeded", "exit a: succeeded");
	}

	@Test
	@DisplayName("a falsy result propagates")
	void exitThatSuppressesNothingLetsTheFailureThrough() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing());
			scope.onExit((outcome) -> this.trace.add("saw " + Trace.text(outcome)));
			throw this.failure;
		})).isSameAs(this.failure);
		this.trace.assertEvents("saw failed by body");
	}

	@Test
	@DisplayName("a true result swallows")
	void suppressorSwallows() {
		assertThatNoException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing(IOException.class));
			throw this.failure;
		}));
	}

	@Test
	@DisplayName("a failing exit keeps the body's failure visible")
	void failingExitKeepsTheBodysFailure() {
		IllegalStateException atRelease = new IllegalStateException("release");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("outer"));
			scope.enter(this.trace.resource("inner", atRelease));
			throw this.failure;
		})).isSameAs(this.failure);
		assertThat(this.failure.getSuppressed()).containsExactly(atRelease);
		this.trace.assertEvents("enter outer", "enter inner", "exit inner: failed by body",
				"exit outer: failed by body");
	}

	@Test
	@DisplayName("an exit error with a successful body propagates")
	void failingExitFailsASuccessfulBody() {
		IOException atRelease = new IOException("release");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("outer"));
			scope.enter(this.trace.resource("inner", atRelease));
		})).isSameAs(atRelease);
		this.trace.assertEvents("enter outer", "enter inner", "exit inner: succeeded", "exit outer: failed by release");
	}

	@Test
	@DisplayName("a suppressor clears inner errors only, later raises still win")
	void failureAfterASuppressorWins() {
		IllegalStateException later = new IllegalStateException("later");
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("outermost"));
			scope.enter(this.trace.resource("outer", later));
			scope.enter(Resources.suppressing(IOException.class));
			throw this.failure;
		})).isSameAs(later);
		assertThat(later).hasNoCause();
		assertThat(later.getSuppressed()).isEmpty();
		assertThat(this.failure.getSuppressed()).isEmpty();
		this.trace.assertEvents("enter outermost", "enter outer", "exit outer: succeeded",
				"exit outermost: failed by later");
	}

	@Test
	@DisplayName("no duplicate links")
	void sameFailureFromSeveralExitsIsCarriedOnce() {
		IllegalStateException atRelease = new IllegalStateException("release");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a", atRelease));
			scope.enter(this.trace.resource("b", atRelease));
			throw this.failure;
		})).isSameAs(this.failure);
		assertThat(this.failure.getSuppressed()).containsExactly(atRelease);
	}

	@Test
	@DisplayName("no cyclic links")
	void exitThatWrapsTheFailureMakesNoCycle() {
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.onExit((outcome) -> {
				throw new IllegalStateException("cannot roll back", outcome.failure());
			});
			throw this.failure;
		})).withMessage("cannot roll back").withCause(this.failure);
		assertThat(this.failure).hasNoSuppressedExceptions();
	}

	@Test
	@DisplayName("no cyclic links through what is carried")
	void exitThatCarriesTheFailureMakesNoCycle() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.onExit((outcome) -> {
				IllegalStateException later = new IllegalStateException("cannot roll back");
				later.addSuppressed(this.failure);
				throw later;
			});
			throw this.failure;
		})).isSameAs(this.failure);
		assertThat(this.failure.getSuppressed()).hasSize(1);
		assertThat(this.failure.getSuppressed()[0]).hasMessageContaining("cannot roll back")
			.hasNoSuppressedExceptions();
	}

	@Test
	@DisplayName("chains that exist already are kept")
	void causesAndSuppressedFailuresOfFailuresAreKept() {
		IllegalArgumentException cause = new IllegalArgumentException("cause");
		IllegalStateException atRelease = new IllegalStateException("release", cause);
		atRelease.addSuppressed(new IOException("aside"));
		this.failure.initCause(new IOException("root"));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a", atRelease));
			throw this.failure;
		})).isSameAs(this.failure);
		assertThat(this.failure).cause().hasMessage("root");
		assertThat(this.failure.getSuppressed()).containsExactly(atRelease);
		assertThat(atRelease).hasCause(cause);
		assertThat(atRelease.getSuppressed()).hasSize(1);
	}

	@Test
	@DisplayName("several failing exits then a suppressor end clean")
	void severalFailingExitsAndThenASuppressorEndClean() throws IOException {
		Suppressing<Exception> suppressing = Resources.suppressing(IOException.class, IllegalStateException.class,
				IllegalArgumentException.class);
		ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("outer"));
			scope.enter(suppressing);
			scope.enter(this.trace.resource("a", new IllegalStateException("a")));
			scope.enter(this.trace.resource("b", new IllegalArgumentException("b")));
			throw this.failure;
		});
		assertThat(suppressing.count()).isOne();
		assertThat(this.failure.getSuppressed()).extracting(Throwable::getMessage).containsExactly("b", "a");
		this.trace.assertEvents("enter outer", "enter a", "enter b", "exit b: failed by body", "exit a: failed by body",
				"exit outer: succeeded");
	}

	@Test
	@DisplayName("10,000 callbacks")
	void tenThousandEntriesUnwindWithoutRecursion() throws InterruptedException {
		AtomicInteger released = new AtomicInteger();
		Thread thread = new Thread(null, () -> ResourceScope.run((scope) -> {
			for (int i = 0; i < 10_000; i++) {
				scope.defer(released::incrementAndGet);
			}
		}), "small stack", 256 * 1024);
		thread.start();
		thread.join();
		assertThat(released).hasValue(10_000);
	}

	@Test
	@DisplayName("10,000 failing callbacks keep all their errors")
	void tenThousandFailingEntriesAreAllReleased() {
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> {
			for (int i = 0; i < 10_000; i++) {
				int number = i;
				scope.defer(() -> {
					throw new IllegalStateException("entry " + number);
				});
			}
		}))
			.withMessage("entry 9999")
			.satisfies((thrown) -> assertThat(thrown.getSuppressed()).hasSize(9_999)
				.extracting(Throwable::getMessage)
				.startsWith("entry 9998")
				.endsWith("entry 0"));
	}

	@Test
	@DisplayName("rethrowing the same instance neither loops nor changes it")
	void exitThatRethrowsTheSameInstanceChangesNothing() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a", this.failure));
			scope.enter(this.trace.resource("b", this.failure));
			throw this.failure;
		})).isSameAs(this.failure);
		assertThat(this.failure).hasNoCause();
		assertThat(this.failure.getSuppressed()).isEmpty();
	}

	@Test
	@DisplayName("better than CPython (102201): with a successful body all exit errors are kept")
	void allFailuresOfExitsAreKeptAfterASuccessfulBody() {
		IllegalStateException first = new IllegalStateException("first");
		IllegalArgumentException second = new IllegalArgumentException("second");
		AssertionError third = new AssertionError("third");
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a", third));
			scope.enter(this.trace.resource("b", second));
			scope.enter(this.trace.resource("c", first));
		})).isSameAs(first);
		assertThat(first.getSuppressed()).containsExactly(second, third);
	}

}
