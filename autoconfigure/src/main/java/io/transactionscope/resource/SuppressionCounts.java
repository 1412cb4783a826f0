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

import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * What was suppressed in this process, and how often: by the type of the failure and the
 * name of what suppressed it. Thread-safe.
 *
 * <p>
 * At most 256 kinds are told apart. All that is beyond them is counted as one, whose type
 * and name are {@code other}.
 *
 * @see Suppressing
 * @since 0.1.0
 */
public final class SuppressionCounts {

	private static final String OTHER = "other";

	private static final SuppressionCounts PROCESS = new SuppressionCounts(256);

	private final int most;

	private final Map<Kind, Count> counts = new ConcurrentHashMap<>();

	private final Collection<Consumer<? super Count>> observers = new CopyOnWriteArrayList<>();

	SuppressionCounts(int most) {
		this.most = most;
	}

	/**
	 * Return the counts of this process.
	 * @return all that has been suppressed in it
	 */
	public static SuppressionCounts ofProcess() {
		return PROCESS;
	}

	/**
	 * Have an observer given each count: those that there are, before this returns, and
	 * those of further kinds when their first failure is suppressed, on that thread. It
	 * may be given one twice. What it throws then is logged and goes no further.
	 * @param observer what is given the counts; may be called by several threads at once
	 * @return what ends that, to be run when the observer is no longer used
	 */
	public Runnable observe(Consumer<? super Count> observer) {
		Objects.requireNonNull(observer, "observer must not be null");
		Consumer<Count> own = observer::accept;
		this.observers.add(own);
		try {
			this.counts.values().forEach(own);
		}
		catch (Throwable ex) {
			this.observers.remove(own);
			throw ex;
		}
		return () -> this.observers.remove(own);
	}

	void add(Throwable failure, @Nullable String name) {
		Kind kind = new Kind(nameOf(failure.getClass()), (name != null) ? name : "none");
		Count count = this.counts.get(kind);
		if (count == null) {
			count(kind);
		}
		else {
			count.number.increment();
		}
	}

	private void count(Kind kind) {
		Count count = new Count(kind);
		Count earlier;
		synchronized (this) {
			if (this.counts.size() >= this.most && !this.counts.containsKey(kind)) {
				count = new Count(new Kind(OTHER, OTHER));
			}
			earlier = this.counts.putIfAbsent(count.kind, count);
		}
		// Before the observers, whatever they do
		((earlier != null) ? earlier : count).number.increment();
		if (earlier != null) {
			return;
		}
		for (Consumer<? super Count> observer : this.observers) {
			tell(observer, count);
		}
	}

	private static void tell(Consumer<? super Count> observer, Count count) {
		try {
			observer.accept(count);
		}
		catch (Throwable ex) {
			log(ex);
		}
	}

	private static void log(Throwable failure) {
		try {
			LoggerFactory.getLogger(SuppressionCounts.class)
				.warn("An observer of suppressed failures has failed", failure);
		}
		catch (Throwable ex) {
			// An appender that fails keeps no other observer from being told.
		}
	}

	private static String nameOf(Class<?> type) {
		String name = type.getSimpleName();
		return name.isEmpty() ? type.getName() : name;
	}

	/**
	 * How many failures of one kind were suppressed.
	 *
	 * @since 0.1.0
	 */
	public static final class Count {

		private final Kind kind;

		private final LongAdder number = new LongAdder();

		private Count(Kind kind) {
			this.kind = kind;
		}

		/**
		 * Return the type of the failures.
		 * @return its simple name
		 */
		public String exception() {
			return this.kind.exception;
		}

		/**
		 * Return the name of what suppressed them.
		 * @return the name, {@code none} where none was given
		 */
		public String name() {
			return this.kind.name;
		}

		/**
		 * Return how many there were so far.
		 * @return the number of failures
		 */
		public long number() {
			return this.number.sum();
		}

		@Override
		public String toString() {
			return number() + " x " + exception() + " (" + name() + ")";
		}

	}

	/** Texts only, as a type would keep its class loader. */
	private record Kind(String exception, String name) {
	}

}
