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

import java.sql.Connection;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import io.transactionscope.pool.PoolSettings.DeadlockPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Ends deadlocks that become complete while all of their threads wait already: as their
 * pool is resumed, becomes smaller, or loses a connection. Those that a thread completes
 * by its arrival are found by that thread.
 */
final class DeadlockWatch {

	/** One for all pools, because a deadlock may involve several. */
	static final Lock VERDICT = new ReentrantLock();

	/** Longer than it takes a thread to see that its wait has been ended. */
	private static final long LEAVE_NANOS = Duration.ofSeconds(1).toNanos();

	private static final long RECHECK_NANOS = 1_000_000;

	private final Set<Wait> waits = ConcurrentHashMap.newKeySet();

	/** Of the watch alone, as what follows: what may be none. */
	private @Nullable Deadlock suspected;

	private long suspectedSince;

	Wait begin(LedgerEntry entry) {
		Wait wait = new Wait(entry);
		this.waits.add(wait);
		return wait;
	}

	void end(Wait wait) {
		this.waits.remove(wait);
	}

	void look(WatchedPool pool, long now) {
		Deadlock deadlock = (!this.waits.isEmpty() && pool.settings().deadlock() == DeadlockPolicy.FAIL)
				? Deadlock.of(pool) : null;
		if (deadlock == null || deadlock.isProven()) {
			this.suspected = null;
		}
		else if (this.suspected == null || !this.suspected.persists()) {
			this.suspected = deadlock;
			this.suspectedSince = now;
		}
		boolean lasts = this.suspected == null
				|| now - this.suspectedSince >= pool.settings().deadlockGrace().toNanos();
		if (deadlock != null && lasts) {
			this.waits.stream()
				.filter((wait) -> deadlock.involves(wait.entry.borrower()))
				.findFirst()
				.ifPresent((victim) -> end(deadlock, victim));
		}
	}

	private static void end(Deadlock deadlock, Wait victim) {
		VERDICT.lock();
		try {
			if (deadlock.persists() && victim.endBy(deadlock)) {
				victim.awaitLeave();
			}
		}
		finally {
			VERDICT.unlock();
		}
	}

	/**
	 * The wait of a thread that holds connections, which can be ended by others.
	 */
	static final class Wait {

		private final LedgerEntry entry;

		private final CompletableFuture<Connection> answer = new CompletableFuture<>();

		/** Written before the answer. */
		private volatile @Nullable Deadlock deadlock;

		private Wait(LedgerEntry entry) {
			this.entry = entry;
		}

		CompletableFuture<Connection> answer() {
			return this.answer;
		}

		/**
		 * Return the deadlock that it was ended by, if it was.
		 */
		@Nullable Deadlock deadlock() {
			return this.deadlock;
		}

		private boolean endBy(Deadlock deadlock) {
			this.deadlock = deadlock;
			boolean ended = this.answer.completeExceptionally(new IllegalStateException("The wait has been ended"));
			if (!ended) {
				this.deadlock = null;
			}
			return ended;
		}

		/**
		 * Wait until nobody can take the thread for one that waits, and fail another one.
		 */
		private void awaitLeave() {
			long end = System.nanoTime() + LEAVE_NANOS;
			while (this.entry.isWaiting() && System.nanoTime() - end < 0) {
				LockSupport.parkNanos(RECHECK_NANOS);
			}
		}

	}

}
