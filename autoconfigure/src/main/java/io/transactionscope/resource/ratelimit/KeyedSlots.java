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
import io.transactionscope.text.Printable;

/**
 * So many slots for each key in each window of time.
 *
 * <p>
 * All keys have the same windows: at the end of one, nothing that was taken counts any
 * more, so that all keys can be forgotten, and none before.
 *
 * @param <K> the type of the keys
 */
final class KeyedSlots<K> implements RateLimitByKey<K> {

	private final Allowance allowance;

	private final Duration maxWait;

	private final int maxKeys;

	private final Windows windows;

	private final Map<K, WindowedSlots> inUse = new HashMap<>();

	private long window;

	KeyedSlots(Allowance allowance, Duration maxWait, int maxKeys, LongSupplier nanoTime, Windows.Sleep sleep) {
		if (maxKeys < 1) {
			throw new IllegalArgumentException(
					"Invalid number of keys of a rate limit (%d): it must be at least 1".formatted(maxKeys));
		}
		// To refuse what it refuses now, and not at the first entry
		allowance.waitFor(allowance, maxWait);
		this.allowance = allowance;
		this.maxWait = maxWait;
		this.maxKeys = maxKeys;
		this.windows = new Windows(allowance.window(), nanoTime, sleep);
	}

	@Override
	public Resource<Duration> of(K key) {
		Objects.requireNonNull(key, "key must not be null");
		return () -> {
			Slot slot = new Slot(key);
			Duration waited = this.allowance.waitFor(slot, this.maxWait).await(slot::take);
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
	int size() {
		synchronized (this.windows) {
			turn();
			return this.inUse.size();
		}
	}

	/**
	 * Forget the keys if their window is over.
	 * @return the number of the window that lasts
	 */
	private long turn() {
		long current = this.windows.set();
		if (current != this.window) {
			this.window = current;
			this.inUse.clear();
		}
		return current;
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
			return KeyedSlots.this.windows.await(this::tryTake, maxNanos);
		}

		private long tryTake() {
			Map<K, WindowedSlots> inUse = KeyedSlots.this.inUse;
			Windows windows = KeyedSlots.this.windows;
			synchronized (windows) {
				this.window = turn();
				this.crowded = inUse.size() >= KeyedSlots.this.maxKeys && !inUse.containsKey(this.key);
				return this.crowded ? windows.left()
						: inUse
							.computeIfAbsent(this.key,
									(key) -> new WindowedSlots(KeyedSlots.this.allowance.entries(), windows))
							.tryTake();
			}
		}

		/**
		 * Give it back, unless its window is over.
		 * @return whether it was given back
		 */
		boolean giveBack() {
			synchronized (KeyedSlots.this.windows) {
				if (turn() != this.window) {
					return false;
				}
				KeyedSlots.this.inUse.computeIfPresent(this.key, (key, slots) -> {
					slots.giveBack();
					return slots.areFree() ? null : slots;
				});
				return true;
			}
		}

		/** Of which window it was taken. */
		long window() {
			return this.window;
		}

		@Override
		public String toString() {
			String whose = KeyedSlots.this.allowance + " for " + Printable.of(this.key.toString());
			return this.crowded
					? whose + ", with " + KeyedSlots.this.maxKeys + " other keys in use, the most there may be" : whose;
		}

	}

}
