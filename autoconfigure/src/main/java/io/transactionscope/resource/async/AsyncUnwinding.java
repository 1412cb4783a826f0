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

package io.transactionscope.resource.async;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.StepwiseUnwinding;
import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;

/**
 * The way out of an asynchronous scope: one step after another, the last first, each
 * begun when the one before is over, on the thread that has ended that one. Steps that
 * are over at once are taken in a loop, so that many of them need no stack.
 *
 * <p>
 * What is on it may be changed by any thread. Once it has begun, it is walked by one
 * thread at a time; the rules for failures are {@link StepwiseUnwinding}'s.
 */
final class AsyncUnwinding {

	private static final Object WAITS = new Object();

	private final StepwiseUnwinding failures = new StepwiseUnwinding();

	private final Deque<Step> steps = new ArrayDeque<>();

	/** What has failed beside the way out, and is told on it. */
	private final List<Throwable> noted = new ArrayList<>(0);

	/** Acquisitions under way: what they bring is to be released here. */
	private int arriving;

	private Phase phase = Phase.OPEN;

	private @Nullable Runnable whenEnded;

	/** The one that releases what this one has, as a part of its own. */
	private @Nullable AsyncUnwinding outer;

	/** The one whose end was awaited last. Under the lock of all waits. */
	private @Nullable AsyncUnwinding awaited;

	/** Its end, for those who await it. */
	private @Nullable CompletableFuture<@Nullable Void> ended;

	/**
	 * Put a step on it.
	 * @return whether that was possible, as it has not ended
	 */
	boolean push(Step step) {
		AsyncUnwinding outer;
		synchronized (this) {
			if (this.phase == Phase.ENDED) {
				return false;
			}
			outer = this.outer;
			if (outer == null) {
				this.steps.push(step);
			}
		}
		return outer == null || outer.push(step);
	}

	/**
	 * Hold the end up for something that is being acquired, unless the way out has begun.
	 */
	synchronized boolean expectArrival() {
		if (this.phase != Phase.OPEN) {
			return false;
		}
		this.arriving++;
		return true;
	}

	/**
	 * Take over what has been acquired; on the way out, it is the next to be released.
	 * @param step releases it, or {@code null} if the acquisition failed
	 * @param early what to do when it was taken over before the way out has begun
	 * @param late what to do otherwise, before it is released
	 */
	void arrive(@Nullable Step step, Runnable early, Runnable late) {
		boolean open;
		synchronized (this) {
			open = this.phase == Phase.OPEN;
			if (open) {
				this.arriving--;
				if (step != null) {
					this.steps.push(step);
				}
			}
		}
		if (open) {
			early.run();
			return;
		}
		late.run();
		takeLate(step);
	}

	private void takeLate(@Nullable Step step) {
		AsyncUnwinding outer;
		boolean waited;
		synchronized (this) {
			outer = this.outer;
			if (outer == null) {
				this.arriving--;
				if (step != null) {
					this.steps.push(step);
				}
			}
			waited = outer == null && this.phase == Phase.WAITING;
			if (waited) {
				this.phase = Phase.WALKING;
			}
		}
		if (outer != null) {
			outer.takeLate(step);
		}
		else if (waited) {
			walk();
		}
	}

	/**
	 * Let another one, which is being walked, release all of this one before it goes on:
	 * by moving it there, with what is still being acquired. One whose own way out has
	 * begun is awaited.
	 * @return its end, or {@code null} if there is nothing to wait for
	 */
	@Nullable CompletionStage<?> moveInto(AsyncUnwinding outer) {
		synchronized (this) {
			if (this.phase == Phase.OPEN) {
				this.phase = Phase.WALKING;
				this.outer = outer;
				// At once, or what arrives meanwhile would be released later than these
				synchronized (outer) {
					outer.arriving += this.arriving;
					outer.steps.push((unwinding) -> endMoved());
					this.steps.descendingIterator().forEachRemaining(outer.steps::push);
				}
				this.steps.clear();
				return null;
			}
		}
		return outer.mayAwait(this) ? ended() : null;
	}

	private @Nullable CompletionStage<?> endMoved() {
		CompletableFuture<?> ended;
		synchronized (this) {
			this.phase = Phase.ENDED;
			ended = this.ended;
		}
		tell(ended);
		return null;
	}

	private static void tell(@Nullable CompletableFuture<?> ended) {
		if (ended != null) {
			ended.complete(null);
		}
	}

