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

package io.transactionscope.pool.figures;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import io.transactionscope.pool.snapshot.RemoteCall;
import io.transactionscope.pool.snapshot.ScopeStatistics;

/**
 * The calls that were made elsewhere by those who held a connection, by scope: those of
 * the last minute, and how many there were since the start.
 *
 * @since 0.1.0
 */
public final class CallTotals {

	private static final long PERIOD = Duration.ofSeconds(5).toNanos();

	private static final int PERIODS = 12;

	/** Those that come later share one. */
	private static final int MOST_SCOPES = 100;

	/** Within a scope. Those that come later share one. */
	private static final int MOST_NAMES = 20;

	/** Of all that follows. */
	private final Lock lock = new ReentrantLock();

	private final Deque<Period> periods = new ArrayDeque<>();

	/** All that have ended, as one call of each scope. */
	private final Map<String, RemoteCall> sinceStart = new HashMap<>();

	/**
	 * Add a call that has ended.
	 * @param scope the name of the scope that held a connection
	 * @param call the call
	 */
	public void add(String scope, OngoingCall call) {
		Objects.requireNonNull(scope, "scope must not be null");
		Objects.requireNonNull(call, "call must not be null");
		long now = System.nanoTime();
		this.lock.lock();
		try {
			forgetOld(now);
			if (this.periods.isEmpty() || now - this.periods.getLast().begun() >= PERIOD) {
				this.periods.addLast(new Period(now, new HashMap<>()));
			}
			RemoteCall ended = call.toCall(now);
			this.periods.getLast().add(scope, ended);
			add(this.sinceStart, ended.named(scope), MOST_SCOPES);
		}
		finally {
			this.lock.unlock();
		}
	}

	private void forgetOld(long now) {
		while (!this.periods.isEmpty() && now - this.periods.getFirst().begun() >= PERIODS * PERIOD) {
			this.periods.removeFirst();
		}
	}

	/**
	 * Return the calls of the last minute by scope, each scope's with the ones that took
	 * the most time first.
	 * @param leases those who hold connections and may be in calls
	 * @param now the end of the minute
	 */
	public Map<String, List<RemoteCall>> lastMinute(Collection<CallsOfLease> leases, long now) {
		Period minute = new Period(now, new HashMap<>());
		this.lock.lock();
		try {
			forgetOld(now);
			for (Period period : this.periods) {
				period.calls().forEach((scope, calls) -> calls.values().forEach((call) -> minute.add(scope, call)));
			}
		}
		finally {
			this.lock.unlock();
		}
		leases.forEach((lease) -> lease.ongoing().forEach((call) -> minute.add(lease.scope(), call.toCall(now))));
		Map<String, List<RemoteCall>> sorted = new TreeMap<>();
		minute.calls()
			.forEach((scope, calls) -> sorted.put(scope,
					calls.values().stream().sorted(RemoteCall.LONGEST_FIRST).toList()));
		return sorted;
	}

	/**
	 * Return all calls since the start that have ended, by scope, with its name.
	 */
	public Map<String, RemoteCall> sinceStart() {
		this.lock.lock();
		try {
			return Map.copyOf(this.sinceStart);
		}
		finally {
			this.lock.unlock();
		}
	}

	static void add(Map<String, RemoteCall> calls, RemoteCall call, int mostNames) {
		String name = (calls.size() < mostNames || calls.containsKey(call.name())) ? call.name()
				: ScopeStatistics.OTHER;
		calls.merge(name, call.named(name), RemoteCall::plus);
	}

	/**
	 * Some seconds.
	 *
	 * @param calls the calls that ended then, by scope and name
	 */
	private record Period(long begun, Map<String, Map<String, RemoteCall>> calls) {

		void add(String scope, RemoteCall call) {
			String name = (this.calls.size() < MOST_SCOPES || this.calls.containsKey(scope)) ? scope
					: ScopeStatistics.OTHER;
			CallTotals.add(this.calls.computeIfAbsent(name, (key) -> new HashMap<>()), call, MOST_NAMES);
		}

	}

}
