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

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import io.transactionscope.resource.Held;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.ResourceUnavailableException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link RateLimitResources#token} and
 * {@link RateLimitResources#perKey(java.util.function.Function, Duration)}.
 */
class BucketTokenTests {

	private static final Duration SECOND = Duration.ofSeconds(1);

	private final AtomicLong now = new AtomicLong();

	@Test
	void takesTokensUntilThereAreNone() {
		Bucket bucket = bucket(2);
		Resource<Duration> token = RateLimitResources.token(bucket, Duration.ZERO);
		enter(token);
		enter(token);
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> enter(token))
			.withMessageStartingWith("Could not get token of rate limit [")
			.withMessageEndingWith("have the bucket allow more, or allow a longer wait");
		pass(SECOND);
		enter(token);
		assertThat(bucket.getAvailableTokens()).isOne();
	}

	@Test
	void failedBodyGivesItsTokenBackAndOneInDoubtDoesNot() throws Exception {
		Bucket bucket = bucket(2);
		BucketToken token = token(bucket);
		token.acquire().release(Outcome.failed());
		assertThat(bucket.getAvailableTokens()).isEqualTo(2);
		token.acquire().release(Outcome.unknown(new IOException()));
		token.acquire().release(Outcome.succeeded());
		assertThat(bucket.getAvailableTokens()).isZero();
	}

	@Test
	void tokenIsNotGivenBackToABucketThatMayHaveBeenFullSince() throws Exception {
		Bucket bucket = bucket(2);
		BucketToken token = token(bucket);
		Held<Duration> first = token.acquire();
		Held<Duration> second = token.acquire();
		pass(SECOND.minusNanos(1));
		first.release(Outcome.failed());
		assertThat(bucket.getAvailableTokens()).isOne();
		pass(Duration.ofNanos(1));
		token.acquire();
		second.release(Outcome.failed());
		assertThat(bucket.getAvailableTokens()).isOne();
	}

	@Test
	void tokenOfAGreedyBucketIsGivenBackUntilItMayBeFull() throws Exception {
		Bucket bucket = bucket(Bandwidth.builder().capacity(10).refillGreedy(10, SECOND).build());
		BucketToken token = token(bucket);
		bucket.tryConsume(4);
		// Five are missing, which takes half a second
		Held<Duration> held = token.acquire();
		Held<Duration> late = token.acquire();
		pass(Duration.ofMillis(400));
		assertThat(bucket.getAvailableTokens()).isEqualTo(8);
		held.release(Outcome.failed());
		assertThat(bucket.getAvailableTokens()).isEqualTo(9);
		pass(Duration.ofMillis(200));
		bucket.tryConsume(1);
		late.release(Outcome.failed());
		assertThat(bucket.getAvailableTokens()).isEqualTo(9);
	}

	@Test
	void waitsForATokenAndReservesNone() {
		Bucket bucket = bucket(1);
		BucketToken token = new BucketToken("x", () -> bucket, SECOND, this.now::get, (nanos) -> {
			if (nanos == 700_000_000) {
				throw new InterruptedException();
			}
			pass(Duration.ofNanos(nanos));
		});
		enter(token);
		pass(Duration.ofMillis(300));
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> enter(token))
			.withMessageStartingWith("Interrupted after");
		assertThat(Thread.interrupted()).isTrue();
		pass(Duration.ofMillis(100));
		enter(token);
		assertThat(this.now).hasValue(SECOND.toNanos());
		assertThat(bucket.getAvailableTokens()).isZero();
	}

	@Test
	void refusesAtOnceToWaitForLongerThanAllowed() {
		Bucket bucket = bucket(1);
		Resource<Duration> token = RateLimitResources.token(bucket, Duration.ofMillis(999));
		enter(token);
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> enter(token));
	}

	@Test
	void eachKeyHasTheBucketThatItIsGiven() {
		Map<String, Bucket> buckets = new HashMap<>();
		RateLimitByKey<String> limit = RateLimitResources
			.perKey((key) -> buckets.computeIfAbsent(key, (each) -> bucket(1)), Duration.ZERO);
		Resource<Duration> alice = limit.of("alice");
		assertThat(buckets).isEmpty();
		enter(alice);
		enter(limit.of("bob"));
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> enter(limit.of("alice")))
			.withMessageStartingWith("Could not get token of rate limit [alice] within");
	}

	private BucketToken token(Bucket bucket) {
		return new BucketToken("x", () -> bucket, Duration.ZERO, this.now::get, (nanos) -> {
			throw new IllegalStateException("no wait");
		});
	}

	private Bucket bucket(int tokens) {
		return bucket(Bandwidth.builder().capacity(tokens).refillIntervally(tokens, SECOND).build());
	}

	private Bucket bucket(Bandwidth limit) {
		return Bucket.builder().addLimit(limit).withCustomTimePrecision(new TimeMeter() {

			@Override
			public long currentTimeNanos() {
				return BucketTokenTests.this.now.get();
			}

			@Override
			public boolean isWallClockBased() {
				return false;
			}

		}).build();
	}

	private void pass(Duration duration) {
		this.now.addAndGet(duration.toNanos());
	}

	private static void enter(Resource<?> resource) {
		ResourceScope.run((scope) -> scope.enter(resource));
	}

}
