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
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.lock.BoundedWait;

/**
 * So many slots for each key in each window of time. A slot that is given back may be
 * taken again, as long as the window that it belongs to lasts.
 *
 * <p>
 * All keys have the same windows: what one has taken is a number, and when all numbers
 * are forgotten, at the end of a window, none of them counts any more.
 *
 * @param <K> the type of the keys
 */
final class KeyedSlots<K> implements RateLimitByKey<K> {

	private final Allowance allowance;

	private final Duration maxWait;

	private final int maxKeys;

	private final LongSupplier nanoTime;

	private final WindowedSlots.Sleep sleep;

	private final long start;

	private long window;

	private Map<K, Integer> taken = new HashMap<>();

	KeyedSlots(Allowance allowance, Duration maxWait, int maxKeys, LongSupplier nanoTime, WindowedSlots.Sleep sleep) {
		if (maxKeys < 1) {
			throw new IllegalArgumentException(
					"Invalid number of keys of a rate limit (%d): it must be at least 1".formatted(maxKeys));
		}
		this.allowance = allowance;
		this.maxWait = maxWait;
		this.maxKeys = maxKeys;
		this.nanoTime = nanoTime;
		this.sleep = sleep;
		this.start = nanoTime.getAsLong();
		// To refuse what it refuses now, and not at the first entry
		bounded("");
	}

	private BoundedWait bounded(Object subject) {
		return new BoundedWait("slot of rate limit", subject, this.maxWait,
				"allow more entries in a window, or a longer wait");
	}

	@Override
	public Resource<Duration> of(K key) {
		Objects.requireNonNull(key, "key must not be null");
		return () -> {
			Slot slot = new Slot(key);
			Duration waited = bounded(slot).await(slot::take);
			return Held.of(waited, (outcome) -> {
				if (outcome.isFailure()) {
					slot.giveBack();
				}
			});
		};
	}

	/**
	 * Return how many keys have taken something in the window that lasts.
	 */
	synchronized int size() {
		turn();
		return this.taken.size();
	}

	/**
	 * Begin a new window if it is time.
	 * @return how long the window that lasts goes on
	 */
	private long turn() {
		long length = this.allowance.window().toNanos();
		long elapsed = this.nanoTime.getAsLong() - this.start;
		if (elapsed / length != this.window) {
			this.window = elapsed / length;
			this.taken = new HashMap<>();
		}
		return length - elapsed % length;
	}

	private synchronized long take(Slot slot) {
		long left = turn();
		int number = this.taken.getOrDefault(slot.key, 0);
		slot.crowded = number == 0 && this.taken.size() == this.maxKeys;
		if (slot.crowded || number == this.allowance.entries()) {
			return left;
		}
		this.taken.put(slot.key, number + 1);
		slot.window = this.window;
		return 0;
	}

	private synchronized boolean giveBack(Slot slot) {
		turn();
		if (this.window != slot.window) {
			return false;
		}
		this.taken.computeIfPresent(slot.key, (key, number) -> (number > 1) ? number - 1 : null);
		return true;
	}

	/**
	 * A slot of a key that is still to be taken.
	 */
	final class Slot {

		private final K key;

		private long window;

		private boolean crowded;

		Slot(K key) {
			this.key = key;
		}

		/**
		 * Take it, if need be in a later window.
		 * @return whether it was taken: not if the next window begins too late
		 */
		boolean take(long maxNanos) throws InterruptedException {
			long begin = KeyedSlots.this.nanoTime.getAsLong();
			long left = KeyedSlots.this.take(this);
			while (left > 0) {
				if (left > maxNanos - (KeyedSlots.this.nanoTime.getAsLong() - begin)) {
					return false;
				}
				KeyedSlots.this.sleep.sleep(left);
				left = KeyedSlots.this.take(this);
			}
			return true;
		}

		/**
		 * Give it back, unless its window is over.
		 * @return whether it was given back
		 */
		boolean giveBack() {
			return KeyedSlots.this.giveBack(this);
		}

		/** Of which window it was taken. */
		long window() {
			return this.window;
		}

		@Override
		public String toString() {
			String whose = KeyedSlots.this.allowance + " for " + this.key;
			return this.crowded
					? whose + ", with " + KeyedSlots.this.maxKeys + " other keys in use, the most there may be" : whose;
		}

	}

}
