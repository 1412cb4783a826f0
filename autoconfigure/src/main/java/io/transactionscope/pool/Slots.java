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

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where those who wait for a connection and those who hold one can be seen. To take and
 * free a slot shares nothing between threads, as long as each finds the slot free that it
 * had before.
 */
final class Slots<E> {

	private static final int INITIAL_SIZE = 16;

	private final Lock growth = new ReentrantLock();

	/**
	 * Its length is a power of two. Replaced by a longer one under the lock; a slot stays
	 * where it is then, so that who has read the shorter one is right about what is in
	 * it.
	 */
	private volatile Slot[] slots = grown(new Slot[0], INITIAL_SIZE);

	/**
	 * Take a slot.
	 * @param entry what takes it
	 * @param preferred the index of the slot to be taken if it is free
	 */
	Slot claim(E entry, int preferred) {
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
	@SuppressWarnings("unchecked")
	List<E> entries() {
		List<E> entries = new ArrayList<>();
		for (Slot slot : this.slots) {
			E entry = (E) slot.entry();
			if (entry != null) {
				entries.add(entry);
			}
		}
		return entries;
	}

	List<Slot> all() {
		return Arrays.asList(this.slots);
	}

	private void grow(Slot[] full) {
		this.growth.lock();
		try {
			if (this.slots.length == full.length) {
				this.slots = grown(full, full.length * 2);
			}
		}
		finally {
			this.growth.unlock();
		}
	}

	private static Slot[] grown(Slot[] slots, int size) {
		Slot[] grown = Arrays.copyOf(slots, size);
		for (int i = slots.length; i < size; i++) {
			grown[i] = Slot.at(i);
		}
		return grown;
	}

}
