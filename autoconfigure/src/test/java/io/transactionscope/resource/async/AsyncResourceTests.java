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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.resource.Resources;
import io.transactionscope.resource.release.ReleaseTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static io.transactionscope.resource.async.AsyncTrace.done;
import static io.transactionscope.resource.async.AsyncTrace.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link AsyncResource}.
 */
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // Seen by ended() and by what was released
class AsyncResourceTests {

	private final AsyncTrace trace = new AsyncTrace();

	private final IOException failure = new IOException("body");

	@AfterEach
	void close() {
		this.trace.close();
	}

	@Test
	void isMadeOfTwoLambdasAndHeldForOneBody() throws Exception {
		String result = this.trace.resource("a")
			.<String>call((value) -> this.trace.later("body " + value).thenApply((nothing) -> "result"))
			.await();
		assertThat(result).isEqualTo("result");
		this.trace.assertEvents("enter a", "body a", "exit a: succeeded");
	}

	@Test
	void aBodyThatFailsAtOnceReleasesIt() {
		assertThat(failureOf(this.trace.resource("a").<String>call((value) -> {
			throw new IllegalStateException("at once");
		}))).hasMessage("at once");
		this.trace.assertEvents("enter a", "exit a: failed by at once");
	}

	@Test
	@SuppressWarnings("NullAway")
	void aBodyThatReturnsNullReleasesIt() {
		assertThat(failureOf(this.trace.resource("a").<String>call((value) -> null)))
			.isInstanceOf(NullPointerException.class)
			.hasMessageContaining("must not return null");
	}

	@Test
	void aCancelReachesTheBodysOwnStage() {
		CompletableFuture<String> body = new CompletableFuture<>();
		BlockFuture<String> future = AsyncResource
			.of(() -> CompletableFuture.completedFuture("a"), (value, outcome) -> {
				this.trace.add("cancelled " + outcome.isCancelled());
				return done();
			})
			.call((value) -> body);
		future.cancel(true);
		assertThat(body).isCancelled();
		assertThat(future.ended().toCompletableFuture().join().isCancelled()).isTrue();
		this.trace.assertEvents("cancelled true");
	}

	@Test
	void aCancelBeforeItIsAcquiredReleasesItAndStartsNoBody() {
		CompletableFuture<String> acquisition = new CompletableFuture<>();
		BlockFuture<String> future = AsyncResource
			.of(() -> acquisition, (value, outcome) -> this.trace.exit(value, outcome, null))
			.call((value) -> {
				this.trace.add("body");
				return new CompletableFuture<>();
			});
		future.cancel(true);
		assertThat(acquisition.isCancelled()).isFalse();
		acquisition.complete("a");
		assertThat(future.ended().toCompletableFuture().join().failure()).hasNoSuppressedExceptions();
		this.trace.assertEvents("exit a: cancelled");
	}

	@Test
	void aNullableValueMayBeNull() throws Exception {
		AsyncResource<@Nullable String> resource = AsyncResource.of(() -> CompletableFuture.completedFuture(null),
				(value, outcome) -> this.trace.later("release " + value));
		AsyncResourceScope.run((scope) -> scope.enter(resource).thenAccept((value) -> this.trace.add("value " + value)))
			.await();
		this.trace.assertEvents("value null", "release null");
	}

	@Test
	void closesWhatIsClosedAsynchronously() throws Exception {
		Session session = new Session();
		Session value = AsyncResource.closing(session, Session::closeAsync)
			.<Session>call(CompletableFuture::completedFuture)
			.await();
		assertThat(value).isSameAs(session);
		assertThat(session.closed).isOne();
	}

	@Test
	void anIteratorLeftEarlyIsClosedOnce() throws Exception {
		Session iterator = new Session();
		BlockFuture<Integer> first = AsyncResource.closing(iterator, Session::closeAsync).call(Session::next);
		assertThat(first.await()).isOne();
		assertThat(first.ended().toCompletableFuture().join()).isEqualTo(Outcome.succeeded());
		assertThat(iterator.closed).isOne();
	}

