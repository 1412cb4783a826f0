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

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.Log;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.transaction.TransactionException;

/**
 * What all blocks of one transaction share: its deadline, what doomed it, and what is to
 * follow its end. Safe for use by several threads, as parts of one block may run at once.
 *
 * <p>
 * Whoever ends the transaction calls {@link #runBeforeCommit}, {@link #follow} and
 * {@link #tell}: the block that began it, or whatever else did.
 *
 * @since 0.1.0
 */
public class ReactiveTransactionState {

	private final String name;

	private final @Nullable Deadline deadline;

	private @Nullable RollbackMark mark;

	private @Nullable ReactiveCallbacks callbacks;

	private @Nullable CommitFailedException commitFailure;

	private volatile boolean resolvesCommit;

	private volatile boolean endedBefore;

	/** The innermost block that works from a savepoint. */
	private @Nullable Nested nested;

	public ReactiveTransactionState(String name, @Nullable Deadline deadline) {
		this.name = name;
		this.deadline = deadline;
	}

	public String name() {
		return this.name;
	}

	public @Nullable Deadline deadline() {
		return this.deadline;
	}

	/** The first one to doom it stays the reason. */
	public synchronized void doom(RollbackMark mark) {
		if (this.mark == null) {
			this.mark = mark;
		}
	}

	/**
	 * Doom it for whoever works from before a savepoint, too.
	 * @param mark who dooms it
	 * @param position where things stood at the savepoint, if there is one
	 */
	public synchronized void doom(RollbackMark mark, @Nullable Position position) {
		doom(mark);
		if (position != null && position.mark == null) {
			position.mark = mark;
		}
	}

	public synchronized @Nullable RollbackMark mark() {
		return this.mark;
	}

	/** What is to be called before and after its end, made at the first use. */
	public synchronized ReactiveCallbacks callbacks() {
		ReactiveCallbacks callbacks = this.callbacks;
		if (callbacks == null) {
			callbacks = new ReactiveCallbacks();
			this.callbacks = callbacks;
		}
		return callbacks;
	}

	private synchronized @Nullable ReactiveCallbacks callbacksIfAny() {
		return this.callbacks;
	}

	/** Whether anything is to be called before its COMMIT, or after its end. */
	public boolean hasCallbacks() {
		return callbacksIfAny() != null;
	}

	/** Fails with the failure of the first callback that fails. */
	public Mono<Void> runBeforeCommit() {
		ReactiveCallbacks callbacks = callbacksIfAny();
		return (callbacks != null) ? callbacks.runBeforeCommit() : Mono.empty();
	}

	/**
	 * The same for Spring's transaction managers, which roll back neither on checked
	 * exceptions nor on their own: a {@link TransactionException} stands for a failed
	 * COMMIT to them.
	 */
	public Mono<Void> runBeforeCommitUnchecked() {
		return runBeforeCommit().onErrorMap(
				(failure) -> failure instanceof Exception
						&& (!(failure instanceof RuntimeException) || failure instanceof TransactionException),
				(failure) -> new IllegalStateException(
						"A callback before the commit of '%s' failed: %s".formatted(this.name, failure.getMessage()),
						failure));
	}

	/**
	 * Note that it was this transaction's COMMIT that failed.
	 * @param failure what the subscriber gets
	 * @return the same
	 */
	public synchronized CommitFailedException commitFailed(CommitFailedException failure) {
		this.commitFailure = failure;
		return failure;
	}

	/**
	 * Return whether it is the failure of this transaction's own COMMIT, and not one of
	 * another's that came through it.
	 */
	synchronized boolean isCommitFailure(Throwable failure) {
		return failure == this.commitFailure;
	}

	/** Have it ask what became of a COMMIT that is not answered. */
	public void resolveCommit() {
		this.resolvesCommit = true;
	}

	public boolean resolvesCommit() {
		return this.resolvesCommit;
	}

	/** A statement had ended it before its COMMIT: a part may be committed alone. */
	public void endedBefore() {
		this.endedBefore = true;
	}

	boolean isEndedBefore() {
		return this.endedBefore;
	}

	/**
	 * Let a block work from a savepoint: inside of the one that does so already, if any,
	 * and not beside it, unless that is cancelled.
	 * @param block the block
	 * @param name of the block
	 * @param cancellation of the block
	 * @param inside whether it is inside of another block
	 * @return the name of the one beside which it would work, or {@code null}
	 */
	synchronized @Nullable String nest(Object block, String name, Cancellation cancellation, Predicate<Object> inside) {
		Nested around = this.nested;
		while (around != null && around.cancellation.cause() != null) {
			around = around.around;
		}
		if (around != null && !inside.test(around.block)) {
			return around.name;
		}
		this.nested = new Nested(block, name, cancellation, around);
		return null;
	}

