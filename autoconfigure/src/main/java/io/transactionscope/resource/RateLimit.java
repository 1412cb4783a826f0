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
import java.util.function.LongSupplier;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;

/**
 * At most so many entries a window. A failed one gives its slot back, as long as the
 * window that the slot belongs to lasts.
 */
final class RateLimit implements Resource<Duration> {

	private static final Duration LONGEST = Duration.ofDays(365);

	private final BoundedWait wait;

	private final long window;

	private final LongSupplier nanoTime;

	private final Bucket slots;

	RateLimit(int entries, Duration window, Duration maxWait, LongSupplier nanoTime) {
		if (entries < 1) {
			throw new IllegalArgumentException("Invalid rate limit (%d): it must be at least 1".formatted(entries));
		}
		if (window.isNegative() || window.isZero() || window.compareTo(LONGEST) > 0) {
			throw new IllegalArgumentException(
					"Invalid window of a rate limit (%s): it must be positive and not longer than %s".formatted(window,
							LONGEST));
		}
		this.wait = new BoundedWait("slot of rate limit", entries + " in " + BoundedWait.text(window), maxWait,
				"allow more entries in a window, or a longer wait");
		this.window = window.toNanos();
		long start = nanoTime.getAsLong();
		this.nanoTime = () -> nanoTime.getAsLong() - start;
		this.slots = Bucket.builder()
			.addLimit((limit) -> limit.capacity(entries).refillIntervally(entries, window))
			.withCustomTimePrecision(new Meter(this.nanoTime))
			.build();
	}

	@Override
	public Held<Duration> acquire() {
		Duration waited = this.wait.await(this::takeSlot);
		long window = currentWindow();
		return Held.of(waited, (outcome) -> {
			if (outcome.isFailure() && currentWindow() == window) {
				this.slots.addTokens(1);
			}
		});
	}

	private boolean takeSlot(long maxNanos) throws InterruptedException {
		if (maxNanos == 0) {
			return this.slots.tryConsume(1);
		}
		try {
			return this.slots.asBlocking().tryConsume(1, maxNanos);
		}
		catch (InterruptedException ex) {
			// It was reserved, in a window that is still to come
			this.slots.addTokens(1);
			throw ex;
		}
	}

	private long currentWindow() {
		return this.nanoTime.getAsLong() / this.window;
	}

	private record Meter(LongSupplier nanoTime) implements TimeMeter {

		@Override
		public long currentTimeNanos() {
			return this.nanoTime.getAsLong();
		}

		@Override
		public boolean isWallClockBased() {
			return false;
		}

	}

}
