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

import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * The way out of a scope that is taken step by step, each on whichever thread gets to it:
 * what becomes of the failures, and what the next release sees. This is for those who
 * build scopes of their own whose releases are not all done by one thread. They see to it
 * that one step is over before the next one begins, and is seen by it.
 *
 * <p>
 * The rules are those of {@link ResourceScope}: the first failure carries the later ones,
 * and what was thrown because of it takes its place; what suppresses or translates
 * failures does so for what is released after it.
 *
 * @since 0.1.0
 */
public final class StepwiseUnwinding extends Unwinding {

	/**
	 * Begin with a success, as long as nothing fails.
	 */
	public StepwiseUnwinding() {
		super(true);
	}

	/**
	 * Acquire a resource that another thread is going to release.
	 * @param <T> the type of its value
	 * @param resource what to acquire, now; what it throws comes as it is, checked or not
	 * @return what is held
	 * @throws IllegalStateException if it is {@linkplain Held#isThreadBound() bound} to
	 * this thread; it is released by it then
	 */
	public static <T extends @Nullable Object> Held<T> acquire(Resource<T> resource) {
		Objects.requireNonNull(resource, "resource must not be null");
		Held<T> held = ResourceScope.acquire(resource);
		try {
			if (!(held instanceof Rule<?>) && held.isThreadBound()) {
				throw new IllegalStateException("Cannot hold " + resource + " in an asynchronous scope, as it is bound"
						+ " to the thread that acquired it and may be released by another: use a ResourceScope on one"
						+ " thread, or a resource that any thread can release, such as a permit in place of a lock");
			}
			return held;
		}
		catch (Throwable ex) {
			throw Apart.abandon(List.of(held), ex);
		}
	}

	/**
	 * Release something that is held already because a scope cannot take it.
	 * @param held what to release, on this thread
	 * @param failure why it cannot
	 * @return never; lets the call stand behind {@code throw}. What is thrown is the
	 * failure, or what the release has translated it into, carrying what else has failed
	 */
	public static RuntimeException abandon(Held<?> held, Throwable failure) {
		Objects.requireNonNull(held, "held must not be null");
		Objects.requireNonNull(failure, "failure must not be null");
		throw Apart.abandon(List.of(held), failure);
	}

	/**
	 * Return whether something held only judges failures, on whichever thread that is.
	 * @param held what is held
	 * @return whether its release cannot block
	 */
	public static boolean judges(Held<?> held) {
		return Objects.requireNonNull(held, "held must not be null") instanceof Rule<?>;
	}

	/**
	 * Take an outcome for a fact that no failing release can change. Failures of releases
	 * go to the list from now on.
	 * @param outcome what every release gets to see
	 * @param failure what is on its way to the caller; may be translated, and the outcome
	 * shows its translation then
	 * @param later the failures so far, in order; loses those that are suppressed
	 */
	public void settle(Outcome outcome, @Nullable Throwable failure, List<Throwable> later) {
		Objects.requireNonNull(outcome, "outcome must not be null");
		Objects.requireNonNull(later, "later must not be null");
		unwind(outcome, failure, later);
	}

	/**
	 * Tell what has failed: the body, or what was not released here.
	 * @param failure what has failed
	 */
	public void fail(Throwable failure) {
		keep(Objects.requireNonNull(failure, "failure must not be null"));
		// It is not this thread that was interrupted
		takeInterrupt();
	}

	/**
	 * Release something on this thread. Nothing that fails is thrown.
	 * @param held what to release
	 */
	public void release(Held<?> held) {
		push(Objects.requireNonNull(held, "held must not be null"));
		releaseAll();
	}

	/**
	 * Close something on this thread. Nothing that fails is thrown.
	 * @param closeable what to close; a {@link ResourceScope} ends with the outcome of
	 * this
	 */
	public void close(AutoCloseable closeable) {
		Objects.requireNonNull(closeable, "closeable must not be null");
		if (closeable instanceof ResourceScope inner) {
			pushInner(inner);
		}
		else {
			push(closeable);
		}
		releaseAll();
	}

	/**
	 * Run an action on this thread. Nothing that fails is thrown.
	 * @param action what to run
	 */
	public void run(ExitAction action) {
		push(Objects.requireNonNull(action, "action must not be null"));
		releaseAll();
	}

	/**
	 * Return whether what this thread has released since the last call was interrupted,
	 * so that its flag is to be set again.
	 * @return whether it was
	 */
	public boolean wasInterrupted() {
		return takeInterrupt();
	}

	/**
	 * Return what the next release gets to see.
	 * @return the outcome so far
	 */
	public Outcome seen() {
		return outcome();
	}

	/**
	 * Return what is on its way to the caller.
	 * @return the first failure, which carries the later ones unless they go to a list;
	 * {@code null} if there is none
	 */
	public @Nullable Throwable left() {
		return failure();
	}

	/**
	 * Judges the failures on the way out, and does nothing else.
	 *
	 * @param <T> the type of the value
	 */
	abstract static class Rule<T extends @Nullable Object> extends Part<T> {

		/**
		 * On another thread it is not on the way out of its scope, and judges nothing.
		 */
		@Override
		public final boolean isThreadBound() {
			return true;
		}

	}

}
