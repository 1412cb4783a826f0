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

package io.transactionscope.resource.ratelimit;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import io.transactionscope.resource.failure.Failures;
import io.transactionscope.resource.Held;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.ResourceUnavailableException;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link RateLimit}.
 */
@Tag("once")
class RateLimitTests {

	private final AtomicLong now = new AtomicLong(-42);

	@Test
	void letsInSoManyInAWindow() {
		RateLimit limit = limit(3);
		enter(limit);
		enter(limit);
		enter(limit);
		assertFull(limit);
		pass(Duration.ofMillis(999));
		assertFull(limit);
		pass(Duration.ofMillis(1));
		enter(limit);
		enter(limit);
		enter(limit);
		assertFull(limit);
	}

	@Test
	void doesNotSaveUpUnusedSlots() {
		RateLimit limit = limit(2);
		pass(Duration.ofSeconds(10));
		enter(limit);
		enter(limit);
		assertFull(limit);
	}

	@Test
	void failedBodyGivesItsSlotBack() {
		RateLimit limit = limit(1);
		fail(limit);
		fail(limit);
		enter(limit);
		assertFull(limit);
	}

	@Test
	void failedBodyOfAnEarlierWindowGivesNothingBack() throws Exception {
		RateLimit limit = limit(1);
		Held<?> first = limit.acquire();
		pass(Duration.ofSeconds(1));
		Held<?> second = limit.acquire();
		first.release(Outcome.failed(new IOException()));
		assertFull(limit);
		second.release(Outcome.failed());
		enter(limit);
	}

	@Test
	void slotGivenBackWhileAnotherEntryWaitsIsNotOneOfTheNextWindow() {
		List<Held<?>> failing = new ArrayList<>();
		RateLimit limit = new RateLimit(1, Duration.ofSeconds(1), Duration.ofSeconds(1), this.now::get, (nanos) -> {
			release(failing.remove(0), Outcome.failed());
			this.now.addAndGet(nanos);
		});
		failing.add(limit.acquire());
		enter(limit);
		assertThatExceptionOfType(IndexOutOfBoundsException.class).as("not full").isThrownBy(() -> enter(limit));
	}

