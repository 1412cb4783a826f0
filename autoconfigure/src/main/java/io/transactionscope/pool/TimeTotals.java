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
 * Sums over timed leases, in nanoseconds.
 *
 * @param count the number of leases summed up
 */
record TimeTotals(long count, long waited, long held, long busy, long beforeFirst, long between, long afterLast) {

	static final TimeTotals NONE = new TimeTotals(0, 0, 0, 0, 0, 0, 0);

	TimeTotals plus(TimeTotals other) {
		return new TimeTotals(this.count + other.count, this.waited + other.waited, this.held + other.held,
				this.busy + other.busy, this.beforeFirst + other.beforeFirst, this.between + other.between,
				this.afterLast + other.afterLast);
	}

	TimeTotals minus(TimeTotals other) {
		return new TimeTotals(this.count - other.count, this.waited - other.waited, this.held - other.held,
				this.busy - other.busy, this.beforeFirst - other.beforeFirst, this.between - other.between,
				this.afterLast - other.afterLast);
	}

	/**
	 * Let these leases stand for so many.
	 */
	TimeTotals scaledTo(long total) {
		if (this.count == 0 || this.count == total) {
			return this;
		}
		double factor = (double) total / this.count;
		return new TimeTotals(total, Math.round(this.waited * factor), Math.round(this.held * factor),
				Math.round(this.busy * factor), Math.round(this.beforeFirst * factor),
				Math.round(this.between * factor), Math.round(this.afterLast * factor));
	}

}
