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
 * How connections were used over some time. Counts are exact. Times are those that fell
 * into it, so that those who wait or hold at its end count with what they have waited or
 * held. They are exact for leases that lasted or met pressure; of the others a sample is
 * timed and stands for all, see {@code PoolSettings.sampling()}.
 *
 * @since 0.1.0
 */
public final class Usage implements Serializable {

	private final Facts facts;

	private Usage(Facts facts) {
		this.facts = facts;
	}

	/**
	 * {@return a builder that is told the facts} What is not told is zero, empty or
	 * unknown.
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * {@return the time that the figures cover}
	 */
	public Duration elapsed() {
		return this.facts.elapsed;
	}

	/**
	 * {@return how often a connection was asked for}
	 */
	public long asked() {
		return this.facts.asked;
	}

	/**
	 * {@return how often one came back}
	 */
	public long returned() {
		return this.facts.returned;
	}

	/**
	 * {@return how often there was none}
	 */
	public long turnedAway() {
		return this.facts.turnedAway;
	}

	/**
	 * {@return how many were lent at the end}
	 */
	public long lent() {
		return this.facts.lent;
	}

	/**
	 * {@return how many waited for one at the end}
	 */
	public long waiting() {
		return this.facts.waiting;
	}

	/**
	 * {@return the sum of the waits, of those that are not over and of those turned away,
	 * too}
	 */
	public Duration waited() {
		return this.facts.waited;
	}

	/**
	 * {@return the longest wait, of those turned away too} One that is not over counts,
	 * and so does what of it was before.
	 */
	public Duration longestWait() {
		return this.facts.longestWait;
	}

	/**
	 * {@return the sum of the times they were held}
	 */
	public Duration held() {
		return this.facts.held;
	}

	/**
	 * {@return the longest time that one was held} One that is still held counts, and so
	 * does what of it was before.
	 */
	public Duration longestHold() {
		return this.facts.longestHold;
	}

	/**
	 * {@return how much of {@link #held()} went to the execution of statements, COMMIT
	 * and ROLLBACK} To read what a query returns does not count.
	 */
	public Duration busy() {
		return this.facts.busy;
	}

	/**
	 * {@return how much of it was before the first statement}
	 */
	public Duration beforeFirst() {
		return this.facts.beforeFirst;
	}

	/**
	 * {@return how much of it was between statements} If a connection is still held, idle
	 * after a statement of a transaction that has not ended, another may follow, so that
	 * counts here until it comes back.
	 */
	public Duration between() {
		return this.facts.between;
	}

	/**
	 * {@return how much of it was after the last statement} If a connection is still
	 * held, its transaction has ended.
	 */
	public Duration afterLast() {
		return this.facts.afterLast;
	}

	/**
	 * {@return how many connections were asked for in a second}
	 */
	public double rate() {
		return asked() / seconds(elapsed());
	}

	/**
	 * {@return how long one had to wait on average}
	 */
	public Duration meanWait() {
		return mean(waited(), waits());
	}

	/**
	 * {@return how long a connection was held on average}
	 */
	public Duration meanHold() {
		return mean(held(), leases());
	}

	/**
	 * Return which share of the time that connections were held was work for the
	 * database, as far as that is known.
	 * @return a number from 0 to 1, and 1 if none was held
	 */
	public double busyShare() {
		Duration known = known();
		return known.isZero() ? 1 : seconds(busy()) / seconds(known);
	}

	/**
	 * {@return how many connections were in use at a time, on average}
	 */
	public double connections() {
		return seconds(held()) / seconds(elapsed());
	}

	/**
	 * {@return the time of which it is known what it was used for} For a lease that was
	 * first timed after a while, that is not all of it.
	 */
	public Duration known() {
		return busy().plus(beforeFirst()).plus(between()).plus(afterLast());
	}

	/**
	 * {@return how many there were that were held at any time in it: those that came
	 * back, and those that were lent at the end}
	 */
	public long leases() {
		return returned() + lent();
	}

	/**
	 * {@return how many there were that asked for one and waited, if only for a moment:
	 * for those that were held, in vain, or still at the end}
	 */
	public long waits() {
		return leases() + turnedAway() + waiting();
	}

	private static Duration mean(Duration sum, long count) {
		return (count > 0) ? sum.dividedBy(count) : Duration.ZERO;
	}

	private static double seconds(Duration duration) {
		return Math.max(1, duration.toNanos()) / 1e9;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Usage that && this.facts.equals(that.facts);
	}

	@Override
	public int hashCode() {
		return this.facts.hashCode();
	}

