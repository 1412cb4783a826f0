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
 * <p>
 * Each lease that came back is of one of three kinds, whether it was drawn by lot or not:
 * it met pressure, or it lasted, or neither. Those that met pressure were all timed, so
 * they count as they are. Those that lasted count as they are, too; how they spent their
 * time is known of those among them that were drawn, which stand for the others of this
 * kind. Of the rest, those that were drawn stand for all.
 *
 * @param asked how often a connection was asked for
 * @param returned how often one came back
 * @param turnedAway how often there was none
 * @param waitedInVain how long those waited for whom there was none
 * @param sampled the leases drawn to stand for those that neither met pressure nor lasted
 * @param underPressure the leases that met pressure
 * @param lasting the others that lasted
 * @param present those who wait or hold at this moment
 * @param longest the longest that there were
 * @param longestLately the longest of the last seconds
 */
record ScopeTotals(long asked, long returned, long turnedAway, double waitedInVain, Times sampled, Times underPressure,
		Lasting lasting, Present present, Longest longest, Longest longestLately) {

	static final ScopeTotals NONE = new ScopeTotals(0, 0, 0, 0, Times.NONE, Times.NONE, Lasting.NONE, Present.NONE,
			Longest.NONE, Longest.NONE);

	/**
	 * Return the totals of somebody who waits or holds.
	 */
	static ScopeTotals ofPresent(boolean lent, Times times) {
		Longest longest = new Longest((long) times.waited(), (long) times.held());
		return new ScopeTotals(0, 0, 0, 0, Times.NONE, Times.NONE, Lasting.NONE,
				new Present(lent ? 1 : 0, lent ? 0 : 1, times), longest, longest);
	}

	ScopeTotals plus(ScopeTotals other) {
		return new ScopeTotals(this.asked + other.asked, this.returned + other.returned,
				this.turnedAway + other.turnedAway, this.waitedInVain + other.waitedInVain,
				this.sampled.plus(other.sampled), this.underPressure.plus(other.underPressure),
				this.lasting.plus(other.lasting), this.present.plus(other.present), this.longest.or(other.longest),
				this.longestLately.or(other.longestLately));
	}

	/**
	 * Return what was added since earlier totals. Of a lease or a wait that lasts since
	 * before, this is what has been added to it.
	 */
	ScopeTotals since(ScopeTotals earlier) {
		return new ScopeTotals(this.asked - earlier.asked, this.returned - earlier.returned,
				this.turnedAway - earlier.turnedAway, this.waitedInVain - earlier.waitedInVain,
				this.sampled.minus(earlier.sampled), this.underPressure.minus(earlier.underPressure),
				this.lasting.minus(earlier.lasting), this.present.since(earlier.present), this.longest,
				this.longestLately);
	}

	ScopeTotals withLongest(Longest longest) {
		return new ScopeTotals(this.asked, this.returned, this.turnedAway, this.waitedInVain, this.sampled,
				this.underPressure, this.lasting, this.present, longest, longest);
	}

	ScopeTotals withoutLately() {
		return new ScopeTotals(this.asked, this.returned, this.turnedAway, this.waitedInVain, this.sampled,
				this.underPressure, this.lasting, this.present, this.longest, Longest.NONE);
	}

	/**
	 * Return these figures for whoever reads them. A lease that is idle after a statement
	 * is between two until it ends its transaction or comes back, and after the last one
	 * until another follows: what was there at the begin, and has turned out to be the
	 * other since, is missing in the one and too much in the other.
	 * @param elapsed the time that they cover, in nanoseconds
	 */
	Usage usage(long elapsed) {
		Times times = times();
		return Usage.builder()
			.elapsed(Duration.ofNanos(elapsed))
			.asked(this.asked)
			.returned(this.returned)
			.turnedAway(this.turnedAway)
			.lent(this.present.lent())
			.waiting(this.present.waiting())
			.waited(duration(times.waited() + this.waitedInVain))
			.longestWait(Duration.ofNanos(this.longest.waited()))
			.held(duration(times.held()))
			.longestHold(Duration.ofNanos(this.longest.held()))
			.busy(duration(times.busy()))
			.beforeFirst(duration(times.beforeFirst()))
			.between(duration(times.between() + Math.min(0, times.afterLast())))
			.afterLast(duration(times.afterLast() + Math.min(0, times.between())))
			.build();
	}

	private static Duration duration(double nanos) {
		// Below zero if the sample says less than what was seen at the begin.
		return Duration.ofNanos(Math.max(0, Math.round(nanos)));
	}

	private Times times() {
		double others = this.returned - this.underPressure.count() - this.lasting.count();
		return this.underPressure.plus(this.lasting.times())
			.plus(this.sampled.scaledTo(others))
			.plus(this.present.times());
	}

	/**
	 * Leases that lasted.
	 *
	 * @param count how many there were
	 * @param span how long they were, from the moment that they were asked for
	 * @param sampled those that were timed from their begin
	 * @param seenLate those that were first timed when they had lasted, by what was seen
	 */
	record Lasting(long count, double span, Times sampled, Times seenLate) {

		static final Lasting NONE = new Lasting(0, 0, Times.NONE, Times.NONE);

		static Lasting of(long count, double span, Times sampled, Times seenLate) {
			return (count > 0) ? new Lasting(count, span, sampled, seenLate) : NONE;
		}

		Lasting plus(Lasting other) {
			if (other.equals(NONE)) {
				return this;
			}
			return !equals(NONE) ? new Lasting(this.count + other.count, this.span + other.span,
					this.sampled.plus(other.sampled), this.seenLate.plus(other.seenLate)) : other;
		}

		Lasting minus(Lasting other) {
			return new Lasting(this.count - other.count, this.span - other.span, this.sampled.minus(other.sampled),
					this.seenLate.minus(other.seenLate));
		}

		Times times() {
			return this.sampled.isKnown() ? this.sampled.scaledToSpan(this.span) : this.seenLate;
		}

	}

	/**
	 * Those who are there at this moment.
	 *
	 * @param lent how many hold
	 * @param waiting how many wait
	 * @param times what has come of that so far
	 */
	record Present(long lent, long waiting, Times times) {

		static final Present NONE = new Present(0, 0, Times.NONE);

		Present plus(Present other) {
			return !other.equals(NONE)
					? new Present(this.lent + other.lent, this.waiting + other.waiting, this.times.plus(other.times))
					: this;
		}

		Present since(Present earlier) {
			return new Present(this.lent, this.waiting, this.times.minus(earlier.times));
		}

	}

	/**
	 * The longest wait and the longest hold.
	 */
	record Longest(long waited, long held) {

		static final Longest NONE = new Longest(0, 0);

		Longest or(Longest other) {
			return new Longest(Math.max(this.waited, other.waited), Math.max(this.held, other.held));
		}

	}

}
