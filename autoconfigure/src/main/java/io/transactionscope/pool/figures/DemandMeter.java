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

import io.transactionscope.pool.snapshot.Demand;

/**
 * How many connections are asked for at a time, as the watch sees it from look to look
 * while somebody waits. Under its monitor, which nobody keeps for more than a look at a
 * minute's numbers.
 *
 * @since 0.1.0
 */
public final class DemandMeter {

	/** For how long nobody may be seen waiting before those who come are others. */
	private static final long PAUSE = 1_000_000_000L;

	private static final long WINDOW = 60_000_000_000L;

	/** Of the present time with waits, a minute at most. */
	private final Deque<Look> looks = new ArrayDeque<>();

	private long began;

	private long lastWaited;

	/**
	 * Take notice of how many connections are lent, and how many are waited for.
	 */
	public synchronized void look(int lent, int awaited, long now) {
		forgetIfOver(now);
		if (awaited > 0) {
			if (this.looks.isEmpty()) {
				this.began = now;
			}
			this.lastWaited = now;
		}
		if (awaited > 0 || !this.looks.isEmpty()) {
			this.looks.addLast(new Look(now, lent + awaited));
			while (now - this.looks.getFirst().at() > WINDOW) {
				this.looks.removeFirst();
			}
		}
	}

	public synchronized Demand demand(long now) {
		forgetIfOver(now);
		if (this.looks.isEmpty()) {
			return Demand.NONE;
		}
		return new Demand(Duration.ofNanos(now - this.began), Duration.ofNanos(now - this.looks.getFirst().at()),
				this.looks.stream().mapToInt(Look::connections).average().orElse(0));
	}

	private void forgetIfOver(long now) {
		if (now - this.lastWaited > PAUSE) {
			this.looks.clear();
		}
	}

	private record Look(long at, int connections) {
	}

}
