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

	private final WindowedSlots slots;

	RateLimit(int entries, Duration window, Duration maxWait, LongSupplier nanoTime) {
		this(entries, window, maxWait, nanoTime, TimeUnit.NANOSECONDS::sleep);
	}

	RateLimit(int entries, Duration window, Duration maxWait, LongSupplier nanoTime, WindowedSlots.Sleep sleep) {
		Allowance allowance = new Allowance(entries, window);
		this.wait = new BoundedWait("slot of rate limit", allowance, maxWait,
				"allow more entries in a window, or a longer wait");
		this.slots = new WindowedSlots(entries, window, nanoTime, sleep);
	}

	@Override
	public Held<Duration> acquire() {
		WindowedSlots.Slot slot = this.slots.slot();
		Duration waited = this.wait.await(slot::take);
		return Held.of(waited, (outcome) -> {
			if (outcome.isFailure()) {
				slot.giveBack();
			}
		});
	}

}