	@Test
	void slotIsTakenInTheWindowInWhichTheWaitIsOver() {
		RateLimit limit = new RateLimit(1, Duration.ofSeconds(1), Duration.ofSeconds(1), this.now::get,
				(nanos) -> pass(Duration.ofMillis(2_500)));
		enter(limit);
		enter(limit);
		assertThat(Duration.ofNanos(this.now.get() + 42)).isEqualTo(Duration.ofMillis(2_500));
		enter(limit);
		assertThat(Duration.ofNanos(this.now.get() + 42)).as("not full").isEqualTo(Duration.ofSeconds(5));
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 10 })
	void noWindowHasMoreEntriesThanAllowedThatDoNotFail(int entries) {
		for (int seed = 0; seed < 50; seed++) {
			Rush rush = new Rush(entries, seed);
			for (int i = 0; i < 300; i++) {
				rush.goOn(3);
			}
			assertThat(rush.most()).as("seed %d", seed).isLessThanOrEqualTo(entries);
		}
	}

	@Test
	void bodyInDoubtKeepsItsSlot() throws Exception {
		RateLimit limit = limit(1);
		limit.acquire().release(Outcome.unknown(new IOException()));
		assertFull(limit);
	}

	@Test
	void waitsForTheNextWindow() {
		long start = System.nanoTime();
		Resource<Duration> limit = RateLimitResources.rateLimit(1, Duration.ofMillis(200), Duration.ofSeconds(10));
		for (int i = 0; i < 3; i++) {
			ResourceScope.run((scope) -> assertThat(scope.enter(limit)).isLessThan(Duration.ofSeconds(5)));
		}
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(400));
	}

	@Test
	void refusesAtOnceToWaitForLongerThanAllowed() {
		Resource<Duration> limit = RateLimitResources.rateLimit(1, Duration.ofHours(1), Duration.ofMinutes(2));
		ResourceScope.run((scope) -> scope.enter(limit));
		assertThatExceptionOfType(ResourceUnavailableException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(limit)))
			.withMessageStartingWith("Could not get slot of rate limit [1 in PT1H] within PT2M")
			.withMessageEndingWith("allow more entries in a window, or a longer wait")
			.satisfies((thrown) -> assertThat(thrown.waited()).isLessThan(Duration.ofMinutes(1)));
	}

	@Test
	void interruptEndsTheWaitAndGivesTheSlotBack() throws InterruptedException {
		RateLimit limit = new RateLimit(1, Duration.ofHours(1), Duration.ofHours(1), System::nanoTime);
		enter(limit);
		// The second one could not wait for the same slot had the first one kept it
		assertThat(interruptedWaiting(limit)).hasMessageStartingWith("Interrupted after")
			.hasCauseInstanceOf(InterruptedException.class);
		assertThat(interruptedWaiting(limit)).hasMessageStartingWith("Interrupted after")
			.hasCauseInstanceOf(InterruptedException.class);
	}

	private static @Nullable Throwable interruptedWaiting(RateLimit limit) throws InterruptedException {
		AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
		Thread waiter = new Thread(() -> {
			try {
				enter(limit);
			}
			catch (ResourceUnavailableException ex) {
				thrown.set(ex);
			}
		});
		waiter.start();
		Awaitility.await().until(() -> waiter.getState() == Thread.State.TIMED_WAITING || !waiter.isAlive());
		waiter.interrupt();
		waiter.join();
		return thrown.get();
	}

	@Test
	void refusesBadArgumentsAtOnce() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> RateLimitResources.rateLimit(0, Duration.ofSeconds(1), Duration.ZERO))
			.withMessage("Invalid rate limit (0): it must be at least 1");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> RateLimitResources.rateLimit(1, Duration.ZERO, Duration.ZERO))
			.withMessage("Invalid window of a rate limit (PT0S): it must be positive and not longer than PT8760H");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> RateLimitResources.rateLimit(1, Duration.ofSeconds(1), Duration.ofSeconds(-1)))
			.withMessageStartingWith("Invalid wait of PT-1S");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> RateLimitResources.rateLimit(Integer.MAX_VALUE, Duration.ofSeconds(1), Duration.ZERO))
			.withMessage(
					"Invalid rate limit (2147483647 in PT1S): it must be at most 1 in a nanosecond; leave it out for no limit");
	}

	/**
	 * What several threads might do, one step at a time: while one waits, others go on.
	 */
	private final class Rush implements Windows.Sleep {

		private final Random random;

		private final RateLimit limit;

		private final long start;

		private final List<Entry> running = new ArrayList<>();

		private final Map<Long, Integer> begun = new HashMap<>();

		private int waiting;

		private int most;

		Rush(int entries, int seed) {
			this.random = new Random(seed);
			this.start = RateLimitTests.this.now.get();
			this.limit = new RateLimit(entries, Duration.ofSeconds(1), Duration.ofSeconds(3),
					RateLimitTests.this.now::get, this);
		}

		int most() {
			return this.most;
		}

		void goOn(int steps) {
			for (int i = 0; i < steps; i++) {
				switch (this.random.nextInt(4)) {
					case 0 -> pass(Duration.ofMillis(this.random.nextInt(300)));
					case 1 -> end();
					default -> begin();
				}
			}
		}

		private void begin() {
			try {
				Held<?> held = this.limit.acquire();
				long window = (RateLimitTests.this.now.get() - this.start) / Duration.ofSeconds(1).toNanos();
				this.running.add(new Entry(held, window));
				this.most = Math.max(this.most, this.begun.merge(window, 1, Integer::sum));
			}
			catch (ResourceUnavailableException ex) {
				assertThat(Thread.interrupted()).isEqualTo(ex.getCause() instanceof InterruptedException);
			}
		}

		private void end() {
			if (!this.running.isEmpty()) {
				Entry entry = this.running.remove(this.random.nextInt(this.running.size()));
				boolean failed = this.random.nextBoolean();
				if (failed) {
					this.begun.merge(entry.window(), -1, Integer::sum);
				}
				release(entry.held(), failed ? Outcome.failed() : Outcome.succeeded());
			}
		}

		@Override
		public void sleep(long nanos) throws InterruptedException {
			long until = RateLimitTests.this.now.get() + nanos;
			if (this.waiting < 4) {
				this.waiting++;
				goOn(3);
				this.waiting--;
			}
			if (this.random.nextInt(5) == 0) {
				throw new InterruptedException();
			}
			RateLimitTests.this.now.accumulateAndGet(until + this.random.nextInt(2) * nanos, Math::max);
		}

		private record Entry(Held<?> held, long window) {
		}

	}

	private static void release(Held<?> held, Outcome outcome) {
		try {
			held.release(outcome);
		}
		catch (Exception ex) {
			throw Failures.rethrow(ex);
		}
	}

	private RateLimit limit(int entries) {
		return new RateLimit(entries, Duration.ofSeconds(1), Duration.ZERO, this.now::get);
	}

	private void pass(Duration duration) {
		this.now.addAndGet(duration.toNanos());
	}

	private static void enter(RateLimit limit) {
		ResourceScope.run((scope) -> scope.enter(limit));
	}

	private static void fail(RateLimit limit) {
		IOException failure = new IOException("body");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(limit);
			throw failure;
		})).isSameAs(failure);
	}

	private static void assertFull(RateLimit limit) {
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> enter(limit))
			.withMessageStartingWith("Could not get slot of rate limit [")
			.withMessageContaining("in 1000 ms]");
	}

}
