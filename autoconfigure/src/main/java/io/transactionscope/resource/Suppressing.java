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
import java.util.function.Predicate;

import io.transactionscope.resource.failure.Failures;
import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps failures of the listed types from leaving a scope. Each one is logged at WARN
 * with its stack trace, and counted.
 *
 * <pre class="code">
 * scope.enter(Resources.suppressing(SQLException.class)
 *     .when((ex) -&gt; "42P07".equals(ex.getSQLState()))
 *     .named("migration"));
 * </pre>
 *
 * <p>
 * Immutable: each method that changes something returns another one, which counts for
 * itself, from zero.
 *
 * @param <X> what all listed types have in common
 * @see Resources#suppressing(Class[])
 * @since 0.1.0
 */
public final class Suppressing<X extends Throwable> implements Resource<Suppressing<X>> {

	private static final Logger logger = LoggerFactory.getLogger(Suppressing.class);

	private static final LongAdder total = new LongAdder();

	private final List<Class<? extends X>> types;

	private final @Nullable Predicate<? super X> condition;

	private final @Nullable String name;

	private final boolean stackTrace;

	private final LongAdder count = new LongAdder();

	private Suppressing(List<Class<? extends X>> types, @Nullable Predicate<? super X> condition, @Nullable String name,
			boolean stackTrace) {
		this.types = types;
		this.condition = condition;
		this.name = name;
		this.stackTrace = stackTrace;
	}

	static <X extends Throwable> Suppressing<X> of(Class<? extends X>[] types) {
		for (Class<? extends X> type : types) {
			Objects.requireNonNull(type, "types must not contain null");
		}
		return new Suppressing<>(List.of(types), null, null, true);
	}

	/**
	 * Suppress only those failures of the listed types that a condition holds for: all
	 * conditions, where there are several. The others go on as if they were not listed.
	 * <p>
	 * A condition is asked once for each failure. If it throws, that failure is not
	 * suppressed, and is followed by what the condition threw.
	 * @param condition what has to hold; may be asked by several threads at once
	 * @return the resource with that condition
	 */
	public Suppressing<X> when(Predicate<? super X> condition) {
		Objects.requireNonNull(condition, "condition must not be null");
		Predicate<? super X> earlier = this.condition;
		Predicate<X> both = (failure) -> (earlier == null || earlier.test(failure)) && condition.test(failure);
		return new Suppressing<>(this.types, both, this.name, this.stackTrace);
	}

	/**
	 * Give it a name, for the log and for {@link SuppressionCounts}.
	 * @param name what is done where failures are suppressed, not blank. Few are to be
	 * different, as each is counted apart
	 * @return the resource with that name
	 */
	public Suppressing<X> named(String name) {
		Objects.requireNonNull(name, "name must not be null");
		if (name.isBlank()) {
			throw new IllegalArgumentException(
					"Invalid name '%s': must say what is done where failures are suppressed".formatted(name));
		}
		return new Suppressing<>(this.types, this.condition, name, this.stackTrace);
	}

	/**
	 * Log what is expected in one line at WARN, with its type and message, and without
	 * its stack trace.
	 * @return the resource that logs so
	 */
	public Suppressing<X> withoutStackTrace() {
		return new Suppressing<>(this.types, this.condition, this.name, false);
	}

	/**
	 * Suppress failures of the release of one resource alone, such as that it was closed
	 * already. Failures of its entry, of the body and of all else go on, of whatever type
	 * they are.
	 * @param <T> the type of the resource's value
	 * @param resource what is to be released
	 * @return a resource with the same value. What it suppresses is counted here
	 */
	public <T extends @Nullable Object> Resource<T> onRelease(Resource<T> resource) {
		Objects.requireNonNull(resource, "resource must not be null");
		return () -> new SuppressedHeld<>(ResourceScope.acquire(resource));
	}

	/**
	 * Return how many failures were suppressed since the application started, here and by
	 * everything else that suppresses.
	 * @return the number of failures
	 * @see SuppressionCounts what they were
	 */
	public static long total() {
		return total.sum();
	}

	/**
	 * Return how many failures were suppressed by this resource, wherever it was entered,
	 * but not by those that it was made from, or that were made from it.
	 * @return the number of failures
	 */
	public long count() {
		return this.count.sum();
	}

	@Override
	public Held<Suppressing<X>> acquire() {
		return new SuppressingHeld();
	}

