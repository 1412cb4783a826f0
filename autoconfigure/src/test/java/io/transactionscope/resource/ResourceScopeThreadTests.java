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
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for what a {@link ResourceScope} says to other threads, late callers, interrupts
 * and errors.
 */
@DisplayName("Java only")
class ResourceScopeThreadTests {

	private final Trace trace = new Trace();

	private final ExecutorService other = Executors.newSingleThreadExecutor((task) -> new Thread(task, "other"));

	@AfterEach
	void shutDown() {
		this.other.shutdownNow();
		Thread.interrupted();
	}

	@Test
	@DisplayName("an entry from another thread")
	void refusesAnyUseFromAnotherThread() throws InterruptedException {
		try (ResourceScope scope = ResourceScope.open()) {
			scope.enter(this.trace.resource("a"));
			String message = "This ResourceScope belongs to " + Thread.currentThread() + " and was used from ";
			for (Runnable use : uses(scope)) {
				assertThat(thrownBy(use)).isInstanceOf(IllegalStateException.class)
					.hasMessageStartingWith(message)
					.hasMessageContaining("other");
			}
			assertThat(thrownBy(scope::close)).isInstanceOf(IllegalStateException.class);
			assertThat(thrownBy(() -> scope.end(Outcome.succeeded()))).isInstanceOf(IllegalStateException.class);
			this.trace.assertEvents("enter a");
			scope.complete();
		}
		this.trace.assertEvents("enter a", "exit a: succeeded");
	}

	@Test
	@DisplayName("an entry after the end")
	void refusesAnyUseAfterItsEnd() {
		List<ResourceScope> kept = new ArrayList<>();
		ResourceScope.run(kept::add);
		for (Runnable use : uses(kept.get(0))) {
			assertThatIllegalStateException().isThrownBy(use::run)
				.withMessageStartingWith("This ResourceScope has ended and takes nothing more");
		}
		this.trace.assertEvents();
	}

	@Test
	@DisplayName("close() twice")
	void closesOnce() {
		ResourceScope scope = ResourceScope.open();
		scope.enter(this.trace.resource("a"));
		scope.complete();
		scope.close();
		scope.close();
		this.trace.assertEvents("enter a", "exit a: succeeded");
	}

	@Test
	@DisplayName("close() concurrently")
	void closesOnceWhereSeveralThreadsTry() throws Exception {
		int rounds = 20_000;
		AtomicInteger released = new AtomicInteger();
		List<ResourceScope> scopes = new ArrayList<>();
		for (int i = 0; i < rounds; i++) {
			ResourceScope opened = ResourceScope.open();
			opened.defer(released::incrementAndGet);
			scopes.add(opened.detach());
		}
		CyclicBarrier start = new CyclicBarrier(2);
		Callable<Integer> closeAll = () -> {
			int refused = 0;
			start.await();
			for (ResourceScope scope : scopes) {
				try {
					scope.close();
				}
				catch (IllegalStateException ex) {
					refused++;
				}
			}
			return refused;
		};
		ExecutorService yetAnother = Executors.newSingleThreadExecutor();
		Future<Integer> one = this.other.submit(closeAll);
		Future<Integer> two = yetAnother.submit(closeAll);
		assertThat(one.get() + two.get()).isEqualTo(rounds);
		assertThat(released).hasValue(rounds);
		yetAnother.shutdown();
	}

	@Test
	void detachedScopeBelongsToTheFirstThreadThatUsesIt() throws InterruptedException {
		ResourceScope opened = ResourceScope.open();
		opened.enter(this.trace.resource("a"));
		ResourceScope detached = opened.detach();
		opened.close();
		assertThat(thrownBy(() -> detached.defer(() -> this.trace.add("deferred")))).isNull();
		assertThatIllegalStateException().isThrownBy(detached::close)
			.withMessageStartingWith("This ResourceScope belongs to Thread[")
			.withMessageContaining("other");
		assertThat(thrownBy(detached::close)).isNull();
		this.trace.assertEvents("enter a", "deferred", "exit a: succeeded");
	}

