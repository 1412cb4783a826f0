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

package io.transactionscope.retry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.Log;
import io.transactionscope.engine.ScopeSettings;
import io.transactionscope.engine.rehearsal.Rehearsal;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.core.retry.RetryException;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.core.retry.Retryable;
import org.springframework.util.backoff.BackOff;
import org.springframework.util.backoff.BackOffExecution;

/**
 * The attempts of one block, each of which is a block of its own. It belongs to one
 * thread.
 *
 * @param <T> the type of the block's value
 * @since 0.1.0
 */
public final class Repetition<T extends @Nullable Object> implements Retryable<T>, RetryPolicy {

	private final ScopeSettings settings;

	private final String name;

	private final RetryPolicy policy;

	private final @Nullable Deadline deadline;

	/** Asked before each pause. */
	private final BooleanSupplier goesOn;

	private final Attempt<T, ?> attempt;

	private final CallsMade calls = new CallsMade();

	private final List<Throwable> failures = new ArrayList<>(1);

	private int attempts;

	private @Nullable Repeating repeating;

	/** Whether the body of the latest attempt was reached. */
	private boolean begun;

	/** What became of the latest attempt, once that is known. */
	private @Nullable TransactionOutcome outcome;

	/** Whether the latest failure is one to be repeated. */
	private boolean repeatable;

	private @Nullable Value<T> value;

	private Repetition(ScopeSettings settings, String name, @Nullable Deadline deadline, BooleanSupplier goesOn,
			Attempt<T, ?> attempt) {
		this.settings = settings;
		this.name = name;
		this.policy = Objects.requireNonNull(settings.definition().retry());
		this.deadline = deadline;
		this.goesOn = goesOn;
		this.attempt = attempt;
	}

	/**
	 * Run a block, and repeat it as its policy says.
	 * @param settings of the block, with a policy
	 * @param name the block's name
	 * @param attempt runs the block once
	 */
	public static <T extends @Nullable Object, X extends Throwable> T call(ScopeSettings settings, String name,
			Attempt<T, X> attempt) throws X {
		return call(settings, name, settings.definition().deadline(), () -> true, attempt);
	}

	/**
	 * The same for a block that may be cancelled.
	 * @param settings of the block, with a policy
	 * @param name the block's name
	 * @param deadline the block's deadline, if it has one
	 * @param goesOn returns whether it may go on, and lets its thread be interrupted then
	 * @param attempt runs the block once
	 */
	public static <T extends @Nullable Object, X extends Throwable> T call(ScopeSettings settings, String name,
			@Nullable Deadline deadline, BooleanSupplier goesOn, Attempt<T, X> attempt) throws X {
		try {
			return new Repetition<>(settings, name, deadline, goesOn, attempt).call();
		}
		catch (Throwable ex) {
			throw Failures.rethrow(ex);
		}
	}

	private T call() throws Throwable {
		Place.checkPropagation(this.settings.definition(), this.name);
		boolean rehearsed = Rehearsal.isAround();
		if (!rehearsed) {
			Place.checkOutermost(this.name);
		}
		try {
			return rehearsed ? execute() : new RetryTemplate(this).execute(this);
		}
		catch (Throwable ex) {
			return end(ex);
		}
		finally {
			if (this.repeating != null) {
				this.repeating.end(this.attempts, this.value != null, this.repeatable, last());
			}
		}
	}

	/**
	 * The last failure wins, whatever came after it. The template has a log of its own,
	 * which may fail before the first attempt and after the last one, too.
	 */
	private T end(Throwable thrown) throws Throwable {
		if (this.attempts == 0) {
			return execute();
		}
		if (this.value != null) {
			return this.value.value();
		}
		Throwable last = last();
		if (last == null) {
			throw thrown;
		}
		if (this.attempts > 1) {
			Failures.suppressAll(last, this.failures.subList(0, this.failures.size() - 1));
		}
		if (thrown != last && !(thrown instanceof RetryException)) {
			Failures.suppress(last, thrown);
		}
		throw last;
	}

