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

package io.transactionscope.reactive.engine;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import io.micrometer.observation.Observation;
import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.Log;
import io.transactionscope.engine.Measurement;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionTimedOutException;

/**
 * The engine of one running block: the way of a subscription from its begin to its one
 * outcome. It is a subscription to its subscriber, and a subscriber to its body.
 *
 * @param <T> the type of what its body emits
 */
abstract class RunningBlock<T> extends ReactiveBlock implements CoreSubscriber<T>, Subscription {

	private static final int BEGINNING = 0;

	/** The body is being made, and may be at work on the thread that makes it. */
	private static final int ASSEMBLING = 1;

	private static final int BODY = 2;

	/** The body is over, and nothing is sent that could not be taken back. */
	private static final int PREPARING = 3;

	private static final int ENDING = 4;

	private static final int DONE = 5;

	@SuppressWarnings("rawtypes")
	private static final AtomicIntegerFieldUpdater<RunningBlock> PHASE = AtomicIntegerFieldUpdater
		.newUpdater(RunningBlock.class, "phase");

	@SuppressWarnings("rawtypes")
	private static final AtomicReferenceFieldUpdater<RunningBlock, @Nullable Subscription> UPSTREAM = AtomicReferenceFieldUpdater
		.newUpdater(RunningBlock.class, Subscription.class, "upstream");

	private final Body<? extends T> body;

	private final @Nullable Deadline own;

	private final DeadlineTimer timer;

	private final Measurement measurement;

	private volatile int phase;

	private volatile @Nullable Subscription upstream;

	private volatile boolean gone;

	/** What is awaited before the commit. */
	private volatile @Nullable Step awaited;

	private Context context;

	private volatile @Nullable BlockEnding ending;

	private final Surroundings surroundings;

	RunningBlock(ReactiveScopeSettings settings, String name, Body<? extends T> body, Context outer) {
		super(settings, name, outer);
		this.body = body;
		this.context = outer;
		this.surroundings = new Surroundings(this);
		this.own = settings.definition().deadline();
		this.timer = new DeadlineTimer(this.own, this::passDeadline);
		this.measurement = settings.telemetry()
			.startApart(name, settings.definition().propagation(),
					outer.getOrDefault(TransactionContexts.OBSERVATION, null));
	}

	final void begin() {
		settings().open().opened();
		Throwable refusal = this.surroundings.enter();
		Throwable cause = (refusal != null) ? refusal : cancellation().cause();
		if (cause != null) {
			failToBegin(cause);
			return;
		}
		try {
			this.timer.start();
		}
		catch (Throwable ex) {
			failToBegin(ex);
			return;
		}
		new Step(outer()) {

			private @Nullable ReactiveParticipation entered;

			@Override
			public void onNext(Object item) {
				this.entered = (ReactiveParticipation) item;
			}

			@Override
			void done(@Nullable Throwable failure) {
				if (this.entered != null) {
					begun(this.entered);
				}
				else {
					failToBegin((failure != null) ? failure : new IllegalStateException(
							"The engine of scope '%s' let it take no part in anything".formatted(name())));
				}
			}

		}.run(() -> settings().engine().enter(definition(), name(), this.own, cancellation()));
	}

	private void passDeadline() {
		Deadline deadline = deadline();
		if (deadline != null) {
			cancelWith(deadline.passed(name(), switch (this.phase) {
				case BEGINNING -> "before it had a connection";
				case PREPARING -> "before the commit";
				default -> "in its body";
			}));
		}
	}

	private void failToBegin(Throwable failure) {
		end();
		Throwable told = failure;
		Throwable cause = cancellation().cause();
		if (cause != null) {
			// Both tell of the deadline, and the later one of what it has ended.
			boolean same = cause instanceof TransactionTimedOutException
					&& failure instanceof TransactionTimedOutException;
			told = same ? failure : Failures.join(cause, failure);
		}
		else if (failure instanceof CannotCreateTransactionException && this.own != null && this.own.isPassed()) {
			told = this.own.passedBeforeBegin(name(), failure);
		}
		finish(TransactionOutcome.ROLLED_BACK, told, cause instanceof CancellationException);
	}

