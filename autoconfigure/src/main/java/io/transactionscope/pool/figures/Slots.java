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

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Where those who wait for a connection and those who hold one can be seen. To take and
 * free a slot shares nothing between threads, as long as each finds the slot free that it
 * had before.
 *
 * @since 0.1.0
 */
public final class Slots {

	private static final int INITIAL_SIZE = 16;

	/** Of whoever makes more of them, or less. */
	private final Lock lock = new ReentrantLock();

	/**
	 * Those that can be taken. Their number is a power of two. Replaced under the lock; a
	 * slot stays where it is then, so that who has read other ones is right about what is
	 * in them.
	 */
	private volatile Slot[] slots = grown(new Slot[0], INITIAL_SIZE);

	/**
	 * These, and others behind them that have been taken, or hold figures. Replaced under
	 * the lock, before the others if there are to be more.
	 */
	private volatile Slot[] all = this.slots;

	/** When the database last answered where there is no slot any more. */
	private volatile long databaseAnswered = Slot.NEVER;

	/**
	 * Take a slot.
	 * @param entry what takes it
	 * @param preferred the index of the slot to be taken if it is free
	 */
	public Slot claim(Object entry, int preferred) {
		while (true) {
			Slot[] slots = this.slots;
			for (int i = 0; i < slots.length; i++) {
				Slot slot = slots[(preferred + i) & (slots.length - 1)];
				if (slot.claim(entry)) {
					return slot;
				}
			}
			grow(slots);
		}
	}

	/**
	 * Return the entries that are in the ledger at this moment, in no particular order.
	 */
	public List<Object> entries() {
		List<Object> entries = new ArrayList<>();
		for (Slot slot : this.all) {
			Object entry = slot.entry();
			if (entry != null) {
				entries.add(entry);
			}
		}
		return entries;
	}

	List<Slot> all() {
		return Arrays.asList(this.all);
	}

	/**
	 * Return how long ago the database is known to have answered to somebody who had a
	 * slot, {@code Long.MAX_VALUE} if it is not.
	 */
	public long sinceDatabaseAnswered(long now) {
		long shortest = Slot.since(this.databaseAnswered, now);
		for (Slot slot : this.all) {
			shortest = Math.min(shortest, slot.sinceDatabaseAnswered(now));
		}
		return shortest;
	}

