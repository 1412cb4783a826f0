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

package io.transactionscope.resource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.Objects;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A way out that belongs to one thread at a time.
 */
class OwnedUnwinding extends Unwinding {

	/** Of more than that at once, most are left over. */
	private static final int EXPECTED = 1_000;

	/** The one thread that may use this; {@code null} until the first one takes it. */
	private @Nullable Thread owner;

	/** What leaves the work in doubt. */
	private @Nullable Predicate<? super Throwable> doubt;

	/** How many entries there are before one too many, that one included. */
	private int room = EXPECTED + 1;

	OwnedUnwinding(@Nullable Thread owner, boolean completed) {
		super(completed);
		this.owner = owner;
	}

	final void checkThread() {
		Thread current = Thread.currentThread();
		if (this.owner != current && !take(current)) {
			throw new IllegalStateException("This ResourceScope belongs to " + this.owner + " and was used from "
					+ current + ": use it where it was opened, or hand over what detach() returns");
		}
	}

	@Override
	final void moveInto(Unwinding outer) {
		checkThread();
		super.moveInto(outer);
	}

	/**
	 * Leave all that was entered so far to another one, which no thread has taken yet,
	 * with the scopes in this one, and those in them.
	 */
	final void leaveTo(OwnedUnwinding other) {
		List<OwnedUnwinding> scopes = new ArrayList<>(List.of(this));
		for (int i = 0; i < scopes.size(); i++) {
			for (Entry each : scopes.get(i).entries()) {
				if (each.entered instanceof OwnedUnwinding inner && inner.release(Thread.currentThread())) {
					scopes.add(inner);
				}
			}
		}
		synchronized (other) {
			// For the thread that takes it
			moveTo(other);
			other.room = this.room;
		}
		this.room = EXPECTED + 1;
	}

	/** How many entries there are, those of scopes in it included. */
	final int count() {
		int count = 0;
		// Each once: two may have been entered in each other
		Set<Unwinding> counted = Collections.newSetFromMap(new IdentityHashMap<>());
		counted.add(this);
		List<Unwinding> scopes = new ArrayList<>(counted);
		for (int i = 0; i < scopes.size(); i++) {
			for (Entry each : scopes.get(i).entries()) {
				if (each.kind != Entry.Kind.END) {
					count++;
				}
				if (each.kind == Entry.Kind.INNER && counted.add((Unwinding) each.entered)) {
					scopes.add((Unwinding) each.entered);
				}
			}
		}
		return count;
	}

	final void makeRoom(int entries) {
		long left = entries - (long) count() + 1;
		this.room = (int) Math.max(1, Math.min(left, Integer.MAX_VALUE));
	}

	/** Say it, once, if that was one too many. */
	final void counted(Object entered) {
		if (--this.room == 0) {
			warn(entered);
		}
	}

	private void warn(Object entered) {
		try {
			// Not kept: this class needs nothing of the stack to be initialized
			LoggerFactory.getLogger("io.transactionscope.resource.ResourceScope")
				.warn("A ResourceScope holds {} entries until its end, the last of them {}. If a loop has entered them, "
						+ "let each of its rounds have a ResourceScope of its own; otherwise, expect(...) more.",
						count(), entered.getClass().getName(), new IllegalStateException("Entered here"));
		}
		catch (Throwable ex) {
			// An appender that fails has no say in what becomes of the scope.
		}
	}

	private synchronized boolean release(Thread current) {
		boolean owned = this.owner == current;
		if (owned) {
			this.owner = null;
		}
		return owned;
	}

	private synchronized boolean take(Thread current) {
		if (this.owner == null) {
			this.owner = current;
		}
		return this.owner == current;
	}

	/**
	 * Have some failures be shown as an {@linkplain Outcome#unknown(Throwable) unknown}
	 * outcome. This is for those who build scopes of their own on this one, around work
	 * that may be left in doubt.
	 * @param doubt whether a failure leaves the body's work in doubt; one that throws has
	 * said no
	 * @throws IllegalStateException if this has ended, is being closed, or belongs to
	 * another thread
	 */
	public final void unknownWhen(Predicate<? super Throwable> doubt) {
		checkThread();
		Objects.requireNonNull(doubt, "doubt must not be null");
		if (hasBegun()) {
			throw new IllegalStateException(
					"This ResourceScope is being closed already: call unknownWhen(...) before, in its block");
		}
		this.doubt = doubt;
	}

	@Override
	final Outcome outcome(Throwable failure) {
		return isInDoubt(failure) ? Outcome.unknown(failure) : super.outcome(failure);
	}

	private boolean isInDoubt(Throwable failure) {
		try {
			return this.doubt != null && this.doubt.test(failure);
		}
		catch (Throwable ex) {
			// Whatever it is, everything has to be released
			return false;
		}
	}

}
