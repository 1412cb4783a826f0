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
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import io.transactionscope.pool.figures.Slots.Slot;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.Words;

/**
 * What a pool is used for, by scope: since the start, and over the last minute.
 *
 * <p>
 * What the slots count is collected here once it has not been used for a while, so that
 * there are not as many counters as slots times scopes. Whoever reads the figures holds
 * the lock, as does whoever collects, so that each lease counts once.
 */
public final class Statistics {

	private static final long PERIOD = 5_000_000_000L;

	private static final int PERIODS = 12;

	private final Slots slots;

	private final int maximumNames;

	private final long samplingInterval;

	/**
	 * The names that have figures of their own. Read without a lock: a name that is there
	 * stays, and whoever misses one looks again under the lock.
	 */
	private final Map<String, String> names = new ConcurrentHashMap<>();

	/** Of those who bring new names. */
	private final Lock naming = new ReentrantLock();

	/** Of all that follows. */
	private final Lock lock = new ReentrantLock();

	/** What has been collected from the slots, by the bounded name of the scope. */
	private final Map<String, ScopeTotals> collected = new HashMap<>();

	/** Those of the last minute, each with the figures at its end; the first is older. */
	private final Deque<Period> periods = new ArrayDeque<>();

	private final long started = System.nanoTime();

	public Statistics(Slots slots, int maximumNames, Duration sampling) {
		this.slots = slots;
		this.maximumNames = maximumNames;
		this.samplingInterval = sampling.toNanos();
		this.periods.add(new Period(this.started, Map.of()));
	}

	public long samplingInterval() {
		return this.samplingInterval;
	}

	/**
	 * Return the counters of a scope for whoever has the slot.
	 */
	public ScopeCounters counters(Slot slot, String scope) {
		ScopeCounters latest = slot.latest(scope);
		return (latest != null) ? latest : slot.counters(boundedName(scope), this::newCounters);
	}

	private ScopeCounters newCounters(String name) {
		// So that its first lease is timed.
		return new ScopeCounters(name, this.started - this.samplingInterval);
	}

	/**
	 * Return the one string that stands for a name in the figures.
	 */
	private String boundedName(String name) {
		String known = this.names.get(name);
		if (known != null) {
			return known;
		}
		return (this.names.size() < this.maximumNames) ? newName(name) : ScopeStatistics.OTHER;
	}

	private String newName(String name) {
		this.naming.lock();
		try {
			if (this.names.size() >= this.maximumNames) {
				return this.names.getOrDefault(name, ScopeStatistics.OTHER);
			}
			return this.names.computeIfAbsent(name, (key) -> key);
		}
		finally {
			this.naming.unlock();
		}
	}

	/**
	 * Remember the figures from time to time, so that those of the last minute can be
	 * told from the others.
	 */
	public void advance(long now) {
		this.lock.lock();
		try {
			if (now - this.periods.getLast().end() < PERIOD) {
				return;
			}
			this.periods.addLast(new Period(now, totals()));
			if (this.periods.size() > PERIODS) {
				this.periods.removeFirst();
			}
			this.slots.all().forEach((slot) -> {
				slot.counters().forEach(ScopeCounters::forgetLongest);
				slot.collect((each) -> isUnused(each, now), this::collect);
			});
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean isUnused(ScopeCounters counters, long now) {
		// Later than that, the next lease is a sample, as is the first of new counters.
		return counters.isUnusedFor(now, this.samplingInterval, PERIOD);
	}

	private void collect(ScopeCounters counters) {
		// The longest are in the period that has just ended.
		this.collected.merge(counters.scope(), counters.totals().withLongest(0, 0), ScopeTotals::plus);
	}

	public List<ScopeStatistics> scopes(long now) {
		Map<String, ScopeTotals> totals;
		List<Period> periods;
		this.lock.lock();
		try {
			totals = totals();
			periods = List.copyOf(this.periods);
		}
		finally {
			this.lock.unlock();
		}
		List<ScopeStatistics> scopes = new ArrayList<>();
		totals.forEach((scope, total) -> scopes.add(scope(scope, total, periods, now)));
		scopes.sort(ScopeStatistics.BUSIEST_FIRST);
		return scopes;
	}

	private ScopeStatistics scope(String scope, ScopeTotals total, List<Period> periods, long now) {
		long longestWait = total.longestWait();
		long longestHold = total.longestHold();
		Period oldest = periods.get(0);
		for (Period period : periods.subList(1, periods.size())) {
			ScopeTotals then = period.of(scope);
			longestWait = Math.max(longestWait, then.longestWait());
			longestHold = Math.max(longestHold, then.longestHold());
		}
		ScopeTotals recent = total.since(oldest.of(scope)).withLongest(longestWait, longestHold);
		return new ScopeStatistics(scope, recent.usage(now - oldest.end()), total.usage(now - this.started));
	}

	private Map<String, ScopeTotals> totals() {
		Map<String, ScopeTotals> totals = new HashMap<>();
		this.collected.forEach((scope, total) -> totals.merge(Words.withoutPackage(scope), total, ScopeTotals::plus));
		for (Slot slot : this.slots.all()) {
			for (ScopeCounters counters : slot.counters()) {
				totals.merge(Words.withoutPackage(counters.scope()), counters.totals(), ScopeTotals::plus);
			}
		}
		return totals;
	}

	private record Period(long end, Map<String, ScopeTotals> totals) {

		ScopeTotals of(String scope) {
			return this.totals.getOrDefault(scope, ScopeTotals.NONE);
		}

	}

}
