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

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Cancels at any time, in every phase: whatever is acquired is released once, in reverse
 * order, before the block has ended, and all of it sees one outcome.
 */
@Tag("storm")
@Timeout(120)
@SuppressWarnings("FutureReturnValueIgnored") // Seen by ended()
class AsyncCancelStormTests {

	private static final int BLOCKS = 1_000;

	private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);

	private final ExecutorService executor = Executors.newFixedThreadPool(4);

	private final AtomicInteger held = new AtomicInteger();

	private final AtomicInteger cancelled = new AtomicInteger();

	@AfterEach
	void shutDown() {
		this.timer.shutdownNow();
		this.executor.shutdownNow();
	}

	@RepeatedTest(3)
	void nothingIsLostOrReleasedTwice() {
		List<Run> runs = new ArrayList<>();
		for (int i = 0; i < BLOCKS; i++) {
			Run run = new Run();
			runs.add(run);
			run.start(ThreadLocalRandom.current());
		}
		runs.forEach(Run::verify);
		assertThat(this.held).hasValue(0);
		assertThat(this.cancelled.get()).as("cancelled").isBetween(1, BLOCKS - 1);
	}

	private final class Run {

		private final List<Integer> acquired = new CopyOnWriteArrayList<>();

		private final List<Integer> released = new CopyOnWriteArrayList<>();

		private final List<Outcome> seen = new CopyOnWriteArrayList<>();

		private @Nullable BlockFuture<String> future;

		void start(Random random) {
			int entries = random.nextInt(6);
			BlockFuture<String> future = AsyncResourceScope.call((scope) -> {
				CompletionStage<Integer> stage = soon(random.nextInt(200)).thenApply((nothing) -> 0);
				for (int i = 0; i < entries; i++) {
					int number = i;
					boolean blocking = random.nextBoolean();
					int delay = random.nextInt(200);
					stage = stage.thenCompose(
							(nothing) -> blocking ? scope.enter(blocking(number), AsyncCancelStormTests.this.executor)
									: scope.enter(asynchronous(number, delay)));
				}
				int delay = random.nextInt(200);
				return stage.thenCompose((nothing) -> soon(delay)).thenApply((nothing) -> "result");
			});
			this.future = future;
			AsyncCancelStormTests.this.timer.schedule(() -> future.cancel(true), random.nextInt(2_000),
					TimeUnit.MICROSECONDS);
		}

		private Resource<Integer> blocking(int number) {
			return Resource.of(() -> acquire(number), this::release);
		}

		private AsyncResource<Integer> asynchronous(int number, int delay) {
			return AsyncResource.of(() -> soon(delay).thenApply((nothing) -> acquire(number)),
					(value, outcome) -> soon(delay).thenRun(() -> release(value, outcome)));
		}

		private int acquire(int number) {
			AsyncCancelStormTests.this.held.incrementAndGet();
			this.acquired.add(number);
			return number;
		}

		private void release(int number, Outcome outcome) {
			AsyncCancelStormTests.this.held.decrementAndGet();
			this.released.add(number);
			this.seen.add(outcome);
		}

		private CompletionStage<String> soon(int micros) {
			CompletableFuture<String> soon = new CompletableFuture<>();
			if (micros < 50) {
				soon.complete("");
			}
			else {
				AsyncCancelStormTests.this.timer.schedule(() -> soon.complete(""), micros, TimeUnit.MICROSECONDS);
			}
			return soon;
		}

		void verify() {
			Outcome outcome = Objects.requireNonNull(this.future).ended().toCompletableFuture().join();
			List<Integer> reversed = new ArrayList<>();
			this.acquired.forEach((number) -> reversed.add(0, number));
			if (outcome.isCancelled()) {
				AsyncCancelStormTests.this.cancelled.incrementAndGet();
				// What arrives late is released then
				assertThat(this.released).containsExactlyInAnyOrderElementsOf(this.acquired);
				assertThat(outcome.failure()).hasNoSuppressedExceptions();
			}
			else {
				assertThat(this.released).isEqualTo(reversed);
			}
			assertThat(this.seen).allMatch(outcome::equals);
		}

	}

}
