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

import io.transactionscope.pool.PoolSettings.BorrowSite;
import io.transactionscope.pool.PoolSettings.DeadlockPolicy;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link PoolSettings}.
 */
class PoolSettingsTests {

	@Test
	void defaultsFailDeadlocksAndLimitNothing() {
		assertThat(PoolSettings.defaults()).isEqualTo(
				new PoolSettings(DeadlockPolicy.FAIL, Duration.ofMillis(200), Duration.ofMinutes(1), BorrowSite.NEVER,
						PoolSettings.UNLIMITED, Duration.ZERO, Duration.ofSeconds(2), 10, 100, Duration.ofMillis(100)));
	}

	@Test
	void eachSettingIsChangedAlone() {
		PoolSettings settings = PoolSettings.defaults()
			.withDeadlock(DeadlockPolicy.REPORT)
			.withDeadlockGrace(Duration.ofMillis(1))
			.withLeakThreshold(Duration.ofMillis(2))
			.withBorrowSite(BorrowSite.ALWAYS)
			.withMaxWaiting(3)
			.withWaitTarget(Duration.ofMillis(4))
			.withWaitInterval(Duration.ofMillis(5))
			.withReports(6)
			.withScopes(7)
			.withSampling(Duration.ofMillis(8));
		assertThat(settings)
			.isEqualTo(new PoolSettings(DeadlockPolicy.REPORT, Duration.ofMillis(1), Duration.ofMillis(2),
					BorrowSite.ALWAYS, 3, Duration.ofMillis(4), Duration.ofMillis(5), 6, 7, Duration.ofMillis(8)));
	}

	@Test
	void negativeDurationIsRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> PoolSettings.defaults().withLeakThreshold(Duration.ofSeconds(-1)))
			.withMessage("Invalid leakThreshold (PT-1S): must be positive or zero.");
	}

	@Test
	void emptyIntervalIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> PoolSettings.defaults().withWaitInterval(Duration.ZERO))
			.withMessage("Invalid waitInterval (PT0S): must be positive.");
	}

	@Test
	void noneWaitingIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> PoolSettings.defaults().withMaxWaiting(0))
			.withMessage("Invalid maxWaiting (0): must be at least 1.");
	}

}
