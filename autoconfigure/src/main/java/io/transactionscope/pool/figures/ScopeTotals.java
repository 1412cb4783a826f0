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

import java.time.Duration;

import io.transactionscope.pool.snapshot.Usage;

/**
 * What all slots together have seen of one scope.
 *
 * @param asked how often a connection was asked for
 * @param returned how often one came back
 * @param turnedAway how often there was none
 * @param certain the leases that were timed because they lasted or met pressure
 * @param sampled the leases that were timed to stand for all others
 */
public record ScopeTotals(long asked, long returned, long turnedAway, Times certain, Times sampled, long longestWait,
		long longestHold) {

	static final ScopeTotals NONE = new ScopeTotals(0, 0, 0, Times.NONE, Times.NONE, 0, 0);

	ScopeTotals plus(ScopeTotals other) {
		return new ScopeTotals(this.asked + other.asked, this.returned + other.returned,
				this.turnedAway + other.turnedAway, this.certain.plus(other.certain), this.sampled.plus(other.sampled),
				Math.max(this.longestWait, other.longestWait), Math.max(this.longestHold, other.longestHold));
	}

	/**
	 * Return what was added since earlier totals.
	 */
	ScopeTotals since(ScopeTotals earlier) {
		return new ScopeTotals(this.asked - earlier.asked, this.returned - earlier.returned,
				this.turnedAway - earlier.turnedAway, this.certain.minus(earlier.certain),
				this.sampled.minus(earlier.sampled), this.longestWait, this.longestHold);
	}

	/**
	 * Return these figures for whoever reads them.
	 * @param elapsed the time that they cover, in nanoseconds
	 */
	Usage usage(long elapsed) {
		Times times = times();
		return Usage.builder()
			.elapsed(Duration.ofNanos(elapsed))
			.asked(this.asked)
			.returned(this.returned)
			.turnedAway(this.turnedAway)
			.waited(Duration.ofNanos(times.waited()))
			.longestWait(Duration.ofNanos(this.longestWait))
			.held(Duration.ofNanos(times.held()))
			.longestHold(Duration.ofNanos(this.longestHold))
			.busy(Duration.ofNanos(times.busy()))
			.beforeFirst(Duration.ofNanos(times.beforeFirst()))
			.between(Duration.ofNanos(times.between()))
			.afterLast(Duration.ofNanos(times.afterLast()))
			.build();
	}

	ScopeTotals withLongest(long wait, long hold) {
		return new ScopeTotals(this.asked, this.returned, this.turnedAway, this.certain, this.sampled, wait, hold);
	}

	/**
	 * Return the times of all leases that came back: those of the certain ones, and those
	 * of the sample for the others.
	 */
	Times times() {
		long others = this.returned - this.certain.count();
		if (others <= 0) {
			return this.certain;
		}
		return (this.sampled.count() > 0) ? this.certain.plus(this.sampled.scaledTo(others))
				: this.certain.scaledTo(this.returned);
	}

	/**
	 * Sums over timed leases, in nanoseconds.
	 *
	 * @param count the number of leases summed up
	 */
	record Times(long count, long waited, long held, long busy, long beforeFirst, long between, long afterLast) {

		static final Times NONE = new Times(0, 0, 0, 0, 0, 0, 0);

		Times plus(Times other) {
			return new Times(this.count + other.count, this.waited + other.waited, this.held + other.held,
					this.busy + other.busy, this.beforeFirst + other.beforeFirst, this.between + other.between,
					this.afterLast + other.afterLast);
		}

		Times minus(Times other) {
			return new Times(this.count - other.count, this.waited - other.waited, this.held - other.held,
					this.busy - other.busy, this.beforeFirst - other.beforeFirst, this.between - other.between,
					this.afterLast - other.afterLast);
		}

		/**
		 * Let these leases stand for so many.
		 */
		Times scaledTo(long total) {
			if (this.count == 0 || this.count == total) {
				return this;
			}
			double factor = (double) total / this.count;
			return new Times(total, Math.round(this.waited * factor), Math.round(this.held * factor),
					Math.round(this.busy * factor), Math.round(this.beforeFirst * factor),
					Math.round(this.between * factor), Math.round(this.afterLast * factor));
		}

	}

}
