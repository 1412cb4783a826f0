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
import java.util.function.Supplier;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.distributed.AsyncBucketProxy;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.resource.async.AsyncResource;

/**
 * Limits on how often something happens. All of them need the library
 * {@code com.bucket4j:bucket4j_jdk17-core}, which an application has to add.
 *
 * <pre class="code">
 * RateLimitByKey&lt;String&gt; perUser = RateLimitResources.perKey(10, Duration.ofSeconds(60), Duration.ZERO);
 *
 * ResourceScope.run((scope) -&gt; {
 *     scope.enter(perUser.of(user));
 *     search(query);
 * });
 * </pre>
 *
 * <p>
 * Waits are bounded as those of {@link io.transactionscope.resource.lock.LockResources}.
 *
 * @since 0.1.0
 */
public final class RateLimitResources {

	private static final int MAX_KEYS = 10_000;

	private RateLimitResources() {
	}

	/**
	 * Let at most so many entries begin in a window of time, not counting those that fail
	 * while their window lasts: they give their slots back.
	 * <p>
	 * Windows follow one another without a gap, the first one from this call on; entries
	 * late in one and early in the next may come close together.
	 * @param entries how many, at least one
	 * @param window how long a window is, more than zero and at most 365 days
	 * @param maxWait how long to wait for a slot at most. An entry fails as soon as the
	 * next window begins too late for it; those that wait for one window have no order
	 * @return a resource to keep and share, as it is what counts. It throws
	 * {@link ResourceUnavailableException} if there is no slot in that time; its value is
	 * how long the entry waited
	 */
	public static Resource<Duration> rateLimit(int entries, Duration window, Duration maxWait) {
		return counted(() -> new RateLimit(entries, window, maxWait, System::nanoTime));
	}

	private static <L> L counted(Supplier<L> limit) {
		try {
			return limit.get();
		}
		catch (NoClassDefFoundError ex) {
			throw new IllegalStateException(
					"A rate limit needs Bucket4j: add com.bucket4j:bucket4j_jdk17-core to the dependencies", ex);
		}
	}

	/**
	 * Let at most so many entries of each key begin in a window of time, with up to
	 * 10,000 keys in one window.
	 * @param <K> the type of the keys
	 * @param entries how many of each key, at least one
	 * @param window how long a window is, more than zero and at most 365 days
	 * @param maxWait how long to wait for a slot at most
	 * @return the limits, to keep and share
	 * @see #perKey(int, Duration, Duration, int)
	 */
	public static <K> RateLimitByKey<K> perKey(int entries, Duration window, Duration maxWait) {
		return perKey(entries, window, maxWait, MAX_KEYS);
	}

	/**
	 * Let at most so many entries of each key begin in a window of time, not counting
	 * those that fail while their window lasts: they give their slots back. An entry in
	 * doubt keeps its slot.
	 * <p>
	 * All keys have the same windows, which follow one another without a gap, the first
	 * one from this call on. A key is forgotten at the first entry of any after the
	 * window in which it was last used, and never before: a new key that finds as many in
	 * use as there may be waits for the next window, or is refused where that begins too
	 * late for it. No key can thus be had back with new slots by use of others.
	 * @param <K> the type of the keys
	 * @param entries how many of each key, at least one
	 * @param window how long a window is, more than zero and at most 365 days
	 * @param maxWait how long to wait for a slot at most. An entry fails as soon as the
	 * next window begins too late for it; those that wait for one window have no order
	 * @param maxKeys how many keys there may be in one window, at least one. Each takes a
	 * few hundred bytes, and what the key takes
	 * @return the limits, to keep and share
	 */
	public static <K> RateLimitByKey<K> perKey(int entries, Duration window, Duration maxWait, int maxKeys) {
		return counted(() -> new KeyedSlots<>(new Allowance(entries, window), maxWait, maxKeys, System::nanoTime,
				TimeUnit.NANOSECONDS::sleep));
	}

