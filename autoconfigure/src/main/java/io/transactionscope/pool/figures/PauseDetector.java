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

package io.transactionscope.pool.figures;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongUnaryOperator;

/**
 * When the whole process stood still, as shows in a clock that did not tick. The watch
 * lets it tick, whoever reports reads it: under its monitor, which nobody keeps for more
 * than a look at a few pauses.
 *
 * @since 0.1.0
 */
public final class PauseDetector {

	private static final int KEPT = 32;

	private final long interval;

	private final Deque<Pause> pauses = new ArrayDeque<>();

	private final LongUnaryOperator work;

	private long lastTick = System.nanoTime();

	private long workAtLastTick;

	/**
	 * Create a detector.
	 * @param interval after which the clock should tick again
	 * @param work tells for how many nanoseconds the thread that lets it tick has been at
	 * work until a moment, which makes it late and says nothing of the process
	 */
	public PauseDetector(Duration interval, LongUnaryOperator work) {
		this.interval = interval.toNanos();
		this.work = work;
		this.workAtLastTick = work.applyAsLong(this.lastTick);
	}

	public synchronized void tick(long now) {
		Pause pause = untilNow(now);
		if (pause.isLong(this.interval)) {
			this.pauses.addLast(pause);
			if (this.pauses.size() > KEPT) {
				this.pauses.removeFirst();
			}
		}
		this.lastTick = now;
		this.workAtLastTick = this.work.applyAsLong(now);
	}

	/**
	 * Return for how much of the time from a moment until now the process stood still.
	 */
	public synchronized Duration between(long begin, long now) {
		long paused = 0;
		for (Pause pause : this.pauses) {
			paused += pause.since(begin);
		}
		Pause current = untilNow(now);
		if (current.isLong(this.interval)) {
			paused += current.since(begin);
		}
		return Duration.ofNanos(paused);
	}

	private Pause untilNow(long now) {
		long work = this.work.applyAsLong(now) - this.workAtLastTick;
		return new Pause(this.lastTick + work + this.interval, now);
	}

	private record Pause(long began, long ended) {

		// A busy machine makes everybody a little late.
		boolean isLong(long interval) {
			return this.ended - this.began > interval;
		}

		long since(long moment) {
			return Math.max(0, Math.min(this.ended - this.began, this.ended - moment));
		}

	}

}
