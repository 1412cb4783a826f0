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

/**
 * What one slot has seen of one scope. Only whoever has the slot writes here, so nothing
 * is locked: what one owner has written, the next one sees, as the slot was freed and
 * claimed in between. Others may read numbers that are one lease behind.
 */
public final class ScopeCounters {

	private final String scope;

	private final Sums certain = new Sums();

	private final Sums sampled = new Sums();

	private long asked;

	private long returned;

	private long turnedAway;

	/** Since it was last forgotten, by whoever keeps the figures of the last minute. */
	private long longestWait;

	private long longestHold;

	/** When the last lease was timed to stand for others, or the first one might be. */
	private long lastTimed;

	ScopeCounters(String scope, long lastTimed) {
		this.scope = scope;
		this.lastTimed = lastTimed;
	}

	String scope() {
		return this.scope;
	}

	public void asks() {
		this.asked++;
	}

	/**
	 * Return whether the lease asked for now is to stand for those that are not timed.
	 */
	public boolean isSampleDue(long now, long interval) {
		if (now - this.lastTimed < interval) {
			return false;
		}
		this.lastTimed = now;
		return true;
	}

	/**
	 * Return whether no lease was asked for in the given time. Each is noticed whose
	 * predecessor in the sample is as old as the interval.
	 */
	boolean isUnusedFor(long now, long interval, long time) {
		return now - this.lastTimed >= interval + time;
	}

	public void returns() {
		this.returned++;
	}

	public void returns(Timing timing) {
		this.returned++;
		(timing.isCertain() ? this.certain : this.sampled).add(timing);
		this.longestWait = Math.max(this.longestWait, timing.waited());
		this.longestHold = Math.max(this.longestHold, timing.held());
	}

	public void turnsAway(long waited) {
		this.turnedAway++;
		this.longestWait = Math.max(this.longestWait, waited);
	}

	ScopeTotals totals() {
		return new ScopeTotals(this.asked, this.returned, this.turnedAway, this.certain.totals(), this.sampled.totals(),
				this.longestWait, this.longestHold);
	}

	void forgetLongest() {
		this.longestWait = 0;
		this.longestHold = 0;
	}

	private static final class Sums {

		private long count;

		private long waited;

		private long held;

		private long busy;

		private long beforeFirst;

		private long between;

		private long afterLast;

		void add(Timing timing) {
			this.count++;
			this.waited += timing.waited();
			this.held += timing.held();
			this.busy += timing.busy();
			this.beforeFirst += timing.beforeFirst();
			this.between += timing.between();
			this.afterLast += timing.afterLast();
		}

		ScopeTotals.Times totals() {
			return new ScopeTotals.Times(this.count, this.waited, this.held, this.busy, this.beforeFirst, this.between,
					this.afterLast);
		}

	}

}
