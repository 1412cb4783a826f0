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

package io.transactionscope.resource.failure;

import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

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
 *
 * @since 0.1.0
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
	 * @param failures all of them, in order
	 * @return the first one, {@code null} if there is none
	 */
	public static @Nullable Throwable join(List<Throwable> failures) {
		Objects.requireNonNull(failures, "failures must not be null");
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
	 * @param failure the other one
	 * @param thrown the failure
	 * @return whether {@code failure} is among its causes, at any depth; {@code false}
	 * where they cannot be asked
	 */
	public static boolean isTranslation(Throwable failure, Throwable thrown) {
		if (failure == null || thrown == null) {
			throw new NullPointerException("failure and thrown must not be null");
		}
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
			new FirstFailure(first).add(later);
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
		later.forEach(carrier::add);
	}

	/**
	 * Return whether a failure leads to another one, by what it carries and by causes.
	 * @param failure where to begin
	 * @param other where to get to
	 * @return whether it does, or is the same
	 */
	public static boolean leadsTo(Throwable failure, Throwable other) {
		Objects.requireNonNull(failure, "failure must not be null");
		Objects.requireNonNull(other, "other must not be null");
		return failure == other || DetachedFailure.detach(failure, List.of(other)) != failure;
	}

	/**
	 * Return the failure that a carried one stands for.
	 * @param carried what a failure carries as suppressed
	 * @return the original of a copy, otherwise the same
	 */
	public static Throwable origin(Throwable carried) {
		Objects.requireNonNull(carried, "carried must not be null");
		return DetachedFailure.origin(carried);
	}

	/**
	 * Add a later failure to the first one where there may be too little stack or memory
	 * to look at either. Never throws where there are two.
	 * @param first the failure that the caller will get
	 * @param later the failure that came after it
	 */
	public static void addPlainly(Throwable first, Throwable later) {
		if (first == null || later == null) {
			throw new NullPointerException("first and later must not be null");
		}
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

}