	@Test
	void blockingResourcesAreAcquiredAndReleasedOnTheirExecutor() throws Exception {
		List<Thread> threads = new ArrayList<>();
		AsyncResource<String> resource = AsyncResource.blocking(Resource.of(() -> {
			threads.add(Thread.currentThread());
			return "a";
		}, (value, outcome) -> threads.add(Thread.currentThread())), this.trace.executor);
		assertThat(resource.<String>call(CompletableFuture::completedFuture).await()).isEqualTo("a");
		assertThat(threads).hasSize(2).doesNotContain(Thread.currentThread());
	}

	@Test
	void aBlockingResourceBoundToItsThreadIsRefused() {
		Resource<String> bound = () -> Held.threadBound("a", (outcome) -> this.trace.add("release"));
		assertThat(failureOf(AsyncResource.blocking(bound, this.trace.executor).<String>call((value) -> {
			this.trace.add("body");
			return CompletableFuture.completedFuture(value);
		}))).isInstanceOf(IllegalStateException.class).hasMessageContaining("bound to the thread that acquired it");
		this.trace.assertEvents("release");
	}

	@Test
	void aBlockingResourceWhoseExecutorRefusesFailsItsEntry() {
		this.trace.executor.shutdown();
		assertThat(failureOf(AsyncResource.blocking(this.trace.blocking("a"), this.trace.executor)
			.<String>call(CompletableFuture::completedFuture))).isInstanceOf(RejectedExecutionException.class);
		this.trace.assertEvents();
	}

	@Test
	void aMappedOneHasAnotherValue() throws Exception {
		assertThat(this.trace.resource("abc")
			.map(String::length)
			.<Integer>call(CompletableFuture::completedFuture)
			.await()).isEqualTo(3);
		this.trace.assertEvents("enter abc", "exit abc: succeeded");
	}

	@Test
	void aMapperThatThrowsReleasesItAndFailsTheEntry() {
		IllegalStateException atMap = new IllegalStateException("map");
		IOException atRelease = new IOException("release");
		assertThat(failureOf(this.trace.resource("a", atRelease).<String>map((value) -> {
			throw atMap;
		}).<String>call(CompletableFuture::completedFuture))).isSameAs(atMap);
		assertThat(atMap.getSuppressed()).containsExactly(atRelease);
		this.trace.assertEvents("enter a", "exit a: failed by map");
	}

	@Test
	void twoAsOneAreAcquiredInOrderAndReleasedInReverse() throws Exception {
		AsyncResource<String> both = this.trace.resource("a")
			.and(AsyncResource.blocking(this.trace.blocking("b"), this.trace.executor), (a, b) -> a + b)
			.and(this.trace.resource("c"), (ab, c) -> ab + c);
		assertThat(both.<String>call(CompletableFuture::completedFuture).await()).isEqualTo("abc");
		this.trace.assertEvents("enter a", "enter b", "enter c", "exit c: succeeded", "exit b: succeeded",
				"exit a: succeeded");
	}

	@Test
	void theSecondThatFailsReleasesTheFirst() {
		IOException atRelease = new IOException("release");
		AsyncResource<String> failing = () -> CompletableFuture.failedFuture(this.failure);
		assertThat(failureOf(
				this.trace.resource("a", atRelease).and(failing).<String>call(CompletableFuture::completedFuture)))
			.isSameAs(this.failure);
		assertThat(this.failure.getSuppressed()).containsExactly(atRelease);
		this.trace.assertEvents("enter a", "exit a: failed by body");
	}

	@Test
	void partsSeeWhatFailedInPartsReleasedBefore() {
		IOException atRelease = new IOException("b");
		assertThat(failureOf(this.trace.resource("a")
			.and(this.trace.resource("b", atRelease))
			.<String>call(CompletableFuture::completedFuture))).isSameAs(atRelease);
		this.trace.assertEvents("enter a", "enter b", "exit b: succeeded", "exit a: failed by b");
	}

