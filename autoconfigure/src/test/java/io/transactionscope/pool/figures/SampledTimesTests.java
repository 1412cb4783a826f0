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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

import io.transactionscope.pool.figures.Slots.Slot;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.Usage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

/**
 * What is told of the times of all leases, by those few that are timed, beside what they
 * were: for loads of many shapes, on a clock that the test drives.
 */
class SampledTimesTests {

	private static final long MILLI = 1_000_000;

	private static final long WATCH_INTERVAL = 250 * MILLI;

	private static final int CLIENTS = 4;

	private static final double PERCENT = 3;

	@ParameterizedTest
	@EnumSource
	void timesAreThoseOfAnIndependentMeasurement(Shape shape) {
		Run run = new Run(shape);
		run.run();
		assertThat(run.measured).isNotEmpty();
		run.measured.forEach((scope, measured) -> {
			Usage told = run.told(scope);
			assertThat(told.returned()).isEqualTo(measured.count);
			assertThat(nanos(told.held())).as("held").isCloseTo(measured.held, withinPercentage(PERCENT));
			assertThat(nanos(told.busy())).as("busy").isCloseTo(measured.busy, withinPercentage(PERCENT));
			assertThat(nanos(told.between())).as("between").isCloseTo(measured.between, withinPercentage(PERCENT));
		});
	}

	private static double nanos(Duration duration) {
		return duration.toNanos();
	}

	/** How long leases are, and how long it is until the next. */
	enum Shape {

		CONSTANT(40_000, 1, (random, n) -> MILLI, (random, n) -> MILLI),

		SHORT_AND_DENSE(600_000, 1, (random, n) -> 3_000, (random, n) -> 500),

		BIMODAL(40_000, 1, (random, n) -> (random.nextDouble() < 0.02) ? 400 * MILLI : MILLI, (random, n) -> MILLI),

		SHORT_AND_RARELY_LONG(300_000, 1, (random, n) -> (random.nextDouble() < 0.001) ? 2_000 * MILLI : 20_000,
				(random, n) -> 1_000),

		FIRST_OF_EACH_BURST_SLOW(200_000, 1, (random, n) -> (n % 50 == 0) ? 60 * MILLI : MILLI / 2,
				(random, n) -> (n % 50 == 49) ? 500 * MILLI : 10_000),

		LAST_OF_EACH_BURST_SLOW(200_000, 1, (random, n) -> (n % 50 == 49) ? 60 * MILLI : MILLI / 2,
				(random, n) -> (n % 50 == 49) ? 500 * MILLI : 10_000),

		EXPONENTIAL(100_000, 1, (random, n) -> (long) (random.nextExponential() * 5 * MILLI),
				(random, n) -> (long) (random.nextExponential() * 5 * MILLI)),

		LONG_TAILED(200_000, 1, (random, n) -> (long) (MILLI / 10 * Math.pow(1 - random.nextDouble(), -1 / 1.5)),
				(random, n) -> (long) (random.nextExponential() * MILLI / 5)),

		BURSTY(200_000, 1, (random, n) -> (long) (random.nextExponential() * MILLI / 4),
				(random, n) -> (random.nextDouble() < 0.01) ? 200 * MILLI : 1_000),

		AROUND_WHAT_LASTS(20_000, 1, (random, n) -> 150 * MILLI + (long) (random.nextDouble() * 300 * MILLI),
				(random, n) -> 1_000),

		IN_STEP_WITH_THE_SAMPLING(200_000, 1, (random, n) -> (n % 2 == 0) ? MILLI * 3 / 4 : MILLI / 8,
				(random, n) -> MILLI / 16),

		TWO_SCOPES(200_000, 2, (random, n) -> (n % 2 == 0) ? 5 * MILLI : MILLI / 20, (random, n) -> MILLI / 50);

		private final int leases;

		private final int scopes;

		@SuppressWarnings("ImmutableEnumChecker") // A lambda that captures nothing
		private final Draw hold;

		@SuppressWarnings("ImmutableEnumChecker")
		private final Draw pause;

		Shape(int leases, int scopes, Draw hold, Draw pause) {
			this.leases = leases;
			this.scopes = scopes;
			this.hold = hold;
			this.pause = pause;
		}

	}

	private interface Draw {

		long next(RandomGenerator random, int number);

	}

	/** What somebody has measured who times each lease. */
	private static final class Measured {

		private long count;

		private double held;

		private double busy;

		private double between;

	}

	/** A load, from its begin to its end. */
	private static final class Run {

		private final Slots slots = new Slots();

		private final Statistics statistics = new Statistics(this.slots, 10, Duration.ofMillis(1), 0, 42);

		private final RandomGenerator random = new SplittableRandom(7);

