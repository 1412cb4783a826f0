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
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * Tests for {@link Resource}.
 */
class ResourceTests {

	private final Trace trace = new Trace();

	private final IOException failure = new IOException("body");

	private final IllegalStateException atRelease = new IllegalStateException("release");

	@Test
	void supplierOfAnAutoCloseableIsOpenedAtEachEntryAndClosed() {
		AtomicInteger opened = new AtomicInteger();
		Resource<AutoCloseable> resource = Resource
			.of(() -> this.trace.closeable("number " + opened.incrementAndGet()));
		assertThat(opened).hasValue(0);
		ResourceScope.run((scope) -> {
			scope.enter(resource);
			scope.enter(resource);
		});
		this.trace.assertEvents("close number 2", "close number 1");
	}

	@Test
	@SuppressWarnings("NullAway")
	void supplierMustNotReturnNull() {
		Resource<AutoCloseable> resource = Resource.of((Callable<AutoCloseable>) () -> null);
		assertThatNullPointerException().isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(resource)))
			.withMessage("open must not return null");
	}

	@Nested
	class Map {

		@Test
		void changesTheValueAndReleasesTheOriginalOne() {
			ResourceScope
				.run((scope) -> assertThat(scope.enter(ResourceTests.this.trace.resource("abc").map(String::length)))
					.isEqualTo(3));
			ResourceTests.this.trace.assertEvents("enter abc", "exit abc: succeeded");
		}

		@Test
		void releasesAtOnceIfTheMapperFails() {
			Resource<String> failing = ResourceTests.this.trace.resource("a", ResourceTests.this.atRelease)
				.map((value) -> {
					throw new IllegalArgumentException("mapper");
				});
			ResourceScope.run((scope) -> {
				assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> scope.enter(failing))
					.satisfies((thrown) -> assertThat(thrown.getSuppressed())
						.containsExactly(ResourceTests.this.atRelease));
				ResourceTests.this.trace.add("body goes on");
			});
			ResourceTests.this.trace.assertEvents("enter a", "exit a: failed by mapper", "body goes on");
		}

	}

	@Nested
	class And {

		private final Trace trace = ResourceTests.this.trace;

		@Test
		void acquiresInOrderAndReleasesInReverse() {
			ResourceScope.run((scope) -> {
				String value = scope.enter(this.trace.resource("a").and(this.trace.resource("b")));
				this.trace.add("body with " + value);
			});
			this.trace.assertEvents("enter a", "enter b", "body with b", "exit b: succeeded", "exit a: succeeded");
		}

		@Test
		void combinesBothValues() {
			Resource<String> both = this.trace.resource("a")
				.and(this.trace.resource("b"), (first, second) -> first + second);
			assertThat(ResourceScope.<String, RuntimeException>call((scope) -> scope.enter(both))).isEqualTo("ab");
		}

		@Test
		void releasesTheFirstIfTheSecondCannotBeAcquired() {
			Resource<String> both = this.trace.resource("a", ResourceTests.this.atRelease)
				.and(this.trace.unavailable("b", ResourceTests.this.failure));
			ResourceScope.run((scope) -> {
				assertThatExceptionOfType(IOException.class).isThrownBy(() -> scope.enter(both))
					.isSameAs(ResourceTests.this.failure);
				this.trace.add("body goes on");
			});
			assertThat(ResourceTests.this.failure.getSuppressed()).containsExactly(ResourceTests.this.atRelease);
			this.trace.assertEvents("enter a", "try b", "exit a: failed by body", "body goes on");
		}

		@Test
		void releasesBothIfTheyCannotBeCombined() {
			Resource<String> both = this.trace.resource("a").and(this.trace.resource("b"), (first, second) -> {
				throw ResourceTests.this.atRelease;
			});
			assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(both)))
				.isSameAs(ResourceTests.this.atRelease);
			this.trace.assertEvents("enter a", "enter b", "exit b: failed by release", "exit a: failed by release");
		}

		@Test
		void firstSeesTheFailureOfTheSecondsRelease() {
			assertThatIllegalStateException()
				.isThrownBy(() -> ResourceScope.run((scope) -> scope
					.enter(this.trace.resource("a").and(this.trace.resource("b", ResourceTests.this.atRelease)))))
				.isSameAs(ResourceTests.this.atRelease);
			this.trace.assertEvents("enter a", "enter b", "exit b: succeeded", "exit a: failed by release");
		}

		@Test
		void suppressesWhatIsInsideOfASuppressingPart() throws IOException {
			Resource<String> resource = this.trace.resource("outer")
				.and(Resources.suppressing(IOException.class))
				.and(this.trace.resource("inner"));
			ResourceScope.run((scope) -> {
				scope.enter(resource);
				throw ResourceTests.this.failure;
			});
			this.trace.assertEvents("enter outer", "enter inner", "exit inner: failed by body",
					"exit outer: succeeded");
		}

		@Test
		void keepsTheInterruptOfAReleaseThatIsOnlySuppressed() {
			Resource<String> both = this.trace.resource("a", new InterruptedException("release"))
				.and(this.trace.unavailable("b", ResourceTests.this.failure));
			assertThatExceptionOfType(IOException.class).isThrownBy(both::acquire);
			assertThat(Thread.interrupted()).isTrue();
		}

		@Test
		void mayBeReleasedWithoutAScope() throws Exception {
			Held<String> held = this.trace.resource("a")
				.and(this.trace.resource("b", ResourceTests.this.atRelease))
				.acquire();
			assertThatIllegalStateException().isThrownBy(() -> held.release(Outcome.succeeded()))
				.isSameAs(ResourceTests.this.atRelease);
			this.trace.assertEvents("enter a", "enter b", "exit b: succeeded", "exit a: failed by release");
		}

		@Test
		void manyAreReleasedWithoutRecursion() throws InterruptedException {
			AtomicInteger released = new AtomicInteger();
			Thread thread = new Thread(() -> ResourceScope.run((scope) -> {
				Resource<String> all = Resources.none("end");
				for (int i = 0; i < 500; i++) {
					all = Resources.closing("part", (value) -> released.incrementAndGet()).and(all);
				}
				scope.enter(all);
			}));
			thread.start();
			thread.join();
			assertThat(released).hasValue(500);
		}

	}

	@Nested
	class Reentrant {

		private final Trace trace = ResourceTests.this.trace;

		private final Resource<String> resource = this.trace.resource("a").reentrant();

		@Test
		void sharesTheValueAndReleasesAtTheLastExitWithItsOutcome() {
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((outer) -> {
				String value = outer.enter(this.resource);
				ResourceScope.run((inner) -> {
					assertThat(inner.enter(this.resource)).isSameAs(value);
					assertThat(inner.enter(this.resource)).isSameAs(value);
				});
				this.trace.add("outer body");
				throw ResourceTests.this.failure;
			}));
			this.trace.assertEvents("enter a", "outer body", "exit a: failed by body");
		}

		@Test
		void isAcquiredAnewAfterTheLastExit() {
			ResourceScope.run((scope) -> scope.enter(this.resource));
			ResourceScope.run((scope) -> scope.enter(this.resource));
			this.trace.assertEvents("enter a", "exit a: succeeded", "enter a", "exit a: succeeded");
		}

		@Test
		void isAcquiredAnewAfterAnAcquisitionThatFailed() {
			AtomicInteger attempts = new AtomicInteger();
			Resource<String> flaky = Resource.of(() -> {
				if (attempts.incrementAndGet() == 1) {
					throw ResourceTests.this.failure;
				}
				return "value";
			}, (value, outcome) -> this.trace.add("released")).reentrant();
			ResourceScope.run((scope) -> {
				assertThatExceptionOfType(IOException.class).isThrownBy(() -> scope.enter(flaky));
				assertThat(scope.enter(flaky)).isEqualTo("value");
			});
			this.trace.assertEvents("released");
		}

		@Test
		void isNotSharedBetweenThreads() throws InterruptedException {
			List<String> events = new ArrayList<>();
			AtomicInteger number = new AtomicInteger();
			Resource<Integer> numbered = Resource
				.<Integer>of(number::incrementAndGet, (value, outcome) -> events.add("released " + value))
				.reentrant();
			Thread thread = new Thread(() -> ResourceScope.run((scope) -> scope.enter(numbered)));
			ResourceScope.run((scope) -> {
				scope.enter(numbered);
				thread.start();
				join(thread);
				events.add("body");
			});
			assertThat(events).containsExactly("released 2", "body", "released 1");
		}

		@Test
		void isReleasedOnceByADetachedScopeOnAnotherThread() throws InterruptedException {
			ResourceScope outer = ResourceScope.open();
			outer.enter(this.resource);
			ResourceScope inner = ResourceScope.open();
			inner.enter(this.resource);
			ResourceScope detached = inner.detach();
			outer.close();
			this.trace.add("outer closed");
			Thread thread = new Thread(detached::close);
			thread.start();
			thread.join();
			this.trace.assertEvents("enter a", "outer closed", "exit a: succeeded");
			ResourceScope.run((scope) -> scope.enter(this.resource));
			this.trace.assertEvents("enter a", "outer closed", "exit a: succeeded", "enter a", "exit a: succeeded");
		}

		@Test
		void staysTheSameIfMadeReentrantAgain() {
			assertThat(this.resource.reentrant()).isSameAs(this.resource);
		}

		private void join(Thread thread) {
			try {
				thread.join();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	@Nested
	class Wrap {

		private final Trace trace = ResourceTests.this.trace;

		@Test
		void keepsArgumentResultAndThis() {
			Function<Integer, String> wrapped = this.trace.resource("a").wrap(this::twice);
			assertThat(wrapped.apply(21)).isEqualTo("42");
			this.trace.assertEvents("enter a", "twice", "exit a: succeeded");
		}

		@Test
		void keepsTheFailure() {
			Callable<String> wrapped = this.trace.resource("a").wrap(() -> {
				throw ResourceTests.this.failure;
			});
			assertThatExceptionOfType(IOException.class).isThrownBy(wrapped::call).isSameAs(ResourceTests.this.failure);
			this.trace.assertEvents("enter a", "exit a: failed by body");
		}

		@Test
		void doesNotRunTheBodyIfTheResourceIsUnavailable() {
			Runnable wrapped = this.trace.unavailable("a", ResourceTests.this.failure)
				.wrap(() -> this.trace.add("body"));
			assertThatExceptionOfType(IOException.class).isThrownBy(wrapped::run).isSameAs(ResourceTests.this.failure);
			this.trace.assertEvents("try a");
		}

		@Test
		void balancesRecursiveCalls() {
			List<Function<Integer, Integer>> self = new ArrayList<>();
			self.add(this.trace.resource("a")
				.wrap((number) -> (number <= 1) ? 1 : number * self.get(0).apply(number - 1)));
			assertThat(self.get(0).apply(3)).isEqualTo(6);
			this.trace.assertEvents("enter a", "enter a", "enter a", "exit a: succeeded", "exit a: succeeded",
					"exit a: succeeded");
		}

		private String twice(int number) {
			this.trace.add("twice");
			return String.valueOf(2 * number);
		}

	}

}
