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
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

import io.transactionscope.pool.figures.Slots.Slot;
import io.transactionscope.pool.snapshot.LeaseRecorder;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * What a pool is used for, by scope: since the start, and over the last minute.
 *
 * <p>
 * What the slots count is collected here once it has not been used for a while, so that
 * there are not as many counters as slots times scopes. Whoever reads the figures holds
 * the lock, as does whoever collects, so that each lease counts once.
 *
 * @since 0.1.0
 */
public final class Statistics {

	private static final long PERIOD = 5_000_000_000L;

	private static final int PERIODS = 12;

	private final Slots slots;

	private final int maximumNames;

	private final Sampling sampling;

	private final AtomicLong seed;

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

	private final long started;

	public Statistics(Slots slots, int maximumNames, Duration sampling) {
		this(slots, maximumNames, sampling, System.nanoTime(), ThreadLocalRandom.current().nextLong());
	}

	Statistics(Slots slots, int maximumNames, Duration sampling, long started, long seed) {
		this.slots = slots;
		this.maximumNames = maximumNames;
		this.sampling = new Sampling(sampling);
		this.started = started;
		this.seed = new AtomicLong(seed);
		this.periods.add(new Period(started, Map.of()));
	}

	/**
	 * Have all waits and leases told from now on, each of which is timed then.
	 */
	public void record(LeaseRecorder recorder) {
		this.sampling.record(recorder);
	}

	/**
	 * Return the counters of a scope for whoever has the slot.
	 */
	public ScopeCounters counters(Slot slot, String scope, long now) {
		ScopeCounters latest = slot.latest(scope);
		return (latest != null) ? latest
				: slot.counters(boundedName(scope), (name) -> new ScopeCounters(name, newLot(now), this.sampling));
	}

	private Lot newLot(long now) {
		return new Lot(this.seed.getAndIncrement(), this.sampling, now);
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
	 * @param stays tells of what has a slot whether it waits or holds, and since when
	 */
	public void advance(long now, Function<Object, @Nullable Stay> stays) {
		this.lock.lock();
		try {
			Period latest = this.periods.getLast();
			if (now - latest.end() < PERIOD) {
				return;
			}
			this.periods.addLast(new Period(now, latest.shared(totals(stays))));
			if (this.periods.size() > PERIODS) {
				this.periods.removeFirst();
			}
			this.slots.all().forEach((slot) -> {
				slot.counters().forEach(ScopeCounters::forgetLongest);
				slot.collect((each) -> each.isUnusedFor(now, PERIOD), this::collect);
			});
			this.slots.trim();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void collect(ScopeCounters counters) {
		// The longest of late are in the period that has just ended.
		this.collected.merge(counters.scope(), counters.totals().withoutLately(), ScopeTotals::plus);
	}

	/**
	 * Return the figures of all scopes.
	 * @param stays tells of what has a slot whether it waits or holds, and since when
	 */
	public List<ScopeStatistics> scopes(long now, Function<Object, @Nullable Stay> stays) {
		Map<String, ScopeTotals> totals;
		List<Period> periods;
		this.lock.lock();
		try {
			totals = totals(stays);
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
		ScopeTotals.Longest longest = total.longestLately();
		Period oldest = periods.get(0);
		for (Period period : periods.subList(1, periods.size())) {
			longest = longest.or(period.of(scope).longestLately());
		}
		ScopeTotals recent = total.since(oldest.of(scope)).withLongest(longest);
		return new ScopeStatistics(scope, recent.usage(now - oldest.end()), total.usage(now - this.started));
	}

	private Map<String, ScopeTotals> totals(Function<Object, @Nullable Stay> stays) {
		Map<String, ScopeTotals> totals = new HashMap<>(this.collected);
		this.slots.all().forEach((slot) -> add(slot, stays, totals));
		Map<String, ScopeTotals> named = new HashMap<>();
		totals.forEach((scope, total) -> named.merge(Words.withoutPackage(scope), total, ScopeTotals::plus));
		return named;
	}

	/**
	 * Add what is counted in a slot and who is there: a lease that ends at this moment is
	 * in one of both, or in none, but not in both.
	 */
	private void add(Slot slot, Function<Object, @Nullable Stay> stays, Map<String, ScopeTotals> totals) {
		Object entry = slot.entry();
		Stay stay = (entry != null) ? stays.apply(entry) : null;
		for (ScopeCounters counters : slot.counters()) {
			totals.merge(counters.scope(), counters.totals(), ScopeTotals::plus);
		}
		if (stay != null && stays.apply(Objects.requireNonNull(entry)) != null) {
			totals.merge(stay.scope(), stay.totals(), ScopeTotals::plus);
		}
	}

	private record Period(long end, Map<String, ScopeTotals> totals) {

		ScopeTotals of(String scope) {
			return this.totals.getOrDefault(scope, ScopeTotals.NONE);
		}

		/**
		 * Let totals that are still the same be one object.
		 */
		Map<String, ScopeTotals> shared(Map<String, ScopeTotals> later) {
			later.replaceAll((scope, total) -> total.equals(of(scope)) ? of(scope) : total);
			return later;
		}

	}

}
