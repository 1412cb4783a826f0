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
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.diagnosis.CallElsewhere;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.RemoteCall;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import org.jspecify.annotations.Nullable;

/**
 * Calls elsewhere that take at least half of the time that connections are held. Of those
 * that take less nobody knows whether it matters.
 */
final class CallsElsewhere {

	private CallsElsewhere() {
	}

	/**
	 * Return what holders call at this moment, or have called with the connection that
	 * they still hold.
	 * @return the call that has taken the most time of one lease
	 */
	static @Nullable CallElsewhere of(List<Holder> holders) {
		return holders.stream()
			.map(Holder::lease)
			.map(CallsElsewhere::longest)
			.filter(Objects::nonNull)
			.max(Comparator.comparing(CallElsewhere::time))
			.orElse(null);
	}

	private static @Nullable CallElsewhere longest(Lease lease) {
		return mostOf(lease.calls(), lease.age());
	}

	/**
	 * Return what a scope has called in the last minute with a connection in hand.
	 */
	static @Nullable CallElsewhere ofLastMinute(PoolSnapshot snapshot, String scope) {
		Duration held = snapshot.scopes()
			.stream()
			.filter((statistics) -> statistics.scope().equals(scope))
			.map((statistics) -> statistics.lastMinute().held())
			.findFirst()
			.orElse(Duration.ZERO);
		return scope.equals(ScopeStatistics.OTHER) ? null
				: mostOf(snapshot.calls().getOrDefault(scope, List.of()), held);
	}

	private static @Nullable CallElsewhere mostOf(List<RemoteCall> calls, Duration held) {
		if (calls.isEmpty()) {
			return null;
		}
		RemoteCall call = calls.get(0);
		Duration time = (call.time().compareTo(held) < 0) ? call.time() : held;
		boolean most = !time.isZero() && time.multipliedBy(2).compareTo(held) >= 0;
		return most ? new CallElsewhere(call.name(), time, held, call.awaited()) : null;
	}

}