		private final Map<String, Measured> measured = new HashMap<>();

		private final PriorityQueue<Client> due = new PriorityQueue<>(Comparator.comparingLong(Client::next));

		private final List<Client> all = new ArrayList<>();

		private final Shape shape;

		private int leases;

		private long now;

		Run(Shape shape) {
			this.shape = shape;
			for (int i = 0; i < CLIENTS; i++) {
				this.all.add(new Client(this, i));
			}
			this.due.addAll(this.all);
		}

		void run() {
			long look = WATCH_INTERVAL;
			while (!this.due.isEmpty()) {
				Client next = this.due.remove();
				for (; look < next.next; look += WATCH_INTERVAL) {
					this.now = look;
					this.all.forEach(Client::watch);
					this.statistics.advance(this.now, this::stay);
				}
				this.now = next.next;
				if (next.act()) {
					this.due.add(next);
				}
			}
		}

		Usage told(String scope) {
			return this.statistics.scopes(this.now, this::stay)
				.stream()
				.filter((each) -> each.scope().equals(scope))
				.map(ScopeStatistics::sinceStart)
				.findFirst()
				.orElseThrow();
		}

		private @Nullable Stay stay(Object entry) {
			return ((Client) entry).stay();
		}

	}

	/** Borrows, has two statements with a gap between them, and returns. */
	private static final class Client {

		/** When which phase ends, in eighths of the lease. */
		private static final int[] ENDS = { 1, 3, 5, 7, 8 };

		private static final List<Phase> PHASES = List.of(Phase.BEFORE_FIRST_STATEMENT, Phase.IN_STATEMENT,
				Phase.BETWEEN_STATEMENTS, Phase.IN_STATEMENT, Phase.BETWEEN_STATEMENTS);

		private final Run run;

		private final int preferred;

		private int number;

		private long next;

		private int phase = -1;

		private long asked;

		private long hold;

		// Those of the latest lease.
		@SuppressWarnings("NullAway.Init")
		private Slot slot;

		@SuppressWarnings("NullAway.Init")
		private ScopeCounters counters;

		private @Nullable Timing timing;

		Client(Run run, int preferred) {
			this.run = run;
			this.preferred = preferred;
		}

		long next() {
			return this.next;
		}

		/**
		 * Do what is next.
		 * @return whether there is more
		 */
		boolean act() {
			if (this.phase < 0) {
				return borrow();
			}
			if (this.phase + 1 < PHASES.size()) {
				this.phase++;
				if (this.timing != null) {
					this.timing.enter(PHASES.get(this.phase), this.run.now);
				}
				plan();
			}
			else {
				giveBack();
			}
			return true;
		}

		private boolean borrow() {
			if (this.run.leases++ >= this.run.shape.leases) {
				return false;
			}
			this.asked = this.run.now;
			this.hold = this.run.shape.hold.next(this.run.random, this.number);
			this.slot = this.run.slots.claim(this, this.preferred);
			this.counters = this.run.statistics.counters(this.slot, scope(), this.asked);
			this.timing = this.counters.asks(this.asked) ? Timing.fromBorrow(this.asked, this.asked, false) : null;
			this.phase = 0;
			plan();
			return true;
		}

		/** The statements have half of the time, the gap between them a quarter. */
		private void plan() {
			this.next = this.asked + this.hold * ENDS[this.phase] / 8;
		}

		private void giveBack() {
			Measured measured = this.run.measured.computeIfAbsent(scope(), (scope) -> new Measured());
			measured.count++;
			measured.held += this.hold;
			measured.busy += this.hold / 2.0;
			measured.between += this.hold / 4.0;
			if (this.timing != null) {
				this.timing.end(this.run.now);
				this.counters.returns(this.timing);
			}
			else {
				this.counters.returns();
			}
			this.slot.free(this);
			this.phase = -1;
			this.next = this.run.now + this.run.shape.pause.next(this.run.random, this.number++);
		}

		/** As the watch does. */
		void watch() {
			if (this.phase < 0 || this.run.now - this.asked <= WATCH_INTERVAL) {
				return;
			}
			if (this.timing != null) {
				this.timing.lasts();
			}
			else {
				this.timing = Timing.fromNow(this.asked, PHASES.get(this.phase), this.run.now);
			}
		}

		@Nullable Stay stay() {
			if (this.phase < 0) {
				return null;
			}
			return (this.timing != null) ? Stay.ofHolder(this.counters, this.timing, this.run.now)
					: Stay.ofHolder(this.counters, PHASES.get(this.phase), this.run.now - this.asked);
		}

		private String scope() {
			return "scope-" + this.number % this.run.shape.scopes;
		}

	}

}
