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

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The rule for several failures of one scope: the first one wins, and carries all later
 * ones as {@linkplain Throwable#getSuppressed() suppressed}, in order. None is lost. A
 * failure that was thrown because of the first one, and has it as a cause at any depth,
 * is not a later one but its translation, and takes its place.
 *
 * <p>
 * Where {@link Throwable#addSuppressed} would throw, do nothing, or close a cycle, this
 * finds another way:
 * <ul>
 * <li>A failure that the first one carries already, as itself, as one of its causes or as
 * a suppressed one, is not added again.</li>
 * <li>A failure that leads back to the first one, as one that wraps it does, is added as
 * a copy of its text and stack trace that ends before it gets there.</li>
 * <li>A first failure that was built without suppression stays the first one; the later
 * ones go to the nearest of its causes that takes them, and to the log, at ERROR, if none
 * does.</li>
 * </ul>
 */
public final class Failures {

	private Failures() {
	}

	/**
	 * Return the first of two failures, carrying the later one, or its translation.
	 * @param first what failed so far, or {@code null} if nothing did
	 * @param later what failed now
	 * @return {@code later} if nothing had failed or if {@code first} is among its
	 * causes, otherwise {@code first}
	 */
	public static Throwable join(@Nullable Throwable first, Throwable later) {
		Objects.requireNonNull(later, "later must not be null");
		if (first == null || isTranslation(first, later)) {
			return later;
		}
		suppress(first, later);
		return first;
	}

	/**
	 * Return the first of several failures, carrying the later ones.
	 */
	static @Nullable Throwable join(List<Throwable> failures) {
		if (failures.isEmpty()) {
			return null;
		}
		Throwable first = failures.get(0);
		suppressAll(first, failures.subList(1, failures.size()));
		return first;
	}

	/**
	 * Return whether a failure was thrown because of another one. Takes no memory, and
	 * little stack.
	 */
	static boolean isTranslation(Throwable failure, Throwable thrown) {
		if (thrown == failure) {
			return false;
		}
		try {
			Throwable mark = thrown;
			int steps = 0;
			int limit = 2;
			for (Throwable cause = thrown.getCause(); cause != null && cause != mark; cause = cause.getCause()) {
				if (cause == failure) {
					return true;
				}
				if (++steps == limit) {
					// Sooner or later it stands in the cycle, if there is one
					mark = cause;
					limit *= 2;
					steps = 0;
				}
			}
			return false;
		}
		catch (Throwable ex) {
			// A getCause() that throws, or too little stack for it
			return false;
		}
	}

	/**
	 * Add a later failure to the first one. Never throws where there are two.
	 * @param first the failure that the caller will get
	 * @param later the failure that came after it
	 */
	public static void suppress(Throwable first, Throwable later) {
		if (first == null || later == null) {
			throw new NullPointerException("first and later must not be null");
		}
		try {
			suppress(new FirstFailure(first), first, later);
		}
		catch (VirtualMachineError ex) {
			addPlainly(first, later);
		}
	}

	/**
	 * Add later failures to the first one, in order. Never throws where there are any.
	 * @param first the failure that the caller will get
	 * @param later the failures that came after it
	 */
	public static void suppressAll(Throwable first, Iterable<? extends Throwable> later) {
		if (first == null || later == null) {
			throw new NullPointerException("first and later must not be null");
		}
		FirstFailure carrier = new FirstFailure(first);
		later.forEach((each) -> suppress(carrier, first, each));
	}

	static void suppress(FirstFailure carrier, Throwable first, Throwable later) {
		try {
			if (!carrier.add(later)) {
				// Not kept: this class needs nothing of the stack to be initialized
				LoggerFactory.getLogger(Failures.class)
					.error("{} cannot carry the failure that came after it:", first, later);
			}
		}
		catch (Throwable ex) {
			// A getCause() or an appender that throws, or too little memory or stack to
			// look
			addPlainly(first, later);
		}
	}

	static void addPlainly(Throwable first, Throwable later) {
		try {
			if (first != later) {
				first.addSuppressed(later);
			}
		}
		catch (VirtualMachineError ex) {
			// Nothing is left to keep it with. The first failure stays what it is.
		}
	}

	/**
	 * Throw a failure as it is, checked or not.
	 * @param failure what to throw
	 * @return never; lets the call stand behind {@code throw}
	 */
	public static RuntimeException rethrow(Throwable failure) {
		Failures.<RuntimeException>throwAs(failure);
		throw new AssertionError(failure);
	}

	@SuppressWarnings("unchecked")
	private static <X extends Throwable> void throwAs(Throwable failure) throws X {
		throw (X) failure;
	}

	/**
	 * A failure, and what it carries so far: it can only be asked for a copy of that,
	 * which is too much to do for each one of many.
	 */
	static final class FirstFailure {

		/**
		 * Up to so many it is asked each time, as others may add to it as well.
		 */
		private static final int FEW = 64;

		private final Throwable failure;

		private final Set<Throwable> carried = Collections.newSetFromMap(new IdentityHashMap<>(4));

		/**
		 * What takes the later ones: the failure, or one of its causes.
		 */
		private @Nullable Throwable taker;

		/**
		 * How many more to add before it is asked again.
		 */
		private int unasked;

		FirstFailure(Throwable failure) {
			this.failure = failure;
		}

		/**
		 * Add a later failure.
		 * @return whether it is carried now
		 */
		boolean add(Throwable later) {
			List<Throwable> trunk = DetachedFailure.trunk(this.failure);
			if (DetachedFailure.contains(trunk, later)) {
				return true;
			}
			Throwable attached = DetachedFailure.detach(later, trunk);
			for (Throwable candidate : trunk) {
				if (candidate != this.taker || --this.unasked < 0) {
					ask(candidate);
				}
				if (this.carried.contains(later)) {
					return true;
				}
				candidate.addSuppressed(attached);
				if (candidate == this.taker || candidate.getSuppressed().length > 0) {
					this.taker = candidate;
					this.carried.add(later);
					return true;
				}
			}
			return false;
		}

		private void ask(Throwable candidate) {
			Throwable[] suppressed = candidate.getSuppressed();
			for (Throwable each : suppressed) {
				this.carried.add(each);
				this.carried.add(DetachedFailure.origin(each));
			}
			this.unasked = (suppressed.length < FEW) ? 0 : suppressed.length;
		}

	}

}
