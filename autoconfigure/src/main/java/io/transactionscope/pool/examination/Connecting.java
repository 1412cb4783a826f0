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
import java.util.EnumSet;
import java.util.Set;

import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Growing;
import io.transactionscope.pool.snapshot.ConnectFailure;
import io.transactionscope.pool.snapshot.ConnectFailure.Kind;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.PoolSnapshot.State;
import org.jspecify.annotations.Nullable;

/**
 * A pool with fewer connections than it may have: does it get more?
 */
final class Connecting {

	/**
	 * To open a connection takes a while, on a busy machine more, which is no failure.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(3);

	/** What a process may bring about itself that stands still while it connects. */
	private static final Set<Kind> OF_STANDSTILL = EnumSet.of(Kind.NO_ANSWER, Kind.HUNG_UP, Kind.OTHER);

	private Connecting() {
	}

	/**
	 * Return why a pool could not be started, whoever waits.
	 */
	static @Nullable Diagnosis ofStart(Symptoms symptoms) {
		ConnectFailure failure = symptoms.circumstances().connectFailure();
		return (symptoms.snapshot().state() == State.NOT_STARTED && failure != null)
				? new CannotConnect(0, symptoms.snapshot().maximum(), failure) : null;
	}

	/**
	 * Return whether the pool is told that it gets no more connections, however quick it
	 * is to ask.
	 */
	static boolean isRefused(Symptoms symptoms) {
		ConnectFailure failure = symptoms.circumstances().connectFailure();
		return failure != null && !OF_STANDSTILL.contains(failure.kind())
				&& symptoms.snapshot().total() < symptoms.snapshot().maximum();
	}

	static @Nullable Diagnosis diagnosis(Symptoms symptoms) {
		PoolSnapshot snapshot = symptoms.snapshot();
		Circumstances circumstances = symptoms.circumstances();
		int total = snapshot.total();
		if (total >= snapshot.maximum()) {
			return null;
		}
		ConnectFailure failure = circumstances.connectFailure();
		if (failure != null) {
			Leaks leaks = new Leaks(symptoms.holders());
			// A server with more room would soon have none, either.
			boolean leaked = failure.kind() == Kind.TOO_MANY_CONNECTIONS && leaks.count() * 2 > snapshot.maximum();
			return leaked ? leaks.diagnosis() : new CannotConnect(total, snapshot.maximum(), failure);
		}
		if (total > 0 && !symptoms.isMostOfTheWait(circumstances.shortFor())) {
			return null;
		}
		Duration growth = circumstances.sinceGrowth();
		Duration since = (growth != null) ? growth : circumstances.waited();
		boolean grows = since.compareTo(PATIENCE) < 0 || (growth != null && !symptoms.isMostOfTheWait(growth));
		return grows ? new Growing(total, snapshot.maximum(), since)
				: new CannotConnect(total, snapshot.maximum(), null);
	}

}
