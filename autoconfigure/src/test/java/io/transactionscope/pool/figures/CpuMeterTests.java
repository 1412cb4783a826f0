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

import io.transactionscope.pool.snapshot.CpuUse;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link CpuMeter}.
 */
class CpuMeterTests {

	private static final Duration INTERVAL = Duration.ofMillis(250);

	private long now = System.nanoTime();

	private double load = 0.95;

	private final CpuMeter meter = new CpuMeter(INTERVAL, () -> this.load);

	@Test
	void knowsTheLoadOfThisMachine() {
		// Negative until the JVM has looked for the first time
		assertThat(CpuMeter.loadOfThisMachine().getAsDouble()).isBetween(-1.0, 1.0);
		await().until(() -> CpuMeter.loadOfThisMachine().getAsDouble() >= 0);
	}

	@Test
	void knowsNothingAtFirst() {
		looks(8, INTERVAL);
		assertThat(this.meter.use()).isEqualTo(CpuUse.UNKNOWN);
	}

	@Test
	void tellsTheLoadOfTheLastSeconds() {
		this.load = 0.1;
		looks(100, INTERVAL);
		this.load = 0.95;
		looks(48, INTERVAL);
		assertThat(this.meter.use().share()).isCloseTo(0.95, within(0.001));
		assertThat(this.meter.use().isUsedUp()).isTrue();
		assertThat(this.meter.use().window()).isCloseTo(Duration.ofSeconds(10), Duration.ofSeconds(2));
	}

	@Test
	void aLoadThatIsNotKnownIsNone() {
		this.load = -1;
		looks(60, INTERVAL);
		assertThat(this.meter.use().share()).isZero();
		assertThat(this.meter.use().isUsedUp()).isFalse();
	}

	@Test
	void tellsHowLateTheWatchIs() {
		this.load = 0.2;
		looks(60, INTERVAL.multipliedBy(2));
		assertThat(this.meter.use().delay()).isCloseTo(INTERVAL, Duration.ofMillis(1));
		assertThat(this.meter.use().isUsedUp()).isTrue();
	}

	private void looks(int number, Duration apart) {
		for (int i = 0; i < number; i++) {
			this.now += apart.toNanos();
			this.meter.look(this.now);
		}
	}

}