	synchronized void unnest(Object block) {
		if (this.nested != null && this.nested.block == block) {
			this.nested = this.nested.around;
		}
	}

	/** Where things stand, to be noted at a savepoint. */
	public synchronized Position position() {
		return new Position(this.mark,
				(this.callbacks != null) ? this.callbacks.position() : ReactiveCallbacks.Position.START);
	}

	/**
	 * Forget what was registered, and who doomed the transaction, since a savepoint.
	 * @param position where things stood
	 * @param failure what caused the rollback to the savepoint
	 */
	public synchronized void rollBackTo(Position position, Throwable failure) {
		this.mark = position.mark;
		if (this.callbacks != null) {
			this.callbacks.rollBackTo(position.callbacks, failure);
		}
	}

	/**
	 * Let everything follow that was to follow the end. It takes place outside of any
	 * transaction, whatever context it is subscribed with, and no cancel is to reach it.
	 * @param outcome what became of the transaction
	 * @param failure the subscriber's failure so far
	 * @param later what failed already after that, in order; takes what fails here
	 * @return the subscriber's failure, or what a resource has translated it into; empty
	 * if there is none
	 */
	public Mono<Throwable> follow(Outcome outcome, @Nullable Throwable failure, List<Throwable> later) {
		ReactiveCallbacks callbacks = callbacksIfAny();
		if (callbacks == null) {
			return Mono.justOrEmpty(failure);
		}
		return callbacks.runAfterEnd(outcome, later).then(Mono.defer(() -> {
			if (failure != null) {
				// Before the resources, which see it with all that failed so far.
				Failures.suppressAll(failure, later);
				later.clear();
			}
			EnteredResources entered = callbacks.entered();
			return (entered != null) ? entered.release(outcome, failure, later) : Mono.justOrEmpty(failure);
		}));
	}

	/**
	 * What became of it, as those see it that follow its end.
	 * @param outcome committed, rolled back or unknown
	 * @param failure the subscriber's failure, if it has one
	 */
	public Outcome outcome(TransactionOutcome outcome, @Nullable Throwable failure) {
		if (outcome == TransactionOutcome.COMMITTED) {
			return Outcome.succeeded();
		}
		Throwable seen = (failure != null) ? failure : RollbackMark.unexpectedRollback(this.name, mark());
		return (outcome == TransactionOutcome.UNKNOWN) ? Outcome.unknown(seen) : Outcome.failed(seen);
	}

	/**
	 * Decide what the subscriber has to be told: the first failure wins, and a committed
	 * transaction never looks rolled back.
	 * @param outcome what became of the transaction
	 * @param failure the subscriber's failure
	 * @param later what failed after that, in order
	 * @return what to fail with, or {@code null}
	 */
	public @Nullable Throwable tell(TransactionOutcome outcome, @Nullable Throwable failure, List<Throwable> later) {
		return TransactionState.tell(this.name, outcome, failure, later);
	}

	/**
	 * Let everything follow that was to follow the end of a transaction that no block
	 * began, and none is there to tell about.
	 * @param outcome what became of it
	 * @return fails with an {@link AfterCommitException} where that is what its
	 * subscriber has to be told
	 */
	public Mono<Void> finishWithoutBlock(TransactionOutcome outcome) {
		if (!hasCallbacks()) {
			return Mono.empty();
		}
		// The failure of a block that joined is most likely on its way to that
		// subscriber.
		RollbackMark mark = mark();
		Throwable failure = (mark != null && outcome != TransactionOutcome.COMMITTED) ? mark.failure() : null;
		List<Throwable> later = new ArrayList<>(0);
		return follow(outcome(outcome, failure), failure, later).then(Mono.defer(() -> {
			Throwable told = tell(outcome, failure, later);
			if (told instanceof AfterCommitException afterCommit) {
				return Mono.error(afterCommit);
			}
			if (told != failure) {
				Log.error("Something failed after transaction '{}' had ended ({}); its subscriber gets the failure "
						+ "that ended it, which is not known here", this.name, outcome, told);
			}
			return Mono.empty();
		}));
	}

	/**
	 * Where things stood at a savepoint, and stand again after a rollback to it.
	 *
	 * @since 0.1.0
	 */
	public static final class Position {

		private final ReactiveCallbacks.Position callbacks;

		private @Nullable RollbackMark mark;

		private Position(@Nullable RollbackMark mark, ReactiveCallbacks.Position callbacks) {
			this.mark = mark;
			this.callbacks = callbacks;
		}

	}

	private record Nested(Object block, String name, Cancellation cancellation, @Nullable Nested around) {
	}

}