	@Test
	void detachedScopeMayBeHandedOnAgain() throws Exception {
		ResourceScope opened = ResourceScope.open();
		opened.enter(this.trace.resource("a"));
		ResourceScope detached = opened.detach();
		ResourceScope handedBack = this.other.submit(detached::detach).get();
		handedBack.close();
		this.trace.assertEvents("enter a", "exit a: succeeded");
	}

	@Test
	@DisplayName("a scope of another thread, entered")
	void r1RefusesAScopeOfAnotherThreadAtItsEntry() throws InterruptedException {
		try (ResourceScope scope = ResourceScope.open()) {
			scope.enter(this.trace.resource("a"));
			assertThat(thrownBy(() -> ResourceScope.run((other) -> {
				assertThatIllegalStateException().isThrownBy(() -> other.enter(scope))
					.withMessageContaining("hand over what detach() returns");
				this.trace.add("refused");
			}))).isNull();
			ResourceScope detached = scope.detach();
			assertThat(thrownBy(() -> ResourceScope.run((other) -> other.enter(detached)))).isNull();
		}
		this.trace.assertEvents("enter a", "refused", "exit a: succeeded");
	}

	@Test
	@DisplayName("a detached scope, entered")
	void r1DetachedScopeBelongsToTheThreadThatEntersIt() throws InterruptedException {
		ResourceScope opened = ResourceScope.open();
		opened.enter(this.trace.resource("a"));
		ResourceScope detached = opened.detach();
		ResourceScope.run((scope) -> {
			scope.enter(detached);
			assertThat(thrownBy(detached::close)).isInstanceOf(IllegalStateException.class);
		});
		this.trace.assertEvents("enter a", "exit a: succeeded");
	}

	@Test
	@DisplayName("scopes in a detached scope")
	void r6ScopesGoWithTheOneThatTheyWereEnteredIn() throws InterruptedException {
		ResourceScope outer = ResourceScope.open();
		ResourceScope inner = outer.enter(ResourceScope.open());
		inner.enter(ResourceScope.open()).enter(this.trace.resource("a"));
		inner.enter(this.trace.resource("b"));
		assertThat(thrownBy(outer.detach()::close)).isNull();
		outer.close();
		this.trace.assertEvents("enter a", "enter b", "exit b: succeeded", "exit a: succeeded");
	}

