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

import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import io.transactionscope.pool.figures.Slots.Slot;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who waits for connections and holds them. A thread is one, as a
 * {@link Borrower}; the ledger works with any.
 *
 * <p>
 * Not to be extended by applications.
 *
 * @since 0.1.0
 */
public abstract class Party {

	private static final AtomicReferenceFieldUpdater<Party, Slot> SLOT = AtomicReferenceFieldUpdater
		.newUpdater(Party.class, Slot.class, "slot");

	private static final AtomicIntegerFieldUpdater<Party> RETURNED_BY_OTHERS = AtomicIntegerFieldUpdater
		.newUpdater(Party.class, "returnedByOthers");

	/**
	 * Where the party last asked, and the first place to look for a free slot: it has
	 * that memory at hand. Written by the party alone, before its entry says that it
	 * waits; whoever sees it waiting sees this.
	 */
	private volatile @Nullable Slot slot;

	/** Written by the party alone; others may read a number that is a little old. */
	private int leased;

	/** Written by everybody but the party. */
	private volatile int returnedByOthers;

	/**
	 * Create a party that neither waits nor holds anything.
	 */
	protected Party() {
	}

	/**
	 * Return the name of the scope that the party works in.
	 * @return the name, or {@code null} outside of any named scope
	 */
	protected abstract @Nullable String name();

	/**
	 * Return by what the party is known outside of any scope.
	 * @param ofThread knows what the current thread is at
	 * @return the name, or {@code null} if none is known
	 */
	protected @Nullable String occasion(Borrower.Occasion ofThread) {
		return ofThread.name();
	}

	/**
	 * {@return those without whom the party does not go on, and who wait for connections,
	 * or hold them, for themselves}
	 */
	protected Iterable<? extends Party> awaited() {
		return List.of();
	}

	/**
	 * {@return whether the party asks from inside of what another one holds a connection
	 * for, which that one keeps until then}
	 * @param other the one that holds it
	 */
	protected boolean isInside(Party other) {
		return false;
	}

	/**
	 * {@return whether what the party holds is known, by now, to be kept by a
	 * transaction}
	 */
	protected boolean isKeeping() {
		return false;
	}

	/**
	 * {@return whether a transaction of the party begins, which keeps to itself what it
	 * asks for}
	 */
	protected abstract boolean isBeginning();

	/**
	 * {@return by what people tell the party from others, such as the name of a thread}
	 */
	protected abstract String description();

	/**
	 * {@return whether the party can still give back what it holds}
	 */
	protected abstract boolean isAlive();

	/**
	 * {@return whether the caller is the party}
	 */
	protected abstract boolean isCurrent();

	/**
	 * Return what the party does at this moment, the innermost frame first.
	 * @return the frames, none if it does nothing
	 */
	protected abstract List<StackTraceElement> activity();

	/**
	 * Return the thread that serves the party at this moment and others in turn, such as
	 * an event loop: as long as some code keeps that thread, the party stands still.
	 * @return the thread, or {@code null} if the party depends on none that it shares
	 */
	protected @Nullable Thread loop() {
		return null;
	}

	/**
	 * {@return a number that few others have, and that stays the same}
	 */
	protected abstract int spread();

	final @Nullable Slot slot() {
		return this.slot;
	}

	final int preferredSlot() {
		Slot slot = this.slot;
		return (slot != null) ? slot.index() : spread();
	}

	final void asksAt(Slot slot) {
		// The same one nearly always. To write a reference costs a memory barrier.
		if (this.slot != slot) {
			SLOT.lazySet(this, slot);
		}
	}

	/**
	 * {@return how many connections the party has borrowed and not returned, from all
	 * pools}
	 */
	protected int holds() {
		return this.leased - this.returnedByOthers;
	}

	final void receives() {
		this.leased++;
	}

	final void gaveBack() {
		if (isCurrent()) {
			this.leased--;
		}
		else {
			RETURNED_BY_OTHERS.incrementAndGet(this);
		}
	}

}
