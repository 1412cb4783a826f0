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

package io.transactionscope.health;

import java.time.Duration;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.PoolSnapshot.Events;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.Status;

/**
 * How a pool has been doing, from look to look. One long wait makes it degraded; out of
 * service it is only after strain has lasted, and up again only after there has been none
 * for a while.
 */
final class Strain {

	static final Status DEGRADED = new Status("DEGRADED");

	private final PoolHealthPolicy policy;

	private final Lock lock = new ReentrantLock();

	private Status status = Status.UP;

	private @Nullable Long since;

	private @Nullable Long lastSeen;

	private long turnedAway;

	/**
	 * Begin without strain.
	 * @param before what has happened until then
	 */
	Strain(PoolHealthPolicy policy, Events before) {
		this.policy = policy;
		this.turnedAway = turnedAway(before);
	}

	/**
	 * Look at a pool.
	 * @param now nanoseconds of a clock that nobody sets
	 */
	Status look(PoolSnapshot snapshot, long now) {
		this.lock.lock();
		try {
			Duration wait = snapshot.longestWait().orElse(Duration.ZERO);
			// Who was turned away since the last look does not wait any more.
			boolean turnedAway = turnedAway(snapshot.events()) > this.turnedAway;
			this.turnedAway = turnedAway(snapshot.events());
			if (turnedAway || reaches(wait, this.policy.degradedWait())) {
				strained(now, wait, turnedAway || reaches(wait, this.policy.outOfServiceWait()));
			}
			else {
				relaxed(now);
			}
			return this.status;
		}
		finally {
			this.lock.unlock();
		}
	}

	private static long turnedAway(Events events) {
		return events.exhaustions() + events.deadlocks() + events.sheds();
	}

	private void strained(long now, Duration wait, boolean severe) {
		Long since = isUninterrupted(now) ? this.since : null;
		since = (since != null) ? since : (Long) (now - wait.toNanos());
		if (severe && reaches(Duration.ofNanos(now - since), this.policy.outOfServiceAfter())) {
			this.status = Status.OUT_OF_SERVICE;
		}
		else if (!this.status.equals(Status.OUT_OF_SERVICE)) {
			this.status = DEGRADED;
		}
		this.since = since;
		this.lastSeen = now;
	}

	/**
	 * Nobody knows what was between two looks that are far apart.
	 */
	private boolean isUninterrupted(long now) {
		return this.lastSeen != null
				&& Duration.ofNanos(now - this.lastSeen).compareTo(this.policy.outOfServiceAfter()) <= 0;
	}

	private void relaxed(long now) {
		this.since = null;
		if (this.lastSeen == null || reaches(Duration.ofNanos(now - this.lastSeen), this.policy.recovery())) {
			this.status = Status.UP;
		}
	}

	private static boolean reaches(Duration duration, Duration threshold) {
		return duration.compareTo(threshold) >= 0;
	}

}
