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
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

import io.transactionscope.resource.failure.Failures;
import io.transactionscope.resource.fork.Forks;
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

	private @Nullable Forks forks;

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
		if (this.forks != null) {
			join(!outer.outcome().isSuccess()).forEach(outer::keep);
		}
		super.moveInto(outer);
	}

	/**
	 * Run a task on another thread, for as long as this scope lasts at most: it is joined
	 * before anything in the scope is released.
	 * <p>
	 * If the scope's body fails, the tasks that are not done are cancelled, and their end
	 * is waited for; otherwise, all are. A task that fails makes the scope fail, even if
	 * the body has dealt with that, and cancels the others. The first failure wins, later
	 * ones are suppressed by it, in order; an {@link ExecutionException} or
	 * {@link CompletionException} that carries it out of the body gives way to it. A task
	 * that the body has cancelled itself is no failure, if it ends of the interrupt.
	 * <p>
	 * What is cancelled never begins, or is interrupted in its task. So are all if the
	 * scope's thread is interrupted while it waits for them, and the scope fails with an
	 * {@link InterruptedException}. Tasks have the MDC and the context class loader of
	 * the scope's thread, and nothing else that is bound to it: no transaction, no lock.
	 * They may use what was entered in the scope, if that can be used by several threads,
	 * but not the scope itself.
	 * @param <T> the type of the value
	 * @param executor what to run it on: one with a thread for each task, such as a
	 * virtual one, as tasks wait for others forever where threads are too few, and not
	 * one that drops tasks without a word, for which the scope waits until it is
	 * interrupted
	 * @param task what to call; its value may not be work that goes on, as a future is
	 * @return the value's future, cancelled if another task of the scope has failed
	 * @throws java.util.concurrent.RejectedExecutionException if the executor refuses it
	 * @throws IllegalStateException if this scope has ended, is being closed, or belongs
	 * to another thread
	 */
	public final <T extends @Nullable Object> CompletableFuture<T> fork(Executor executor, Callable<? extends T> task) {
		checkThread();
		Objects.requireNonNull(executor, "executor must not be null");
		Objects.requireNonNull(task, "task must not be null");
		if (hasBegun()) {
			throw new IllegalStateException(
					"This ResourceScope is being closed already: call fork(...) before, in its block");
		}
		Forks forks = this.forks;
		if (forks == null) {
			forks = new Forks();
			this.forks = forks;
		}
		return forks.fork(executor, () -> {
			T value = task.call();
			LateWork.refuse("A fork", value);
			return value;
		});
	}

	/** Wait for what was forked. */
	final @Nullable Throwable joined(@Nullable Throwable failure) {
		if (this.forks == null) {
			return failure;
		}
		if (failure == null) {
			join(!outcome().isSuccess()).forEach(this::keep);
			return failure();
		}
		boolean later = this.forks.failures() > 0;
		List<Throwable> failures = join(true);
		Throwable told = later ? first(failures.get(0), failure) : failure;
		noteInterrupt(failure);
		for (Throwable each : failures) {
			noteInterrupt(each);
			if (!Failures.leadsTo(told, each)) {
				Failures.suppress(told, each);
			}
		}
		return told;
	}

	/** Of a task's failure and what the body has thrown after it, maybe because of it. */
	private static Throwable first(Throwable task, Throwable body) {
		boolean carried = body instanceof ExecutionException || body instanceof CompletionException;
		return (carried && body.getCause() == task) ? task : Failures.join(task, body);
	}

	/** The same where the outcome is a fact. */
	final List<Throwable> joined(Outcome outcome, List<Throwable> later) {
		if (this.forks != null) {
			List<Throwable> failures = join(!outcome.isSuccess());
			failures.forEach(this::noteInterrupt);
			later.addAll(failures);
		}
		return later;
	}

	private List<Throwable> join(boolean cancel) {
		Forks forks = Objects.requireNonNull(this.forks);
		this.forks = null;
		return forks.join(cancel);
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
			other.forks = this.forks;
		}
		this.forks = null;
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
