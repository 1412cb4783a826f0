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
 *
 * @since 0.1.0
 */
public final class ScopeCounters {

	private static final long SITE_INTERVAL = 100_000_000;

	private final String scope;

	private final Lot lot;

	private final Sampling sampling;

	private final Sums sampled = new Sums();

	private final Sums underPressure = new Sums();

	private final Sums lasting = new Sums();

	/** Of leases that were first timed when they had lasted. */
	private final Sums lastingSeenLate = new Sums();

	private long asked;

	private long returned;

	private long lasted;

	/** How long those were that lasted, from the moment that they were asked for. */
	private double lastedFor;

	private long turnedAway;

	private long waitedInVain;

	private long longestWait;

	private long longestHold;

	/** Since it was last forgotten, by whoever keeps the figures of the last minute. */
	private long longestWaitLately;

	private long longestHoldLately;

	private long lastSite;

	ScopeCounters(String scope, Lot lot, Sampling sampling) {
		this.scope = scope;
		this.lot = lot;
		this.sampling = sampling;
		this.lastSite = lot.last() - SITE_INTERVAL;
	}

	String scope() {
		return this.scope;
	}

	/**
	 * Count somebody who asks for a connection.
	 * @return whether the lease is to be timed, to stand for those that are not
	 */
	public boolean asks(long now) {
		this.asked++;
		return this.lot.draws(now);
	}

	/**
	 * Return whether it is time to remember, for one of those that are timed, where it
	 * was borrowed: this costs so much more that it is done more rarely.
	 */
	public boolean isSiteDue(long now) {
		if (now - this.lastSite < SITE_INTERVAL) {
			return false;
		}
		this.lastSite = now;
		return true;
	}

	/**
	 * Return whether no lease was asked for in the given time.
	 */
	boolean isUnusedFor(long now, long time) {
		return now - this.lot.last() >= time;
	}

	/**
	 * Take notice that somebody whose lease is timed has a connection.
	 */
	public void receives(Timing timing) {
		this.sampling.waitEnds(this.scope, timing.asked(), timing.waited());
	}

	public void returns() {
		this.returned++;
	}

	public void returns(Timing timing) {
		this.returned++;
		if (timing.isUnderPressure()) {
			this.underPressure.add(timing, 1);
		}
		else if (timing.isLasting()) {
			this.lasted++;
			this.lastedFor += timing.waited() + timing.held();
			if (timing.isWhole()) {
				this.lasting.add(timing, this.lot.weight());
			}
			else {
				this.lastingSeenLate.add(timing, 1);
			}
		}
		else {
			this.sampled.add(timing, this.lot.weight());
		}
		waits(timing.waited());
		this.longestHold = Math.max(this.longestHold, timing.held());
		this.longestHoldLately = Math.max(this.longestHoldLately, timing.held());
		this.sampling.leaseEnds(this.scope, timing);
	}

	public void turnsAway(long asked, long now) {
		long waited = now - asked;
		this.turnedAway++;
		this.waitedInVain += waited;
		waits(waited);
		this.sampling.waitEnds(this.scope, asked, waited);
	}

	private void waits(long waited) {
		this.longestWait = Math.max(this.longestWait, waited);
		this.longestWaitLately = Math.max(this.longestWaitLately, waited);
	}

	ScopeTotals totals() {
		return new ScopeTotals(this.asked, this.returned, this.turnedAway, this.waitedInVain, this.sampled.totals(),
				this.underPressure.totals(),
				ScopeTotals.Lasting.of(this.lasted, this.lastedFor, this.lasting.totals(),
						this.lastingSeenLate.totals()),
				ScopeTotals.Present.NONE, new ScopeTotals.Longest(this.longestWait, this.longestHold),
				new ScopeTotals.Longest(this.longestWaitLately, this.longestHoldLately));
	}

	void forgetLongest() {
		this.longestWaitLately = 0;
		this.longestHoldLately = 0;
	}

	private static final class Sums {

		private double count;

		private double waited;

		private double held;

		private double busy;

		private double beforeFirst;

		private double between;

		private double afterLast;

		void add(Timing timing, double weight) {
			this.count += weight;
			this.waited += timing.waited() * weight;
			this.held += timing.held() * weight;
			this.busy += timing.busy() * weight;
			this.beforeFirst += timing.beforeFirst() * weight;
			this.between += timing.between() * weight;
			this.afterLast += timing.afterLast() * weight;
		}

		Times totals() {
			return (this.count > 0) ? new Times(this.count, this.waited, this.held, this.busy, this.beforeFirst,
					this.between, this.afterLast) : Times.NONE;
		}

	}

}
