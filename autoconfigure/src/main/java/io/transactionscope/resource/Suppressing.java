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

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps failures of the listed types from leaving a scope. Each one is logged at WARN
 * with its stack trace, and counted.
 *
 * @see Resources#suppressing(Class[])
 */
public final class Suppressing implements Resource<Suppressing> {

	private static final Logger logger = LoggerFactory.getLogger(Suppressing.class);

	private static final LongAdder total = new LongAdder();

	private final List<Class<? extends Throwable>> types;

	private final LongAdder count = new LongAdder();

	Suppressing(Class<? extends Throwable>[] types) {
		for (Class<? extends Throwable> type : types) {
			Objects.requireNonNull(type, "types must not contain null");
		}
		this.types = List.of(types);
	}

	/**
	 * Return how many failures were suppressed since the application started, here and by
	 * everything else that suppresses.
	 * @return the number of failures
	 */
	public static long total() {
		return total.sum();
	}

	/**
	 * Return how many failures were suppressed by this resource, wherever it was entered.
	 * @return the number of failures
	 */
	public long count() {
		return this.count.sum();
	}

	@Override
	public Held<Suppressing> acquire() {
		return new SuppressingHeld();
	}

	private boolean lists(Throwable failure) {
		for (Class<? extends Throwable> type : this.types) {
			if (type.isInstance(failure)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Return what a listed failure carries and is not listed, in order: it is a failure
	 * of its own. Causes are a part of what they caused, but not what they carry.
	 */
	private List<Throwable> unlisted(Throwable failure) {
		List<Throwable> unlisted = new ArrayList<>(0);
		Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
		Set<Throwable> parts = Collections.newSetFromMap(new IdentityHashMap<>());
		Deque<Throwable> left = new ArrayDeque<>();
		left.push(failure);
		while (!left.isEmpty()) {
			Throwable next = left.pop();
			if (!seen.add(next)) {
				continue;
			}
			if (lists(next) || parts.contains(next)) {
				Throwable[] carried = next.getSuppressed();
				for (int i = carried.length - 1; i >= 0; i--) {
					left.push(DetachedFailure.origin(carried[i]));
				}
				Throwable cause = next.getCause();
				if (cause != null) {
					parts.add(cause);
					left.push(cause);
				}
			}
			else {
				unlisted.add(next);
			}
		}
		return unlisted;
	}

	/**
	 * Return what is held, with a release that keeps listed failures.
	 */
	<T extends @Nullable Object> Held<T> around(Held<T> held) {
		return new SuppressedHeld<>(held);
	}

	/**
	 * Release something that is held on a way out of its own, which ends with it.
	 * @param fact whether no failure can change the outcome
	 */
	private Unwinding releaseApart(Held<?> held, Outcome outcome, boolean fact) {
		Unwinding apart = new Unwinding(outcome, fact ? new ArrayList<>(0) : null);
		apart.push(acquire());
		apart.push(held);
		apart.releaseAll();
		return apart;
	}

	/**
	 * Log and count a failure that nobody is going to see.
	 */
	static void suppressed(String reason, Throwable failure) {
		total.increment();
		try {
			logger.warn("Suppressed a failure, {}", reason, failure);
		}
		catch (Throwable ex) {
			// An appender that fails has no say in what becomes of the scope.
		}
	}

	private final class SuppressingHeld extends Unwinding.Part<Suppressing> {

		@Override
		public Suppressing value() {
			return Suppressing.this;
		}

		@Override
		void unwind(Unwinding unwinding) {
			for (Throwable failure : unwinding.suppressFailures(Suppressing.this::lists, Suppressing.this::unlisted)) {
				Suppressing.this.count.increment();
				suppressed("as the scope was told to", failure);
			}
		}

		/**
		 * Called by others than a scope, who go on with the failure that they have.
		 */
		@Override
		public void release(Outcome outcome) {
		}

	}

	private final class SuppressedHeld<T extends @Nullable Object> extends Unwinding.Part<T> {

		private final Held<T> held;

		SuppressedHeld(Held<T> held) {
			this.held = held;
		}

		@Override
		public T value() {
			return this.held.value();
		}

		@Override
		void unwind(Unwinding unwinding) {
			Outcome outcome = unwinding.outcome();
			unwinding.takeOver(releaseApart(this.held, outcome, unwinding.isSettled()));
		}

		@Override
		public void release(Outcome outcome) {
			Throwable failure = releaseApart(this.held, outcome, !outcome.isSuccess()).left();
			if (failure != null) {
				throw Failures.rethrow(failure);
			}
		}

	}

}
