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
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for the ways in which a {@link ResourceScope} ends, and the outcome of each.
 */
class ResourceScopeOutcomeTests {

	private final Trace trace = new Trace();

	private final IOException failure = new IOException("body");

	private final IllegalStateException atRelease = new IllegalStateException("release");

	@Nested
	class TryWithResources {

		private final Trace trace = ResourceScopeOutcomeTests.this.trace;

		@Test
		void succeedsIfCompleted() {
			try (ResourceScope scope = ResourceScope.open()) {
				register(scope);
				scope.complete();
			}
			this.trace.assertEvents("success", "saw succeeded");
		}

		@Test
		void failsIfNotCompleted() {
			try (ResourceScope scope = ResourceScope.open()) {
				register(scope);
			}
			this.trace.assertEvents("failure", "saw failed");
		}

		@Test
		void failsIfTheBlockThrows() {
			IOException failure = ResourceScopeOutcomeTests.this.failure;
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
				try (ResourceScope scope = ResourceScope.open()) {
					register(scope);
					fail(failure);
					scope.complete();
				}
			}).isSameAs(failure);
			this.trace.assertEvents("failure", "saw failed");
		}

		@Test
		void blockCarriesTheFailureOfARelease() {
			IOException failure = ResourceScopeOutcomeTests.this.failure;
			IllegalArgumentException second = new IllegalArgumentException("second");
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
				try (ResourceScope scope = ResourceScope.open()) {
					scope.enter(this.trace.resource("a", second));
					scope.enter(this.trace.resource("b", ResourceScopeOutcomeTests.this.atRelease));
					fail(failure);
				}
			}).isSameAs(failure);
			assertThat(failure.getSuppressed()).containsExactly(ResourceScopeOutcomeTests.this.atRelease);
			assertThat(ResourceScopeOutcomeTests.this.atRelease.getSuppressed()).containsExactly(second);
			this.trace.assertEvents("enter a", "enter b", "exit b: failed", "exit a: failed by release");
		}

		@Test
		void closeThrowsTheFailureOfARelease() {
			assertThatIllegalStateException().isThrownBy(() -> {
				try (ResourceScope scope = ResourceScope.open()) {
					scope.enter(this.trace.resource("a", ResourceScopeOutcomeTests.this.atRelease));
					scope.complete();
				}
			}).isSameAs(ResourceScopeOutcomeTests.this.atRelease);
		}

		@Test
		void cannotBeCompletedWhileItIsClosed() {
			ResourceScope scope = ResourceScope.open();
			scope.defer(scope::complete);
			assertThatIllegalStateException().isThrownBy(scope::close)
				.withMessageContaining("is being closed already: call complete() before");
		}

		@Test
		void cannotBeDetachedWhileItIsClosed() {
			ResourceScope scope = ResourceScope.open();
			scope.enter(this.trace.resource("a"));
			scope.defer(scope::detach);
			assertThatIllegalStateException().isThrownBy(scope::close)
				.withMessageContaining("is being closed already: call detach() before");
			this.trace.assertEvents("enter a", "exit a: failed by This ResourceScope is being closed already:"
					+ " call detach() before, in its block");
		}

		private void register(ResourceScope scope) {
			scope.onExit((outcome) -> this.trace.add("saw " + Trace.text(outcome)));
			scope.onSuccess(() -> this.trace.add("success"));
			scope.onFailure((outcome) -> this.trace.add("failure"));
		}

		private void fail(IOException failure) throws IOException {
			throw failure;
		}

	}

	@Nested
	class RunAndCall {

		private final Trace trace = ResourceScopeOutcomeTests.this.trace;

		@Test
		void earlyCloseInTheBodyIsASuccess() {
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
				scope.enter(this.trace.resource("a"));
				scope.close();
				throw ResourceScopeOutcomeTests.this.failure;
			})).isSameAs(ResourceScopeOutcomeTests.this.failure);
			this.trace.assertEvents("enter a", "exit a: succeeded");
		}

		@Test
		void nothingNeedsToBeCompleted() {
			assertThat(ResourceScope.<String, RuntimeException>call((scope) -> scope.enter(this.trace.resource("a"))))
				.isEqualTo("a");
			this.trace.assertEvents("enter a", "exit a: succeeded");
		}

		@Test
		void failureThatLeavesItInDoubtIsUnknownAlsoOnceItIsTranslated() {
			IOException failure = ResourceScopeOutcomeTests.this.failure;
			IllegalStateException translation = new IllegalStateException(failure);
			assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> {
				scope.unknownWhen((each) -> each == failure || each.getCause() == failure);
				scope.onFailure((outcome) -> this.trace.add("failure"));
				scope.enter(this.trace.resource("a"));
				scope.enter(Resources.translating(IOException.class, (each) -> translation));
				scope.enter(this.trace.resource("b"));
				throw failure;
			})).isSameAs(translation);
			this.trace.assertEvents("enter a", "enter b", "exit b: unknown by body",
					"exit a: unknown by java.io.IOException: body");
		}

		@Test
		void questionForDoubtThatFailsSaysNo() {
			IOException failure = ResourceScopeOutcomeTests.this.failure;
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
				scope.unknownWhen((each) -> {
					throw new AssertionError("doubt");
				});
				scope.enter(this.trace.resource("a"));
				throw failure;
			})).isSameAs(failure);
			this.trace.assertEvents("enter a", "exit a: failed by body");
			assertThat(failure).hasNoSuppressedExceptions();
		}

		@Test
		void callFailsIfAReleaseFails() {
			assertThatIllegalStateException()
				.isThrownBy(() -> ResourceScope
					.call((scope) -> scope.enter(this.trace.resource("a", ResourceScopeOutcomeTests.this.atRelease))))
				.isSameAs(ResourceScopeOutcomeTests.this.atRelease);
		}

	}

	@Nested
	class EndedByAnEngine {

		private final Trace trace = ResourceScopeOutcomeTests.this.trace;

		private final ResourceScope scope = ResourceScope.open();

		@Test
		void releasesSeeTheGivenOutcomeWhateverFails() {
			this.scope.enter(this.trace.resource("a"));
			this.scope.enter(this.trace.resource("b", ResourceScopeOutcomeTests.this.atRelease));
			assertThat(this.scope.end(Outcome.succeeded())).containsExactly(ResourceScopeOutcomeTests.this.atRelease);
			this.trace.assertEvents("enter a", "enter b", "exit b: succeeded", "exit a: succeeded");
		}

		@Test
		void returnsTheFailuresOfReleasesInOrderAndLeavesTheOutcomesAlone() {
			IOException failure = ResourceScopeOutcomeTests.this.failure;
			AssertionError second = new AssertionError("second");
			this.scope.enter(this.trace.resource("a", second));
			this.scope.enter(this.trace.resource("b", ResourceScopeOutcomeTests.this.atRelease));
			assertThat(this.scope.end(Outcome.failed(failure)))
				.containsExactly(ResourceScopeOutcomeTests.this.atRelease, second)
				.allSatisfy((each) -> assertThat(each).hasNoSuppressedExceptions());
			assertThat(failure).hasNoSuppressedExceptions();
			this.trace.assertEvents("enter a", "enter b", "exit b: failed by body", "exit a: failed by body");
		}

		@Test
		void inDoubtIsNeitherSuccessNorFailure() {
			IOException failure = ResourceScopeOutcomeTests.this.failure;
			this.scope.onSuccess(() -> this.trace.add("success"));
			this.scope.onFailure((outcome) -> this.trace.add("failure"));
			this.scope.onExit((outcome) -> this.trace.add("saw " + Trace.text(outcome)));
			assertThat(this.scope.end(Outcome.unknown(failure))).isEmpty();
			this.trace.assertEvents("saw unknown by body");
		}

		@Test
		void returnsNothingIfNothingFailed() {
			this.scope.enter(this.trace.resource("a"));
			assertThat(this.scope.end(Outcome.succeeded())).isEmpty();
		}

		@Test
		void mayFailWithoutAFailure() {
			this.scope.enter(this.trace.resource("a"));
			assertThat(this.scope.end(Outcome.failed())).isEmpty();
			this.trace.assertEvents("enter a", "exit a: failed");
		}

		@Test
		void closeAfterwardsDoesNothing() {
			this.scope.enter(this.trace.resource("a"));
			this.scope.end(Outcome.succeeded());
			this.scope.close();
			this.trace.assertEvents("enter a", "exit a: succeeded");
		}

		@Test
		void endInsideOfAReleaseDoesNothing() {
			this.scope.enter(this.trace.resource("a"));
			this.scope.defer(() -> assertThat(this.scope.end(Outcome.failed())).isEmpty());
			this.scope.defer(this.scope::close);
			assertThat(this.scope.end(Outcome.succeeded())).isEmpty();
			this.trace.assertEvents("enter a", "exit a: succeeded");
		}

	}

	@Nested
	class ScopeInAScope {

		private final Trace trace = ResourceScopeOutcomeTests.this.trace;

		@Test
		void endsWithTheOutcomeOfTheOuterOne() {
			IOException failure = ResourceScopeOutcomeTests.this.failure;
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((outer) -> {
				outer.enter(this.trace.resource("outer"));
				ResourceScope inner = outer.enter(ResourceScope.open());
				outer.enter(this.trace.resource("between"));
				inner.enter(this.trace.resource("inner a"));
				inner.enter(this.trace.resource("inner b", ResourceScopeOutcomeTests.this.atRelease));
				throw failure;
			})).isSameAs(failure);
			assertThat(failure.getSuppressed()).containsExactly(ResourceScopeOutcomeTests.this.atRelease);
			this.trace.assertEvents("enter outer", "enter between", "enter inner a", "enter inner b",
					"exit between: failed by body", "exit inner b: failed by body", "exit inner a: failed by body",
					"exit outer: failed by body");
		}

		@Test
		void succeedsWithTheOuterOneWithoutBeingCompleted() {
			ResourceScope.run((outer) -> outer.enter(ResourceScope.open()).enter(this.trace.resource("a")));
			this.trace.assertEvents("enter a", "exit a: succeeded");
		}

		@Test
		void failureOfItsReleaseIsSeenOutside() {
			assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((outer) -> {
				outer.enter(this.trace.resource("outer"));
				outer.enter(ResourceScope.open())
					.enter(this.trace.resource("inner", ResourceScopeOutcomeTests.this.atRelease));
			})).isSameAs(ResourceScopeOutcomeTests.this.atRelease);
			this.trace.assertEvents("enter outer", "enter inner", "exit inner: succeeded",
					"exit outer: failed by release");
		}

		@Test
		void suppressesForTheOuterOne() throws IOException {
			ResourceScope.run((outer) -> {
				outer.enter(this.trace.resource("outer"));
				ResourceScope inner = outer.enter(ResourceScope.open());
				inner.enter(Resources.suppressing(IOException.class));
				throw ResourceScopeOutcomeTests.this.failure;
			});
			this.trace.assertEvents("enter outer", "exit outer: succeeded");
		}

		@Test
		void releasesWhatIsAddedWhileItIsReleased() {
			ResourceScope.run((outer) -> {
				ResourceScope inner = outer.enter(ResourceScope.open());
				inner.enter(this.trace.resource("inner"));
				inner.defer(() -> inner.defer(() -> this.trace.add("added")));
			});
			this.trace.assertEvents("enter inner", "added", "exit inner: succeeded");
		}

		@Test
		@DisplayName("R7: ten thousand scopes in each other unwind without recursion")
		void tenThousandInEachOtherUnwindWithoutRecursion() throws InterruptedException {
			AtomicInteger released = new AtomicInteger();
			List<Throwable> thrown = new ArrayList<>();
			Thread thread = new Thread(null, () -> {
				IOException failure = ResourceScopeOutcomeTests.this.failure;
				try {
					ResourceScope.run((scope) -> {
						ResourceScope innermost = scope;
						for (int i = 0; i < 10_000; i++) {
							innermost.onFailure((outcome) -> released.incrementAndGet());
							innermost = innermost.enter(ResourceScope.open());
						}
						throw failure;
					});
				}
				catch (Throwable ex) {
					thrown.add(ex);
				}
			}, "small stack", 256 * 1024);
			thread.start();
			thread.join();
			assertThat(thrown).containsExactly(ResourceScopeOutcomeTests.this.failure);
			assertThat(ResourceScopeOutcomeTests.this.failure).hasNoSuppressedExceptions();
			assertThat(released).hasValue(10_000);
		}

		@Test
		void isUsableUntilAllThatIsInItIsReleased() {
			ResourceScope[] inner = new ResourceScope[1];
			ResourceScope.run((outer) -> {
				outer.onExit((outcome) -> assertThatIllegalStateException()
					.isThrownBy(() -> inner[0].enter(this.trace.resource("late")))
					.withMessageStartingWith("This ResourceScope has ended"));
				inner[0] = outer.enter(ResourceScope.open());
				inner[0].onExit((outcome) -> inner[0].enter(this.trace.resource("in time")));
			});
			this.trace.assertEvents("enter in time", "exit in time: succeeded");
		}

		@Test
		void isNotReleasedAgainIfItHasEnded() {
			ResourceScope.run((outer) -> {
				ResourceScope inner = outer.enter(ResourceScope.open());
				inner.enter(this.trace.resource("inner"));
				inner.close();
			});
			this.trace.assertEvents("enter inner", "exit inner: failed");
		}

		@Test
		void takesOverWhatWasDetached() {
			ResourceScope detached = ResourceScope.<ResourceScope, RuntimeException>call((scope) -> {
				scope.enter(this.trace.resource("a"));
				return scope.detach();
			});
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
				scope.enter(detached);
				throw ResourceScopeOutcomeTests.this.failure;
			}));
			this.trace.assertEvents("enter a", "exit a: failed by body");
		}

		@Test
		void twoInEachOtherAreReleasedOnce() {
			ResourceScope first = ResourceScope.open();
			ResourceScope second = ResourceScope.open();
			first.enter(this.trace.resource("bottom"));
			first.enter(second);
			second.enter(first);
			first.enter(this.trace.resource("a"));
			second.enter(this.trace.resource("b"));
			assertThat(first.end(Outcome.succeeded())).isEmpty();
			second.close();
			this.trace.assertEvents("enter bottom", "enter a", "enter b", "exit a: succeeded", "exit b: succeeded",
					"exit bottom: succeeded");
		}

	}

}
