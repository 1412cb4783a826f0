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

package io.transactionscope.engine;

import java.time.Duration;

import io.transactionscope.pool.Borrower;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How long what comes last may take, where others have used up the moment past a deadline
 * (T7).
 */
class DeadlineTests {

	@Test
	void t7WithoutADeadlineNothingIsBounded() {
		assertThat(Deadline.orAtLast(null)).isEqualTo(Borrower.NO_DEADLINE);
	}

	@Test
	void t7WhatIsLeftUntilTheDeadlineIsTheirs() {
		Deadline deadline = Deadline.in(Duration.ofMinutes(1));
		assertThat(Deadline.orAtLast(deadline)).isEqualTo(deadline.nanoTime());
	}

	@Test
	void t7TheyAreOverWithinTheSecondPastIt() {
		Deadline passed = passed(Duration.ofMillis(600));
		long last = Deadline.orAtLast(passed);
		// Unless the machine has stood still meanwhile
		long latest = Math.max(passed.nanoTime() + Duration.ofMillis(900).toNanos(),
				System.nanoTime() + Duration.ofMillis(100).toNanos());
		assertThat(last).isLessThanOrEqualTo(latest);
	}

	@Test
	void t7TheyAlwaysHaveALittle() {
		long now = System.nanoTime();
		assertThat(Deadline.orAtLast(passed(Duration.ofSeconds(5))) - now)
			.isGreaterThanOrEqualTo(Duration.ofMillis(50).toNanos());
	}

	private static Deadline passed(Duration ago) {
		return new Deadline(System.nanoTime() - ago.toNanos(), Duration.ofSeconds(1));
	}

}
