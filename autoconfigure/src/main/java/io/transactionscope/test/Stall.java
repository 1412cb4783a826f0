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
package io.transactionscope.test;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/**
 * A database that takes its time: until it goes on, or the one who waits for it gives up,
 * as a driver would.
 */
final class Stall implements FaultEffect {

	private static final long RECHECK_NANOS = Duration.ofMillis(2).toNanos();

	private final long nanos;

	private final boolean forgotten;

	private volatile boolean released;

	/**
	 * Create what takes so long.
	 * @param duration how long
	 * @param forgotten whether it is a mistake if nobody ends it before
	 */
	Stall(Duration duration, boolean forgotten) {
		this.nanos = duration.toNanos();
		this.forgotten = forgotten;
	}

	@Override
	public @Nullable Object strike(Moment moment, Call call) throws Throwable {
		SQLException failure = await(moment);
		if (failure != null) {
			throw moment.failing(failure);
		}
		return call.proceed();
	}

	/**
	 * Let those go on who wait.
	 */
	void release() {
		this.released = true;
	}

	private @Nullable SQLException await(Moment moment) {
		Moment.Link link = moment.link();
		long begun = System.nanoTime();
		long queryTimeout = Duration.ofSeconds(link.queryTimeout()).toNanos();
		long networkTimeout = Duration.ofMillis(link.networkTimeout()).toNanos();
		for (long waited = 0; !this.released; waited = System.nanoTime() - begun) {
			if (link.isEnded()) {
				return SqlFailures.lostLink();
			}
			if (link.isCanceled()) {
				return SqlFailures.canceled();
			}
			if (Thread.currentThread().isInterrupted()) {
				return SqlFailures.interrupted();
			}
			if (queryTimeout > 0 && waited >= queryTimeout) {
				return SqlFailures.queryTimeout(link.queryTimeout());
			}
			if (networkTimeout > 0 && waited >= networkTimeout) {
				return SqlFailures.noAnswer(link.networkTimeout());
			}
			if (waited >= this.nanos) {
				return end(moment);
			}
			LockSupport.parkNanos(this, RECHECK_NANOS);
		}
		return null;
	}

	private @Nullable SQLException end(Moment moment) {
		if (this.forgotten) {
			throw new IllegalStateException("Nobody has ended the stall at %s within %d s: disarm() the fault"
				.formatted(moment.phase(), Duration.ofNanos(this.nanos).toSeconds()));
		}
		return null;
	}

}
