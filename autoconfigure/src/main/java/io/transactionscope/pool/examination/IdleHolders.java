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
import java.util.Objects;
import java.util.function.Function;

import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.HeldButIdle.Part;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.TimeSpent;
import org.jspecify.annotations.Nullable;

/**
 * Connections that spend more of their time idle than for the database: whose are they,
 * and when are they idle?
 */
final class IdleHolders {

	private final @Nullable String scope;

	private final List<Holder> ofScope;

	IdleHolders(List<Holder> holders) {
		this.scope = MostFrequent.scope(holders);
		this.ofScope = holders.stream().filter((holder) -> Objects.equals(holder.lease().scope(), this.scope)).toList();
	}

	HeldButIdle diagnosis(PoolLoad load) {
		Part part = longest();
		Function<TimeSpent, Duration> idle = of(part);
		double share = sum(idle) / Math.max(1, sum(TimeSpent::known));
		return new HeldButIdle(this.scope, PartSeen.of(part, this.ofScope), share, load.gainWithout(this.scope, part),
				CallsElsewhere.of(this.ofScope));
	}

	private Part longest() {
		Part longest = Part.BEFORE_FIRST_STATEMENT;
		for (Part part : List.of(Part.BETWEEN_STATEMENTS, Part.AFTER_LAST_STATEMENT)) {
			if (sum(of(part)) > sum(of(longest))) {
				longest = part;
			}
		}
		return longest;
	}

	private double sum(Function<TimeSpent, Duration> time) {
		return this.ofScope.stream().mapToDouble((holder) -> time.apply(holder.lease().spent()).toNanos()).sum();
	}

	private static Function<TimeSpent, Duration> of(Part part) {
		return switch (part) {
			case BEFORE_FIRST_STATEMENT -> TimeSpent::beforeFirst;
			case BETWEEN_STATEMENTS, IN_OPEN_SESSION -> TimeSpent::between;
			case AFTER_LAST_STATEMENT, IN_COMPLETION_CALLBACK, IN_WEB_REQUEST -> TimeSpent::afterLast;
		};
	}

}
