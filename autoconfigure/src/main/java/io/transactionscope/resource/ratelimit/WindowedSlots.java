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
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.local.SynchronizationStrategy;

/**
 * So many slots in each window of time. One that is given back may be taken again, as
 * long as the window that it belongs to lasts.
 *
 * <p>
 * A slot is only ever taken of the window that lasts, never reserved in one to come: what
 * was reserved could be used too late, and what is given back could not be told from it.
 */
final class WindowedSlots {

	private final Sleep sleep;

	/**
	 * Guards the slots, so that one reading of it decides which window they belong to.
	 */
	private final StoppedClock clock;

	private final Bucket slots;

	/**
	 * Create the slots, of which the first window begins now.
	 * @param number how many a window has
	 * @param window how long it is
	 * @param nanoTime the clock
	 * @param sleep how to wait for the next window
	 */
	WindowedSlots(int number, Duration window, LongSupplier nanoTime, Sleep sleep) {
		Objects.requireNonNull(window, "window must not be null");
		Objects.requireNonNull(nanoTime, "nanoTime must not be null");
		Objects.requireNonNull(sleep, "sleep must not be null");
		this.sleep = sleep;
		this.clock = new StoppedClock(nanoTime, window.toNanos());
		this.slots = Bucket.builder()
			.addLimit((limit) -> limit.capacity(number).refillIntervally(number, window))
			.withCustomTimePrecision(this.clock)
			.withSynchronizationStrategy(SynchronizationStrategy.NONE)
			.build();
	}

	/**
	 * Return a slot that is still to be taken.
	 * @return a slot for one entry
	 */
	Slot slot() {
		return new Slot();
	}

	/**
	 * One of the slots.
	 */
	final class Slot {

		private long window;

		private Slot() {
		}

		/**
		 * Take it, if need be in a later window.
		 * @param maxNanos how long to wait for that
		 * @return whether it was taken: not if the next window begins too late
		 * @throws InterruptedException if the wait is interrupted
		 */
		boolean take(long maxNanos) throws InterruptedException {
			long start = WindowedSlots.this.clock.elapsed();
			ConsumptionProbe probe = tryTake();
			while (!probe.isConsumed()) {
				long nanos = probe.getNanosToWaitForRefill();
				if (nanos > maxNanos - (WindowedSlots.this.clock.elapsed() - start)) {
					return false;
				}
				WindowedSlots.this.sleep.sleep(nanos);
				probe = tryTake();
			}
			return true;
		}

		private ConsumptionProbe tryTake() {
			synchronized (WindowedSlots.this.clock) {
				this.window = WindowedSlots.this.clock.set();
				return WindowedSlots.this.slots.tryConsumeAndReturnRemaining(1);
			}
		}

		/**
		 * Give it back, which does nothing once its window is over.
		 */
		void giveBack() {
			synchronized (WindowedSlots.this.clock) {
				if (WindowedSlots.this.clock.set() == this.window) {
					WindowedSlots.this.slots.addTokens(1);
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
