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

package io.transactionscope.resource.ratelimit;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.distributed.AsyncBucketProxy;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.async.AsyncHeld;
import io.transactionscope.resource.async.AsyncResource;
import io.transactionscope.resource.lock.BoundedWait;

/**
 * One token of a bucket that answers by a stage, without a thread that waits for it.
 */
final class AsyncBucketToken implements AsyncResource<Duration> {

	private final Supplier<? extends AsyncBucketProxy> buckets;

	private final BoundedWait wait;

	AsyncBucketToken(Object subject, Supplier<? extends AsyncBucketProxy> buckets, Duration maxWait) {
		this.buckets = buckets;
		this.wait = BucketToken.bounded(subject, maxWait);
	}

	static <K> AsyncRateLimitByKey<K> byKey(Function<? super K, ? extends AsyncBucketProxy> buckets, Duration maxWait) {
		// To refuse what it refuses now, and not at the first entry
		BucketToken.bounded("", maxWait);
		return (key) -> {
			Objects.requireNonNull(key, "key must not be null");
			return new AsyncBucketToken(key, () -> buckets.apply(key), maxWait);
		};
	}

	@Override
	public CompletionStage<AsyncHeld<Duration>> acquire() {
		return new Token(Objects.requireNonNull(this.buckets.get(), "the bucket must not be null")).take();
	}

	private final class Token implements AsyncHeld<Duration> {

		private final AsyncBucketProxy bucket;

		private final long begin = System.nanoTime();

		private volatile long asked;

		private volatile long nanosToFull;

		private volatile Duration waited = Duration.ZERO;

		Token(AsyncBucketProxy bucket) {
			this.bucket = bucket;
		}

		CompletionStage<AsyncHeld<Duration>> take() {
			this.asked = System.nanoTime();
			return this.bucket.tryConsumeAndReturnRemaining(1).thenCompose(this::taken);
		}

		private CompletionStage<AsyncHeld<Duration>> taken(ConsumptionProbe probe) {
			this.waited = Duration.ofNanos(System.nanoTime() - this.begin);
			if (probe.isConsumed()) {
				this.nanosToFull = probe.getNanosToWaitForReset();
				return CompletableFuture.completedStage(this);
			}
			Duration left = Duration.ofNanos(probe.getNanosToWaitForRefill());
			if (this.waited.plus(left).compareTo(AsyncBucketToken.this.wait.maxWait()) > 0) {
				return CompletableFuture.failedStage(AsyncBucketToken.this.wait.inVain(this.waited));
			}
			return CompletableFuture
				.supplyAsync(this::take, CompletableFuture.delayedExecutor(left.toNanos(), TimeUnit.NANOSECONDS))
				.thenCompose(Function.identity());
		}

		@Override
		public Duration value() {
			return this.waited;
		}

		/**
		 * Later, the bucket may have been full, and what is given back be one too many.
		 */
		@Override
		public CompletionStage<?> release(Outcome outcome) {
			return (outcome.isFailure() && System.nanoTime() - this.asked < this.nanosToFull) ? this.bucket.addTokens(1)
					: CompletableFuture.completedStage("");
		}

	}

}