	@Test
	void tenThousandPartsNeitherOverflowNorHang() throws Exception {
		int[] released = new int[1];
		AsyncResource<String> part = AsyncResource.closing("", (value) -> {
			released[0]++;
			return done();
		});
		AsyncResource<String> left = part;
		AsyncResource<String> right = part;
		for (int i = 1; i < 10_000; i++) {
			left = left.and(part);
			right = part.and(right);
		}
		left.<String>call(CompletableFuture::completedFuture).await();
		right.<String>call(CompletableFuture::completedFuture).await();
		assertThat(released[0]).isEqualTo(20_000);
	}

	@Test
	void aCompositeReleasedByOthersReleasesItsPartsInReverse() {
		IOException b = new IOException("b");
		IllegalStateException a = new IllegalStateException("a");
		AsyncResource<String> both = this.trace.resource("a", a).and(this.trace.resource("b", b));
		CompletionStage<?> released = CompletableFuture.completedStage(both)
			.thenCompose(AsyncResourceTests::acquire)
			.thenCompose((held) -> released(held, Outcome.failed(this.failure)));
		assertThat(failureOf(released)).isSameAs(b);
		assertThat(b.getSuppressed()).containsExactly(a);
		this.trace.assertEvents("enter a", "enter b", "exit b: failed by body", "exit a: failed by body");
	}

	@Test
	void aSharedOneIsAcquiredOnceAndReleasedByTheLastExit() throws Exception {
		AsyncResource<String> shared = this.trace.resource("a").shared();
		shared.<String>call((outer) -> {
			this.trace.add("outer " + outer);
			return shared.<String>call((inner) -> this.trace.later("inner " + inner).thenApply((nothing) -> inner))
				.thenCompose((inner) -> this.trace.later("outer again"))
				.thenApply((nothing) -> outer);
		}).await();
		this.trace.assertEvents("enter a", "outer a", "inner a", "outer again", "exit a: succeeded");
		shared.<String>call(CompletableFuture::completedFuture).await();
		this.trace.assertEvents("enter a", "outer a", "inner a", "outer again", "exit a: succeeded", "enter a",
				"exit a: succeeded");
	}

	@Test
	void thoseThatEnterASharedOneWhileItIsAcquiredGetIt() throws Exception {
		CompletableFuture<String> acquisition = new CompletableFuture<>();
		AsyncResource<String> shared = AsyncResource
			.of(() -> acquisition, (value, outcome) -> this.trace.exit(value, outcome, null))
			.shared();
		BlockFuture<String> first = shared.call(CompletableFuture::completedFuture);
		CompletableFuture<String> body = new CompletableFuture<>();
		BlockFuture<String> second = shared.call((value) -> body);
		first.cancel(true);
		acquisition.complete("a");
		assertThat(first.ended().toCompletableFuture().join().isCancelled()).isTrue();
		this.trace.assertEvents();
		body.complete("result");
		assertThat(second.await()).isEqualTo("result");
		this.trace.assertEvents("exit a: succeeded");
	}

	@Test
	void aSharedAcquisitionThatFailsFailsAllAndIsTriedAnew() throws Exception {
		List<CompletableFuture<String>> acquisitions = new ArrayList<>();
		AsyncResource<String> shared = AsyncResource.<String>of(() -> {
			CompletableFuture<String> acquisition = new CompletableFuture<>();
			acquisitions.add(acquisition);
			return acquisition;
		}, (value, outcome) -> done()).shared();
		BlockFuture<String> first = shared.call(CompletableFuture::completedFuture);
		BlockFuture<String> second = shared.call(CompletableFuture::completedFuture);
		acquisitions.get(0).completeExceptionally(this.failure);
		assertThat(failureOf(first)).isSameAs(this.failure);
		assertThat(failureOf(second)).isSameAs(this.failure);
		BlockFuture<String> third = shared.call(CompletableFuture::completedFuture);
		acquisitions.get(1).complete("a");
		assertThat(third.await()).isEqualTo("a");
	}

