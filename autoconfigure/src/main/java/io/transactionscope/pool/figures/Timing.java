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

import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.TimeSpent;

/**
 * How a lease spends its time. Kept for some leases only, because each look at the clock
 * costs as much as the rest of the ledger's work: for all while the pool is under
 * pressure, for all that last, and for a sample of the others.
 *
 * <p>
 * Written by whoever uses the connection, one after the other as they hand it over.
 * Whoever looks at the pool reads it while that goes on, and may see a phase with the
 * times of the one before. Its figures are added up by whoever ends the lease.
 *
 * @since 0.1.0
 */
public final class Timing {

	private final long asked;

	private final long leased;

	/** Whether all that the lease did is known. */
	private final boolean whole;

	private final boolean underPressure;

	/** Written by the watch, read at the end of the lease. */
	private volatile boolean lasting;

	private Phase phase;

	private long phaseBegan;

	private long beforeFirst;

	private long between;

	private long afterLast;

	private long busy;

	private long lastAnswered;

	private Timing(long asked, long leased, boolean whole, boolean underPressure, Phase phase, long phaseBegan) {
		this.asked = asked;
		this.leased = leased;
		this.whole = whole;
		this.underPressure = underPressure;
		this.phase = phase;
		this.phaseBegan = phaseBegan;
		this.lastAnswered = asked;
	}

	public static Timing fromBorrow(long asked, long leased, boolean underPressure) {
		return new Timing(asked, leased, true, underPressure, Phase.BEFORE_FIRST_STATEMENT, leased);
	}

	/**
	 * Begin to time a lease that has been under way for a while. What it did until now
	 * remains unknown, unless it did nothing.
	 */
	public static Timing fromNow(long asked, Phase phase, long now) {
		Timing timing = new Timing(asked, asked, false, false, phase,
				(phase == Phase.BEFORE_FIRST_STATEMENT) ? asked : now);
		timing.lasts();
		return timing;
	}

	/**
	 * Take notice that the lease has lasted, as it would if it were not timed yet.
	 */
	public void lasts() {
		if (!this.lasting) {
			this.lasting = true;
		}
	}

	public void enter(Phase next, long now) {
		long elapsed = now - this.phaseBegan;
		switch (this.phase) {
			case BEFORE_FIRST_STATEMENT -> this.beforeFirst += elapsed;
			case IN_STATEMENT, ENDING_TRANSACTION -> {
				this.busy += elapsed;
				this.lastAnswered = now;
			}
			case BETWEEN_STATEMENTS, AFTER_TRANSACTION -> this.afterLast += elapsed;
		}
		if (next == Phase.IN_STATEMENT) {
			// So the last statement was not the last.
			this.between += this.afterLast;
			this.afterLast = 0;
		}
		this.phase = next;
		this.phaseBegan = now;
	}

	public void end(long now) {
		enter(this.phase, now);
	}

	/**
	 * Return what has come of the lease so far, split as {@link #spent(long)} is.
	 */
	Times until(long now) {
		long held = Math.max(0, now - this.leased);
		long known = this.beforeFirst + this.busy + this.between + this.afterLast;
		// In case that a phase ends while this is read, not more than there can be.
		long inPhase = Math.max(0, Math.min(now - this.phaseBegan, held - known));
		return switch (this.phase) {
			case BEFORE_FIRST_STATEMENT ->
				new Times(1, waited(), held, this.busy, this.beforeFirst + inPhase, this.between, this.afterLast);
			case IN_STATEMENT, ENDING_TRANSACTION ->
				new Times(1, waited(), held, this.busy + inPhase, this.beforeFirst, this.between, this.afterLast);
			case BETWEEN_STATEMENTS ->
				new Times(1, waited(), held, this.busy, this.beforeFirst, this.between + this.afterLast + inPhase, 0);
			case AFTER_TRANSACTION ->
				new Times(1, waited(), held, this.busy, this.beforeFirst, this.between, this.afterLast + inPhase);
		};
	}

	boolean isWhole() {
		return this.whole;
	}

	boolean isUnderPressure() {
		return this.underPressure;
	}

	boolean isLasting() {
		return this.lasting;
	}

	long asked() {
		return this.asked;
	}

	public long leased() {
		return this.leased;
	}

	public long phaseBegan() {
		return this.phaseBegan;
	}

	/**
	 * Return since when at the latest the database's last answer has been there.
	 */
	public long lastAnswered() {
		return this.lastAnswered;
	}

	/**
	 * Return what the time has gone to until now. What came after a statement counts as
	 * between statements as long as the transaction has not ended.
	 */
	public TimeSpent spent(long now) {
		Phase phase = this.phase;
		boolean mayGoOn = phase == Phase.BETWEEN_STATEMENTS;
		TimeSpent spent = new TimeSpent(Duration.ofNanos(this.busy), Duration.ofNanos(this.beforeFirst),
				Duration.ofNanos(this.between), Duration.ZERO);
		return spent
			.plus(mayGoOn ? Phase.BETWEEN_STATEMENTS : Phase.AFTER_TRANSACTION, Duration.ofNanos(this.afterLast))
			.plus(phase, Duration.ofNanos(Math.max(0, now - this.phaseBegan)));
	}

	/**
	 * Return how long ago the database is known to have answered the holder, who is in
	 * the given phase, {@code Long.MAX_VALUE} if it is not.
	 */
	public long sinceAnswered(Phase phase, long now) {
		boolean answered = this.lastAnswered != this.asked || (phase.isIdle() && phase != Phase.BEFORE_FIRST_STATEMENT);
		return answered ? now - this.lastAnswered : Long.MAX_VALUE;
	}

	public long waited() {
		return this.leased - this.asked;
	}

	long held() {
		return this.phaseBegan - this.leased;
	}

	long busy() {
		return this.busy;
	}

	long beforeFirst() {
		return this.beforeFirst;
	}

	long between() {
		return this.between;
	}

	long afterLast() {
		return this.afterLast;
	}

}
