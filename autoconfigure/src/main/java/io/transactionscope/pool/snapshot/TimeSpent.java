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

package io.transactionscope.pool.snapshot;

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * What the time of one lease has gone to until now, as far as it is known: of a lease
 * that was first timed after a while, it is not for what came before.
 *
 * @param busy to the execution of statements, COMMIT and ROLLBACK
 * @param beforeFirst to what came before the first statement
 * @param between to what came between statements, or after one of a transaction that has
 * not ended
 * @param afterLast to what came after the end of the transaction
 * @since 0.1.0
 */
public record TimeSpent(Duration busy, Duration beforeFirst, Duration between,
		Duration afterLast) implements Serializable {

	/**
	 * Nothing is known.
	 */
	public static final TimeSpent UNKNOWN = new TimeSpent(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);

	/**
	 * Create one from its facts.
	 * @param busy to the execution of statements, COMMIT and ROLLBACK
	 * @param beforeFirst to what came before the first statement
	 * @param between to what came between statements, or after one of a transaction that
	 * has not ended
	 * @param afterLast to what came after the end of the transaction
	 */
	public TimeSpent {
		Objects.requireNonNull(busy, "busy must not be null");
		Objects.requireNonNull(beforeFirst, "beforeFirst must not be null");
		Objects.requireNonNull(between, "between must not be null");
		Objects.requireNonNull(afterLast, "afterLast must not be null");
	}

	/**
	 * {@return what is known of a lease if no more is than for how long it has been in
	 * its present phase}
	 */
	static TimeSpent in(Phase phase, @Nullable Duration time) {
		return (time != null) ? UNKNOWN.plus(phase, time) : UNKNOWN;
	}

	/**
	 * {@return this time and that of one more phase}
	 * @param phase what a connection was used for
	 * @param time for how long, zero or positive
	 */
	public TimeSpent plus(Phase phase, Duration time) {
		Objects.requireNonNull(phase, "phase must not be null");
		Objects.requireNonNull(time, "time must not be null");
		return switch (phase) {
			case BEFORE_FIRST_STATEMENT ->
				new TimeSpent(this.busy, this.beforeFirst.plus(time), this.between, this.afterLast);
			case IN_STATEMENT, ENDING_TRANSACTION ->
				new TimeSpent(this.busy.plus(time), this.beforeFirst, this.between, this.afterLast);
			case BETWEEN_STATEMENTS ->
				new TimeSpent(this.busy, this.beforeFirst, this.between.plus(time), this.afterLast);
			case AFTER_TRANSACTION ->
				new TimeSpent(this.busy, this.beforeFirst, this.between, this.afterLast.plus(time));
		};
	}

	/**
	 * {@return the time in which the database had nothing to do}
	 */
	public Duration idle() {
		return this.beforeFirst.plus(this.between).plus(this.afterLast);
	}

	/**
	 * {@return the time of which it is known what it went to}
	 */
	public Duration known() {
		return this.busy.plus(idle());
	}

}
