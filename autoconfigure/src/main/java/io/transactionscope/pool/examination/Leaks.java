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

package io.transactionscope.pool.examination;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.diagnosis.Leak;
import io.transactionscope.pool.snapshot.Abandonment;
import io.transactionscope.pool.snapshot.Frames;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import org.jspecify.annotations.Nullable;

/**
 * Those of some connections that nobody is going to give back.
 */
final class Leaks {

	// A thread may be seen between the return of its connection and that of its stack.
	private static final Duration SETTLED = Duration.ofMillis(500);

	private final List<Holder> leaks;

	Leaks(List<Holder> holders) {
		this.leaks = holders.stream().filter((holder) -> reason(holder) != null).toList();
	}

	boolean isEmpty() {
		return this.leaks.isEmpty();
	}

	int count() {
		return this.leaks.size();
	}

	boolean include(Holder holder) {
		return this.leaks.contains(holder);
	}

	Leak diagnosis() {
		return new Leak(count(), MostFrequent.scopeOfMost(this.leaks),
				Objects.requireNonNull(MostFrequent.of(this.leaks, Leaks::reason)));
	}

	/**
	 * Return how one knows of a lease that nobody is going to give it back.
	 * @return {@code null} if one does not
	 */
	static @Nullable Abandonment reason(Holder holder) {
		Lease lease = holder.lease();
		if (lease.longLived() || lease.abandonment() != null) {
			return lease.longLived() ? null : lease.abandonment();
		}
		if (lease.handedOver()) {
			return null;
		}
		if (!lease.threadAlive()) {
			return Abandonment.THREAD_ENDED;
		}
		boolean settled = lease.age().compareTo(SETTLED) > 0 && lease.phase().isIdle();
		return (settled && Frames.waitsForTask(holder.stack())) ? Abandonment.TASK_ENDED : null;
	}

}
