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
import java.util.function.LongSupplier;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.local.SynchronizationStrategy;

/**
 * Windows of time that follow one another without a gap. They are a clock that stands
 * still between one call of {@link #set()} and the next, so that one reading of it
 * decides which window everything belongs to; their monitor guards that, and all that is
 * counted by them.
 */
final class Windows implements TimeMeter {

	private final Duration length;

	private final LongSupplier nanoTime;

	private final Sleep sleep;

	private final long start;

	private long now;

	/**
	 * Begin the first window now.
	 * @param length how long one is
	 * @param nanoTime the clock
	 * @param sleep how to wait for the next one
	 */
	Windows(Duration length, LongSupplier nanoTime, Sleep sleep) {
		Objects.requireNonNull(length, "length must not be null");
		Objects.requireNonNull(nanoTime, "nanoTime must not be null");
		Objects.requireNonNull(sleep, "sleep must not be null");
		this.length = length;
		this.nanoTime = nanoTime;
		this.sleep = sleep;
		this.start = nanoTime.getAsLong();
	}

	/**
	 * Set the clock, and return the number of the window.
	 */
	long set() {
		this.now = elapsed();
		return this.now / this.length.toNanos();
	}

	/**
	 * Return how long the window goes on that the clock was set in.
	 */
	long left() {
		return this.length.toNanos() - this.now % this.length.toNanos();
	}

	/**
	 * Return a bucket that is full at the begin of each window, as of the one that the
	 * clock was set in.
	 * @param tokens how many it has
	 */
	Bucket bucket(int tokens) {
		long current = this.now;
		// Where its periods begin
		this.now -= current % this.length.toNanos();
		try {
			return Bucket.builder()
				.addLimit((limit) -> limit.capacity(tokens).refillIntervally(tokens, this.length))
				.withCustomTimePrecision(this)
				.withSynchronizationStrategy(SynchronizationStrategy.NONE)
				.build();
		}
		finally {
			this.now = current;
		}
	}

	/**
	 * Repeat an attempt until it succeeds or the next one would be too late.
	 * @param attempt returns how long to wait for the next one, 0 if it has succeeded
	 * @param maxNanos how long to wait at most
	 * @return whether it has succeeded
	 */
	boolean await(LongSupplier attempt, long maxNanos) throws InterruptedException {
		long begin = elapsed();
		long nanos = attempt.getAsLong();
		while (nanos > 0) {
			if (nanos > maxNanos - (elapsed() - begin)) {
				return false;
			}
			this.sleep.sleep(nanos);
			nanos = attempt.getAsLong();
		}
		return true;
	}

	private long elapsed() {
		return this.nanoTime.getAsLong() - this.start;
	}

	@Override
	public long currentTimeNanos() {
		return this.now;
	}

	@Override
	public boolean isWallClockBased() {
		return false;
	}

	/**
	 * Waits.
	 */
	@FunctionalInterface
	interface Sleep {

		/**
		 * Wait.
		 * @param nanos how long
		 * @throws InterruptedException if the wait is interrupted
		 */
		void sleep(long nanos) throws InterruptedException;

	}

}
