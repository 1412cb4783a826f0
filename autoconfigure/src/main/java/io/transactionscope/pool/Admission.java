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

/**
 * Keeps the queue in front of a pool short, where the settings ask for that. The limits
 * concern only threads that hold no connection: to turn away one that does would free
 * nothing that others wait for.
 *
 * <p>
 * Nothing is locked. Waits that end at the same time may be noticed in another order than
 * they ended in, which moves the begin of overload by no more than they differ.
 */
final class Admission {

	private final int maximumWaiting;

	private final long target;

	private final long interval;

	/**
	 * Since when every wait has been longer than the target. Written by whoever has
	 * waited and by the watch, in no order: it is one of their times, whichever wins.
	 */
	private volatile long exceededSince;

	/** When the last one was. */
	private volatile long exceededLast;

	Admission(PoolSettings settings) {
		this.maximumWaiting = settings.maxWaiting();
		this.target = settings.waitTarget().toNanos();
		this.interval = settings.waitInterval().toNanos();
		reset(System.nanoTime());
	}

	boolean isLimited() {
		return this.maximumWaiting != PoolSettings.UNLIMITED || this.target > 0;
	}

	/**
	 * Return whether a newcomer would be one too many.
	 */
	boolean isQueueFull(int waiting) {
		return this.maximumWaiting != PoolSettings.UNLIMITED && waiting >= this.maximumWaiting;
	}

	/**
	 * Return whether a newcomer should wait no longer than the target, because all waits
	 * have exceeded it for a whole interval up to now.
	 */
	boolean isOverloaded(int waiting, long now) {
		return this.target > 0 && this.exceededLast - this.exceededSince >= this.interval
				&& now - this.exceededLast < this.interval && waiting > 0;
	}

	/**
	 * Take notice of a wait that has ended.
	 */
	void observe(long waited, long now) {
		if (this.target == 0) {
			return;
		}
		if (waited < this.target) {
			reset(now);
		}
		else {
			if (now - this.exceededLast >= this.interval) {
				this.exceededSince = now;
			}
			this.exceededLast = now;
		}
	}

	/**
	 * Take notice of a wait that has lasted so long and not ended.
	 */
	void observeLasting(long waited, long now) {
		if (waited >= this.target) {
			observe(waited, now);
		}
	}

	private void reset(long now) {
		this.exceededSince = now;
		this.exceededLast = now - this.interval;
	}

}
