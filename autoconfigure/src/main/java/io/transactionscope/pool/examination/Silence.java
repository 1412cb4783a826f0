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

import io.transactionscope.pool.diagnosis.DatabaseSilent;
import io.transactionscope.pool.snapshot.DatabaseAnswer;
import io.transactionscope.pool.snapshot.DatabaseAnswer.Outcome;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * The database answers neither those who hold connections nor a new one, or the pool's
 * own tests of those that are free. Statements that take long look the same, but for the
 * new connection and the tests, which take no time.
 */
final class Silence {

	/** A new connection may take that long on a good day. */
	private static final Duration SHORTEST = Duration.ofMillis(400);

	private Silence() {
	}

	static @Nullable DatabaseSilent diagnosis(Symptoms symptoms) {
		PoolSnapshot snapshot = symptoms.snapshot();
		Duration since = snapshot.sinceDatabaseAnswered();
		DatabaseAnswer answer = symptoms.circumstances().answer();
		boolean silent = answer.outcome() == Outcome.SILENT && answer.time().compareTo(SHORTEST) >= 0;
		int tested = isLong(symptoms.circumstances().waited(), symptoms) ? symptoms.circumstances().tested() : 0;
		boolean seen = silent || (tested > 0 && answer.outcome() == Outcome.NOT_ASKED);
		// Who keeps connections without asking the database is another matter.
		long idle = symptoms.holders()
			.stream()
			.filter((holder) -> holder.isIdle() && symptoms.isMostOfTheWait(holder.lease().age()))
			.count();
		return (seen && (since == null || isLong(since, symptoms)) && snapshot.total() > 0
				&& idle * 2 < snapshot.total()) ? new DatabaseSilent(since, silent ? answer.time() : null, tested)
						: null;
	}

	/**
	 * Return for how long the database is not known to have answered anybody.
	 * @return {@code null} if it has during the wait, or has answered just now
	 */
	static @Nullable Duration unanswered(Symptoms symptoms) {
		Duration since = symptoms.snapshot().sinceDatabaseAnswered();
		boolean answered = symptoms.circumstances().answer().isAnswered();
		return (!answered && since != null && isLong(since, symptoms)) ? since : null;
	}

	private static boolean isLong(Duration since, Symptoms symptoms) {
		return symptoms.isMostOfTheWait(since) && since.compareTo(SHORTEST) >= 0;
	}

}