	/**
	 * Return whether this one may await another one: not, if that one awaits this one, or
	 * is released by it. Scopes can be entered in each other.
	 */
	private boolean mayAwait(AsyncUnwinding other) {
		synchronized (WAITS) {
			AsyncUnwinding each = other;
			while (each != null && each != this) {
				AsyncUnwinding outer = each.outer();
				each = (outer != null) ? outer : each.awaited;
			}
			if (each == this) {
				return false;
			}
			this.awaited = other;
			return true;
		}
	}

	private synchronized @Nullable AsyncUnwinding outer() {
		return this.outer;
	}

	private synchronized @Nullable CompletionStage<?> ended() {
		if (this.phase == Phase.ENDED) {
			return null;
		}
		if (this.ended == null) {
			this.ended = new CompletableFuture<>();
		}
		return this.ended;
	}

	/**
	 * Leave all that is on it to another one.
	 */
	void leaveTo(AsyncUnwinding other) {
		List<Step> left;
		synchronized (this) {
			left = new ArrayList<>(this.steps);
			this.steps.clear();
		}
		synchronized (other) {
			left.forEach(other.steps::addLast);
		}
	}

	synchronized int size() {
		return this.steps.size();
	}

	synchronized boolean hasBegun() {
		return this.phase != Phase.OPEN;
	}

	synchronized boolean hasEnded() {
		return this.phase == Phase.ENDED;
	}

	/**
	 * Begin the way out.
	 * @param prepare told the rules first, as what has failed so far
	 * @param whenEnded run once everything is released
	 * @return whether it has not begun before
	 */
	boolean begin(Runnable prepare, Runnable whenEnded) {
		synchronized (this) {
			if (this.phase != Phase.OPEN) {
				return false;
			}
			this.phase = Phase.WALKING;
			this.whenEnded = whenEnded;
		}
		prepare.run();
		walk();
		return true;
	}

	/**
	 * Begin the way out with an outcome that no failure can change.
	 * @return what is on its way to the caller once everything is released, or at once if
	 * it has begun before
	 */
	CompletionStage<@Nullable Throwable> end(Outcome outcome, @Nullable Throwable failure, List<Throwable> later) {
		CompletableFuture<@Nullable Throwable> left = new CompletableFuture<>();
		if (!begin(() -> this.failures.settle(outcome, failure, later), () -> left.complete(this.failures.left()))) {
			left.complete(failure);
		}
		return left.minimalCompletionStage();
	}

	/**
	 * Tell what has failed beside the way out, at whatever time.
	 * @param carrier what carries it after the end
	 */
	void note(Throwable failure, Throwable carrier) {
		synchronized (this) {
			if (this.phase != Phase.ENDED) {
				this.noted.add(failure);
				return;
			}
		}
		Failures.suppress(carrier, failure);
	}

	StepwiseUnwinding failures() {
		return this.failures;
	}

	private void walk() {
		boolean flagged = Thread.currentThread().isInterrupted();
		boolean interrupted = false;
		Step step = next();
		while (step != null && take(step)) {
			// Not before the end, or the releases that are still to come would fail
			interrupted |= !flagged && Thread.interrupted();
			step = next();
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	private @Nullable Step next() {
		@Nullable Runnable whenEnded;
		CompletableFuture<?> ended;
		synchronized (this) {
			this.noted.forEach(this.failures::fail);
			this.noted.clear();
			Step next = this.steps.poll();
			if (next != null) {
				return next;
			}
			if (this.arriving > 0) {
				this.phase = Phase.WAITING;
				return null;
			}
			this.phase = Phase.ENDED;
			whenEnded = this.whenEnded;
			ended = this.ended;
		}
		if (whenEnded != null) {
			whenEnded.run();
		}
		tell(ended);
		return null;
	}

	/**
	 * Take a step.
	 * @return whether it is over, so that this thread goes on
	 */
	private boolean take(Step step) {
		CompletionStage<?> stage;
		try {
			stage = step.begin(this);
		}
		catch (Throwable ex) {
			this.failures.fail(ex);
			if (ex instanceof InterruptedException) {
				Thread.currentThread().interrupt();
			}
			return true;
		}
		if (stage == null) {
			return true;
		}
		AtomicBoolean passed = new AtomicBoolean();
		Stages.<@Nullable Object>observe(stage, (value, failure) -> {
			if (failure != null) {
				this.failures.fail(failure);
			}
			if (!passed.compareAndSet(false, true)) {
				walk();
			}
		});
		return !passed.compareAndSet(false, true);
	}

	/**
	 * Where it stands.
	 */
	private enum Phase {

		/** It has not begun. */
		OPEN,

		/** A thread walks it, or a release is under way that a thread will go on from. */
		WALKING,

		/** Nothing is left but what is still being acquired. */
		WAITING,

		/** Everything is released. */
		ENDED

	}

}