	@Test
	void aReleasePastItsLimitIsNamedAndTheOthersGoOn() {
		CompletableFuture<@Nullable Void> hanging = new CompletableFuture<>();
		AsyncResource<String> bounded = AsyncResource.closing("value", (value) -> hanging)
			.releaseWithin("the session", Duration.ofMillis(10));
		BlockFuture<@Nullable Void> future = AsyncResourceScope
			.run((scope) -> scope.enter(this.trace.resource("a")).thenCompose((a) -> scope.enter(bounded)));
		assertThat(failureOf(future)).isInstanceOfSatisfying(ReleaseTimeoutException.class, (timeout) -> {
			assertThat(timeout).hasMessageContaining("Release of the session did not end within 10 ms");
			assertThat(timeout.resource()).isEqualTo("the session");
			assertThat(timeout.waited()).isGreaterThanOrEqualTo(Duration.ofMillis(10));
		});
		assertThat(hanging).isNotDone();
		assertThat(future.ended().toCompletableFuture()).isDone();
		hanging.complete(null);
	}

	@Test
	void aReleaseWithinItsLimitEndsAsItDoes() {
		assertThat(failureOf(this.trace.resource("a", this.failure)
			.releaseWithin(Duration.ofHours(1))
			.<String>call(CompletableFuture::completedFuture))).isSameAs(this.failure);
		this.trace.assertEvents("enter a", "exit a: succeeded");
	}

	@Test
	void aReleasePastItsLimitIsNamedByTheTypeOfItsValue() {
		assertThat(failureOf(AsyncResource.closing("value", (value) -> new CompletableFuture<>())
			.releaseWithin(Duration.ofMillis(1))
			.<String>call(CompletableFuture::completedFuture)))
			.hasMessageContaining("Release of java.lang.String did not end within 1 ms");
	}

	@Test
	void anAcquisitionPastItsLimitIsNamedAndWhatArrivesLaterIsReleased() {
		CompletableFuture<String> acquisition = new CompletableFuture<>();
		IOException atRelease = new IOException("release");
		BlockFuture<String> future = AsyncResource
			.of(() -> acquisition, (value, outcome) -> this.trace.exit(value, outcome, atRelease))
			.acquireWithin("the session", Duration.ofMillis(10))
			.call(CompletableFuture::completedFuture);
		Throwable failure = failureOf(future);
		assertThat(failure).isInstanceOfSatisfying(ResourceUnavailableException.class, (unavailable) -> {
			assertThat(unavailable).hasMessageContaining("Could not get the session within 10 ms");
			assertThat(unavailable.resource()).isEqualTo("the session");
		});
		assertThat(acquisition).isNotDone();
		acquisition.complete("a");
		await().until(() -> failure.getSuppressed().length == 1);
		assertThat(failure).hasSuppressedException(atRelease);
		this.trace.assertEvents("exit a: failed by " + failure.getMessage());
	}

	@Test
	void aCancelWhileItsBodyIsBeingCalledAwaitsTheBlockThatTheBodyReturns() throws Exception {
		List<String> events = new CopyOnWriteArrayList<>();
		CompletableFuture<AsyncHeld<String>> acquisition = new CompletableFuture<>();
		CompletableFuture<@Nullable Void> release = new CompletableFuture<>();
		CountDownLatch called = new CountDownLatch(1);
		CountDownLatch cancelled = new CountDownLatch(1);
		AsyncResource<String> lock = () -> acquisition;
		BlockFuture<String> future = lock.call((value) -> {
			called.countDown();
			awaitQuietly(cancelled);
			return AsyncResourceScope.<String>call((scope) -> {
				scope.onExitAsync((outcome) -> {
					events.add("inner");
					return release;
				});
				return new CompletableFuture<>();
			});
		});
		this.trace.executor.execute(() -> acquisition.complete(AsyncHeld.of("lock", (outcome) -> {
			events.add("lock");
			return done();
		})));
		assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
		future.cancel(true);
		assertThat(events).isEmpty();
		cancelled.countDown();
		await().until(() -> !events.isEmpty());
		assertThat(events).containsExactly("inner");
		assertThat(future.ended().toCompletableFuture()).isNotDone();
		release.complete(null);
		assertThat(future.ended().toCompletableFuture().get(10, TimeUnit.SECONDS).isCancelled()).isTrue();
		assertThat(events).containsExactly("inner", "lock");
	}

