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
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import io.transactionscope.resource.failure.Failures;
import io.transactionscope.resource.failure.FirstFailure;
import org.jspecify.annotations.Nullable;

/**
 * The way out of a scope: what was entered in it, how it is released, and what becomes of
 * the failures. What takes part in it, a {@link Part}, knows this and not the scope.
 *
 * <p>
 * The scope extends this, instead of having one, as it would cost each scope another
 * object, and each release another frame of the stack.
 */
class Unwinding {

	/**
	 * What was entered first; most scopes have no more than that.
	 */
	private @Nullable Object first;

	private Entry.Kind firstKind = Entry.Kind.ACTION;

	/**
	 * What was entered last after the first, linked to what was entered before.
	 */
	private @Nullable Entry last;

	/**
	 * What the next release is to see; {@code null} if that has to be worked out anew.
	 */
	private @Nullable Outcome outcome;

	/** What is on its way to the caller. */
	private @Nullable Throwable failure;

	/** The same, once it carries another one. */
	private @Nullable FirstFailure carrier;

	private boolean completed;

	/**
	 * Takes what fails where the outcome is a fact that no release can change; otherwise
	 * the first failure does.
	 */
	private @Nullable List<Throwable> later;

	private boolean begun;

	private boolean ended;

	private boolean interrupted;

	/**
	 * The one that releases what this one has, as a part of its own.
	 */
	private @Nullable Unwinding outer;

	Unwinding(boolean completed) {
		this.completed = completed;
	}

	/**
	 * Create one whose outcome is known.
	 * @param outcome what every release gets to see
	 * @param failure what is on its way to the caller
	 * @param later takes what fails where the outcome is a fact; {@code null} if it is
	 * not
	 */
	Unwinding(Outcome outcome, @Nullable Throwable failure, @Nullable List<Throwable> later) {
		this.completed = true;
		this.outcome = outcome;
		this.failure = failure;
		this.later = later;
	}

	final void push(Held<?> held) {
		push(Entry.Kind.HELD, held);
	}

	final void push(AutoCloseable closeable) {
		push(Entry.Kind.CLOSEABLE, closeable);
	}

	final void push(ExitAction action) {
		push(Entry.Kind.ACTION, action);
	}

	/**
	 * Take over another one, which then ends with this one and with its outcome.
	 */
	final void pushInner(Unwinding inner) {
		push(Entry.Kind.INNER, inner);
	}

	private void push(Entry.Kind kind, Object entered) {
		if (this.outer != null) {
			this.outer.push(kind, entered);
		}
		else if (this.first == null) {
			this.first = entered;
			this.firstKind = kind;
		}
		else {
			this.last = new Entry(kind, entered, this.last);
		}
	}

	/** Leave all that was entered so far to another one. */
	final void moveTo(Unwinding other) {
		other.first = this.first;
		other.firstKind = this.firstKind;
		other.last = this.last;
		this.first = null;
		this.last = null;
	}

	/** Return what was entered, the first of it first. */
	final Iterable<Entry> entries() {
		Deque<Entry> entries = new ArrayDeque<>();
		for (Entry each = this.last; each != null; each = each.earlier) {
			entries.addFirst(each);
		}
		if (this.first != null) {
			entries.addFirst(new Entry(this.firstKind, this.first, null));
		}
		return entries;
	}

	/** Have it be a success as long as nothing fails. */
	final void succeed() {
		this.completed = true;
	}

	final boolean hasBegun() {
		return this.begun;
	}

	final boolean hasEnded() {
		return this.ended;
	}

	/**
	 * Release everything with an outcome that no failure can change.
	 * @param outcome what every release gets to see
	 * @param failure what is on its way to the caller
	 * @param later the failures so far; takes those of the releases
	 * @return what is on its way now
	 */
	final @Nullable Throwable unwind(Outcome outcome, @Nullable Throwable failure, List<Throwable> later) {
		this.outcome = outcome;
		this.later = later;
		return unwind(failure);
	}

	/**
	 * Release everything.
	 * @param failure what has failed already
	 * @return what the caller is to get of all failures
	 */
	final @Nullable Throwable unwind(@Nullable Throwable failure) {
		this.failure = failure;
		releaseAll();
		// Not earlier, or the releases that were still to come would fail
		restoreInterrupt();
		return this.failure;
	}

	/**
	 * Release everything, and leave it to others to say what became of it.
	 */
	final void releaseAll() {
		this.begun = true;
		while (this.first != null) {
			// Taken off in this frame: a call might not come that far, for want of stack
			Entry entry = this.last;
			Object entered = (entry != null) ? entry.entered : this.first;
			Entry.Kind kind = (entry != null) ? entry.kind : this.firstKind;
			if (entry != null) {
				this.last = entry.earlier;
			}
			else {
				this.first = null;
			}
			try {
				kind.release(entered, this);
			}
			catch (Throwable ex) {
				keep(ex);
			}
		}
		this.ended = true;
	}

	/**
	 * Let another one, which has begun, release all of this one before it goes on: by
	 * moving it there, as scopes in scopes may be deeper than the stack.
	 */
	void moveInto(Unwinding outer) {
		if (this.begun) {
			return;
		}
		Entry top = (outer.first != null) ? new Entry(Entry.Kind.END, this, outer.last) : null;
		for (Entry each : entries()) {
			top = new Entry(each.kind, each.entered, top);
		}
		if (outer.first == null) {
			outer.first = this;
			outer.firstKind = Entry.Kind.END;
		}
		outer.last = top;
		this.first = null;
		this.last = null;
		this.begun = true;
		this.outer = outer;
	}

