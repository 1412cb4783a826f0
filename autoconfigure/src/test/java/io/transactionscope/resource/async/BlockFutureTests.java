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
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.transactionscope.resource.Outcome;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests for {@link BlockFuture}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // They are one and the same
class BlockFutureTests {

	private final List<Throwable> reasons = new ArrayList<>();

	private final BlockFuture.Source<String> source = new BlockFuture.Source<>(this.reasons::add);

	private final BlockFuture<String> future = this.source.future();

	@Test
	void hasItsValueAndThenItsOutcome() throws Exception {
		List<Boolean> seen = new ArrayList<>();
		this.future.thenRun(() -> seen.add(this.future.ended().toCompletableFuture().isDone()));
		assertThat(this.future).isNotDone();
		assertThat(this.source.succeed("value", Outcome.succeeded())).isTrue();
		assertThat(this.future.await()).isEqualTo("value");
		assertThat(this.future.ended().toCompletableFuture()).isCompletedWithValue(Outcome.succeeded());
		assertThat(seen).containsExactly(true);
		assertThat(this.reasons).isEmpty();
	}

	@Test
	void itIsDoneOnceItsBlockHasEnded() {
		for (int i = 0; i < 20_000; i++) {
			BlockFuture.Source<String> source = new BlockFuture.Source<>(this.reasons::add);
			BlockFuture<String> future = source.future();
			CompletableFuture<Boolean> other = CompletableFuture
				.supplyAsync(() -> source.succeed("value", Outcome.succeeded()));
			while (!future.ended().toCompletableFuture().isDone()) {
				Thread.onSpinWait();
			}
			assertThat(future).isDone();
			assertThat(other.join()).isTrue();
		}
	}

	@Test
	void failsWithTheSameInstanceAndWithoutAWrapper() {
		IOException failure = new IOException("link lost");
		List<Throwable> seen = new ArrayList<>();
		this.future.whenComplete((value, ex) -> seen.add(ex));
		this.source.fail(failure, Outcome.failed(failure));
		assertThat(catchThrowable(this.future::await)).isSameAs(failure);
		assertThat(seen).containsExactly(failure);
		assertThat(this.future.ended().toCompletableFuture()).isCompletedWithValue(Outcome.failed(failure));
		assertThat(this.reasons).isEmpty();
	}

	@Test
	void cancelCompletesItAtOnceAndTellsTheBlockWithTheSameInstance() {
		CompletableFuture<Outcome> ended = this.future.ended().toCompletableFuture();
		assertThat(this.future.cancel(true)).isTrue();
		assertThat(this.future.cancel(true)).isTrue();
		assertThat(this.future.isCancelled()).isTrue();
		assertThat(ended).isNotDone();
		assertThat(this.reasons).hasSize(1);
		assertThat(catchThrowable(this.future::await)).isSameAs(this.reasons.get(0));
		Outcome outcome = Outcome.cancelled(this.reasons.get(0));
		assertThat(this.source.fail(this.reasons.get(0), outcome)).isFalse();
		assertThat(ended).isCompletedWithValue(outcome);
	}

	@Test
	void cancelAfterItsEndChangesNothing() {
		this.source.succeed("value", Outcome.succeeded());
		assertThat(this.future.cancel(true)).isFalse();
		assertThat(this.future).isCompletedWithValue("value");
		assertThat(this.reasons).isEmpty();
	}

	@Test
	void aTimeoutCancelsTheBlock() {
		CountDownLatch told = new CountDownLatch(1);
		BlockFuture<String> future = new BlockFuture.Source<String>((reason) -> {
			this.reasons.add(reason);
			told.countDown();
		}).future();
		future.orTimeout(1, TimeUnit.MILLISECONDS);
		assertThatExceptionOfType(TimeoutException.class).isThrownBy(future::await);
		assertThat(await(told)).isTrue();
		assertThat(this.reasons).singleElement().isInstanceOf(TimeoutException.class);
	}

	@Test
	void aValueForATimeoutCancelsTheBlock() throws Exception {
		CountDownLatch told = new CountDownLatch(1);
		BlockFuture<String> future = new BlockFuture.Source<String>((reason) -> {
			this.reasons.add(reason);
			told.countDown();
		}).future();
		future.completeOnTimeout("other", 1, TimeUnit.MILLISECONDS);
		assertThat(future.await()).isEqualTo("other");
		assertThat(await(told)).isTrue();
		assertThat(this.reasons).singleElement().isInstanceOf(CancellationException.class);
	}

	@Test
	void whateverCompletesItFromOutsideCancelsTheBlockOnce() {
		Executor direct = Runnable::run;
		IOException failure = new IOException();
		this.future.completeAsync(() -> "other", direct);
		this.future.completeExceptionally(failure);
		this.future.obtrudeValue("another");
		this.future.obtrudeException(failure);
		assertThat(this.reasons).singleElement().isInstanceOf(CancellationException.class);
		assertThat(catchThrowable(this.future::await)).isSameAs(failure);
	}

	@Test
	void aSupplierThatFailsCancelsTheBlockWithItsFailure() {
		IllegalStateException failure = new IllegalStateException();
		Executor direct = Runnable::run;
		this.future.completeAsync(() -> {
			throw failure;
		}, direct);
		assertThat(this.reasons).containsExactly(failure);
	}

	@Test
	void whatIsMadeOfItDoesNotCancelIt() {
		this.future.thenApply(String::length).cancel(true);
		assertThat(this.future).isNotDone();
		assertThat(this.reasons).isEmpty();
	}

	@Test
	void nobodyElseCanCompleteItsEnd() {
		this.future.ended().toCompletableFuture().complete(Outcome.failed());
		assertThat(this.future.ended().toCompletableFuture()).isNotDone();
		this.source.succeed("value", Outcome.succeeded());
		assertThat(this.future.ended().toCompletableFuture()).isCompletedWithValue(Outcome.succeeded());
	}

	@Test
	void twoCancelsFromTwoThreadsTellTheBlockOnce() throws Exception {
		for (int i = 0; i < 100; i++) {
			this.reasons.clear();
			BlockFuture<String> each = new BlockFuture.Source<String>(this.reasons::add).future();
			CyclicBarrier barrier = new CyclicBarrier(2);
			Thread other = new Thread(() -> {
				meet(barrier);
				each.cancel(true);
			});
			other.start();
			meet(barrier);
			each.cancel(true);
			other.join();
			assertThat(this.reasons).hasSize(1);
		}
	}

	@Test
	@SuppressWarnings("NullAway")
	void refusesNull() {
		assertThatNullPointerException().isThrownBy(() -> new BlockFuture.Source<String>(null))
			.withMessage("onCancel must not be null");
		assertThatNullPointerException().isThrownBy(() -> this.source.fail(null, Outcome.failed()))
			.withMessage("failure must not be null");
		assertThatNullPointerException().isThrownBy(() -> this.source.succeed("", null))
			.withMessage("outcome must not be null");
	}

	private static void meet(CyclicBarrier barrier) {
		try {
			barrier.await(10, TimeUnit.SECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static boolean await(CountDownLatch latch) {
		try {
			return latch.await(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
