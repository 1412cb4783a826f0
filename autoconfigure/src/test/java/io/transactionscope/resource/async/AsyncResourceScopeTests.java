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
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.Resources;
import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link AsyncResourceScope}.
 */
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // Seen by ended() and by what was released
class AsyncResourceScopeTests {

	private final List<String> events = new CopyOnWriteArrayList<>();

	private final ExecutorService executor = Executors.newFixedThreadPool(2);

	@AfterEach
	void shutDown() {
		this.executor.shutdownNow();
	}

	@Test
	void releasesBlockingAndAsynchronousEntriesInOneReverseOrder() throws Exception {
		String result = AsyncResourceScope.<String>call((scope) -> scope.enter(async("a"))
			.thenCompose((a) -> scope.enter(blocking("b"), this.executor))
			.thenCompose((b) -> {
				scope.enter(() -> this.events.add("close c"), this.executor);
				scope.onExitAsync((outcome) -> later("d " + outcome));
				scope.onExit((outcome) -> this.events.add("e " + outcome), this.executor);
				return scope.enter(async("f"));
			})).await();
		assertThat(result).isEqualTo("f");
		assertThat(this.events).containsExactly("acquire a", "acquire b", "acquire f", "release f succeeded",
				"e succeeded", "d succeeded", "close c", "release b succeeded", "release a succeeded");
	}

