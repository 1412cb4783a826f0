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

import io.transactionscope.pool.snapshot.Demand;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link DemandMeter}.
 */
class DemandMeterTests {

	private final DemandMeter meter = new DemandMeter();

	private long now = System.nanoTime();

	@Test
	void whereNobodyWaitsThereIsNoDemandToTell() {
		looks(40, 5, 0);
		assertThat(this.meter.demand(this.now)).isEqualTo(Demand.NONE);
	}

	@Test
	void countsThoseWhoHoldAndThoseWhoWait() {
		looks(40, 5, 3);
		Demand demand = this.meter.demand(this.now);
		assertThat(demand.mean()).isEqualTo(8);
		assertThat(demand.lasting()).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(10));
		assertThat(demand.window()).isEqualTo(demand.lasting());
	}

	@Test
	void aMomentWithoutWaitsIsNoPause() {
		looks(20, 5, 3);
		looks(3, 5, 0);
		looks(20, 5, 3);
		Demand demand = this.meter.demand(this.now);
		assertThat(demand.lasting()).isGreaterThan(Duration.ofSeconds(10));
		assertThat(demand.mean()).isCloseTo(8 - 3 * 3 / 43.0, within(0.01));
	}

	@Test
	void afterAPauseItBeginsAnew() {
		looks(40, 5, 30);
		looks(8, 5, 0);
		assertThat(this.meter.demand(this.now)).isEqualTo(Demand.NONE);
		looks(4, 5, 1);
		assertThat(this.meter.demand(this.now).mean()).isEqualTo(6);
		assertThat(this.meter.demand(this.now).lasting()).isLessThan(Duration.ofSeconds(2));
	}

	@Test
	void theMeanIsOfTheLastMinute() {
		looks(240, 5, 95);
		looks(241, 5, 5);
		Demand demand = this.meter.demand(this.now);
		assertThat(demand.mean()).isEqualTo(10);
		assertThat(demand.lasting()).isGreaterThan(Duration.ofSeconds(110));
		assertThat(demand.window()).isEqualTo(Duration.ofMinutes(1));
	}

	private void looks(int number, int lent, int awaited) {
		for (int i = 0; i < number; i++) {
			this.now += Duration.ofMillis(250).toNanos();
			this.meter.look(lent, awaited, this.now);
		}
	}

}
