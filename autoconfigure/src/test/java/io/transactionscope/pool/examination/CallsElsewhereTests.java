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
import java.util.Map;

import io.transactionscope.pool.diagnosis.CallElsewhere;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.RemoteCall;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.Usage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link CallsElsewhere} of scopes whose connections come and go.
 */
class CallsElsewhereTests {

	private static final Duration HELD = Duration.ofSeconds(10);

	@Test
	void callThatTakesHalfOfTheTimeHeldIsNamed() {
		assertThat(CallsElsewhere.ofLastMinute(snapshot(call(Duration.ofSeconds(5), true)), "charge"))
			.isEqualTo(new CallElsewhere("POST bank", Duration.ofSeconds(5), HELD, true));
	}

	@Test
	void callThatTakesLessIsNot() {
		assertThat(CallsElsewhere.ofLastMinute(snapshot(call(Duration.ofSeconds(4), true)), "charge")).isNull();
	}

	@Test
	void callsThatMayOverlapTakeNoLongerThanTheLongest() {
		assertThat(CallsElsewhere.ofLastMinute(snapshot(call(Duration.ofSeconds(8), false)), "charge")).isNull();
	}

	@Test
	void callTakesNoLongerThanConnectionsAreHeld() {
		assertThat(CallsElsewhere.ofLastMinute(snapshot(call(Duration.ofSeconds(11), true)), "charge"))
			.isEqualTo(new CallElsewhere("POST bank", HELD, HELD, true));
	}

	@Test
	void callOfAnotherScopeIsNoneOfThisOne() {
		assertThat(CallsElsewhere.ofLastMinute(snapshot(call(HELD, true)), "export")).isNull();
	}

	private static RemoteCall call(Duration total, boolean awaited) {
		return new RemoteCall("POST bank", 4, total, total.dividedBy(2), awaited, false);
	}

	private static PoolSnapshot snapshot(RemoteCall call) {
		Usage usage = Usage.builder().elapsed(HELD).held(HELD).build();
		return PoolSnapshot.builder()
			.scopes(List.of(new ScopeStatistics("charge", usage, usage), new ScopeStatistics("export", usage, usage)))
			.calls(Map.of("charge", List.of(call)))
			.build();
	}

}
