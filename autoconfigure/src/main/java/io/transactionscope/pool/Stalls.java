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

package io.transactionscope.pool;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * When the whole process stood still, as shows in a clock that did not tick.
 */
final class Stalls {

	private static final int KEPT = 32;

	private final long interval;

	private final Deque<Stall> stalls = new ArrayDeque<>();

	private long lastTick = System.nanoTime();

	Stalls(Duration interval) {
		this.interval = interval.toNanos();
	}

	synchronized void tick(long now) {
		Stall stall = untilNow(now);
		if (stall.isLong(this.interval)) {
			this.stalls.addLast(stall);
			if (this.stalls.size() > KEPT) {
				this.stalls.removeFirst();
			}
		}
		this.lastTick = now;
	}

	/**
	 * Return for how much of the time from a moment until now the process stood still.
	 */
	synchronized Duration between(long begin, long now) {
		long stalled = 0;
		for (Stall stall : this.stalls) {
			stalled += stall.since(begin);
		}
		Stall current = untilNow(now);
		if (current.isLong(this.interval)) {
			stalled += current.since(begin);
		}
		return Duration.ofNanos(stalled);
	}

	private Stall untilNow(long now) {
		return new Stall(this.lastTick + this.interval, now);
	}

	private record Stall(long began, long ended) {

		// A busy machine makes everybody a little late.
		boolean isLong(long interval) {
			return this.ended - this.began > interval;
		}

		long since(long moment) {
			return Math.max(0, Math.min(this.ended - this.began, this.ended - moment));
		}

	}

}
