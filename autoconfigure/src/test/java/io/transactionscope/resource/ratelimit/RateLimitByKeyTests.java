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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.ResourceUnavailableException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * Tests for {@link RateLimitResources#perKey(int, Duration, Duration)}.
 */
class RateLimitByKeyTests {

	private static final Duration SECOND = Duration.ofSeconds(1);

	private final AtomicLong now = new AtomicLong(-42);

	@Test
	void eachKeyHasItsOwnSlots() {
		KeyedSlots<String> limit = limit(2, 100);
		enter(limit.of("a"));
		enter(limit.of("a"));
		assertFull(limit.of("a"));
		enter(limit.of("b"));
		enter(limit.of("b"));
		assertFull(limit.of("b"));
		pass(SECOND);
		enter(limit.of("a"));
	}

	@Test
	void equalKeysShareTheirs() {
		KeyedSlots<List<String>> limit = limit(1, 100);
		enter(limit.of(List.of("a", "b")));
		assertFull(limit.of(new ArrayList<>(List.of("a", "b"))));
	}

	@Test
	void failedBodyGivesItsSlotBackAndOneInDoubtDoesNot() throws Exception {
		KeyedSlots<String> limit = limit(1, 100);
		limit.of("a").acquire().release(Outcome.failed());
		limit.of("a").acquire().release(Outcome.unknown(new IOException()));
		assertFull(limit.of("a"));
	}

	@Test
	void failedBodyOfAnEarlierWindowGivesNothingBack() throws Exception {
		KeyedSlots<String> limit = limit(1, 100);
		Held<Duration> first = limit.of("a").acquire();
		pass(SECOND);
		enter(limit.of("a"));
		first.release(Outcome.failed());
		assertFull(limit.of("a"));
	}

	@Test
	void slotGivenBackAtTheEdgeIsOfItsWindowUntilItIsOver() throws Exception {
		KeyedSlots<String> limit = limit(1, 100);
		Held<Duration> first = limit.of("a").acquire();
		pass(SECOND.minusNanos(1));
		first.release(Outcome.failed());
		Held<Duration> second = limit.of("a").acquire();
		pass(Duration.ofNanos(1));
		enter(limit.of("a"));
		second.release(Outcome.failed());
		assertFull(limit.of("a"));
	}

	@Test
	void newKeyIsRefusedWhereAsManyAsAllowedAreInUseAndForgetsNone() {
		KeyedSlots<Integer> limit = limit(1, 3);
		for (int i = 0; i < 3; i++) {
			enter(limit.of(i));
		}
		for (int i = 3; i < 1_000; i++) {
			Resource<Duration> next = limit.of(i);
			assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> enter(next))
				.withMessageContaining("[1 in 1000 ms for " + i + ", with 3 other keys in use, the most there may be]");
		}
		assertFull(limit.of(0));
		assertThat(limit.size()).isEqualTo(3);
		pass(SECOND);
		assertThat(limit.size()).isZero();
		enter(limit.of(1_000));
	}

	@Test
	void keyWhoseEntriesAllFailedMakesRoom() throws Exception {
		KeyedSlots<String> limit = limit(5, 1);
		Held<Duration> first = limit.of("a").acquire();
		Held<Duration> second = limit.of("a").acquire();
		first.release(Outcome.failed());
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> enter(limit.of("b")));
		second.release(Outcome.failed());
		enter(limit.of("b"));
	}

	@Test
	void newKeyWaitsForRoomAsLongAsItMay() {
		KeyedSlots<String> limit = new KeyedSlots<>(new Allowance(1, SECOND), SECOND, 1, this.now::get,
				this.now::addAndGet);
		enter(limit.of("a"));
		pass(Duration.ofMillis(300));
		enter(limit.of("b"));
		assertThat(this.now.get() + 42).isEqualTo(SECOND.toNanos());
	}

	@Test
	void entryWaitsForItsNextWindow() {
		RateLimitByKey<String> limit = RateLimitResources.perKey(1, Duration.ofMillis(200), Duration.ofSeconds(10));
		long start = System.nanoTime();
		for (int i = 0; i < 3; i++) {
			enter(limit.of("a"));
			enter(limit.of("b"));
		}
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
	}

	@Test
	void interruptedWaitTakesNothing() {
		KeyedSlots<String> limit = new KeyedSlots<>(new Allowance(1, SECOND), SECOND, 1, this.now::get, (nanos) -> {
			throw new InterruptedException();
		});
		enter(limit.of("a"));
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> enter(limit.of("a")))
			.withMessageStartingWith("Interrupted after");
		assertThat(Thread.interrupted()).isTrue();
		pass(SECOND);
		enter(limit.of("a"));
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 5 })
	void everyEntryIsLetInExactlyIfThereIsRoom(int entries) throws Exception {
		for (int seed = 0; seed < 100; seed++) {
			Random random = new Random(seed);
			KeyedSlots<Integer> limit = limit(entries, 4);
			long start = this.now.get();
			Map<Integer, Integer> taken = new HashMap<>();
			List<Entry> open = new ArrayList<>();
			long window = 0;
			for (int step = 0; step < 500; step++) {
				// Often to the very edge, or just before it
				long toEdge = SECOND.toNanos() - (this.now.get() - start) % SECOND.toNanos();
				this.now.addAndGet(switch (random.nextInt(12)) {
					case 0 -> toEdge;
					case 1 -> toEdge - 1;
					default -> random.nextInt(50_000_000);
				});
				long current = (this.now.get() - start) / SECOND.toNanos();
				if (current != window) {
					window = current;
					taken.clear();
				}
				if (random.nextBoolean()) {
					int key = random.nextInt(6);
					int number = taken.getOrDefault(key, 0);
					boolean room = number < entries && (number > 0 || taken.size() < 4);
					Held<Duration> held = tryAcquire(limit.of(key));
					assertThat(held != null).as("seed %d, step %d", seed, step).isEqualTo(room);
					if (held != null) {
						taken.merge(key, 1, Integer::sum);
						open.add(new Entry(held, key, window));
					}
				}
				else if (!open.isEmpty()) {
					Entry entry = open.remove(random.nextInt(open.size()));
					boolean failed = random.nextBoolean();
					entry.held().release(failed ? Outcome.failed() : Outcome.succeeded());
					if (failed && entry.window() == window) {
						taken.computeIfPresent(entry.key(), (key, number) -> (number > 1) ? number - 1 : null);
					}
				}
				assertThat(limit.size()).isEqualTo(taken.size());
			}
		}
	}

	@Test
	void noWindowOfAKeyHasTooManyWhereThreadsMeetAtItsEdge() throws InterruptedException {
		KeyedSlots<Integer> limit = limit(3, 100);
		Map<String, AtomicInteger> kept = new ConcurrentHashMap<>();
		CountDownLatch go = new CountDownLatch(1);
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			threads.add(new Thread(() -> {
				await(go);
				for (int step = 0; step < 50_000; step++) {
					this.now.addAndGet(SECOND.toNanos() / 200);
					int key = ThreadLocalRandom.current().nextInt(3);
					KeyedSlots<Integer>.Slot slot = limit.new Slot(key);
					if (take(slot)) {
						AtomicInteger number = kept.computeIfAbsent(key + "/" + slot.window(),
								(each) -> new AtomicInteger());
						boolean failed = ThreadLocalRandom.current().nextBoolean();
						if (!failed || !slot.giveBack()) {
							number.incrementAndGet();
						}
					}
				}
			}));
		}
		threads.forEach(Thread::start);
		go.countDown();
		for (Thread each : threads) {
			each.join();
		}
		assertThat(kept).hasSizeGreaterThan(100);
		assertThat(kept.values()).allSatisfy((number) -> assertThat(number.get()).isLessThanOrEqualTo(3));
	}

	@Test
	void refusesBadArgumentsAtOnce() {
		assertThatIllegalArgumentException().isThrownBy(() -> RateLimitResources.perKey(0, SECOND, Duration.ZERO))
			.withMessage("Invalid rate limit (0): it must be at least 1");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> RateLimitResources.perKey(1, SECOND, Duration.ofSeconds(-1)))
			.withMessageStartingWith("Invalid wait of PT-1S");
		assertThatIllegalArgumentException().isThrownBy(() -> RateLimitResources.perKey(1, SECOND, Duration.ZERO, 0))
			.withMessage("Invalid number of keys of a rate limit (0): it must be at least 1");
		RateLimitByKey<String> limit = RateLimitResources.perKey(1, SECOND, Duration.ZERO);
		assertThatNullPointerException().isThrownBy(() -> limit.of(nothing())).withMessage("key must not be null");
	}

	@SuppressWarnings("NullAway") // What it must not be
	private static String nothing() {
		return null;
	}

	private record Entry(Held<Duration> held, int key, long window) {
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static boolean take(KeyedSlots<Integer>.Slot slot) {
		try {
			return slot.take(0);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static @Nullable Held<Duration> tryAcquire(Resource<Duration> resource) throws Exception {
		try {
			return resource.acquire();
		}
		catch (ResourceUnavailableException ex) {
			return null;
		}
	}

	private <K> KeyedSlots<K> limit(int entries, int maxKeys) {
		return new KeyedSlots<>(new Allowance(entries, SECOND), Duration.ZERO, maxKeys, this.now::get, (nanos) -> {
			throw new IllegalStateException("no wait");
		});
	}

	private void pass(Duration duration) {
		this.now.addAndGet(duration.toNanos());
	}

	private static void enter(Resource<?> resource) {
		ResourceScope.run((scope) -> scope.enter(resource));
	}

	private static void assertFull(Resource<?> resource) {
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> enter(resource))
			.withMessageStartingWith("Could not get slot of rate limit [");
	}

}
