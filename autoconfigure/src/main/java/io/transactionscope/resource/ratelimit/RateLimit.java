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
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.lock.BoundedWait;

/**
 * At most so many entries a window. A failed one gives its slot back, as long as the
 * window that the slot belongs to lasts.
 */
final class RateLimit implements Resource<Duration> {

	private final BoundedWait wait;

	private final Windows windows;

	private final WindowedSlots slots;

	RateLimit(int entries, Duration window, Duration maxWait, LongSupplier nanoTime) {
		this(entries, window, maxWait, nanoTime, TimeUnit.NANOSECONDS::sleep);
	}

	RateLimit(int entries, Duration window, Duration maxWait, LongSupplier nanoTime, Windows.Sleep sleep) {
		Allowance allowance = new Allowance(entries, window);
		this.wait = allowance.waitFor(allowance, maxWait);
		this.windows = new Windows(window, nanoTime, sleep);
		this.slots = new WindowedSlots(entries, this.windows);
	}

	@Override
	public Held<Duration> acquire() {
		Slot slot = new Slot();
		Duration waited = this.wait.await((nanos) -> this.windows.await(slot::tryTake, nanos));
		return Held.of(waited, (outcome) -> {
			if (outcome.isFailure()) {
				slot.giveBack();
			}
		});
	}

	private final class Slot {

		private long window;

		long tryTake() {
			synchronized (RateLimit.this.windows) {
				this.window = RateLimit.this.windows.set();
				return RateLimit.this.slots.tryTake();
			}
		}

		void giveBack() {
			synchronized (RateLimit.this.windows) {
				if (RateLimit.this.windows.set() == this.window) {
					RateLimit.this.slots.giveBack();
				}
			}
		}

	}

}