	private void begun(ReactiveParticipation entered) {
		BlockEnding ending = new BlockEnding(this, entered);
		participation(entered);
		this.ending = ending;
		try {
			ReactiveTransactionState transaction = entered.transaction();
			ReactiveBlock host = host(entered);
			if (host == null) {
				this.surroundings.standAlone();
				this.timer.advance(transaction.deadline());
			}
			else if (!this.surroundings.joins(host)) {
				throw ScopeDefinition.hasEnded(name(), transaction.name());
			}
			this.context = entered.context(outer()).put(TransactionContexts.BLOCK, this);
			Observation observation = this.measurement.observation();
			if (observation != null) {
				this.context = TransactionContexts.observed(this.context, observation);
			}
			this.measurement.begun();
		}
		catch (Throwable ex) {
			ending.fail(ex);
			return;
		}
		this.phase = ASSEMBLING;
		Throwable cause = cancellation().cause();
		if (cause == null) {
			subscribe(ending);
		}
		else if (PHASE.compareAndSet(this, ASSEMBLING, ENDING)) {
			this.timer.stop();
			ending.cancelUnused(cause);
		}
	}

	private void subscribe(BlockEnding ending) {
		try {
			Publisher<? extends T> publisher = this.body.of(this);
			if (publisher == null) {
				throw new IllegalStateException(
						"Scope '%s' is rolled back: its body returned null in place of a publisher. Return Mono.empty() for no value."
							.formatted(name()));
			}
			TransactionContexts.propagating(publisher).subscribe(this);
		}
		catch (Throwable ex) {
			if (this.phase == DONE) {
				// Not the body's, but thrown by who was told of the end.
				throw Failures.rethrow(ex);
			}
			fail(ex);
			return;
		}
		if (PHASE.compareAndSet(this, ASSEMBLING, BODY)) {
			Throwable cause = cancellation().cause();
			if (cause != null && PHASE.compareAndSet(this, BODY, ENDING)) {
				this.timer.stop();
				ending.cancel(cause);
			}
		}
	}

	@Override
	public final Context currentContext() {
		return this.context;
	}

	@Override
	public final void onSubscribe(Subscription subscription) {
		if (!UPSTREAM.compareAndSet(this, null, subscription)) {
			subscription.cancel();
		}
		else {
			subscribed(subscription);
		}
	}

	@Override
	final boolean isInUse() {
		int phase = this.phase;
		return phase == BODY || phase == ASSEMBLING || phase == PREPARING;
	}

	@Override
	final boolean isAtWork() {
		return this.phase < PREPARING && cancellation().cause() == null;
	}

	/** Whether what the body emits is still of use. */
	final boolean isInBody() {
		int phase = this.phase;
		return (phase == BODY || phase == ASSEMBLING) && this.upstream != Operators.cancelledSubscription();
	}

	/** The body is there; it is to be asked for items. */
	abstract void subscribed(Subscription body);

	/** Tell the subscriber that it has succeeded. */
	abstract void deliver();

	/** Tell the subscriber that it has failed. */
	abstract void deliverFailure(Throwable failure);

	/** Pass over what is kept for a subscriber that has gone. */
	abstract void discard();

	@Override
	public final void onComplete() {
		if (leaveBody()) {
			ending().prepare(null);
		}
	}

	@Override
	public final void onError(Throwable failure) {
		fail(failure);
	}

	/** End the body with a failure. */
	final void fail(Throwable failure) {
		if (leaveBody()) {
			stopBody();
			ending().prepare(failure);
		}
		else {
			Log.warn("The body of scope '{}' failed after its end", name(), failure);
		}
	}

