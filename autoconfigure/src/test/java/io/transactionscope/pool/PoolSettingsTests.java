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
		assertThat(PoolSettings.defaults()).returns(DeadlockPolicy.FAIL, PoolSettings::deadlock)
			.returns(Duration.ofSeconds(5), PoolSettings::deadlockGrace)
			.returns(Duration.ofMinutes(1), PoolSettings::leakThreshold)
			.returns(BorrowSite.UNSCOPED, PoolSettings::borrowSite)
			.returns(RemoteCallPolicy.NOTE, PoolSettings::remoteCalls)
			.returns(PoolSettings.UNLIMITED, PoolSettings::maxWaiting)
			.returns(Duration.ZERO, PoolSettings::waitTarget)
			.returns(Duration.ofSeconds(2), PoolSettings::waitInterval)
			.returns(10, PoolSettings::reports)
			.returns(100, PoolSettings::scopes)
			.returns(Duration.ofMillis(1), PoolSettings::sampling);
	}

	@Test
	void eachSettingIsChangedAlone() {
		PoolSettings settings = PoolSettings.defaults()
			.withDeadlock(DeadlockPolicy.REPORT)
			.withDeadlockGrace(Duration.ofMillis(1))
			.withLeakThreshold(Duration.ofMillis(2))
			.withBorrowSite(BorrowSite.ALWAYS)
			.withRemoteCalls(RemoteCallPolicy.WARN)
			.withMaxWaiting(3)
			.withWaitTarget(Duration.ofMillis(4))
			.withWaitInterval(Duration.ofMillis(5))
			.withReports(6)
			.withScopes(7)
			.withSampling(Duration.ofMillis(8));
		assertThat(settings).returns(DeadlockPolicy.REPORT, PoolSettings::deadlock)
			.returns(Duration.ofMillis(1), PoolSettings::deadlockGrace)
			.returns(Duration.ofMillis(2), PoolSettings::leakThreshold)
			.returns(BorrowSite.ALWAYS, PoolSettings::borrowSite)
			.returns(RemoteCallPolicy.WARN, PoolSettings::remoteCalls)
			.returns(3, PoolSettings::maxWaiting)
			.returns(Duration.ofMillis(4), PoolSettings::waitTarget)
			.returns(Duration.ofMillis(5), PoolSettings::waitInterval)
			.returns(6, PoolSettings::reports)
			.returns(7, PoolSettings::scopes)
			.returns(Duration.ofMillis(8), PoolSettings::sampling);
	}

	@Test
	void settingsAreEqualIfEachIs() {
		PoolSettings settings = PoolSettings.defaults().withReports(6);
		assertThat(settings).isEqualTo(PoolSettings.defaults().withReports(6))
			.hasSameHashCodeAs(PoolSettings.defaults().withReports(6))
			.isNotEqualTo(PoolSettings.defaults());
	}

	@Test
	void settingsAreToldByName() {
		assertThat(PoolSettings.defaults().withReports(6)).hasToString(
				"PoolSettings[deadlock=FAIL, deadlockGrace=PT5S, leakThreshold=PT1M, longLived=[], borrowSite=UNSCOPED, remoteCalls=NOTE, maxWaiting=2147483647, "
						+ "waitTarget=PT0S, waitInterval=PT2S, reports=6, scopes=100, sampling=PT0.001S, inquiry=true]");
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
