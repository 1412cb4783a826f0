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
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;

import io.transactionscope.pool.figures.Slots.Slot;
import io.transactionscope.pool.snapshot.LeaseRecorder;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.Usage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link Statistics}.
 */
class StatisticsTests {

	private static final int SCOPES = 20;

	private static final long MINUTE = Duration.ofMinutes(1).toNanos();

	private final Slots slots = new Slots();

	private final Statistics statistics = new Statistics(this.slots, 100, Duration.ofMillis(100));

	private final AtomicLong now = new AtomicLong(System.nanoTime());

	@Test
	void countersDoNotMultiplyWithTheThreadsThatCome() {
		for (int thread = 0; thread < 1000; thread++) {
			for (int scope = 0; scope < SCOPES; scope++) {
				lend(thread, "scope-" + scope);
			}
			if (thread % 16 == 15) {
				this.now.addAndGet(MINUTE);
				this.statistics.advance(this.now.get(), this::stay);
				assertThat(counters()).isZero();
			}
		}
		assertThat(counters()).isLessThanOrEqualTo(16 * SCOPES);
		assertThat(this.statistics.scopes(this.now.get(), this::stay)).hasSize(SCOPES)
			.allSatisfy((scope) -> assertThat(scope.sinceStart().asked()).isEqualTo(1000))
			.allSatisfy((scope) -> assertThat(scope.sinceStart().returned()).isEqualTo(1000));
	}

	@Test
	void crowdThatHasGoneLeavesNoCounters() {
		List<Object> crowd = new ArrayList<>();
		List<Slot> claimed = new ArrayList<>();
		for (int each = 0; each < 1000; each++) {
			Object entry = new Object();
			Slot slot = this.slots.claim(entry, each);
			ask(slot, "scope-" + each % SCOPES);
			crowd.add(entry);
			claimed.add(slot);
		}
		this.now.addAndGet(MINUTE);
		this.statistics.advance(this.now.get(), this::stay);
		assertThat(counters()).as("of those who are still there").isEqualTo(1000);
		for (int each = 0; each < 1000; each++) {
			claimed.get(each).free(crowd.get(each));
		}
		this.now.addAndGet(MINUTE);
		this.statistics.advance(this.now.get(), this::stay);
		assertThat(counters()).isZero();
		assertThat(sum(Usage::asked)).isEqualTo(1000);
	}

	@Test
	void eachLeaseIsTimedOnceSomebodyIsToldOfEach() {
		Object entry = new Object();
		Slot slot = this.slots.claim(entry, 1);
		ScopeCounters counters = this.statistics.counters(slot, "charge", this.now.get());
		assertThat(counters.asks(this.now.get())).isTrue();
		assertThat(counters.asks(this.now.incrementAndGet())).isFalse();
		this.statistics.record(mock(LeaseRecorder.class));
		for (int i = 0; i < 10; i++) {
			assertThat(counters.asks(this.now.incrementAndGet())).isTrue();
		}
	}

	@Test
	void countersInUseStayWhereTheyAre() {
		lend(1, "busy");
		lend(1, "rare");
		this.now.addAndGet(MINUTE);
		lend(1, "busy");
		this.statistics.advance(this.now.get(), this::stay);
		assertThat(this.slots.all().get(1).counters()).extracting(ScopeCounters::scope).containsExactly("busy");
		assertThat(sum(Usage::asked)).isEqualTo(3);
	}

	@Test
	void figuresOfTheLastMinuteGoOnOverTheCollection() {
		lend(1, "charge");
		this.now.addAndGet(Duration.ofSeconds(6).toNanos());
		this.statistics.advance(this.now.get(), this::stay);
		assertThat(counters()).isZero();
		lend(1, "charge");
		assertThat(this.statistics.scopes(this.now.get(), this::stay)).singleElement()
			.satisfies((scope) -> assertThat(scope.lastMinute().asked()).isEqualTo(2));
		for (int period = 0; period < 14; period++) {
			this.now.addAndGet(Duration.ofSeconds(6).toNanos());
			this.statistics.advance(this.now.get(), this::stay);
		}
		assertThat(this.statistics.scopes(this.now.get(), this::stay)).singleElement()
			.satisfies((scope) -> assertThat(scope.lastMinute().asked()).isZero())
			.satisfies((scope) -> assertThat(scope.sinceStart().asked()).isEqualTo(2));
	}