	@Test
	@DisplayName("InterruptedException from an exit restores the flag")
	void interruptedReleaseRestoresTheFlagAfterTheOthers() {
		List<Boolean> flags = new ArrayList<>();
		InterruptedException interrupted = new InterruptedException("release");
		assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.defer(() -> flags.add(Thread.currentThread().isInterrupted()));
			scope.enter(this.trace.resource("a", interrupted));
		})).isSameAs(interrupted);
		assertThat(flags).containsExactly(false);
		assertThat(Thread.currentThread().isInterrupted()).isTrue();
	}

	@Test
	@DisplayName("InterruptedException from an exit after another failure restores the flag")
	void interruptedReleaseAfterAFailureRestoresTheFlag() {
		IOException failure = new IOException("body");
		InterruptedException interrupted = new InterruptedException("release");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(ResourceScope.open()).enter(this.trace.resource("a", interrupted));
			throw failure;
		})).isSameAs(failure);
		assertThat(failure.getSuppressed()).containsExactly(interrupted);
		assertThat(Thread.currentThread().isInterrupted()).isTrue();
	}

	@Test
	@DisplayName("InterruptedException from the body is the caller's")
	void interruptedBodyIsLeftToTheCaller() {
		assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a"));
			throw new InterruptedException("body");
		}));
		assertThat(Thread.currentThread().isInterrupted()).isFalse();
		this.trace.assertEvents("enter a", "exit a: failed by body");
	}

	@Test
	@DisplayName("an Error from an exit")
	void errorOfAReleaseDoesNotKeepTheOthersFromBeingReleased() {
		StackOverflowError error = new StackOverflowError("release");
		assertThatExceptionOfType(StackOverflowError.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a"));
			scope.enter(this.trace.resource("b", error));
		})).isSameAs(error);
		this.trace.assertEvents("enter a", "enter b", "exit b: succeeded", "exit a: failed by release");
	}

	@Test
	@DisplayName("an Error from the body and from an exit")
	void errorOfTheBodyWins() {
		OutOfMemoryError error = new OutOfMemoryError("body");
		AssertionError atRelease = new AssertionError("release");
		assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a", atRelease));
			throw error;
		})).isSameAs(error);
		assertThat(error.getSuppressed()).containsExactly(atRelease);
	}

	@Test
	@DisplayName("a real StackOverflowError")
	void releasesAfterAStackOverflow() {
		assertThatExceptionOfType(StackOverflowError.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a"));
			recurse(0);
		}));
		assertThat(this.trace.events()).hasSize(2);
	}

	@Test
	@DisplayName("an entry added during the unwind")
	void entryAddedDuringTheUnwindingIsReleasedNext() {
		ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a"));
			scope.onExit((outcome) -> scope.enter(this.trace.resource("added")));
			scope.enter(this.trace.resource("b"));
		});
		this.trace.assertEvents("enter a", "enter b", "exit b: succeeded", "enter added", "exit added: succeeded",
				"exit a: succeeded");
	}

	@Test
	@DisplayName("an entry whose acquisition ends the scope")
	void releasesAtOnceWhatWasAcquiredAfterItsEnd() {
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a"));
			scope.enter(Resource.of(() -> {
				scope.close();
				return "b";
			}, (value, outcome) -> this.trace.add("exit b: " + Trace.text(outcome))));
		})).withMessageStartingWith("This ResourceScope has ended and takes nothing more");
		assertThat(this.trace.events()).hasSize(3)
			.startsWith("enter a", "exit a: succeeded")
			.last(as(InstanceOfAssertFactories.STRING))
			.startsWith("exit b: failed by This ResourceScope has ended");
	}

	@Test
	@DisplayName("entries added without end are released one by one")
	void tenThousandEntriesEachAddedByTheOneBefore() {
		AtomicInteger left = new AtomicInteger(10_000);
		ResourceScope.run((scope) -> scope.defer(new Runnable() {

			@Override
			public void run() {
				if (left.decrementAndGet() > 0) {
					scope.defer(this);
				}
			}

		}));
		assertThat(left).hasValue(0);
	}

	@Test
	@DisplayName("exceptions built without suppression")
	void failureWithoutSuppressionIsStillTheFirst() {
		Exception rigid = new Exception("rigid", null, false, false) {
		};
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a", new IOException("a")));
			scope.enter(this.trace.resource("b", rigid));
		})).isSameAs(rigid);
		this.trace.assertEvents("enter a", "enter b", "exit b: succeeded", "exit a: failed by rigid");
	}

	private int recurse(int depth) {
		return (depth < 0) ? 0 : recurse(depth + 1) + 1;
	}

	private List<Runnable> uses(ResourceScope scope) {
		return List.of(() -> scope.enter(this.trace.resource("b")), () -> scope.enter(this.trace.closeable("b")),
				() -> scope.onExit((outcome) -> this.trace.add("exit")),
				() -> scope.onSuccess(() -> this.trace.add("success")),
				() -> scope.onFailure((outcome) -> this.trace.add("failure")),
				() -> scope.defer(() -> this.trace.add("deferred")), scope::detach, scope::complete);
	}

	private @Nullable Throwable thrownBy(Runnable use) throws InterruptedException {
		try {
			this.other.submit(use).get();
			return null;
		}
		catch (ExecutionException ex) {
			return ex.getCause();
		}
	}

}
