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

package io.transactionscope.engine;

import java.time.Duration;

import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.RemainingTime;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.TransactionTimedOutException;

/**
 * The moment at which a block has to be over (T7).
 *
 * @param nanoTime the moment, in terms of {@link System#nanoTime()}
 * @param timeout how long after the block's start that is
 * @since 0.1.0
 */
public record Deadline(long nanoTime, Duration timeout) {

	static final Duration MIN_TIMEOUT = Duration.ofMillis(1);

	/** JDBC counts milliseconds in an {@code int}. */
	static final Duration MAX_TIMEOUT = Duration.ofMillis(Integer.MAX_VALUE);

	private static final Duration MOMENT = Duration.ofMillis(500);

	/** Past a deadline, when all has to be over. */
	private static final Duration LAST_MOMENT = Duration.ofMillis(900);

	private static final Duration LEAST_MOMENT = Duration.ofMillis(100);

	static Duration check(Duration timeout) {
		if (timeout.compareTo(MIN_TIMEOUT) < 0 || timeout.compareTo(MAX_TIMEOUT) > 0) {
			throw new IllegalArgumentException(
					"Invalid timeout %s: must be at least PT0.001S and at most %s; ".formatted(timeout, MAX_TIMEOUT)
							+ "leave it out for a scope without deadline.");
		}
		return timeout;
	}

	public static Deadline in(Duration timeout) {
		return new Deadline(orNext(System.nanoTime() + timeout.toNanos()), timeout);
	}

	private static long orNext(long nanoTime) {
		return (nanoTime != Borrower.NO_DEADLINE) ? nanoTime : nanoTime + 1;
	}

	/** For Spring's timeouts, where what is not positive stands for none. */
	public static @Nullable Deadline inSeconds(int timeout) {
		return (timeout > 0) ? in(Duration.ofSeconds(timeout)) : null;
	}

	public static @Nullable Deadline earlier(@Nullable Deadline one, @Nullable Deadline other) {
		if (one == null || other == null) {
			return (one != null) ? one : other;
		}
		return (one.nanoTime - other.nanoTime <= 0) ? one : other;
	}

	/** The earlier of two as {@link Borrower} has them. */
	public static long earlier(long one, long other) {
		if (one == Borrower.NO_DEADLINE || other == Borrower.NO_DEADLINE) {
			return (one != Borrower.NO_DEADLINE) ? one : other;
		}
		return (one - other <= 0) ? one : other;
	}

	/** As if some time had passed. */
	static @Nullable Deadline sooner(@Nullable Deadline deadline, Duration time) {
		return (deadline != null) ? new Deadline(sooner(deadline.nanoTime, time), deadline.timeout) : null;
	}

	/** The same for one as {@link Borrower} has it. */
	static long sooner(long deadline, Duration time) {
		if (deadline == Borrower.NO_DEADLINE) {
			return deadline;
		}
		long nanos = (time.compareTo(MAX_TIMEOUT) < 0) ? time.toNanos() : MAX_TIMEOUT.toNanos();
		return orNext(deadline - nanos);
	}

	/** For {@link Borrower#exchangeDeadline}. */
	public static long nanoTimeOf(@Nullable Deadline deadline) {
		return (deadline != null) ? deadline.nanoTime : Borrower.NO_DEADLINE;
	}

	/**
	 * What is left to be done once it has passed still gets a moment.
	 * @return a value for {@link Borrower#exchangeDeadline}
	 */
	public static long orSoon(@Nullable Deadline deadline) {
		if (deadline == null) {
			return Borrower.NO_DEADLINE;
		}
		Deadline soon = in(MOMENT);
		return (deadline.nanoTime - soon.nanoTime > 0) ? deadline.nanoTime : soon.nanoTime;
	}

	/**
	 * The same for what may come after something else that had its moment.
	 * @return a value for {@link Borrower#exchangeDeadline}
	 */
	public static long orAtLast(@Nullable Deadline deadline) {
		if (deadline == null) {
			return Borrower.NO_DEADLINE;
		}
		long last = earlier(orSoon(deadline), orNext(deadline.nanoTime + LAST_MOMENT.toNanos()));
		long least = in(LEAST_MOMENT).nanoTime;
		return (last - least > 0) ? last : least;
	}

	private RemainingTime remaining() {
		return new RemainingTime(this.nanoTime - System.nanoTime());
	}

	public long remainingMillis() {
		return remaining().millis();
	}

	int remainingSeconds() {
		return Math.max(1, remaining().seconds());
	}

	public boolean isPassed() {
		return remaining().isOver();
	}

	public TransactionTimedOutException passed(String scope, String what) {
		return new TransactionTimedOutException(
				"Scope '%s' passed its deadline of %s %s, and is rolled back".formatted(scope, this.timeout, what));
	}

	public TransactionTimedOutException passedBeforeStatement(String transaction) {
		return new TransactionTimedOutException(
				"Transaction of '%s' passed its deadline of %s before a statement, and is rolled back"
					.formatted(transaction, this.timeout));
	}

	public TransactionTimedOutException passedInQueue(String scope) {
		return new TransactionTimedOutException(
				"Scope '%s' passed its deadline of %s in the queue of its executor, and was not begun".formatted(scope,
						this.timeout));
	}

	public TransactionTimedOutException passedBeforeBegin(String scope, Throwable cause) {
		return new TransactionTimedOutException("Scope '%s' passed its deadline of %s before it had a connection: %s"
			.formatted(scope, this.timeout, cause.getMessage()), cause);
	}

}