	@Test
	void anAcquisitionThatNeverEndsHoldsNoCancelUpPastItsLimit() {
		BlockFuture<String> future = AsyncResource.<String>of(CompletableFuture::new, (value, outcome) -> done())
			.acquireWithin("the session", Duration.ofSeconds(1))
			.call(CompletableFuture::completedFuture);
		future.cancel(true);
		assertThat(future.ended().toCompletableFuture().join().isCancelled()).isTrue();
	}

	@Test
	void anAcquisitionWithinItsLimitEndsAsItDoes() throws Exception {
		assertThat(this.trace.resource("a")
			.acquireWithin("a", Duration.ofHours(1))
			.<String>call(CompletableFuture::completedFuture)
			.await()).isEqualTo("a");
		AsyncResource<String> failing = () -> CompletableFuture.failedFuture(this.failure);
		assertThat(failureOf(
				failing.acquireWithin("a", Duration.ofHours(1)).<String>call(CompletableFuture::completedFuture)))
			.isSameAs(this.failure);
	}

	@Test
	void aLimitMustBePositive() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> AsyncResource.none("a").acquireWithin("a", Duration.ofMillis(-1)))
			.withMessageContaining("Invalid limit of the acquisition of a (PT-0.001S): it must be positive");
		assertThatIllegalArgumentException().isThrownBy(() -> AsyncResource.none("a").releaseWithin("a", Duration.ZERO))
			.withMessageContaining("Invalid limit of a release (PT0S): it must be positive");
	}

	@Test
	void decoratedFunctionsHoldItUntilTheirStageIsCompleted() throws Exception {
		AsyncResource<String> resource = this.trace.resource("a");
		Supplier<BlockFuture<String>> supplier = resource
			.wrapSupplier(() -> this.trace.later("supplier").thenApply((nothing) -> "result"));
		Function<Integer, BlockFuture<Integer>> function = resource
			.wrap((Integer number) -> this.trace.later("function").thenApply((nothing) -> number + 1));
		assertThat(supplier.get().await()).isEqualTo("result");
		assertThat(function.apply(1).await()).isEqualTo(2);
		assertThat(resource
			.<Integer, Integer, Integer>wrapBiFunction((one, other) -> CompletableFuture.completedFuture(one + other))
			.apply(1, 2)
			.await()).isEqualTo(3);
		this.trace.assertEvents("enter a", "supplier", "exit a: succeeded", "enter a", "function", "exit a: succeeded",
				"enter a", "exit a: succeeded");
	}

	@Test
	void aSuppressorMayBePartOfACompositeOnAnExecutor() throws Exception {
		AsyncResource<String> both = AsyncResource
			.blocking(Resources.suppressing(IOException.class), this.trace.executor)
			.and(this.trace.resource("a", this.failure));
		assertThat(both.<String>call(CompletableFuture::completedFuture).await()).isEqualTo("a");
	}

	private static <T extends @Nullable Object> CompletionStage<AsyncHeld<T>> acquire(AsyncResource<T> resource) {
		CompletableFuture<AsyncHeld<T>> acquired = new CompletableFuture<>();
		Stages.<T>acquire(resource, resource::acquire, (held, failure) -> {
			if (held != null) {
				acquired.complete(held);
			}
			else if (failure != null) {
				acquired.completeExceptionally(failure);
			}
		});
		return acquired;
	}

	private static CompletionStage<String> released(AsyncHeld<?> held, Outcome outcome) {
		try {
			return held.release(outcome).thenApply((nothing) -> "released");
		}
		catch (Exception ex) {
			return CompletableFuture.failedStage(ex);
		}
	}

	private static void awaitQuietly(CountDownLatch latch) {
		try {
			assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static final class Session {

		private int closed;

		private int count;

		CompletionStage<Integer> next() {
			this.count++;
			return CompletableFuture.completedFuture(this.count);
		}

		CompletionStage<?> closeAsync() {
			this.closed++;
			return done();
		}

	}

}