	private @Nullable Throwable last() {
		return this.failures.isEmpty() ? null : this.failures.get(this.failures.size() - 1);
	}

	@Override
	public String getName() {
		return this.name;
	}

	/** The one deadline of all attempts, if there is one. */
	public @Nullable Deadline deadline() {
		return this.deadline;
	}

	/** The body of an attempt is reached, so that its end is going to be told. */
	public void begins() {
		this.begun = true;
	}

	public void ended(TransactionOutcome outcome) {
		this.outcome = outcome;
	}

	@Override
	public T execute() throws Throwable {
		if (++this.attempts > 1) {
			announce();
		}
		this.begun = false;
		this.outcome = null;
		this.calls.begin();
		try {
			T value = this.attempt.run(this);
			this.value = new Value<>(value);
			return value;
		}
		catch (Throwable ex) {
			this.failures.add(ex);
			throw ex;
		}
		finally {
			this.calls.end();
		}
	}

	private void announce() {
		Log.debug("Scope '{}' is repeated: attempt {} begins, as the one before failed", this.name, this.attempts,
				last());
		for (String call : this.calls.names()) {
			Log.warn(
					"Scope '{}' is repeated: the call '{}' was made in the attempt that failed, was not rolled back with it, and is made again",
					this.name, call);
		}
		if (this.repeating != null) {
			this.repeating.repeats();
		}
	}

	@Override
	public boolean shouldRetry(Throwable failure) {
		this.repeatable = isRepeatable(failure);
		if (this.repeatable && this.repeating == null) {
			this.repeating = Repeating.begin(this.settings.observationRegistry(), this.name);
		}
		return this.repeatable;
	}

	private boolean isRepeatable(Throwable failure) {
		if (this.begun && this.outcome != TransactionOutcome.ROLLED_BACK) {
			return false;
		}
		FailureReading reading = FailureReading.of(failure);
		if (reading.isForbidden()) {
			return false;
		}
		boolean accepted = this.policy.shouldRetry(failure);
		return accepted ? reading.isOfOthers() || !acceptsAnything() : reading.isOfOthers() && !acceptsAnything();
	}

	/** Whether the policy names no failure, but at most some that it excludes. */
	private boolean acceptsAnything() {
		try {
			return this.policy.shouldRetry(new Anything());
		}
		catch (RuntimeException ex) {
			// It expects something
			return false;
		}
	}

	@Override
	public Duration getTimeout() {
		return this.policy.getTimeout();
	}

	@Override
	public BackOff getBackOff() {
		BackOff backOff = this.policy.getBackOff();
		return () -> bounded(backOff.start());
	}

	private BackOffExecution bounded(BackOffExecution execution) {
		return () -> {
			long pause = execution.nextBackOff();
			return (pause != BackOffExecution.STOP && isInTime(pause) && this.goesOn.getAsBoolean()) ? pause
					: BackOffExecution.STOP;
		};
	}

	/** Whether there would be something left for an attempt. */
	private boolean isInTime(long pause) {
		return this.deadline == null
				|| this.deadline.nanoTime() - System.nanoTime() > TimeUnit.MILLISECONDS.toNanos(pause);
	}

	/**
	 * Runs a block once.
	 *
	 * @param <T> the type of its value
	 * @param <X> the checked exception that it declares, if any
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Attempt<T extends @Nullable Object, X extends Throwable> {

		/**
		 * Run the block.
		 * @param repetition to be told of its begin and end
		 * @return what the body returned
		 */
		T run(Repetition<T> repetition) throws X;

	}

	private record Value<T extends @Nullable Object>(T value) {
	}

	/** Which no policy can name. */
	@SuppressWarnings("serial")
	private static final class Anything extends Throwable {

		private Anything() {
			super("anything", null, false, false);
		}

	}

}
