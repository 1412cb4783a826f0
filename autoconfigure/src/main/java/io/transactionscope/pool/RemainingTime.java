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

import java.util.Objects;

/**
 * The time that a borrower has left until its deadline.
 *
 * @param nanos the remaining time, negative or zero once the deadline has passed
 * @since 0.1.0
 */
public record RemainingTime(long nanos) {

	private static final long NANOS_PER_MILLI = 1_000_000;

	private static final long NANOS_PER_SECOND = 1_000_000_000;

	private static final int GRACE_MILLIS = 500;

	/** Some drivers make full seconds of them, and milliseconds of these, in an int. */
	private static final int MAX_SECONDS = Integer.MAX_VALUE / 1000 - 1;

	/**
	 * {@return the time left until a deadline, negative once it has passed}
	 * @param borrower the current thread's borrower, which has a deadline
	 */
	public static RemainingTime of(Borrower borrower) {
		Objects.requireNonNull(borrower, "borrower must not be null");
		return new RemainingTime(borrower.deadline() - System.nanoTime());
	}

	/**
	 * {@return the time left for something that must not begin past the deadline}
	 * @param borrower the current thread's borrower, which has a deadline
	 * @param refusal what does not happen if the deadline has passed
	 * @throws DeadlinePassedException if it has
	 */
	public static RemainingTime require(Borrower borrower, String refusal) throws DeadlinePassedException {
		Objects.requireNonNull(refusal, "refusal must not be null");
		RemainingTime remaining = of(borrower);
		if (remaining.isOver()) {
			throw new DeadlinePassedException("%s: the deadline of %s passed %d ms ago.".formatted(refusal,
					borrower.describe(), -remaining.nanos / NANOS_PER_MILLI));
		}
		return remaining;
	}

	/**
	 * {@return whether the deadline has passed}
	 */
	public boolean isOver() {
		return this.nanos <= 0;
	}

	/**
	 * {@return the whole milliseconds left, rounded up so that a little is never none}
	 */
	public int millis() {
		return roundUp(NANOS_PER_MILLI, MAX_SECONDS * 1000);
	}

	/**
	 * {@return for how many milliseconds an answer may be waited for where the server
	 * might still give one past the deadline: it ends a statement in whole seconds, and
	 * past the deadline a transaction has to be rolled back} The rest of the second until
	 * the caller is back is for the way there.
	 */
	public int millisWithGrace() {
		return Math.max(0, millis()) + GRACE_MILLIS;
	}

	/**
	 * {@return the whole seconds left, rounded up so that a little is never none}
	 */
	public int seconds() {
		return roundUp(NANOS_PER_SECOND, MAX_SECONDS);
	}

	private int roundUp(long unit, int maximum) {
		return (int) Math.max(-maximum, Math.min(maximum, -Math.floorDiv(-this.nanos, unit)));
	}

}