	private boolean lists(Throwable failure) {
		for (Class<? extends X> type : this.types) {
			if (type.isInstance(failure)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Release something that is held on a way out of its own, which ends with it.
	 */
	private Apart releaseApart(Held<?> held, Apart apart) {
		apart.push(acquire());
		apart.push(held);
		apart.releaseAll();
		return apart;
	}

	/**
	 * Log and count a failure that nobody is going to see.
	 */
	static void suppressed(String reason, Throwable failure) {
		count(failure, null);
		log("Suppressed a failure, {}", reason, failure);
	}

	private void suppressed(Throwable failure) {
		this.count.increment();
		count(failure, this.name);
		String where = (this.name != null) ? " of '" + Printable.of(this.name) + "'" : "";
		if (this.stackTrace) {
			log("Suppressed a failure{}, as the scope was told to", where, failure);
		}
		else {
			log("Suppressed a failure{}, as the scope was told to: {}", where, new Line(failure));
		}
	}

	private static void count(Throwable failure, @Nullable String name) {
		total.increment();
		try {
			SuppressionCounts.ofProcess().add(failure, name);
		}
		catch (Throwable ex) {
			// Too little stack or memory to tell one kind from another.
		}
	}

	private static void log(String message, Object... arguments) {
		try {
			logger.warn(message, arguments);
		}
		catch (Throwable ex) {
			// An appender that fails has no say in what becomes of the scope.
		}
	}

	/**
	 * A failure in one line.
	 */
	private record Line(Throwable failure) {

		@Override
		public String toString() {
			int carried = this.failure.getSuppressed().length;
			return this.failure.toString().replaceAll("\\R", " ")
					+ ((carried > 0) ? " (carries " + carried + " more)" : "");
		}

	}

	/**
	 * What of the failures at the end of one scope is to be suppressed.
	 */
	private final class Judgement {

		private final IdentityHashMap<Throwable, Boolean> verdicts = new IdentityHashMap<>(4);

		/** What the condition threw. */
		private final List<Throwable> thrown = new ArrayList<>(0);

		boolean suppresses(Throwable failure) {
			Boolean verdict = this.verdicts.get(failure);
			if (verdict == null) {
				verdict = lists(failure) && holds(failure);
				this.verdicts.put(failure, verdict);
			}
			return verdict;
		}

		@SuppressWarnings("unchecked") // Each listed type is one
		private boolean holds(Throwable failure) {
			Predicate<? super X> condition = Suppressing.this.condition;
			if (condition == null) {
				return true;
			}
			try {
				return condition.test((X) failure);
			}
			catch (Throwable ex) {
				if (ex != failure) {
					this.thrown.add(ex);
				}
				return false;
			}
		}

		/**
		 * Return what a suppressed failure carries and is not, in order: it is a failure
		 * of its own. Causes are a part of what they caused, but not what they carry.
		 */
		List<Throwable> left(Throwable failure) {
			List<Throwable> left = new ArrayList<>(0);
			Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
			Set<Throwable> parts = Collections.newSetFromMap(new IdentityHashMap<>());
			Deque<Throwable> open = new ArrayDeque<>();
			open.push(failure);
			while (!open.isEmpty()) {
				Throwable next = open.pop();
				if (!seen.add(next)) {
					continue;
				}
				if (parts.contains(next) || suppresses(next)) {
					Throwable[] carried = next.getSuppressed();
					for (int i = carried.length - 1; i >= 0; i--) {
						open.push(Failures.origin(carried[i]));
					}
					Throwable cause = next.getCause();
					if (cause != null) {
						parts.add(cause);
						open.push(cause);
					}
				}
				else {
					left.add(next);
				}
			}
			return left;
		}

	}

	private final class SuppressingHeld extends StepwiseUnwinding.Rule<Suppressing<X>> {

		@Override
		public Suppressing<X> value() {
			return Suppressing.this;
		}

		@Override
		void unwind(Unwinding unwinding) {
			if (unwinding.hasFailures()) {
				Judgement judgement = new Judgement();
				List<Throwable> kept = unwinding.suppressFailures(judgement::suppresses, judgement::left);
				judgement.thrown.forEach(unwinding::keep);
				kept.forEach(Suppressing.this::suppressed);
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
		public boolean isThreadBound() {
			return this.held.isThreadBound();
		}

		@Override
		void unwind(Unwinding unwinding) {
			unwinding.takeOver(releaseApart(this.held, unwinding.apart()));
		}

		@Override
		public void release(Outcome outcome) {
			Throwable failure = releaseApart(this.held, new Apart(outcome)).left();
			if (failure != null) {
				throw Failures.rethrow(failure);
			}
		}

	}

}
