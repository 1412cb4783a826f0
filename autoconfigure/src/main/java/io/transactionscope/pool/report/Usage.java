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

package io.transactionscope.pool.report;

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;

/**
 * How connections were used over some time. Counts are exact. Times are exact for leases
 * that lasted or met pressure; of the others a sample is timed and stands for all, see
 * {@code PoolSettings.sampling()}.
 *
 * @param elapsed the time that the figures cover
 * @param asked how often a connection was asked for
 * @param returned how often one came back
 * @param turnedAway how often there was none
 * @param waited the sum of the waits for those that came back
 * @param longestWait the longest wait, of those turned away too; since the start, that of
 * the last seconds only
 * @param held the sum of the times they were held
 * @param longestHold the longest time that one was held; since the start, that of the
 * last seconds only
 * @param busy how much of {@code held} went to the execution of statements, COMMIT and
 * ROLLBACK. To read what a query returns does not count
 * @param beforeFirst how much of it was before the first statement
 * @param between how much of it was between statements
 * @param afterLast how much of it was after the last statement
 */
public record Usage(Duration elapsed, long asked, long returned, long turnedAway, Duration waited, Duration longestWait,
		Duration held, Duration longestHold, Duration busy, Duration beforeFirst, Duration between,
		Duration afterLast) implements Serializable {

	public Usage {
		Objects.requireNonNull(elapsed, "elapsed must not be null");
		Objects.requireNonNull(waited, "waited must not be null");
		Objects.requireNonNull(longestWait, "longestWait must not be null");
		Objects.requireNonNull(held, "held must not be null");
		Objects.requireNonNull(longestHold, "longestHold must not be null");
		Objects.requireNonNull(busy, "busy must not be null");
		Objects.requireNonNull(beforeFirst, "beforeFirst must not be null");
		Objects.requireNonNull(between, "between must not be null");
		Objects.requireNonNull(afterLast, "afterLast must not be null");
	}

	/**
	 * Return how many connections were asked for in a second.
	 */
	public double rate() {
		return this.asked / seconds(this.elapsed);
	}

	/**
	 * Return how long one had to wait on average.
	 */
	public Duration meanWait() {
		return mean(this.waited);
	}

	/**
	 * Return how long a connection was held on average.
	 */
	public Duration meanHold() {
		return mean(this.held);
	}

	/**
	 * Return which share of the time that connections were held was work for the
	 * database, as far as that is known.
	 * @return a number from 0 to 1, and 1 if none was held
	 */
	public double busyShare() {
		Duration known = known();
		return known.isZero() ? 1 : seconds(this.busy) / seconds(known);
	}

	/**
	 * Return how many connections were in use at a time, on average.
	 */
	public double connections() {
		return seconds(this.held) / seconds(this.elapsed);
	}

	/**
	 * Return the time of which it is known what it was used for. For a lease that was
	 * first timed after a while, that is not all of it.
	 */
	Duration known() {
		return this.busy.plus(this.beforeFirst).plus(this.between).plus(this.afterLast);
	}

	private Duration mean(Duration sum) {
		return (this.returned > 0) ? sum.dividedBy(this.returned) : Duration.ZERO;
	}

	private static double seconds(Duration duration) {
		return Math.max(1, duration.toNanos()) / 1e9;
	}

}
