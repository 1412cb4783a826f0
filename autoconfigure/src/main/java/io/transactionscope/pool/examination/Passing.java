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

import io.transactionscope.pool.diagnosis.BlockedByLock;
import io.transactionscope.pool.diagnosis.Burst;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.StarvedOfCpu;
import io.transactionscope.pool.diagnosis.Undersized;
import io.transactionscope.pool.diagnosis.Unknown;
import io.transactionscope.pool.snapshot.CpuUse;
import io.transactionscope.pool.snapshot.DatabaseAnswer;
import io.transactionscope.pool.snapshot.Demand;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.ServerSession;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * The connections come and go, but there are too few for all: what is their time spent
 * on?
 */
final class Passing {

	/** Less than that is a burst. */
	private static final Duration STEADY = Duration.ofSeconds(10);

	private Passing() {
	}

	static Diagnosis diagnosis(Symptoms symptoms) {
		PoolSnapshot snapshot = symptoms.snapshot();
		PoolLoad load = new PoolLoad(snapshot);
		PoolLoad.IdleTime idle = load.mostIdle();
		CpuUse cpu = symptoms.circumstances().cpuUse();
		boolean starved = cpu.isUsedUp();
		// Who waits for an answer does not wait for a CPU.
		if (idle != null && load.busyShare() < 0.5 && (!starved || Standing.isMostOf(symptoms.holders()))) {
			return idle.diagnosis(symptoms);
		}
		if (starved) {
			return new StarvedOfCpu(cpu.share(), cpu.delay(), cpu.window());
		}
		Diagnosis lock = ofLocks(symptoms);
		return (lock != null) ? lock : ofDemand(symptoms.circumstances(), snapshot, load);
	}

	/**
	 * Return what to say of a pool in which most wait for locks, or have just done so:
	 * not that it is too small.
	 */
	private static @Nullable Diagnosis ofLocks(Symptoms symptoms) {
		BlockedByLock lock = Locks.ofThoseWhoPass(symptoms);
		DatabaseAnswer answer = symptoms.circumstances().answer();
		long locked = answer.sessions().stream().filter(ServerSession::waitsForLock).count();
		if (lock != null || locked * 2 < symptoms.snapshot().total() || locked == 0) {
			return lock;
		}
		return new Unknown(List.of("the connections come and go",
				"of their sessions, %d waited for a lock when the database was asked %s ago".formatted(locked,
						Words.of(answer.time()))));
	}

	private static Diagnosis ofDemand(Circumstances circumstances, PoolSnapshot snapshot, PoolLoad load) {
		Demand demand = circumstances.demand();
		int maximum = snapshot.maximum();
		int waiting = snapshot.waiters().size();
		if (demand.mean() > maximum && demand.lasting().compareTo(STEADY) >= 0) {
			Double withoutIdle = load.isKnown() ? demand.mean() * load.busyShare() : null;
			return new Undersized(demand.mean(), withoutIdle, maximum, demand.window(), circumstances.room());
		}
		if (waiting > 0 && snapshot.active() + waiting > maximum) {
			return new Burst(waiting, maximum, demand.lasting());
		}
		return new Unknown(List.of("%s lent".formatted(Words.count(snapshot.active(), "connection")),
				"%s free".formatted(Words.count(snapshot.idle(), "connection")),
				"%d of %d are there".formatted(snapshot.total(), maximum),
				"%s waiting".formatted(Words.count(waiting, snapshot.kind().borrower())),
				"nobody has held one for most of the wait"));
	}

}
