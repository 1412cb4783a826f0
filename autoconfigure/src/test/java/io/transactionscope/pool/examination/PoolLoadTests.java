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

package io.transactionscope.pool.examination;

import java.time.Duration;
import java.util.Collections;
import java.util.List;

import io.transactionscope.pool.diagnosis.HeldButIdle.Part;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.Usage;
import io.transactionscope.pool.snapshot.Waiter;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link PoolLoad}.
 */
class PoolLoadTests {

	private static final Duration WINDOW = Duration.ofSeconds(10);

	@Test
	void thoseWhoWaitForAllOthersToPassCountForTheGain() {
		// Two connections, always held by threads that get them again at once.
		PoolLoad load = new PoolLoad(snapshot(Duration.ZERO, Collections.nCopies(38, waiter(WINDOW))));
		assertThat(load.gainWithout("charge", Part.BEFORE_FIRST_STATEMENT)).isCloseTo(20, within(0.1));
	}

	@Test
	void waitFromBeforeTheWindowCountsAsLongAsTheWindow() {
		PoolLoad load = new PoolLoad(
				snapshot(Duration.ZERO, Collections.nCopies(38, waiter(WINDOW.multipliedBy(100)))));
		assertThat(load.gainWithout("charge", Part.BEFORE_FIRST_STATEMENT)).isCloseTo(20, within(0.1));
	}

	@Test
	void waitsThatHaveEndedCountForTheGain() {
		PoolLoad load = new PoolLoad(snapshot(WINDOW.multipliedBy(6), List.of()));
		assertThat(load.gainWithout("charge", Part.BEFORE_FIRST_STATEMENT)).isCloseTo(4, within(0.1));
	}

	@Test
	void whereNobodyWaitsThereIsNothingToGain() {
		PoolLoad load = new PoolLoad(snapshot(Duration.ZERO, List.of()));
		assertThat(load.gainWithout("charge", Part.BEFORE_FIRST_STATEMENT)).isCloseTo(1, within(0.1));
	}

	private static Waiter waiter(Duration waited) {
		return Waiter.builder().scope("charge").thread("starving").waited(waited).build();
	}

	private static PoolSnapshot snapshot(Duration waited, List<Waiter> waiters) {
		Duration held = WINDOW.multipliedBy(2);
		Usage usage = Usage.builder()
			.elapsed(WINDOW)
			.asked(1000)
			.returned(1000)
			.waited(waited)
			.longestWait(waited)
			.held(held)
			.longestHold(WINDOW)
			.beforeFirst(held)
			.build();
		return PoolSnapshot.builder()
			.pool("pool")
			.maximum(2)
			.total(2)
			.active(2)
			.waiting(waiters.size())
			.waiters(waiters)
			.scopes(List.of(new ScopeStatistics("charge", usage, usage)))
			.build();
	}

}