	@Override
	public String toString() {
		return this.facts.toString().replaceFirst("Facts", "Usage");
	}

	private record Facts(Duration elapsed, long asked, long returned, long turnedAway, long lent, long waiting,
			Duration waited, Duration longestWait, Duration held, Duration longestHold, Duration busy,
			Duration beforeFirst, Duration between, Duration afterLast) implements Serializable {
	}

	/**
	 * Tells the facts, each by the method that has its name.
	 *
	 * @since 0.1.0
	 */
	public static final class Builder {

		private Duration elapsed = Duration.ZERO;

		private long asked;

		private long returned;

		private long turnedAway;

		private long lent;

		private long waiting;

		private Duration waited = Duration.ZERO;

		private Duration longestWait = Duration.ZERO;

		private Duration held = Duration.ZERO;

		private Duration longestHold = Duration.ZERO;

		private Duration busy = Duration.ZERO;

		private Duration beforeFirst = Duration.ZERO;

		private Duration between = Duration.ZERO;

		private Duration afterLast = Duration.ZERO;

		private Builder() {
		}

		/**
		 * {@return this builder with {@link Usage#elapsed()} set}
		 * @param elapsed the time that the figures cover
		 */
		public Builder elapsed(Duration elapsed) {
			this.elapsed = Objects.requireNonNull(elapsed, "elapsed must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link Usage#asked()} set}
		 * @param asked how often a connection was asked for
		 */
		public Builder asked(long asked) {
			this.asked = asked;
			return this;
		}

		/**
		 * {@return this builder with {@link Usage#returned()} set}
		 * @param returned how often one came back
		 */
		public Builder returned(long returned) {
			this.returned = returned;
			return this;
		}

		/**
		 * {@return this builder with {@link Usage#turnedAway()} set}
		 * @param turnedAway how often there was none
		 */
		public Builder turnedAway(long turnedAway) {
			this.turnedAway = turnedAway;
			return this;
		}

		/**
		 * {@return this builder with {@link Usage#lent()} set}
		 * @param lent how many were lent at the end
		 */
		public Builder lent(long lent) {
			this.lent = lent;
			return this;
		}

		/**
		 * {@return this builder with {@link Usage#waiting()} set}
		 * @param waiting how many waited for one at the end
		 */
		public Builder waiting(long waiting) {
			this.waiting = waiting;
			return this;
		}

		/**
		 * {@return this builder with {@link Usage#waited()} set}
		 * @param waited the sum of the waits, of those that are not over and of those
		 * turned away, too
		 */
		public Builder waited(Duration waited) {
			this.waited = Objects.requireNonNull(waited, "waited must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link Usage#longestWait()} set}
		 * @param longestWait the longest wait, of those turned away too
		 */
		public Builder longestWait(Duration longestWait) {
			this.longestWait = Objects.requireNonNull(longestWait, "longestWait must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link Usage#held()} set}
		 * @param held the sum of the times they were held
		 */
		public Builder held(Duration held) {
			this.held = Objects.requireNonNull(held, "held must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link Usage#longestHold()} set}
		 * @param longestHold the longest time that one was held
		 */
		public Builder longestHold(Duration longestHold) {
			this.longestHold = Objects.requireNonNull(longestHold, "longestHold must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link Usage#busy()} set}
		 * @param busy how much of {@link #held()} went to the execution of statements,
		 * COMMIT and ROLLBACK
		 */
		public Builder busy(Duration busy) {
			this.busy = Objects.requireNonNull(busy, "busy must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link Usage#beforeFirst()} set}
		 * @param beforeFirst how much of it was before the first statement
		 */
		public Builder beforeFirst(Duration beforeFirst) {
			this.beforeFirst = Objects.requireNonNull(beforeFirst, "beforeFirst must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link Usage#between()} set}
		 * @param between how much of it was between statements
		 */
		public Builder between(Duration between) {
			this.between = Objects.requireNonNull(between, "between must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link Usage#afterLast()} set}
		 * @param afterLast how much of it was after the last statement
		 */
		public Builder afterLast(Duration afterLast) {
			this.afterLast = Objects.requireNonNull(afterLast, "afterLast must not be null");
			return this;
		}

		/**
		 * {@return the facts that have been set}
		 */
		public Usage build() {
			return new Usage(new Facts(this.elapsed, this.asked, this.returned, this.turnedAway, this.lent,
					this.waiting, this.waited, this.longestWait, this.held, this.longestHold, this.busy,
					this.beforeFirst, this.between, this.afterLast));
		}

	}

}
