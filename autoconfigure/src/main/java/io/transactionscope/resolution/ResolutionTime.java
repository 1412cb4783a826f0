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

package io.transactionscope.resolution;

import java.time.Duration;

import io.transactionscope.pool.Borrower;

/**
 * For how long the outcome of a COMMIT is asked for.
 *
 * @since 0.1.0
 */
public final class ResolutionTime {

	/** Without a deadline. */
	static final Duration LIMIT = Duration.ofSeconds(30);

	/** Past the deadline, as a link that hung in the COMMIT has used it up. */
	static final Duration MOMENT = Duration.ofMillis(500);

	private ResolutionTime() {
	}

	/**
	 * Return how long that is for what comes last, which has been given its moment.
	 * @param deadline a value of {@link System#nanoTime()}, or
	 * {@link Borrower#NO_DEADLINE}
	 */
	public static Duration atLast(long deadline) {
		return (deadline != Borrower.NO_DEADLINE) ? Duration.ofNanos(Math.max(0, deadline - System.nanoTime())) : LIMIT;
	}

	/**
	 * Return how long that is.
	 * @param deadline a value of {@link System#nanoTime()}, or
	 * {@link Borrower#NO_DEADLINE}
	 */
	public static Duration until(long deadline) {
		if (deadline == Borrower.NO_DEADLINE) {
			return LIMIT;
		}
		Duration left = Duration.ofNanos(deadline - System.nanoTime());
		return (left.compareTo(MOMENT) > 0) ? left : MOMENT;
	}

}
