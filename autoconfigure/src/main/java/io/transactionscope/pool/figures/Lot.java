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

import java.util.SplittableRandom;

/**
 * Draws, out of the leases that are asked for one after the other, those that are timed
 * to stand for the others.
 *
 * <p>
 * Moments are drawn at random, one in each interval on average, and the first lease that
 * is asked for after such a moment is taken. How likely that was for a lease depends on
 * the pause before it alone: what comes after a pause is taken nearly always, what comes
 * in quick succession hardly ever. As this likelihood is known, each lease is given the
 * weight that makes up for it, so that no pattern of bursts and pauses can mislead the
 * sums.
 *
 * <p>
 * Used by whoever has the slot.
 */
final class Lot {

	/** Of so many intervals, there is certainly a moment in one. */
	private static final long FOR_CERTAIN = 40;

	private final SplittableRandom random;

	private final Sampling sampling;

	private long last;

	private long next;

	private double weight = 1;

	Lot(long seed, Sampling sampling, long now) {
		this.random = new SplittableRandom(seed);
		this.sampling = sampling;
		// So that the first lease is taken, and stands for itself.
		this.last = now - FOR_CERTAIN * sampling.interval() - 1;
		this.next = this.last;
	}

	/**
	 * Return whether the lease asked for now is taken.
	 */
	boolean draws(long now) {
		long pause = now - this.last;
		this.last = now;
		long interval = this.sampling.interval();
		if (interval == 0) {
			this.weight = 1;
			return true;
		}
		if (now - this.next < 0) {
			return false;
		}
		this.weight = -1 / Math.expm1(-(double) pause / interval);
		this.next = now + Math.max(1, (long) Math.ceil(this.random.nextExponential() * interval));
		return true;
	}

	/**
	 * Return for how many the lease that was taken last stands.
	 */
	double weight() {
		return this.weight;
	}

	/**
	 * Return when a lease was asked for last.
	 */
	long last() {
		return this.last;
	}

}
