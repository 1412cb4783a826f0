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

package io.transactionscope.pool;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RemainingTime}.
 */
class RemainingTimeTests {

	@Test
	void littleIsNeverNone() {
		RemainingTime remaining = new RemainingTime(1);
		assertThat(remaining.isOver()).isFalse();
		assertThat(remaining.millis()).isOne();
		assertThat(remaining.seconds()).isOne();
	}

	@Test
	void partsAreRoundedUp() {
		RemainingTime remaining = new RemainingTime(Duration.ofSeconds(1).plusNanos(1).toNanos());
		assertThat(remaining.millis()).isEqualTo(1001);
		assertThat(remaining.seconds()).isEqualTo(2);
		assertThat(remaining.millisWithGrace()).isEqualTo(1501);
	}

	@Test
	void mostIsWhatDriversCanCount() {
		RemainingTime remaining = new RemainingTime(Long.MAX_VALUE);
		assertThat(remaining.seconds()).isEqualTo(2_147_482);
		assertThat(remaining.millis()).isEqualTo(2_147_482_000);
		assertThat(remaining.millisWithGrace()).isEqualTo(2_147_482_500);
	}

	@Test
	void longPassedIsPassed() {
		RemainingTime remaining = new RemainingTime(-Duration.ofDays(30).toNanos());
		assertThat(remaining.isOver()).isTrue();
		assertThat(remaining.millis()).isNegative();
		assertThat(remaining.millisWithGrace()).isEqualTo(500);
	}

}
