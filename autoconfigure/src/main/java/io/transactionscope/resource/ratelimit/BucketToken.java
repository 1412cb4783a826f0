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
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.lock.BoundedWait;

/**
 * One token of a bucket that somebody else has made.
 *
 * <p>
 * It is taken when it is there, and never reserved: a bucket keeps what was reserved for
 * a wait that is interrupted.
 */
final class BucketToken implements Resource<Duration> {

	private final Supplier<? extends Bucket> buckets;

	private final BoundedWait wait;

	private final LongSupplier nanoTime;

	private final Windows.Sleep sleep;

	BucketToken(Object subject, Supplier<? extends Bucket> buckets, Duration maxWait) {
		this(subject, buckets, maxWait, System::nanoTime, TimeUnit.NANOSECONDS::sleep);
	}

	BucketToken(Object subject, Supplier<? extends Bucket> buckets, Duration maxWait, LongSupplier nanoTime,
			Windows.Sleep sleep) {
		this.buckets = buckets;
		this.wait = bounded(subject, maxWait);
		this.nanoTime = nanoTime;
		this.sleep = sleep;
	}

	static <K> RateLimitByKey<K> byKey(Function<? super K, ? extends Bucket> buckets, Duration maxWait) {
		// To refuse what it refuses now, and not at the first entry
		bounded("", maxWait);
		return (key) -> {
			Objects.requireNonNull(key, "key must not be null");
			return new BucketToken(key, () -> buckets.apply(key), maxWait);
		};
	}

	static BoundedWait bounded(Object subject, Duration maxWait) {
		return new BoundedWait("token of rate limit", subject, maxWait,
				"have the bucket allow more, or allow a longer wait");
	}

	@Override
	public Held<Duration> acquire() {
		Token token = new Token(Objects.requireNonNull(this.buckets.get(), "the bucket must not be null"));
		Duration waited = this.wait.await(token::take);
		return Held.of(waited, (outcome) -> {
			if (outcome.isFailure()) {
				token.giveBack();
			}
		});
	}

	private final class Token {

		private final Bucket bucket;

		private long asked;

		private long nanosToFull;

		Token(Bucket bucket) {
			this.bucket = bucket;
		}

		boolean take(long maxNanos) throws InterruptedException {
			long begin = BucketToken.this.nanoTime.getAsLong();
			while (true) {
				this.asked = BucketToken.this.nanoTime.getAsLong();
				ConsumptionProbe probe = this.bucket.tryConsumeAndReturnRemaining(1);
				if (probe.isConsumed()) {
					this.nanosToFull = probe.getNanosToWaitForReset();
					return true;
				}
				long left = probe.getNanosToWaitForRefill();
				if (left > maxNanos - (BucketToken.this.nanoTime.getAsLong() - begin)) {
					return false;
				}
				BucketToken.this.sleep.sleep(left);
			}
		}

		/**
		 * Later, the bucket may have been full, and what is given back be one too many.
		 */
		void giveBack() {
			if (BucketToken.this.nanoTime.getAsLong() - this.asked < this.nanosToFull) {
				this.bucket.addTokens(1);
			}
		}

	}

}