	/** In this order: who makes the body goes on from the one to the other. */
	private boolean leaveBody() {
		return PHASE.compareAndSet(this, ASSEMBLING, PREPARING) || PHASE.compareAndSet(this, BODY, PREPARING);
	}

	private BlockEnding ending() {
		return Objects.requireNonNull(this.ending, "The block has not begun");
	}

	final @Nullable Subscription upstream() {
		return this.upstream;
	}

	@Override
	public final @Nullable Deadline deadline() {
		return this.timer.deadline();
	}

	final Measurement measurement() {
		return this.measurement;
	}

	private void stopBody() {
		Subscription body = UPSTREAM.getAndSet(this, Operators.cancelledSubscription());
		if (body != null) {
			try {
				body.cancel();
			}
			catch (Throwable ex) {
				Log.warn("The body of scope '{}' failed as it was cancelled", name(), ex);
			}
		}
	}

	@Override
	public void cancel() {
		this.gone = true;
		if (this.phase < ENDING) {
			cancelWith(new CancellationException("Scope '%s' was cancelled by its subscriber".formatted(name())));
		}
		BlockEnding ending = this.ending;
		int phase = this.phase;
		if (phase < DONE && ending != null) {
			ending.overtake(phase < ENDING);
		}
	}

	@Override
	final void cancelWithOuter(String outer) {
		if (this.phase < ENDING) {
			cancelWith(new CancellationException(
					"Scope '%s' was cancelled, as scope '%s' around it ends".formatted(name(), outer)));
		}
	}

	@Override
	final void cancelWithBoundary() {
		if (this.phase < ENDING && cancellation().cause() == null) {
			Log.warn("Scope '{}' was still at work when its exchange had failed, and nobody had cancelled it", name());
			cancelWith(new CancellationException(
					"Scope '%s' was cancelled, as the exchange that it belongs to has failed".formatted(name())));
		}
	}

	private void cancelWith(Throwable cause) {
		if (this.phase >= ENDING) {
			return;
		}
		cancellation().cancel(cause);
		stopBody();
		Step awaited = this.awaited;
		if (awaited != null) {
			awaited.end(cause);
		}
		if (this.phase == PREPARING) {
			inner().all((each) -> true).forEach((each) -> each.cancelWithOuter(name()));
		}
		if (PHASE.compareAndSet(this, BODY, ENDING)) {
			this.timer.stop();
			ending().cancel(cause);
		}
	}

	/** Wait for something that a cancel may cut off. */
	final void await(Step step, Publisher<?> what) {
		this.awaited = step;
		Throwable cause = cancellation().cause();
		if (cause != null) {
			step.end(cause);
		}
		else {
			step.run(() -> what);
		}
	}

	/** From here on no cancel changes anything. */
	final void end() {
		this.phase = ENDING;
		this.timer.stop();
	}

	/** All is over. */
	final void finish(@Nullable TransactionOutcome outcome, @Nullable Throwable told, boolean cancelled) {
		if (cancelled) {
			this.measurement.cancelled(told);
		}
		else if (participationIfAny() == null && told != null) {
			this.measurement.failedToBegin(told);
		}
		else {
			this.measurement.ended(outcome, told);
		}
		this.phase = DONE;
		this.surroundings.leave();
		try {
			tellEnd(outcome(outcome, told, cancelled));
			tell(told);
		}
		finally {
			// Who is told may open the next one at once, and then there is no moment
			// at which none is open.
			settings().open().closed();
		}
	}

	private void tell(@Nullable Throwable told) {
		if (this.gone) {
			discard();
			if (told != null && (told != cancellation().cause() || told.getSuppressed().length > 0)) {
				Log.warn("Scope '{}' was cancelled by its subscriber, who cannot be told any more what failed", name(),
						told);
			}
		}
		else if (told != null) {
			deliverFailure(told);
		}
		else {
			deliver();
		}
	}

}