	final void end() {
		this.outer = null;
		this.ended = true;
	}

	final void keep(Throwable ex) {
		noteInterrupt(ex);
		if (this.failure != null && Failures.isTranslation(this.failure, ex)) {
			translated(this.failure, ex);
		}
		else if (this.later != null) {
			this.later.add(ex);
		}
		else if (this.failure == null) {
			changeFailure(ex);
		}
		else {
			carry(this.failure, ex);
		}
	}

	/**
	 * Let a failure take the place of the one that is on its way.
	 */
	final void translated(Throwable failure, Throwable translation) {
		// Whoever gets the translation does not see it
		noteInterrupt(failure);
		Outcome fact = (this.later != null) ? this.outcome : null;
		changeFailure(translation);
		if (fact != null) {
			this.outcome = (fact.failure() != failure) ? fact : fact.isUnknown() ? Outcome.unknown(translation)
					: fact.isCancelled() ? Outcome.cancelled(translation) : Outcome.failed(translation);
		}
	}

	final void noteInterrupt(Throwable failure) {
		this.interrupted |= (failure instanceof InterruptedException);
	}

	private void carry(Throwable first, Throwable later) {
		try {
			FirstFailure carrier = this.carrier;
			if (carrier == null) {
				carrier = new FirstFailure(first);
				this.carrier = carrier;
			}
			carrier.add(later);
		}
		catch (VirtualMachineError ex) {
			Failures.addPlainly(first, later);
		}
	}

	private void changeFailure(@Nullable Throwable failure) {
		this.failure = failure;
		this.carrier = null;
		this.outcome = null;
	}

	/** Return what the next release gets to see. */
	final Outcome outcome() {
		Outcome outcome = this.outcome;
		if (outcome == null) {
			if (this.failure != null) {
				outcome = outcome(this.failure);
			}
			else {
				outcome = this.completed ? Outcome.succeeded() : Outcome.failed();
			}
			this.outcome = outcome;
		}
		return outcome;
	}

	Outcome outcome(Throwable failure) {
		return Outcome.failed(failure);
	}

	/**
	 * Return whether anything has failed that is on its way to the caller.
	 */
	final boolean hasFailures() {
		return this.failure != null || (this.later != null && !this.later.isEmpty());
	}

	/**
	 * Return whether no failure can change the outcome any more.
	 */
	final boolean isSettled() {
		return this.later != null || !outcome().isSuccess();
	}

	/**
	 * Keep the failures that are on their way to the caller from it and from the releases
	 * that are still to come, if they are listed. What they carry and is not listed goes
	 * on in their place.
	 * @param listed whether a failure is listed
	 * @param unlisted what a listed one carries and is not
	 * @return what is kept, in order
	 */
	List<Throwable> suppressFailures(Predicate<Throwable> listed, Function<Throwable, List<Throwable>> unlisted) {
		List<Throwable> kept = new ArrayList<>(0);
		List<Throwable> failures = new ArrayList<>(0);
		if (this.later != null) {
			failures.addAll(this.later);
			this.later.clear();
		}
		else if (this.failure != null && listed.test(this.failure)) {
			failures.add(this.failure);
			changeFailure(null);
		}
		for (Throwable each : failures) {
			if (listed.test(each)) {
				noteInterrupt(each);
				kept.add(each);
				unlisted.apply(each).forEach(this::keep);
			}
			else {
				keep(each);
			}
		}
		return kept;
	}

	/**
	 * Translate the failures that are on their way to the caller.
	 * @param translator returns what is to take the place of a failure, or the same
	 */
	final void translateFailures(UnaryOperator<Throwable> translator) {
		if (this.failure != null) {
			Throwable translation = translator.apply(this.failure);
			if (translation != this.failure) {
				translated(this.failure, translation);
			}
		}
		if (this.later != null) {
			this.later.replaceAll(translator);
		}
	}

	/**
	 * Begin a way out of its own within this one.
	 */
	final Apart apart() {
		return new Apart(outcome(), this.failure, isSettled());
	}

	/**
	 * Take over what has failed on a way out of its own within this one.
	 */
	final void takeOver(Apart apart) {
		Unwinding other = apart;
		this.interrupted |= other.interrupted;
		Throwable failure = other.failure;
		if (this.failure != null && failure != null && failure != this.failure) {
			translated(this.failure, failure);
		}
		else if (this.failure == null && failure != null) {
			keep(failure);
		}
		if (other.later != null) {
			other.later.forEach(this::keep);
		}
	}

	final @Nullable Throwable failure() {
		return this.failure;
	}

	final @Nullable List<Throwable> later() {
		return this.later;
	}

	/** Set the thread's interrupt flag again if a failure stood for it. */
	final void restoreInterrupt() {
		if (takeInterrupt()) {
			Thread.currentThread().interrupt();
		}
	}

	final boolean takeInterrupt() {
		boolean taken = this.interrupted;
		this.interrupted = false;
		return taken;
	}

	/**
	 * Something held that takes part in the way out of its scope instead of only being
	 * released there: it may put its parts on it, or end its failure.
	 *
	 * @param <T> the type of the value
	 */
	abstract static class Part<T extends @Nullable Object> implements Held<T> {

		abstract void unwind(Unwinding unwinding) throws Exception;

	}

}
