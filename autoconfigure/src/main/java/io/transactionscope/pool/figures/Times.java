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
 * Sums over leases and waits, in nanoseconds.
 *
 * @param count the number of leases summed up, by their weight
 */
record Times(double count, double waited, double held, double busy, double beforeFirst, double between,
		double afterLast) {

	static final Times NONE = new Times(0, 0, 0, 0, 0, 0, 0);

	/** No weight is less than one. What is less than this is left by rounding. */
	private static final double LEAST = 0.5;

	Times plus(Times other) {
		if (other.equals(NONE)) {
			return this;
		}
		return !equals(NONE) ? new Times(this.count + other.count, this.waited + other.waited, this.held + other.held,
				this.busy + other.busy, this.beforeFirst + other.beforeFirst, this.between + other.between,
				this.afterLast + other.afterLast) : other;
	}

	Times minus(Times other) {
		return plus(other.times(-1));
	}

	Times times(double factor) {
		if (equals(NONE) || factor == 1) {
			return this;
		}
		return new Times(this.count * factor, this.waited * factor, this.held * factor, this.busy * factor,
				this.beforeFirst * factor, this.between * factor, this.afterLast * factor);
	}

	/**
	 * Return whether there is any lease to tell by.
	 */
	boolean isKnown() {
		return this.count > LEAST;
	}

	/**
	 * Let these leases stand for so many.
	 * @return the times of all, {@link #NONE} if there is none to tell by
	 */
	Times scaledTo(double count) {
		return (isKnown() && count > 0) ? times(count / this.count) : NONE;
	}

	/**
	 * Let these leases stand for others that took so long altogether, from the moment
	 * that they were asked for.
	 */
	Times scaledToSpan(double span) {
		return times(span / (this.waited + this.held));
	}

}
