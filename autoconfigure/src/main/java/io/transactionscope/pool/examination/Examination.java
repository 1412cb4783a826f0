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

import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.diagnosis.Closed;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Healthy;
import io.transactionscope.pool.diagnosis.StalledProcess;
import io.transactionscope.pool.diagnosis.Suspended;
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
	private static final List<Function<Examination, @Nullable Diagnosis>> RULES = List.of(Examination::closed,
			Examination::suspended, Examination::deadlocked, Examination::nobodySuffers, Examination::stalled,
			Examination::cannotConnect, Staying::diagnosis);

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
		for (Function<Examination, @Nullable Diagnosis> rule : RULES) {
			Diagnosis diagnosis = rule.apply(this);
			if (diagnosis != null) {
				return diagnosis;
			}
		}
		return Passing.diagnosis(this);
	}

	boolean isMostOfTheWait(Duration duration) {
		return !duration.isZero() && duration.compareTo(this.circumstances.waited().dividedBy(2)) >= 0;
	}

	private @Nullable Diagnosis closed() {
		return (this.snapshot.state() == PoolSnapshot.State.CLOSED) ? new Closed() : null;
	}

	private @Nullable Diagnosis suspended() {
		return (this.snapshot.state() == PoolSnapshot.State.SUSPENDED) ? new Suspended() : null;
	}

	private @Nullable Diagnosis nobodySuffers() {
		if (Suffering.isSeenBy(this)) {
			return null;
		}
		Leaks leaks = new Leaks(this.holders);
		return leaks.isEmpty() ? new Healthy() : leaks.diagnosis();
	}

	private @Nullable Diagnosis stalled() {
		Duration stalled = this.circumstances.stalled();
		return isMostOfTheWait(stalled) ? new StalledProcess(stalled) : null;
	}

	private @Nullable Diagnosis deadlocked() {
		return this.circumstances.deadlock();
	}

	private @Nullable Diagnosis cannotConnect() {
		int total = this.snapshot.total();
		String failure = this.circumstances.connectFailure();
		boolean fails = total < this.snapshot.maximum()
				&& (total == 0 || failure != null || isMostOfTheWait(this.circumstances.shortFor()));
		return fails ? new CannotConnect(total, this.snapshot.maximum(), failure) : null;
	}

}