	@Test
	void theNextReleaseWaitsForTheOneBefore() throws Exception {
		CompletableFuture<@Nullable Void> first = new CompletableFuture<>();
		BlockFuture<@Nullable Void> future = AsyncResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.events.add("second"), Runnable::run);
			scope.onExitAsync((outcome) -> {
				this.events.add("first");
				return first;
			});
			return done();
		});
		assertThat(this.events).containsExactly("first");
		assertThat(future).isNotDone();
		assertThat(future.ended().toCompletableFuture()).isNotDone();
		first.complete(null);
		assertThat(this.events).containsExactly("first", "second");
		future.await();
	}

	@Test
	void aBlockingReleaseIsWaitedForAsWell() throws Exception {
		CountDownLatch latch = new CountDownLatch(1);
		BlockFuture<@Nullable Void> future = AsyncResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.events.add("second"), Runnable::run);
			scope.onExit((outcome) -> {
				this.events.add("first");
				pass(latch);
			}, this.executor);
			return done();
		});
		await().until(() -> this.events.contains("first"));
		assertThat(future).isNotDone();
		assertThat(this.events).containsExactly("first");
		latch.countDown();
		future.await();
		assertThat(this.events).containsExactly("first", "second");
	}

	@Test
	void aBodyThatFailsReachesTheCallerAsTheSameInstance() {
		IOException failure = new IOException("link lost");
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
			scope.onExit((outcome) -> this.events.add(outcome.toString()), Runnable::run);
			return CompletableFuture.supplyAsync(() -> {
				throw new IllegalArgumentException(failure);
			}, this.executor).handle((value, ex) -> ex).thenCompose((ex) -> CompletableFuture.failedFuture(failure));
		});
		List<Throwable> seen = new CopyOnWriteArrayList<>();
		assertThat(catchThrowable(future::await)).isSameAs(failure);
		future.whenComplete((value, ex) -> seen.add(ex));
		assertThat(seen).containsExactly(failure);
		assertThat(this.events).containsExactly("failed (java.io.IOException: link lost)");
		assertThat(ended(future)).isEqualTo(Outcome.failed(failure));
	}

	@Test
	void whatAStageWrapsOnItsWayIsUnwrapped() {
		IllegalStateException failure = new IllegalStateException();
		BlockFuture<Integer> future = AsyncResourceScope.call((scope) -> CompletableFuture.<String>supplyAsync(() -> {
			throw failure;
		}, this.executor).thenApply(String::length).thenApply((length) -> length + 1));
		assertThat(catchThrowable(future::await)).isSameAs(failure);
	}

	@Test
	void aThrowBeforeThereIsAStageIsTheBodysFailure() {
		for (Throwable failure : List.of(new IOException(), new IllegalStateException(), new AssertionError())) {
			BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
				scope.onFailure((outcome) -> this.events.add("failed"), Runnable::run);
				throw Failures.rethrow(failure);
			});
			assertThat(catchThrowable(future::await)).isSameAs(failure);
		}
		assertThat(this.events).containsExactly("failed", "failed", "failed");
	}

	@Test
	@SuppressWarnings("NullAway")
	void aBodyThatReturnsNullFails() {
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
			scope.onFailure((outcome) -> this.events.add("failed"), Runnable::run);
			return null;
		});
		assertThat(catchThrowable(future::await)).isInstanceOf(NullPointerException.class)
			.hasMessageContaining("The body of an AsyncResourceScope must not return null");
		assertThat(this.events).containsExactly("failed");
	}

	@Test
	void aBodyWhoseValueIsLateWorkFails() {
		BlockFuture<Object> future = AsyncResourceScope
			.call((scope) -> CompletableFuture.completedFuture(new CompletableFuture<>()));
		assertThat(catchThrowable(future::await)).isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("its work would go on after the end");
	}

	@Test
	void aStageThatIsCompletedTwiceOrThrowsCountsOnce() throws Exception {
		assertThat(AsyncResourceScope.<String>call((scope) -> {
			scope.onExit((outcome) -> this.events.add(outcome.toString()), Runnable::run);
			return new OddStage<>("value", new IOException("second"));
		}).await()).isEqualTo("value");
		IOException failure = new IOException();
		assertThat(catchThrowable(
				AsyncResourceScope.<String>call((scope) -> new OddStage<>(failure, new IOException("second")))::await))
			.isSameAs(failure);
		assertThat(this.events).containsExactly("succeeded");
	}

	@Test
	void theFirstFailureCarriesTheLaterOnesInOrder() {
		IOException first = new IOException("body");
		IllegalStateException second = new IllegalStateException("async");
		IllegalStateException third = new IllegalStateException("blocking");
		AssertionError fourth = new AssertionError("at once");
		BlockFuture<@Nullable Void> future = AsyncResourceScope.run((scope) -> {
			scope.onExitAsync((outcome) -> {
				throw fourth;
			});
			scope.onExit((outcome) -> {
				throw third;
			}, this.executor);
			scope.onExitAsync((outcome) -> CompletableFuture.runAsync(() -> {
				throw second;
			}, this.executor));
			return CompletableFuture.failedFuture(first);
		});
		assertThat(catchThrowable(future::await)).isSameAs(first);
		assertThat(first.getSuppressed()).containsExactly(second, third, fourth);
	}

	@Test
	void whatAReleaseThrowsBecauseOfTheFailureTakesItsPlace() {
		IOException failure = new IOException();
		IllegalStateException translation = new IllegalStateException(failure);
		BlockFuture<@Nullable Void> future = AsyncResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.events.add(outcome.toString()), Runnable::run);
			scope.onExitAsync((outcome) -> CompletableFuture.failedFuture(translation));
			return CompletableFuture.failedFuture(failure);
		});
		assertThat(catchThrowable(future::await)).isSameAs(translation);
		assertThat(this.events).containsExactly("failed (" + translation + ")");
		assertThat(translation.getSuppressed()).isEmpty();
	}

	@Test
	void aReleaseThatFailsIsTheFailureOfABodyThatSucceeded() {
		IOException failure = new IOException();
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
			scope.onExit((outcome) -> this.events.add(outcome.toString()), Runnable::run);
			scope.onExitAsync((outcome) -> CompletableFuture.failedFuture(failure));
			return CompletableFuture.completedFuture("value");
		});
		assertThat(catchThrowable(future::await)).isSameAs(failure);
		assertThat(this.events).containsExactly("failed (java.io.IOException)");
	}

	@Test
	void aSuppressorInTheMiddleKeepsWhatCameAfterIt() throws Exception {
		IOException failure = new IOException();
		AsyncResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.events.add("outer " + outcome), this.executor);
			scope.onExitAsync((outcome) -> later("next " + outcome));
			scope.enterNow(Resources.suppressing(IOException.class));
			scope.onExitAsync((outcome) -> later("inner " + outcome));
			return CompletableFuture.failedFuture(failure);
		}).await();
		assertThat(this.events).containsExactly("inner failed (java.io.IOException)", "next succeeded",
				"outer succeeded");
	}

	@Test
	void aSuppressorMayBeEnteredWithAnExecutor() throws Exception {
		AsyncResourceScope
			.run((scope) -> scope.enter(Resources.suppressing(IOException.class), this.executor)
				.thenCompose((suppressing) -> CompletableFuture.failedFuture(new IOException())))
			.await();
	}

	@Test
	void aSuppressedBodyHasNoResult() {
		IOException failure = new IOException();
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
			scope.enterNow(Resources.suppressing(IOException.class));
			return CompletableFuture.failedFuture(failure);
		});
		assertThat(catchThrowable(future::await)).isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("has no result to return")
			.hasCause(failure);
	}

	@Test
	void aTranslatorInTheMiddleTurnsWhatCameAfterIt() {
		IOException failure = new IOException();
		BlockFuture<@Nullable Void> future = AsyncResourceScope.run((scope) -> {
			scope.onExitAsync((outcome) -> later("outer " + outcome.failure()));
			scope.enterNow(Resources.translating(IOException.class, IllegalStateException::new));
			return CompletableFuture.failedFuture(failure);
		});
		assertThat(catchThrowable(future::await)).isInstanceOf(IllegalStateException.class).hasCause(failure);
		assertThat(this.events).containsExactly("outer java.lang.IllegalStateException: java.io.IOException");
	}

	@Test
	void anAcquisitionThatFailsRegistersNothing() {
		IOException failure = new IOException();
		BlockFuture<String> future = AsyncResourceScope
			.call((scope) -> scope.enter(async("a")).thenCompose((a) -> scope.enter(failing(failure))));
		assertThat(catchThrowable(future::await)).isSameAs(failure);
		assertThat(this.events).containsExactly("acquire a", "release a failed (java.io.IOException)");
	}

	@Test
	@SuppressWarnings("NullAway")
	void anAcquisitionThatThrowsOrReturnsNullFailsItsStage() {
		IOException failure = new IOException();
		AsyncResourceScope.run((scope) -> {
			assertThat(catchThrowable(() -> unwrapped(scope.enter((AsyncResource<String>) () -> {
				throw failure;
			})))).isSameAs(failure);
			assertThat(catchThrowable(() -> unwrapped(scope.enter((AsyncResource<String>) () -> null))))
				.isInstanceOf(NullPointerException.class)
				.hasMessageContaining("must not return null");
			assertThat(catchThrowable(() -> unwrapped(
					scope.enter((AsyncResource<String>) () -> CompletableFuture.completedFuture(null)))))
				.isInstanceOf(NullPointerException.class)
				.hasMessageContaining("must not be completed with null");
			assertThat(scope.size()).isZero();
			this.events.add("end");
			return done();
		});
		assertThat(this.events).containsExactly("end");
	}

	@Test
	@SuppressWarnings("NullAway")
	void aReleaseThatReturnsNullIsAFailureAndTheOthersGoOn() {
		BlockFuture<@Nullable Void> future = AsyncResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.events.add("next"), Runnable::run);
			scope.onExitAsync((outcome) -> null);
			return done();
		});
		assertThat(catchThrowable(future::await)).isInstanceOf(NullPointerException.class)
			.hasMessageContaining("must not return null");
		assertThat(this.events).containsExactly("next");
	}

	@Test
	void aCancelInTheBodyCancelsItsStageAndReleasesEverything() throws Exception {
		CompletableFuture<String> body = new CompletableFuture<>();
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
			scope.onExit((outcome) -> this.events.add("blocking " + outcome.isCancelled()), this.executor);
			scope.onExitAsync((outcome) -> later("async " + outcome.isCancelled()));
			return body;
		});
		assertThat(future.cancel(true)).isTrue();
		assertThat(future.isCancelled()).isTrue();
		assertThat(body.isCancelled()).isTrue();
		Outcome outcome = ended(future);
		assertThat(outcome.isCancelled()).isTrue();
		assertThat(outcome.failure()).isSameAs(catchThrowable(future::await)).isInstanceOf(CancellationException.class);
		assertThat(this.events).containsExactly("async true", "blocking true");
	}

	@Test
	void aCancelledBodyTellsWhatFailsOnTheWayOut() {
		IOException failure = new IOException();
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
			scope.onExitAsync((outcome) -> CompletableFuture.failedFuture(failure));
			return new CompletableFuture<>();
		});
		future.cancel(true);
		assertThat(ended(future).failure()).isSameAs(catchThrowable(future::await)).hasSuppressedException(failure);
	}

	@Test
	void aSuppressorDoesNotMakeASuccessOfACancel() {
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
			scope.onExit((outcome) -> this.events.add("cancelled " + outcome.isCancelled()), Runnable::run);
			scope.enterNow(Resources.suppressing(Exception.class));
			return new CompletableFuture<>();
		});
		future.cancel(true);
		assertThat(ended(future).isCancelled()).isTrue();
		assertThat(this.events).containsExactly("cancelled true");
	}

	@Test
	void aBodyThatCannotBeCancelledIsLeftToItself() {
		CompletableFuture<String> work = new CompletableFuture<>();
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
			scope.onExitAsync((outcome) -> later("released"));
			return work.minimalCompletionStage();
		});
		future.cancel(true);
		assertThat(ended(future).isCancelled()).isTrue();
		IOException failure = new IOException();
		work.completeExceptionally(failure);
		assertThat(catchThrowable(future::await)).hasSuppressedException(failure);
	}

	@Test
	void aBodyWhoseStageIsCancelledIsCancelled() {
		CompletableFuture<String> body = new CompletableFuture<>();
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> body);
		body.cancel(true);
		assertThat(future.isCancelled()).isTrue();
		assertThat(ended(future).isCancelled()).isTrue();
	}

	@Test
	void aCancelledInnerBlockEndsBeforeTheOuterOneReleases() {
		CompletableFuture<@Nullable Void> release = new CompletableFuture<>();
		BlockFuture<String> future = AsyncResourceScope.call((outer) -> {
			outer.onExit((outcome) -> this.events.add("outer " + outcome.isCancelled()), Runnable::run);
			return AsyncResourceScope.<String>call((inner) -> {
				inner.onExitAsync((outcome) -> {
					this.events.add("inner " + outcome.isCancelled());
					return release;
				});
				return new CompletableFuture<>();
			});
		});
		future.cancel(true);
		assertThat(this.events).containsExactly("inner true");
		assertThat(future.ended().toCompletableFuture()).isNotDone();
		IOException failure = new IOException();
		release.completeExceptionally(failure);
		assertThat(this.events).containsExactly("inner true", "outer true");
		assertThat(ended(future).failure()).isSameAs(catchThrowable(future::await)).hasSuppressedException(failure);
	}

	@Test
	void aResourceThatArrivesAfterACancelIsReleasedAndItsStageFails() {
		CompletableFuture<AsyncHeld<String>> acquisition = new CompletableFuture<>();
		List<CompletionStage<String>> entered = new ArrayList<>();
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
			scope.onExit((outcome) -> this.events.add("first"), Runnable::run);
			CompletionStage<String> stage = scope.enter(() -> acquisition);
			entered.add(stage);
			return stage;
		});
		future.cancel(true);
		assertThat(this.events).containsExactly("first");
		assertThat(acquisition.isCancelled()).isFalse();
		assertThat(future.ended().toCompletableFuture()).isNotDone();
		acquisition.complete(AsyncHeld.of("late", (outcome) -> later("late " + outcome.isCancelled())));
		assertThat(ended(future).isCancelled()).isTrue();
		assertThat(this.events).containsExactly("first", "late true");
		assertThat(entered.get(0).toCompletableFuture()).isCompletedExceptionally();
	}

	@Test
	void anEntryThatArrivesAfterTheEndOfTheBodyIsReleasedAndItsStageFails() throws Exception {
		CompletableFuture<AsyncHeld<String>> acquisition = new CompletableFuture<>();
		List<CompletionStage<String>> entered = new ArrayList<>();
		BlockFuture<@Nullable Void> future = AsyncResourceScope.run((scope) -> {
			entered.add(scope.enter(() -> acquisition));
			return done();
		});
		assertThat(future).isNotDone();
		acquisition.complete(AsyncHeld.of("late", (outcome) -> later("late " + outcome)));
		future.await();
		assertThat(this.events).containsExactly("late succeeded");
		assertThat(catchThrowable(() -> unwrapped(entered.get(0)))).isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("has ended, or was cancelled, before the resource was there");
	}

	@Test
	void aBlockingResourceThatArrivesAfterACancelIsReleasedWhereItWasAcquired() {
		CountDownLatch latch = new CountDownLatch(1);
		CountDownLatch acquiring = new CountDownLatch(1);
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> scope.enter(Resource.of(() -> {
			acquiring.countDown();
			pass(latch);
			return "late";
		}, (value, outcome) -> this.events.add("release " + outcome.isCancelled())), this.executor));
		pass(acquiring);
		future.cancel(true);
		assertThat(this.events).isEmpty();
		latch.countDown();
		assertThat(ended(future).isCancelled()).isTrue();
		assertThat(this.events).containsExactly("release true");
	}

	@Test
	void anAcquisitionThatFailsAfterACancelHoldsNothingUp() {
		CompletableFuture<AsyncHeld<String>> acquisition = new CompletableFuture<>();
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> scope.enter(() -> acquisition));
		future.cancel(true);
		acquisition.completeExceptionally(new IOException());
		assertThat(ended(future).isCancelled()).isTrue();
	}

	@Test
	void aCancelInAReleaseDoesNotCancelTheRelease() {
		CompletableFuture<@Nullable Void> release = new CompletableFuture<>();
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
			scope.onExit((outcome) -> this.events.add(outcome.toString()), Runnable::run);
			scope.onExitAsync((outcome) -> release);
			return CompletableFuture.completedFuture("value");
		});
		assertThat(future.cancel(true)).isTrue();
		assertThat(release.isCancelled()).isFalse();
		assertThat(future.ended().toCompletableFuture()).isNotDone();
		assertThat(this.events).isEmpty();
		release.complete(null);
		assertThat(ended(future)).isEqualTo(Outcome.succeeded());
		assertThat(this.events).containsExactly("succeeded");
	}

	@Test
	void orTimeoutOnTheResultCancelsTheBlock() {
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
			scope.onFailure((outcome) -> this.events.add("cancelled " + outcome.isCancelled()), Runnable::run);
			return new CompletableFuture<>();
		});
		future.orTimeout(1, TimeUnit.MILLISECONDS);
		assertThatExceptionOfType(TimeoutException.class).isThrownBy(future::await);
		assertThat(ended(future).isCancelled()).isTrue();
		assertThat(ended(future).failure()).isInstanceOf(TimeoutException.class);
		assertThat(this.events).containsExactly("cancelled true");
	}

	@Test
	void twoCancelsFromTwoThreadsReleaseOnce() throws Exception {
		for (int i = 0; i < 200; i++) {
			this.events.clear();
			CyclicBarrier barrier = new CyclicBarrier(3);
			CompletableFuture<String> body = new CompletableFuture<>();
			BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
				scope.onExit((outcome) -> this.events.add("release"), Runnable::run);
				return body;
			});
			Runnable cancel = () -> {
				meet(barrier);
				future.cancel(true);
			};
			this.executor.execute(cancel);
			this.executor.execute(cancel);
			meet(barrier);
			body.complete("value");
			ended(future);
			assertThat(this.events).containsExactly("release");
		}
	}

	@Test
	void anArrivalAndACancelAtOnceReleaseTheResourceOnce() throws Exception {
		for (int i = 0; i < 500; i++) {
			this.events.clear();
			CyclicBarrier barrier = new CyclicBarrier(2);
			CompletableFuture<AsyncHeld<String>> acquisition = new CompletableFuture<>();
			BlockFuture<String> future = AsyncResourceScope.call((scope) -> scope.enter(() -> acquisition));
			this.executor.execute(() -> {
				meet(barrier);
				acquisition.complete(AsyncHeld.of("value", (outcome) -> later("release")));
			});
			meet(barrier);
			future.cancel(true);
			ended(future);
			assertThat(this.events).containsExactly("release");
		}
	}

	@Test
	void anExecutorThatRefusesAnAcquisitionFailsItsStage() {
		this.executor.shutdown();
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> scope.enter(blocking("a"), this.executor));
		assertThat(catchThrowable(future::await)).isInstanceOf(RejectedExecutionException.class);
		assertThat(this.events).isEmpty();
	}

	@Test
	void anExecutorThatRefusesAReleaseDropsNothing() throws Exception {
		AsyncResourceScope.run((scope) -> scope.enter(blocking("a"), this.executor).thenRun(() -> {
			scope.onExit((outcome) -> this.events.add("exit"), this.executor);
			this.executor.shutdown();
		})).await();
		assertThat(this.events).containsExactly("acquire a", "exit", "release a succeeded");
	}

	@Test
	void anExecutorThatRunsAndThrowsReleasesOnce() throws Exception {
		AsyncResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.events.add("exit"), (task) -> {
				task.run();
				throw new RejectedExecutionException();
			});
			return done();
		}).await();
		assertThat(this.events).containsExactly("exit");
	}

	@Test
	void whatIsBoundToItsThreadIsRefusedAndReleasedThere() throws Exception {
		ReentrantLock lock = new ReentrantLock();
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> scope.enter((Resource<String>) () -> {
			lock.lock();
			return Held.threadBound("held", (outcome) -> lock.unlock());
		}, this.executor));
		assertThat(catchThrowable(future::await)).isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("bound to the thread that acquired it");
		assertThat(lock.isLocked()).isFalse();
	}

	@Test
	void detachedEntriesAreReleasedByTheirNewScope() throws Exception {
		AsyncResourceScope detached = AsyncResourceScope
			.<AsyncResourceScope>call((scope) -> scope.enter(async("a"))
				.thenCompose((a) -> scope.enter(blocking("b"), this.executor))
				.thenApply((b) -> scope.detach()))
			.await();
		assertThat(this.events).containsExactly("acquire a", "acquire b");
		assertThat(detached.size()).isEqualTo(2);
		detached.close().toCompletableFuture().join();
		detached.close().toCompletableFuture().join();
		assertThat(this.events).containsExactly("acquire a", "acquire b", "release b succeeded", "release a succeeded");
	}

	@Test
	void closeFailsWithTheFirstFailureOfARelease() {
		IOException first = new IOException();
		IOException second = new IOException();
		AsyncResourceScope scope = AsyncResourceScope.open();
		scope.onExitAsync((outcome) -> CompletableFuture.failedFuture(second));
		scope.onExitAsync((outcome) -> CompletableFuture.failedFuture(first));
		assertThat(catchThrowable(() -> unwrapped(scope.close()))).isSameAs(first).hasSuppressedException(second);
	}

	@Test
	void aDetachedBlockingScopeEndsWithTheOutcomeOfThisOne() {
		ResourceScope inner;
		try (ResourceScope scope = ResourceScope.open()) {
			scope.onExit((outcome) -> this.events.add(outcome.toString()));
			inner = scope.detach();
		}
		BlockFuture<@Nullable Void> future = AsyncResourceScope.run((scope) -> {
			scope.enter(inner, this.executor);
			return CompletableFuture.failedFuture(new IOException());
		});
		assertThat(catchThrowable(future::await)).isInstanceOf(IOException.class);
		assertThat(this.events).containsExactly("failed (java.io.IOException)");
	}

	@Test
	void anInnerScopeEndsWithThisOneAndWithItsOutcome() {
		IOException release = new IOException("release");
		CompletableFuture<AsyncHeld<String>> acquisition = new CompletableFuture<>();
		AsyncResourceScope inner = AsyncResourceScope.open();
		IOException failure = new IOException("body");
		BlockFuture<@Nullable Void> future = AsyncResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.events.add("first " + outcome), Runnable::run);
			scope.enter(inner);
			scope.onExit((outcome) -> this.events.add("last " + outcome), Runnable::run);
			inner.onExitAsync((outcome) -> {
				inner.onExit((ignored) -> this.events.add("added"), Runnable::run);
				return later("inner " + outcome).thenCompose((nothing) -> CompletableFuture.failedFuture(release));
			});
			inner.enter(() -> acquisition);
			return CompletableFuture.failedFuture(failure);
		});
		await().until(() -> this.events.contains("first failed (java.io.IOException: body)"));
		assertThat(future).isNotDone();
		acquisition.complete(AsyncHeld.of("late", (outcome) -> later("late")));
		assertThat(catchThrowable(future::await)).isSameAs(failure).hasSuppressedException(release);
		assertThat(this.events).containsExactly("last failed (java.io.IOException: body)",
				"inner failed (java.io.IOException: body)", "added", "first failed (java.io.IOException: body)",
				"late");
		assertThatIllegalStateException().isThrownBy(() -> inner.defer(() -> {
		}, Runnable::run));
		inner.close().toCompletableFuture().join();
	}

	@Test
	void scopesEnteredInEachOtherEnd() throws Exception {
		AsyncResourceScope one = AsyncResourceScope.open();
		AsyncResourceScope other = AsyncResourceScope.open();
		one.enter(other);
		other.enter(one);
		other.onExitAsync((outcome) -> later("other"));
		one.close().toCompletableFuture().get();
		assertThat(this.events).containsExactly("other");
		assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> one.enter(one));
	}

	@Test
	void scopesEnteredInEachOtherEndWhereBothAreClosed() throws Exception {
		AsyncResourceScope one = AsyncResourceScope.open();
		AsyncResourceScope other = AsyncResourceScope.open();
		CompletableFuture<@Nullable Void> release = new CompletableFuture<>();
		one.enter(other);
		other.enter(one);
		one.onExitAsync((outcome) -> release);
		other.onExitAsync((outcome) -> release);
		CompletableFuture<?> first = one.close().toCompletableFuture();
		CompletableFuture<?> second = other.close().toCompletableFuture();
		release.complete(null);
		CompletableFuture.allOf(first, second).get(10, TimeUnit.SECONDS);
	}

	@Test
	void anInnerScopeThatIsJustBeingClosedIsAwaited() throws Exception {
		CompletableFuture<@Nullable Void> release = new CompletableFuture<>();
		BlockFuture<@Nullable Void> future = AsyncResourceScope.run((outer) -> {
			outer.onExit((outcome) -> this.events.add("pool"), Runnable::run);
			AsyncResourceScope inner = outer.enter(AsyncResourceScope.open());
			inner.onExitAsync((outcome) -> {
				this.events.add("connection");
				return release;
			});
			return inner.close();
		});
		future.cancel(true);
		assertThat(this.events).containsExactly("connection");
		assertThat(future.ended().toCompletableFuture()).isNotDone();
		release.complete(null);
		assertThat(this.events).containsExactly("connection", "pool");
		assertThat(future.ended().toCompletableFuture().get(10, TimeUnit.SECONDS).isCancelled()).isTrue();
	}

	@Test
	void anInnerBlockThatIsCompletedFromOutsideEndsBeforeTheOuterOneReleases() throws Exception {
		CompletableFuture<@Nullable Void> release = new CompletableFuture<>();
		AtomicReference<BlockFuture<String>> inner = new AtomicReference<>();
		BlockFuture<String> future = AsyncResourceScope.call((outer) -> {
			outer.onExit((outcome) -> this.events.add("outer " + outcome), Runnable::run);
			BlockFuture<String> begun = AsyncResourceScope.call((scope) -> {
				scope.onExitAsync((outcome) -> {
					this.events.add("inner");
					return release;
				});
				return new CompletableFuture<>();
			});
			inner.set(begun);
			return begun;
		});
		TimeoutException timeout = new TimeoutException("orTimeout");
		Objects.requireNonNull(inner.get()).completeExceptionally(timeout);
		assertThat(this.events).containsExactly("inner");
		assertThat(future).isNotDone();
		IOException failure = new IOException("release");
		release.completeExceptionally(failure);
		assertThat(this.events).containsExactly("inner", "outer " + Outcome.failed(timeout));
		assertThat(catchThrowable(future::await)).isSameAs(timeout).hasSuppressedException(failure);
	}

	@Test
	void aSuppressorInAnInnerScopeSuppressesTheFailureOfThisOne() throws Exception {
		AsyncResourceScope inner = AsyncResourceScope.open();
		inner.enterNow(Resources.suppressing(IOException.class));
		AsyncResourceScope.run((scope) -> {
			scope.enter(inner);
			return CompletableFuture.failedFuture(new IOException());
		}).await();
	}

	@Test
	void endShowsAnOutcomeThatNoFailureChanges() {
		IOException failure = new IOException();
		IOException release = new IOException();
		AsyncResourceScope scope = AsyncResourceScope.open();
		scope.onExit((outcome) -> this.events.add(outcome.toString()), Runnable::run);
		scope.onExitAsync((outcome) -> CompletableFuture.failedFuture(release));
		List<Throwable> later = new ArrayList<>();
		assertThat(scope.end(Outcome.unknown(failure), failure, later).toCompletableFuture().join()).isSameAs(failure);
		assertThat(later).containsExactly(release);
		assertThat(this.events).containsExactly("unknown (java.io.IOException)");
		assertThat(scope.end(Outcome.succeeded(), release, later).toCompletableFuture().join()).isSameAs(release);
	}

	@Test
	void entriesAddedOnTheWayOutAreReleasedToo() throws Exception {
		AsyncResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.events.add("last"), Runnable::run);
			scope.onExitAsync((outcome) -> {
				scope.onExitAsync((ignored) -> later("added"));
				return later("first");
			});
			return done();
		}).await();
		assertThat(this.events).containsExactly("first", "added", "last");
	}

	@Test
	void anEndedScopeTakesNothing() throws Exception {
		List<AsyncResourceScope> scopes = new ArrayList<>();
		AsyncResourceScope.run((scope) -> {
			scopes.add(scope);
			return done();
		}).await();
		AsyncResourceScope scope = scopes.get(0);
		assertThatIllegalStateException().isThrownBy(() -> scope.defer(() -> {
		}, Runnable::run)).withMessageContaining("has ended");
		assertThatIllegalStateException().isThrownBy(() -> scope.enterNow(blocking("a")));
		assertThatIllegalStateException().isThrownBy(scope::detach);
		assertThatIllegalStateException().isThrownBy(() -> scope.expect(5));
		assertThat(catchThrowable(() -> unwrapped(scope.enter(async("a"))))).isInstanceOf(IllegalStateException.class);
		assertThat(this.events).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void tenThousandEntriesThatCompleteAtOnceNeitherOverflowNorHang(boolean cancelled) {
		int[] released = new int[1];
		BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
			scope.expect(20_000);
			CompletionStage<String> stage = CompletableFuture.completedStage("");
			for (int i = 0; i < 10_000; i++) {
				stage = stage.thenCompose((value) -> scope
					.enter(() -> CompletableFuture.completedFuture(AsyncHeld.of("value", (outcome) -> {
						released[0]++;
						return done();
					}))));
				scope.onExit((outcome) -> released[0]++, Runnable::run);
			}
			return cancelled ? new CompletableFuture<>() : stage;
		});
		if (cancelled) {
			future.cancel(true);
		}
		assertThat(ended(future).isCancelled()).isEqualTo(cancelled);
		assertThat(released[0]).isEqualTo(20_000);
	}

	@Test
	void tenThousandEntriesOnExecutorsNeitherOverflowNorHang() throws Exception {
		int[] released = new int[1];
		AsyncResourceScope.run((scope) -> {
			scope.expect(10_000);
			for (int i = 0; i < 10_000; i++) {
				scope.onExit((outcome) -> released[0]++, this.executor);
			}
			return done();
		}).await();
		assertThat(released[0]).isEqualTo(10_000);
	}

	@Test
	void anInterruptInAReleaseSetsTheFlagAgainAtTheEnd() throws Exception {
		BlockFuture<@Nullable Void> future = AsyncResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.events.add("interrupted " + Thread.currentThread().isInterrupted()),
					Runnable::run);
			scope.onExit((outcome) -> {
				throw new InterruptedException();
			}, Runnable::run);
			return done();
		});
		assertThat(Thread.interrupted()).isTrue();
		assertThat(catchThrowable(future::await)).isInstanceOf(InterruptedException.class);
		assertThat(this.events).containsExactly("interrupted false");
	}

	private AsyncResource<String> async(String name) {
		return () -> CompletableFuture.supplyAsync(() -> {
			this.events.add("acquire " + name);
			return AsyncHeld.of(name, (outcome) -> later("release " + name + " " + outcome));
		}, this.executor);
	}

	private Resource<String> blocking(String name) {
		return Resource.of(() -> {
			this.events.add("acquire " + name);
			return name;
		}, (value, outcome) -> this.events.add("release " + name + " " + outcome));
	}

	private static AsyncResource<String> failing(Throwable failure) {
		return () -> CompletableFuture.failedFuture(failure);
	}

	private CompletionStage<@Nullable Void> later(String event) {
		Runnable add = () -> this.events.add(event);
		return this.executor.isShutdown() ? done().thenRun(add) : CompletableFuture.runAsync(add, this.executor);
	}

	private static CompletableFuture<@Nullable Void> done() {
		return CompletableFuture.completedFuture(null);
	}

	private static Outcome ended(BlockFuture<?> future) {
		return future.ended().toCompletableFuture().join();
	}

	private static void unwrapped(CompletionStage<?> stage) throws Throwable {
		Throwable[] failure = new Throwable[1];
		stage.handle((value, ex) -> {
			failure[0] = (ex != null) ? Stages.unwrap(ex) : null;
			return "";
		}).toCompletableFuture().join();
		if (failure[0] != null) {
			throw failure[0];
		}
	}

	private static void pass(CountDownLatch latch) {
		try {
			assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void meet(CyclicBarrier barrier) {
		try {
			barrier.await(30, TimeUnit.SECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

}
