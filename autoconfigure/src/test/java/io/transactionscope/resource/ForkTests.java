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
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tasks that a scope forks, which are at work no longer than it lasts.
 */
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // Their scope joins them
class ForkTests {

	private final ExecutorService executor = Executors.newCachedThreadPool();

	private final List<String> trace = new CopyOnWriteArrayList<>();

	private final CountDownLatch begun = new CountDownLatch(1);

	private final CountDownLatch never = new CountDownLatch(1);

	@AfterEach
	void nobodyIsLeft() throws InterruptedException {
		this.executor.shutdown();
		assertThat(this.executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
	}

	private String waiting() throws InterruptedException {
		this.begun.countDown();
		try {
			this.never.await();
		}
		catch (InterruptedException ex) {
			this.trace.add("interrupted");
			throw ex;
		}
		return "never";
	}

	@Test
	void tasksAreJoinedBeforeAnythingIsReleased() {
		CountDownLatch returned = new CountDownLatch(1);
		ResourceScope.run((scope) -> {
			scope.defer(() -> this.trace.add("released"));
			scope.fork(this.executor, () -> {
				returned.await();
				return this.trace.add("task");
			});
			scope.defer(() -> this.trace.add("released first"));
			returned.countDown();
			this.trace.add("body");
		});
		assertThat(this.trace.subList(0, 2)).containsExactlyInAnyOrder("body", "task");
		assertThat(this.trace).endsWith("released first", "released").hasSize(4);
	}

	@Test
	void valuesAreThereForTheBody() throws Exception {
		List<Integer> values = ResourceScope.call((scope) -> {
			List<CompletableFuture<Integer>> futures = new ArrayList<>();
			for (int i = 0; i < 100; i++) {
				int n = i;
				futures.add(scope.fork(this.executor, () -> n * n));
			}
			List<Integer> joined = new ArrayList<>();
			for (CompletableFuture<Integer> each : futures) {
				joined.add(each.join());
			}
			return joined;
		});
		assertThat(values).hasSize(100).startsWith(0, 1, 4, 9).endsWith(99 * 99);
	}

	@Test
	void failureOfTheBodyCancelsTheTasksAndWaitsForThem() {
		IOException failure = new IOException("body");
		List<CompletableFuture<String>> tasks = new ArrayList<>();
		assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.trace.add("released " + outcome));
			tasks.add(scope.fork(this.executor, this::waiting));
			this.begun.await();
			throw failure;
		}))).isSameAs(failure).hasNoSuppressedExceptions();
		assertThat(this.trace).containsExactly("interrupted", "released failed (java.io.IOException: body)");
		assertThat(tasks.get(0)).isCancelled();
	}

	@Test
	void failureOfATaskCancelsTheOthersAndIsTheScopes() {
		IOException failure = new IOException("task");
		AtomicReference<Outcome> seen = new AtomicReference<>();
		assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
			scope.onExit(seen::set);
			scope.fork(this.executor, this::waiting);
			this.begun.await();
			scope.fork(this.executor, () -> {
				throw failure;
			});
		}))).isSameAs(failure).hasNoSuppressedExceptions();
		assertThat(seen).hasValue(Outcome.failed(failure));
		assertThat(this.trace).containsExactly("interrupted");
	}

	@Test
	void errorOfATaskIsTheSameInstanceWhereTheBodyHasJoinedIt() {
		LinkageError failure = new LinkageError("task");
		for (boolean get : new boolean[] { true, false }) {
			assertThat(catchThrowable(() -> ResourceScope.call((scope) -> {
				CompletableFuture<String> task = scope.fork(this.executor, () -> {
					throw failure;
				});
				return get ? task.get() : task.join();
			}))).isSameAs(failure);
		}
	}

	@Test
	void taskThatFailedFirstWinsOverTheBodyThatFailedForIt() {
		IOException failure = new IOException("task");
		assertThat(catchThrowable(() -> ResourceScope.call((scope) -> {
			CompletableFuture<String> waiting = scope.fork(this.executor, this::waiting);
			this.begun.await();
			scope.fork(this.executor, () -> {
				throw failure;
			});
			return waiting.join();
		}))).isSameAs(failure).extracting((ex) -> ex.getSuppressed()[0]).isInstanceOf(CancellationException.class);
	}

	@Test
	void bodyMayTranslateTheFailureOfATask() {
		IOException failure = new IOException("task");
		assertThat(catchThrowable(() -> ResourceScope.call((scope) -> {
			CompletableFuture<String> task = scope.fork(this.executor, () -> {
				throw failure;
			});
			try {
				return task.join();
			}
			catch (RuntimeException ex) {
				throw new IllegalArgumentException("translated", ex.getCause());
			}
		}))).isInstanceOf(IllegalArgumentException.class).hasCause(failure).hasNoSuppressedExceptions();
	}

	@Test
	void laterFailuresAreSuppressedInOrder() {
		CountDownLatch waiting = new CountDownLatch(2);
		IOException failure = new IOException("body");
		assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
			for (int i = 0; i < 2; i++) {
				String name = "task " + i;
				scope.fork(this.executor, () -> {
					try {
						waiting.countDown();
						this.never.await();
					}
					catch (InterruptedException ex) {
						throw new IllegalStateException(name);
					}
					return name;
				});
			}
			waiting.await();
			throw failure;
		}))).isSameAs(failure)
			.extracting((ex) -> List.of(ex.getSuppressed()).stream().map(Throwable::getMessage).sorted().toList())
			.isEqualTo(List.of("task 0", "task 1"));
	}

	@Test
	void scopeThatIsNotCompletedCancels() throws Exception {
		try (ResourceScope scope = ResourceScope.open()) {
			scope.fork(this.executor, this::waiting);
			this.begun.await();
		}
		assertThat(this.trace).containsExactly("interrupted");
	}

	@Test
	void taskThatTheBodyCancelsIsNoFailure() throws Exception {
		ResourceScope.run((scope) -> {
			CompletableFuture<String> task = scope.fork(this.executor, this::waiting);
			this.begun.await();
			assertThat(task.cancel(true)).isTrue();
		});
		assertThat(this.trace).containsExactly("interrupted");
	}

	@Test
	void taskThatTheBodyCancelsIsNoFailureWhereItTellsTheInterruptInItsOwnWords() throws Exception {
		ResourceScope.run((scope) -> {
			CompletableFuture<String> task = scope.fork(this.executor, () -> {
				try {
					return waiting();
				}
				catch (InterruptedException ex) {
					throw new IllegalStateException("no connection", new IOException(ex));
				}
			});
			this.begun.await();
			assertThat(task.cancel(true)).isTrue();
		});
		assertThat(this.trace).containsExactly("interrupted");
	}

	@Test
	void taskThatFailsByItselfWhileTheBodyCancelsItIsAFailure() {
		IOException failure = new IOException("own");
		assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
			CompletableFuture<String> task = scope.fork(this.executor, () -> {
				try {
					return waiting();
				}
				catch (InterruptedException ex) {
					throw failure;
				}
			});
			this.begun.await();
			task.cancel(true);
		}))).isSameAs(failure);
	}

	@Test
	void failureThatCannotBeAskedForItsCauseIsTheScopes() {
		IllegalStateException failure = new IllegalStateException("odd") {

			@Override
			public synchronized Throwable getCause() {
				throw new UnsupportedOperationException();
			}

		};
		assertThat(catchThrowable(() -> ResourceScope.run((scope) -> scope.fork(this.executor, () -> {
			throw failure;
		})))).isSameAs(failure);
	}

	@Test
	void taskThatTimesOutIsAFailure() {
		assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> ResourceScope
			.run((scope) -> scope.fork(this.executor, this::waiting).orTimeout(1, TimeUnit.MILLISECONDS)));
	}

	@Test
	void interruptWhileTasksAreAwaitedCancelsThemAndIsKept() {
		assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
			scope.fork(this.executor, this::waiting);
			this.begun.await();
			scope.defer(() -> assertThat(Thread.currentThread().isInterrupted()).isFalse());
			Thread.currentThread().interrupt();
		}))).isInstanceOf(InterruptedException.class);
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.trace).containsExactly("interrupted");
	}

	@Test
	void taskInTheQueueOfAFailedScopeNeverBegins() throws Exception {
		ExecutorService single = Executors.newSingleThreadExecutor();
		AtomicInteger begun = new AtomicInteger();
		single.submit(this::waiting);
		this.begun.await();
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.fork(single, begun::incrementAndGet);
			throw new IllegalStateException("body");
		}));
		single.shutdownNow();
		assertThat(single.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		assertThat(begun).hasValue(0);
	}

	@Test
	void noLaterTaskOfTheThreadIsInterrupted() throws Exception {
		ExecutorService single = Executors.newSingleThreadExecutor();
		for (int i = 0; i < 200; i++) {
			assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
				scope.fork(single, () -> {
					Thread.onSpinWait();
					return "done";
				});
				throw new IllegalStateException("body");
			}))).hasMessage("body");
			assertThat(single.submit(() -> Thread.currentThread().isInterrupted()).get()).isFalse();
		}
		single.shutdown();
	}

	@Test
	void executorThatRefusesFailsTheBody() {
		ExecutorService closed = Executors.newSingleThreadExecutor();
		closed.shutdown();
		assertThatExceptionOfType(RejectedExecutionException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> assertThat(scope.fork(closed, () -> "never")).isNull()));
	}

	@Test
	void forksOfAScopeInAScopeAreJoinedWithIt() {
		IOException failure = new IOException("task");
		assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
			ResourceScope inner = scope.enter(ResourceScope.open());
			inner.defer(() -> this.trace.add("released"));
			inner.fork(this.executor, this::waiting);
			this.begun.await();
			throw failure;
		}))).isSameAs(failure);
		assertThat(this.trace).containsExactly("interrupted", "released");
	}

	@Test
	void forksGoWithWhatIsDetached() throws Exception {
		ResourceScope detached = ResourceScope.call((scope) -> {
			scope.fork(this.executor, this::waiting);
			this.begun.await();
			return scope.detach();
		});
		assertThat(this.trace).isEmpty();
		this.never.countDown();
		detached.close();
	}

	@Test
	void forkHasTheContextOfItsScopesThread() {
		MDC.put("order", "42");
		try {
			assertThat(ResourceScope
				.<String, RuntimeException>call((scope) -> scope.fork(this.executor, () -> MDC.get("order")).join()))
				.isEqualTo("42");
		}
		finally {
			MDC.clear();
		}
	}

	@Test
	void a14ForkThatReturnsLateWorkFails() {
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope
			.run((scope) -> assertThat(scope.<Object>fork(this.executor, () -> new CompletableFuture<>())).isNotNull()))
			.withMessageStartingWith("A fork returned java.util.concurrent.CompletableFuture");
	}

	@Test
	void scopeThatHasEndedForksNothing() {
		AtomicReference<ResourceScope> ended = new AtomicReference<>();
		ResourceScope.run(ended::set);
		assertThatIllegalStateException()
			.isThrownBy(() -> Objects.requireNonNull(ended.get()).fork(this.executor, () -> "late"))
			.withMessageContaining("call fork(...) before");
	}

}
