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

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.local.SynchronizationStrategy;

/**
 * At most so many entries a window. A failed one gives its slot back, as long as the
 * window that the slot belongs to lasts.
 *
 * <p>
 * A slot is only ever taken of the window that lasts, never reserved in one to come: what
 * was reserved could be used too late, and what is given back could not be told from it.
 */
final class RateLimit implements Resource<Duration> {

	private static final Duration LONGEST = Duration.ofDays(365);

	private final BoundedWait wait;

	private final Sleep sleep;

	/**
	 * Guards the slots, so that one reading of it decides which window they belong to.
	 */
	private final StoppedClock clock;

	private final Bucket slots;

	RateLimit(int entries, Duration window, Duration maxWait, LongSupplier nanoTime) {
		this(entries, window, maxWait, nanoTime, TimeUnit.NANOSECONDS::sleep);
	}

	RateLimit(int entries, Duration window, Duration maxWait, LongSupplier nanoTime, Sleep sleep) {
		if (entries < 1) {
			throw new IllegalArgumentException("Invalid rate limit (%d): it must be at least 1".formatted(entries));
		}
		if (window.isNegative() || window.isZero() || window.compareTo(LONGEST) > 0) {
			throw new IllegalArgumentException(
					"Invalid window of a rate limit (%s): it must be positive and not longer than %s".formatted(window,
							LONGEST));
		}
		if (entries > window.toNanos()) {
			throw new IllegalArgumentException(
					"Invalid rate limit (%d in %s): it must be at most 1 in a nanosecond; leave it out for no limit"
						.formatted(entries, window));
		}
		this.wait = new BoundedWait("slot of rate limit", entries + " in " + BoundedWait.text(window), maxWait,
				"allow more entries in a window, or a longer wait");
		this.sleep = sleep;
		this.clock = new StoppedClock(nanoTime, window.toNanos());
		this.slots = Bucket.builder()
			.addLimit((limit) -> limit.capacity(entries).refillIntervally(entries, window))
			.withCustomTimePrecision(this.clock)
			.withSynchronizationStrategy(SynchronizationStrategy.NONE)
			.build();
	}

	@Override
	public Held<Duration> acquire() {
		Slot slot = new Slot();
		Duration waited = this.wait.await(slot::take);
		return Held.of(waited, (outcome) -> {
			if (outcome.isFailure()) {
				slot.giveBack();
			}
		});
	}

	private final class Slot {

		private long window;

		boolean take(long maxNanos) throws InterruptedException {
			long start = RateLimit.this.clock.elapsed();
			ConsumptionProbe probe = tryTake();
			while (!probe.isConsumed()) {
				long nanos = probe.getNanosToWaitForRefill();
				if (nanos > maxNanos - (RateLimit.this.clock.elapsed() - start)) {
					return false;
				}
				RateLimit.this.sleep.sleep(nanos);
				probe = tryTake();
			}
			return true;
		}

		private ConsumptionProbe tryTake() {
			synchronized (RateLimit.this.clock) {
				this.window = RateLimit.this.clock.set();
				return RateLimit.this.slots.tryConsumeAndReturnRemaining(1);
			}
		}

		void giveBack() {
			synchronized (RateLimit.this.clock) {
				if (RateLimit.this.clock.set() == this.window) {
					RateLimit.this.slots.addTokens(1);
				}
			}
		}

	}

	/**
	 * Stands still between one call of {@link #set()} and the next.
	 */
	private static final class StoppedClock implements TimeMeter {

		private final LongSupplier nanoTime;

		private final long start;

		private final long window;

		private long now;

		StoppedClock(LongSupplier nanoTime, long window) {
			this.nanoTime = nanoTime;
			this.start = nanoTime.getAsLong();
			this.window = window;
		}

		long elapsed() {
			return this.nanoTime.getAsLong() - this.start;
		}

		/**
		 * Set it, and return the number of the window.
		 */
		long set() {
			this.now = elapsed();
			return this.now / this.window;
		}

		@Override
		public long currentTimeNanos() {
			return this.now;
		}

		@Override
		public boolean isWallClockBased() {
			return false;
		}

	}

	@FunctionalInterface
	interface Sleep {

		void sleep(long nanos) throws InterruptedException;

	}

}