	/**
	 * Take one token of a bucket for each key, such as one that several instances of the
	 * application share.
	 * @param <K> the type of the keys
	 * @param buckets returns the bucket of a key, never {@code null}; asked at each
	 * entry, by several threads at once. How many there are is for it to bound: nothing
	 * is kept here, so that a function which asks a {@code ProxyManager} at each call has
	 * the buckets forgotten where they are, by its {@code expirationAfterWrite}
	 * @param maxWait how long to wait for a token at most
	 * @return the limits
	 * @see #token(Bucket, Duration)
	 */
	public static <K> RateLimitByKey<K> perKey(Function<? super K, ? extends Bucket> buckets, Duration maxWait) {
		Objects.requireNonNull(buckets, "buckets must not be null");
		return BucketToken.byKey(buckets, maxWait);
	}

	/**
	 * Take one token of a bucket, and give it back if the scope fails. A scope in doubt
	 * keeps it.
	 * <p>
	 * It is given back in the time in which the bucket cannot have been full since: then
	 * the bucket is as if nothing had been taken. Later it is not, as it might be one too
	 * many, and a token may be lost. What is given back just before that time is over,
	 * and comes to the bucket after it, is one too many at most; a bucket of several
	 * limits is full when all are. For limits that are exact at their edge too, see
	 * {@link #rateLimit} and {@link #perKey(int, Duration, Duration, int)}.
	 * <p>
	 * A bucket elsewhere may fail, or not answer. Its failure is that of the entry, of
	 * which nothing is held; a token that was taken without an answer is lost. How long
	 * an answer may take is for the bucket to bound, by its {@code requestTimeout}, and
	 * no part of the wait. A token that cannot be given back is told as any failure of a
	 * release.
	 * @param bucket the bucket, which may be shared with others and with other instances
	 * @param maxWait how long to wait for a token at most; nothing is reserved meanwhile,
	 * and those that wait have no order. An entry fails as soon as it is known that there
	 * will be no token in that time
	 * @return a resource that throws {@link ResourceUnavailableException} if there is no
	 * token in that time; its value is how long the entry waited
	 */
	public static Resource<Duration> token(Bucket bucket, Duration maxWait) {
		Objects.requireNonNull(bucket, "bucket must not be null");
		return new BucketToken(bucket, () -> bucket, maxWait);
	}

	/**
	 * Take one token of a bucket that answers by a stage, and give it back if the scope
	 * fails, under the same rules as {@link #token(Bucket, Duration)}. No thread waits
	 * for it.
	 * <p>
	 * A stage that may never be completed is to be
	 * {@linkplain AsyncResource#acquireWithin limited}.
	 * @param bucket the bucket, which may be shared with others and with other instances
	 * @param maxWait how long to wait for a token at most
	 * @return a resource whose entry fails with a {@link ResourceUnavailableException} if
	 * there is no token in that time; its value is how long the entry waited
	 */
	public static AsyncResource<Duration> token(AsyncBucketProxy bucket, Duration maxWait) {
		Objects.requireNonNull(bucket, "bucket must not be null");
		return new AsyncBucketToken(bucket, () -> bucket, maxWait);
	}

	/**
	 * Take one token of a bucket that answers by a stage, for each key.
	 * @param <K> the type of the keys
	 * @param buckets returns the bucket of a key, never {@code null}, and without
	 * blocking; asked at each entry, by several threads at once. Nothing is kept here
	 * @param maxWait how long to wait for a token at most
	 * @return the limits
	 * @see #token(AsyncBucketProxy, Duration)
	 */
	public static <K> AsyncRateLimitByKey<K> asyncPerKey(Function<? super K, ? extends AsyncBucketProxy> buckets,
			Duration maxWait) {
		Objects.requireNonNull(buckets, "buckets must not be null");
		return AsyncBucketToken.byKey(buckets, maxWait);
	}

}