	private void grow(Slot[] full) {
		this.lock.lock();
		try {
			if (this.slots != full) {
				return;
			}
			int size = full.length * 2;
			if (this.all.length < size) {
				this.all = grown(this.all, size);
			}
			this.slots = (this.all.length > size) ? Arrays.copyOf(this.all, size) : this.all;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Have no more slots than twice as many as are taken at this moment. Those behind
	 * them are taken no more, and go once they are empty.
	 */
	void trim() {
		this.lock.lock();
		try {
			int taken = entries().size();
			int size = this.slots.length;
			while (size > INITIAL_SIZE && taken * 4 <= size) {
				size /= 2;
			}
			if (size < this.slots.length) {
				this.slots = Arrays.copyOf(this.all, size);
			}
			while (this.all.length > this.slots.length && retire(this.all.length / 2)) {
				this.all = (this.all.length / 2 > this.slots.length) ? Arrays.copyOf(this.all, this.all.length / 2)
						: this.slots;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Take the slots from an index on for good, unless one of them is not empty.
	 */
	private boolean retire(int from) {
		Slot[] slots = this.all;
		for (int i = from; i < slots.length; i++) {
			if (!slots[i].isEmpty()) {
				return false;
			}
		}
		for (int i = from; i < slots.length; i++) {
			// Who has read a longer array may come first.
			if (!slots[i].claim(Slot.COLLECTOR) || slots[i].counters().iterator().hasNext()) {
				Arrays.asList(slots).subList(from, i + 1).forEach((slot) -> slot.free(Slot.COLLECTOR));
				return false;
			}
		}
		long now = System.nanoTime();
		for (int i = from; i < slots.length; i++) {
			if (slots[i].sinceDatabaseAnswered(now) < Slot.since(this.databaseAnswered, now)) {
				this.databaseAnswered = slots[i].databaseAnswered;
			}
		}
		return true;
	}

	private static Slot[] grown(Slot[] slots, int size) {
		Slot[] grown = Arrays.copyOf(slots, size);
		for (int i = slots.length; i < size; i++) {
			grown[i] = new SlotWithMargin(i);
		}
		return grown;
	}

	/**
	 * A place in the ledger for one entry, and for the figures of all that were there
	 * before.
	 *
	 * @since 0.1.0
	 */
	public abstract static class Slot extends Margin {

		private static final AtomicReferenceFieldUpdater<Slot, Object> ENTRY = AtomicReferenceFieldUpdater
			.newUpdater(Slot.class, Object.class, "entry");

		/** Has the slot while counters are collected, so that nobody counts. */
		private static final Object COLLECTOR = new Object();

		private static final long NEVER = 0;

		private static final int FEW = 4;

		private final int index;

		/**
		 * Whoever has the slot, which all others find free or not by this. What the owner
		 * has written here is seen by the next one, as it was written before the slot was
		 * freed.
		 */
		private volatile @Nullable Object entry;

		/**
		 * Written by whoever has the slot. Others read it while the owner goes on, and
		 * with it numbers that may be one lease behind.
		 */
		private Map<String, ScopeCounters> counters = Map.of();

		/** Of whoever has the slot, who asks for the same again nearly always. */
		private @Nullable ScopeCounters latest;

		/**
		 * Written by whoever has the slot; others may read a time that is a little old.
		 */
		private long databaseAnswered = NEVER;

		Slot(int index) {
			this.index = index;
		}

		public final int index() {
			return this.index;
		}

		/**
		 * Return the entry that has the slot, if one has.
		 */
		public final @Nullable Object entry() {
			Object entry = this.entry;
			return (entry != COLLECTOR) ? entry : null;
		}

		public final boolean claim(Object entry) {
			return this.entry == null && ENTRY.compareAndSet(this, null, entry);
		}

		/**
		 * Free the slot of an entry, unless it is another's by now.
		 */
		public final void free(Object entry) {
			ENTRY.compareAndSet(this, entry, null);
		}

		/**
		 * Return the counters of a scope if they were used last, for whoever has the
		 * slot.
		 */
		final @Nullable ScopeCounters latest(String scope) {
			ScopeCounters latest = this.latest;
			// The name of a scope is one string nearly always.
			return (latest != null && isSame(latest.scope(), scope)) ? latest : null;
		}

		final ScopeCounters counters(String scope, Function<String, ScopeCounters> creation) {
			if (this.counters.isEmpty()) {
				this.counters = new ConcurrentHashMap<>(FEW);
			}
			ScopeCounters counters = this.counters.computeIfAbsent(scope, creation);
			this.latest = counters;
			return counters;
		}

		@SuppressWarnings("ReferenceEquality")
		private static boolean isSame(String known, String asked) {
			return known == asked;
		}

		final Iterable<ScopeCounters> counters() {
			return this.counters.values();
		}

		private boolean isEmpty() {
			return this.entry == null && this.counters.isEmpty();
		}

		/**
		 * Take out counters of which there is no more use here, unless somebody has the
		 * slot.
		 * @param useless tells which
		 * @param collector gets each of them, after the last that was counted
		 */
		final void collect(Predicate<ScopeCounters> useless, Consumer<ScopeCounters> collector) {
			if (this.counters.values().stream().noneMatch(useless) || !claim(COLLECTOR)) {
				return;
			}
			try {
				Map<String, ScopeCounters> kept = new ConcurrentHashMap<>(FEW);
				List<ScopeCounters> collected = new ArrayList<>();
				this.counters.forEach((scope, each) -> {
					if (useless.test(each)) {
						collected.add(each);
					}
					else {
						kept.put(scope, each);
					}
				});
				this.counters = kept.isEmpty() ? Map.of() : kept;
				this.latest = null;
				collected.forEach(collector);
			}
			finally {
				free(COLLECTOR);
			}
		}

		public final void databaseAnswered(long time) {
			this.databaseAnswered = time;
		}

		/**
		 * Return how long ago the database is known to have answered,
		 * {@code Long.MAX_VALUE} if it is not.
		 */
		public final long sinceDatabaseAnswered(long now) {
			return since(this.databaseAnswered, now);
		}

		private static long since(long answered, long now) {
			return (answered != NEVER) ? now - answered : Long.MAX_VALUE;
		}

	}

	/**
	 * Keeps what is written in a slot out of the cache lines of whatever comes before it.
	 */
	abstract static class Margin {

		@SuppressWarnings("unused")
		private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13;

	}

	/**
	 * Keeps what is written in a slot out of the cache lines of whatever comes after it
	 * in memory.
	 */
	private static final class SlotWithMargin extends Slot {

		@SuppressWarnings("unused")
		private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13;

		SlotWithMargin(int index) {
			super(index);
		}

	}

}
