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
import java.util.List;

import io.transactionscope.pool.diagnosis.HeldButIdle.Part;
import io.transactionscope.pool.examination.PoolLoad.IdleTime;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.Usage;
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
		PoolLoad load = new PoolLoad(snapshot(WINDOW.multipliedBy(38)));
		assertThat(load.gainWithout("charge", Part.BEFORE_FIRST_STATEMENT)).isCloseTo(20, within(0.1));
	}

	@Test
	void waitsThatHaveEndedCountForTheGain() {
		PoolLoad load = new PoolLoad(snapshot(WINDOW.multipliedBy(6)));
		assertThat(load.gainWithout("charge", Part.BEFORE_FIRST_STATEMENT)).isCloseTo(4, within(0.1));
	}

	@Test
	void whereNobodyWaitsThereIsNothingToGain() {
		PoolLoad load = new PoolLoad(snapshot(Duration.ZERO));
		assertThat(load.gainWithout("charge", Part.BEFORE_FIRST_STATEMENT)).isCloseTo(1, within(0.1));
	}

	@Test
	void scopeOfWhichNothingIsLeftIsNotTheOneThatIsIdle() {
		Usage gone = usage(Duration.ofSeconds(55)).build();
		Usage here = usage(Duration.ofSeconds(5)).lent(2).build();
		List<ScopeStatistics> scopes = List.of(new ScopeStatistics("export", gone, gone),
				new ScopeStatistics("charge", here, here));
		assertThat(new PoolLoad(pool().scopes(scopes).build()).mostIdle()).isNotNull()
			.returns("export", IdleTime::scope);
		assertThat(new PoolLoad(pool().scopes(scopes).leases(List.of(lease("charge"), lease("charge"))).build())
			.mostIdle()).isNotNull().returns("charge", IdleTime::scope);
		assertThat(new PoolLoad(pool().scopes(scopes).leases(List.of(lease("charge"), lease("export"))).build())
			.mostIdle()).isNotNull().returns("export", IdleTime::scope);
	}

	private static Lease lease(String scope) {
		return Lease.builder().scope(scope).thread("working").age(Duration.ofSeconds(5)).build();
	}

	private static Usage.Builder usage(Duration idle) {
		return Usage.builder().elapsed(Duration.ofMinutes(1)).asked(10).returned(8).held(idle).beforeFirst(idle);
	}

	private static PoolSnapshot.Builder pool() {
		return PoolSnapshot.builder().pool("pool").maximum(2).total(2).active(2);
	}

	private static PoolSnapshot snapshot(Duration waited) {
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
		return pool().scopes(List.of(new ScopeStatistics("charge", usage, usage))).build();
	}

}
