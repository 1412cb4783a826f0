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
import java.util.List;

import io.transactionscope.pool.snapshot.Frames;
import io.transactionscope.pool.snapshot.Holder;

/**
 * Finds those who wait for a connection and may be what its holders wait for.
 */
final class WaitingTasks {

	/** As many are enough for a suspicion. */
	private static final int MOST = 100;

	private WaitingTasks() {
	}

	/**
	 * Return how many threads at work on a task of a thread pool wait for a connection
	 * which they have asked for after one was lent to somebody who waits for other
	 * threads.
	 */
	static int count(WatchedPool pool, List<Holder> holders, long now) {
		return holders.stream()
			.filter((holder) -> Frames.join(holder.stack()) != null)
			.map((holder) -> holder.lease().age())
			.max(Duration::compareTo)
			.map((oldest) -> count(pool, now - oldest.toNanos()))
			.orElse(0);
	}

	private static int count(WatchedPool pool, long since) {
		return (int) LedgerEntry.of(pool)
			.stream()
			.filter(LedgerEntry::isWaiting)
			.filter((entry) -> entry.asked() - since > 0)
			.limit(MOST)
			.map((entry) -> entry.borrower().activity())
			.filter(Frames::runsTask)
			.count();
	}

}
