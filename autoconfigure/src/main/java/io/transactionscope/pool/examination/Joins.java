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

import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.diagnosis.SuspectedDeadlock;
import io.transactionscope.pool.snapshot.Frames;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Phase;
import org.jspecify.annotations.Nullable;

/**
 * Connections whose holders wait for what other threads do.
 */
final class Joins {

	private Joins() {
	}

	/**
	 * Return whether a holder does so with a transaction under way, and no statement.
	 */
	static boolean isSeenIn(Holder holder) {
		Phase phase = holder.lease().phase();
		return (phase == Phase.BEFORE_FIRST_STATEMENT || phase == Phase.BETWEEN_STATEMENTS)
				&& !holder.lease().handedOver() && call(holder) != null;
	}

	static SuspectedDeadlock diagnosis(List<Holder> joining, int tasks) {
		return new SuspectedDeadlock(MostFrequent.scopeOfMost(joining), joining.size(), tasks,
				Objects.requireNonNull(MostFrequent.of(joining, Joins::call)));
	}

	private static @Nullable String call(Holder holder) {
		StackTraceElement call = Frames.join(holder.stack());
		if (call == null) {
			return null;
		}
		String type = call.getClassName();
		return type.substring(type.lastIndexOf('.') + 1) + "." + call.getMethodName();
	}

}