	@Test
	void nothingIsLostOrCountedTwiceWhileOthersCollectAndRead() throws Exception {
		int threads = 4;
		int rounds = 50_000;
		AtomicBoolean done = new AtomicBoolean();
		ExecutorService executor = Executors.newFixedThreadPool(threads + 2);
		try {
			List<Future<Integer>> lenders = new ArrayList<>();
			for (int i = 0; i < threads; i++) {
				int preferred = i;
				lenders.add(executor.submit(() -> {
					for (int round = 0; round < rounds; round++) {
						lend(preferred, "scope-" + round % SCOPES);
					}
					return rounds;
				}));
			}
			Future<Boolean> collector = executor.submit(repeated(done, this::collectAll));
			Future<Boolean> reader = executor.submit(repeated(done, new Reader()));
			for (Future<Integer> lender : lenders) {
				assertThat(lender.get()).isEqualTo(rounds);
			}
			done.set(true);
			assertThat(collector.get()).isTrue();
			assertThat(reader.get()).isTrue();
			long all = (long) threads * rounds;
			assertThat(sum(Usage::asked)).isEqualTo(all);
			assertThat(sum(Usage::returned)).isEqualTo(all);
			collectAll();
			assertThat(counters()).isZero();
			assertThat(sum(Usage::asked)).isEqualTo(all);
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void crowdThatHasGoneLeavesNoSlotsEither() {
		List<Guest> crowd = new ArrayList<>();
		for (int each = 0; each < 4000; each++) {
			crowd.add(new Guest(each, "scope-" + each % 100, true));
		}
		assertThat(this.slots.all()).hasSize(4096);
		crowd.forEach(Guest::leave);
		for (int period = 0; period < 3; period++) {
			// Those who stay on do not keep their places in the crowd in use.
			for (int each = 0; each < 4000; each += 100) {
				new Guest(each, "scope-" + each % 100, true).leave();
			}
			this.now.addAndGet(Duration.ofSeconds(6).toNanos());
			this.statistics.advance(this.now.get(), this::stay);
		}
		assertThat(this.slots.all()).hasSizeLessThanOrEqualTo(16);
		assertThat(sum(Usage::asked)).isEqualTo(4120);
	}

	@Test
	void crowdThatUsedEachScopeIsSoonForgotten() {
		for (int scope = 0; scope < 100; scope++) {
			List<Guest> crowd = new ArrayList<>();
			for (int each = 0; each < 4000; each++) {
				crowd.add(new Guest(each, "scope-" + scope, true));
			}
			crowd.forEach(Guest::leave);
		}
		assertThat(counters()).isEqualTo(400_000);
		advanceBy(Duration.ofSeconds(6));
		advanceBy(Duration.ofSeconds(6));
		assertThat(counters()).isZero();
		assertThat(this.slots.all()).hasSize(16);
		assertThat(sum(Usage::returned)).isEqualTo(400_000);
		long fastest = Long.MAX_VALUE;
		for (int look = 0; look < 50; look++) {
			long begin = System.nanoTime();
			assertThat(this.statistics.scopes(this.now.get(), this::stay)).hasSize(100);
			fastest = Math.min(fastest, System.nanoTime() - begin);
		}
		assertThat(Duration.ofNanos(fastest)).isLessThan(Duration.ofMillis(5));
	}

	@Test
	void whoIsStillThereKeepsItsPlaceWhenSlotsGo() {
		List<Guest> crowd = new ArrayList<>();
		for (int each = 0; each < 100; each++) {
			crowd.add(new Guest(each, "charge", true));
		}
		crowd.subList(0, 99).forEach(Guest::leave);
		advanceBy(Duration.ofMinutes(1));
		advanceBy(Duration.ofMinutes(1));
		assertThat(this.slots.entries()).containsExactly(crowd.get(99));
		crowd.get(99).leave();
		advanceBy(Duration.ofMinutes(1));
		advanceBy(Duration.ofMinutes(1));
		assertThat(this.slots.all()).hasSize(16);
		assertThat(sum(Usage::asked)).isEqualTo(100);
	}

	@Test
	void leaseCountsWhileItLasts() {
		new Guest(1, "charge", true);
		advanceBy(Duration.ofSeconds(12));
		for (Usage usage : List.of(scope("charge").lastMinute(), scope("charge").sinceStart())) {
			assertThat(usage.lent()).isOne();
			assertThat(usage.held()).isEqualTo(Duration.ofSeconds(12));
			assertThat(usage.meanHold()).isEqualTo(Duration.ofSeconds(12));
			assertThat(usage.longestHold()).isEqualTo(Duration.ofSeconds(12));
			assertThat(usage.beforeFirst()).isEqualTo(Duration.ofSeconds(12));
			assertThat(usage.returned()).isZero();
		}
	}

	@Test
	void waitCountsWhileItLasts() {
		new Guest(1, "charge", false);
		advanceBy(Duration.ofSeconds(12));
		Usage usage = scope("charge").sinceStart();
		assertThat(usage.waiting()).isOne();
		assertThat(usage.waited()).isEqualTo(Duration.ofSeconds(12));
		assertThat(usage.meanWait()).isEqualTo(Duration.ofSeconds(12));
		assertThat(usage.longestWait()).isEqualTo(Duration.ofSeconds(12));
		assertThat(usage.lent()).isZero();
	}

	@Test
	void waitOfThoseTurnedAwayCounts() {
		Guest guest = new Guest(1, "charge", false);
		this.now.addAndGet(Duration.ofSeconds(3).toNanos());
		guest.counters.turnsAway(0, Duration.ofSeconds(3).toNanos());
		guest.slot.free(guest);
		Usage usage = scope("charge").lastMinute();
		assertThat(usage.waited()).isEqualTo(Duration.ofSeconds(3));
		assertThat(usage.meanWait()).isEqualTo(Duration.ofSeconds(3));
		assertThat(usage.held()).isZero();
	}

	@Test
	void leaseEntersTheLastMinuteWithWhatFellIntoIt() {
		Guest guest = new Guest(1, "export", true);
		for (int second = 0; second < 600; second++) {
			advanceBy(Duration.ofSeconds(1));
		}
		assertThat(scope("export").lastMinute().held()).isBetween(Duration.ofSeconds(55), Duration.ofSeconds(65));
		guest.returns();
		assertThat(scope("export").lastMinute().held()).isBetween(Duration.ofSeconds(55), Duration.ofSeconds(65));
		assertThat(scope("export").lastMinute().longestHold()).isEqualTo(Duration.ofMinutes(10));
		assertThat(scope("export").sinceStart().held()).isEqualTo(Duration.ofMinutes(10));
		for (int second = 0; second < 70; second++) {
			advanceBy(Duration.ofSeconds(1));
		}
		assertThat(scope("export").lastMinute().held()).isZero();
		assertThat(scope("export").lastMinute().longestHold()).isZero();
	}

	@Test
	void idleLeaseIsBetweenStatementsUntilItComesBack() {
		Guest guest = new Guest(1, "charge", true);
		guest.executes();
		advanceBy(Duration.ofSeconds(12));
		for (Usage usage : List.of(scope("charge").lastMinute(), scope("charge").sinceStart())) {
			assertThat(usage.between()).isEqualTo(usage.held()).isEqualTo(Duration.ofSeconds(12));
			assertThat(usage.afterLast()).isZero();
		}
		guest.returns();
		for (Usage usage : List.of(scope("charge").lastMinute(), scope("charge").sinceStart())) {
			assertThat(usage.between()).isZero();
			assertThat(usage.afterLast()).isEqualTo(usage.held()).isEqualTo(Duration.ofSeconds(12));
		}
	}

	@Test
	void whatTurnsOutToBeAnotherPartIsNotMoreThanFellIntoTheLastMinute() {
		Guest last = new Guest(1, "returns", true);
		Guest goesOn = new Guest(2, "goes-on", true);
		last.executes();
		goesOn.executes();
		goesOn.enters(Phase.AFTER_TRANSACTION);
		for (int second = 0; second < 600; second++) {
			advanceBy(Duration.ofSeconds(1));
		}
		last.returns();
		goesOn.executes();
		Usage returned = scope("returns").lastMinute();
		assertThat(returned.between()).isZero();
		assertThat(returned.afterLast()).isEqualTo(returned.held())
			.isBetween(Duration.ofSeconds(55), Duration.ofSeconds(65));
		Usage wentOn = scope("goes-on").lastMinute();
		assertThat(wentOn.afterLast()).isZero();
		assertThat(wentOn.between()).isEqualTo(wentOn.held()).isBetween(Duration.ofSeconds(55), Duration.ofSeconds(65));
	}

	@Test
	void longestSinceTheStartIsKept() {
		Guest guest = new Guest(1, "export", true);
		advanceBy(Duration.ofSeconds(7));
		guest.returns();
		Guest waiter = new Guest(2, "export", false);
		advanceBy(Duration.ofSeconds(2));
		waiter.counters.turnsAway(0, Duration.ofSeconds(2).toNanos());
		waiter.slot.free(waiter);
		for (int minute = 0; minute < 20; minute++) {
			advanceBy(Duration.ofMinutes(1));
		}
		assertThat(counters()).isZero();
		assertThat(scope("export").sinceStart().longestHold()).isEqualTo(Duration.ofSeconds(7));
		assertThat(scope("export").sinceStart().longestWait()).isEqualTo(Duration.ofSeconds(2));
		assertThat(scope("export").lastMinute().longestHold()).isZero();
	}

	private @Nullable Stay stay(Object entry) {
		return (entry instanceof Guest guest) ? guest.stay(this.now.get()) : null;
	}

	private void advanceBy(Duration time) {
		this.now.addAndGet(time.toNanos());
		this.statistics.advance(this.now.get(), this::stay);
	}

	private ScopeStatistics scope(String name) {
		return this.statistics.scopes(this.now.get(), this::stay)
			.stream()
			.filter((scope) -> scope.scope().equals(name))
			.findFirst()
			.orElseThrow();
	}

	private static Callable<Boolean> repeated(AtomicBoolean done, Runnable task) {
		return () -> {
			while (!done.get()) {
				task.run();
			}
			return true;
		};
	}

	private void collectAll() {
		this.now.addAndGet(MINUTE);
		this.statistics.advance(this.now.get(), this::stay);
	}

	private void lend(int preferred, String scope) {
		Object entry = new Object();
		Slot slot = this.slots.claim(entry, preferred);
		ask(slot, scope).returns();
		slot.free(entry);
	}

	private ScopeCounters ask(Slot slot, String scope) {
		ScopeCounters counters = this.statistics.counters(slot, scope, this.now.get());
		counters.asks(this.now.get());
		return counters;
	}

	private long counters() {
		long counters = 0;
		for (Slot slot : this.slots.all()) {
			for (ScopeCounters each : slot.counters()) {
				counters += each.scope().isEmpty() ? 0 : 1;
			}
		}
		return counters;
	}

	private long sum(ToLongFunction<Usage> figure) {
		return this.statistics.scopes(this.now.get(), this::stay)
			.stream()
			.map(ScopeStatistics::sinceStart)
			.mapToLong(figure)
			.sum();
	}

	/**
	 * Sees figures that only grow.
	 */
	private final class Reader implements Runnable {

		private long highest;

		@Override
		public void run() {
			long asked = sum(Usage::asked);
			assertThat(asked).isGreaterThanOrEqualTo(this.highest);
			this.highest = asked;
		}

	}

	/** Somebody who waits, or holds and does next to nothing. */
	private final class Guest {

		private final Slot slot;

		private final ScopeCounters counters;

		private final boolean lent;

		private final Timing timing;

		Guest(int preferred, String scope, boolean lent) {
			long now = StatisticsTests.this.now.get();
			this.slot = StatisticsTests.this.slots.claim(this, preferred);
			this.counters = ask(this.slot, scope);
			this.lent = lent;
			this.timing = Timing.fromBorrow(now, now, true);
		}

		Stay stay(long now) {
			return this.lent ? Stay.ofHolder(this.counters, this.timing, now)
					: Stay.ofWaiter(this.counters, now - this.timing.leased());
		}

		void executes() {
			enters(Phase.IN_STATEMENT);
			enters(Phase.BETWEEN_STATEMENTS);
		}

		void enters(Phase phase) {
			this.timing.enter(phase, StatisticsTests.this.now.get());
		}

		void leave() {
			this.counters.returns();
			this.slot.free(this);
		}

		void returns() {
			this.timing.end(StatisticsTests.this.now.get());
			this.counters.returns(this.timing);
			this.slot.free(this);
		}

	}

}
