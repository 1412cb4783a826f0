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

import io.transactionscope.pool.diagnosis.Closed;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Healthy;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.HeldByWaiters;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.diagnosis.StalledProcess;
import io.transactionscope.pool.diagnosis.Suspended;
import io.transactionscope.pool.diagnosis.SuspectedDeadlock;
import io.transactionscope.pool.diagnosis.TurnedAway;
import io.transactionscope.pool.diagnosis.Unknown;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * Finds out why a pool has no free connection.
 *
 * @param snapshot the pool
 * @param holders the leases and what their holders do, the oldest first
 * @param circumstances what else is known
 * @since 0.1.0
 */
public record Examination(PoolSnapshot snapshot, List<Holder> holders, Circumstances circumstances) {

	/** The first that has an answer is right. */
	private static final List<Function<Symptoms, @Nullable Diagnosis>> RULES = List.of(Examination::closed,
			Examination::suspended, Connecting::ofStart, Examination::deadlocked, Examination::nobodySuffers,
			Examination::stalled, Loops::diagnosis, Silence::diagnosis, Connecting::diagnosis, Losses::diagnosis,
			Locks::diagnosis, Examination::staying, Examination::latelyWaiting);

	public Examination {
		Objects.requireNonNull(snapshot, "snapshot must not be null");
		Objects.requireNonNull(holders, "holders must not be null");
		Objects.requireNonNull(circumstances, "circumstances must not be null");
		holders = List.copyOf(holders);
	}

	/**
	 * Return why the pool has no free connection.
	 */
	public Diagnosis diagnosis() {
		Symptoms symptoms = new Symptoms(this.snapshot, this.holders, this.circumstances);
		for (Function<Symptoms, @Nullable Diagnosis> rule : RULES) {
			Diagnosis diagnosis = rule.apply(symptoms);
			if (diagnosis != null) {
				return diagnosis;
			}
		}
		return Passing.diagnosis(symptoms);
	}

	private static @Nullable Diagnosis closed(Symptoms symptoms) {
		return (symptoms.snapshot().state() == PoolSnapshot.State.CLOSED) ? new Closed() : null;
	}

	private static @Nullable Diagnosis suspended(Symptoms symptoms) {
		return (symptoms.snapshot().state() == PoolSnapshot.State.SUSPENDED) ? new Suspended() : null;
	}

	private static @Nullable Diagnosis nobodySuffers(Symptoms symptoms) {
		if (Suffering.isSeenBy(symptoms)) {
			return null;
		}
		Leaks leaks = new Leaks(symptoms.holders());
		if (!leaks.isEmpty()) {
			return leaks.diagnosis();
		}
		TurnedAway turnedAway = symptoms.circumstances().turnedAway();
		return (turnedAway != null) ? turnedAway : new Healthy();
	}

	private static @Nullable Diagnosis stalled(Symptoms symptoms) {
		Duration stalled = symptoms.circumstances().stalled();
		return (symptoms.isMostOfTheWait(stalled) && !Connecting.isRefused(symptoms)) ? new StalledProcess(stalled)
				: null;
	}

	private static @Nullable Diagnosis deadlocked(Symptoms symptoms) {
		return symptoms.circumstances().deadlock();
	}

	/**
	 * Those who leave because they have waited in vain were idle because of that.
	 */
	private static @Nullable Diagnosis staying(Symptoms symptoms) {
		Diagnosis diagnosis = Staying.diagnosis(symptoms);
		boolean explained = symptoms.circumstances().leaving()
				&& (diagnosis instanceof HeldButIdle || diagnosis instanceof Unknown);
		Diagnosis waits = explained ? latelyWaiting(symptoms) : null;
		return (waits != null) ? waits : diagnosis;
	}

	/**
	 * Those whose deadlocks were broken make others wait, too, as do those who have
	 * waited in vain as they leave: others who have waited since before that.
	 */
	private static @Nullable Diagnosis latelyWaiting(Symptoms symptoms) {
		Circumstances circumstances = symptoms.circumstances();
		TurnedAway turnedAway = circumstances.turnedAway();
		if (turnedAway == null || circumstances.waited().compareTo(circumstances.sinceFinding()) < 0) {
			return null;
		}
		Diagnosis reason = turnedAway.reason();
		boolean leaving = circumstances.leaving()
				&& (reason instanceof SuspectedDeadlock || reason instanceof HeldByWaiters);
		return (leaving || reason instanceof SelfDeadlock) ? turnedAway : null;
	}

}
