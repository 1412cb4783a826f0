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

package io.transactionscope.pool;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import org.jspecify.annotations.Nullable;

/**
 * A place in the ledger for one entry, and for the figures of all that were there before.
 */
final class Slot extends SlotState {

	@SuppressWarnings("unused")
	private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13;

	Slot(int index) {
		super(index);
	}

}

abstract class SlotState extends SlotMargin {

	private static final AtomicReferenceFieldUpdater<SlotState, LedgerEntry> ENTRY = AtomicReferenceFieldUpdater
		.newUpdater(SlotState.class, LedgerEntry.class, "entry");

	private static final long NEVER = 0;

	private final int index;

	private final Map<String, ScopeCounters> counters = new ConcurrentHashMap<>();

	private volatile @Nullable LedgerEntry entry;

	private @Nullable ScopeCounters latest;

	private long databaseAnswered = NEVER;

	SlotState(int index) {
		this.index = index;
	}

	final int index() {
		return this.index;
	}

	final @Nullable LedgerEntry entry() {
		return this.entry;
	}

	final boolean claim(LedgerEntry entry) {
		return this.entry == null && ENTRY.compareAndSet(this, null, entry);
	}

	/**
	 * Free the slot of an entry, unless it is another's by now.
	 */
	final void free(LedgerEntry entry) {
		ENTRY.compareAndSet(this, entry, null);
	}

	/**
	 * Return the counters of a scope, for whoever has the slot.
	 */
	final ScopeCounters counters(String scope, Statistics statistics) {
		ScopeCounters counters = this.latest;
		// The name of a scope is one string nearly always.
		if (counters == null || !isSame(counters.scope(), scope)) {
			counters = this.counters.computeIfAbsent(statistics.boundedName(scope), statistics::newCounters);
			this.latest = counters;
		}
		return counters;
	}

	@SuppressWarnings("ReferenceEquality")
	private static boolean isSame(String known, String asked) {
		return known == asked;
	}

	final Iterable<ScopeCounters> counters() {
		return this.counters.values();
	}

	final void databaseAnswered(long time) {
		this.databaseAnswered = time;
	}

	/**
	 * Return how long ago the database is known to have answered, {@code Long.MAX_VALUE}
	 * if it is not.
	 */
	final long sinceDatabaseAnswered(long now) {
		return (this.databaseAnswered != NEVER) ? now - this.databaseAnswered : Long.MAX_VALUE;
	}

}

/**
 * Keeps what is written in one slot out of the cache lines of whatever else is in memory
 * before it, as the fields of {@link Slot} do with what comes after it.
 */
abstract class SlotMargin {

	@SuppressWarnings("unused")
	private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13;

}
