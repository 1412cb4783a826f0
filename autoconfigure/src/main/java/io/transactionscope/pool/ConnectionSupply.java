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

import io.transactionscope.pool.snapshot.ConnectFailure;
import io.transactionscope.pool.snapshot.PoolSnapshot.State;
import org.jspecify.annotations.Nullable;

/**
 * How a pool gets its connections: since when it has had too few, when it got the latest,
 * and what its attempts failed with. The watch looks at it from time to time, whoever
 * reports reads it.
 */
final class ConnectionSupply {

	/**
	 * How long HikariCP waits at most before it tries again: whoever asks meanwhile meets
	 * the same outage.
	 */
	private static final long RETRY_NANOS = Duration.ofSeconds(6).toNanos();

	private final WatchedPool pool;

	/** Written by the watch before it says that the pool is short. */
	private volatile long shortSince;

	/** Written by the watch, as what follows; whoever reports reads them. */
	private volatile boolean isShort;

	private volatile @Nullable Long grown;

	private volatile @Nullable Failure latest;

	/** Written by whoever could not start the pool. */
	private volatile @Nullable Failure start;

	/** Of the watch alone. */
	private int total;

	ConnectionSupply(WatchedPool pool) {
		this.pool = pool;
	}

	void look(long now) {
		int total = this.pool.total();
		boolean isShort = this.pool.waiting() > 0 && total < this.pool.maximum();
		if (isShort && !this.isShort) {
			this.shortSince = now;
			this.grown = null;
		}
		else if (isShort && total > this.total) {
			this.grown = now;
		}
		this.isShort = isShort;
		this.total = total;
		see(this.pool.connectFailure(), now);
	}

	/**
	 * Notice a failure: one that was there before is as old as it was.
	 */
	private @Nullable Failure see(@Nullable Throwable cause, long now) {
		Failure known = this.latest;
		if (cause == null || (known != null && known.cause() == cause)) {
			return (cause != null) ? known : null;
		}
		Failure seen = new Failure(cause, now);
		this.latest = seen;
		return seen;
	}

	/**
	 * Notice that the pool could not be started.
	 */
	void failsToStart(Throwable cause) {
		this.start = new Failure(cause, System.nanoTime());
	}

	/**
	 * Return since when the pool has had fewer connections than it may have, although
	 * threads wait.
	 * @return the time, zero if it has not
	 */
	Duration shortFor(long now) {
		return this.isShort ? Duration.ofNanos(Math.max(0, now - this.shortSince)) : Duration.ZERO;
	}

	/**
	 * Return how long ago the pool got its latest connection since it has had too few.
	 * @return the time, or {@code null} if it has got none
	 */
	@Nullable Duration sinceGrowth(long now) {
		Long grown = this.grown;
		return (this.isShort && grown != null) ? Duration.ofNanos(Math.max(0, now - grown)) : null;
	}

	/**
	 * Return what the latest attempt to connect failed with, if it did and belongs to the
	 * outage that somebody has met who waits. The pool knows the failure of its latest
	 * attempt, which may be days old.
	 * @param told what the pool has told of it, if it has
	 * @param waited for how long that has been waiting
	 */
	@Nullable ConnectFailure failure(@Nullable Throwable told, Duration waited, long now) {
		if (this.pool.state() == State.NOT_STARTED) {
			Failure start = this.start;
			return (start != null) ? start.toFact(now) : null;
		}
		Failure failure = see((told != null) ? told : this.pool.connectFailure(), now);
		long longest = Math.max(waited.toNanos(), shortFor(now).toNanos());
		return (failure != null && now - failure.seen() <= longest + RETRY_NANOS) ? failure.toFact(now) : null;
	}

	private record Failure(Throwable cause, long seen) {

		ConnectFailure toFact(long now) {
			return ConnectFailure.of(this.cause, Duration.ofNanos(Math.max(0, now - this.seen)));
		}

	}

}
