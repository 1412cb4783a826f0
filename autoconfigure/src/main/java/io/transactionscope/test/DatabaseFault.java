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

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * Something that happens to calls to a database, as a {@link DatabaseFaultPoint} was
 * told.
 *
 * @since 0.1.0
 */
public final class DatabaseFault {

	private final DatabaseFaultPoint aim;

	/** At which time only; 0 for each. */
	private final int time;

	private final boolean lenient;

	private final FaultEffect effect;

	private final String description;

	private final AtomicInteger times = new AtomicInteger();

	private final AtomicInteger strikes = new AtomicInteger();

	private final CountDownLatch struck = new CountDownLatch(1);

	private volatile boolean disarmed;

	DatabaseFault(DatabaseFaultPoint aim, int time, boolean lenient, FaultEffect effect, String description) {
		this.aim = aim;
		this.time = time;
		this.lenient = lenient;
		this.effect = effect;
		this.description = description;
	}

	/**
	 * {@return whether it has happened}
	 */
	public boolean struck() {
		return strikes() > 0;
	}

	/**
	 * {@return how often it has happened so far}
	 */
	public int strikes() {
		return this.strikes.get();
	}

	/**
	 * Wait until it happens, as to a call that another thread makes and that stalls then.
	 * @param limit how long to wait at most
	 * @return whether it has happened
	 * @throws InterruptedException if the thread is interrupted while it waits
	 */
	public boolean awaitStrike(Duration limit) throws InterruptedException {
		return this.struck.await(limit.toNanos(), TimeUnit.NANOSECONDS);
	}

	/**
	 * Have it happen no more, and let go on what stalls because of it.
	 */
	public void disarm() {
		this.disarmed = true;
		if (this.effect instanceof Stall stall) {
			stall.release();
		}
	}

	boolean isMissed() {
		return !this.lenient && !struck();
	}

	/**
	 * Return whether calls of a phase stall because of it, or may.
	 */
	boolean stalls(Phase phase, String pool) {
		return !this.disarmed && this.effect instanceof Stall && this.aim.isIn(phase, pool);
	}

	/**
	 * Count this time, if the moment is one of this fault's.
	 */
	boolean isDueAt(Moment moment) {
		if (this.disarmed || !this.aim.isAt(moment)) {
			return false;
		}
		int current = this.times.incrementAndGet();
		return this.time == 0 || this.time == current;
	}

	@Nullable Object strike(Moment moment, FaultEffect.Call call) throws Throwable {
		this.strikes.incrementAndGet();
		this.struck.countDown();
		return this.effect.strike(moment, call);
	}

	/**
	 * {@return what happens, to which calls, and which line of the test has said so}
	 */
	@Override
	public String toString() {
		return this.description;
	}

}
