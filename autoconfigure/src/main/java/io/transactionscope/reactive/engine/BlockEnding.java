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
import java.util.concurrent.Callable;

import io.transactionscope.engine.CommitFailure;
import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.TransactionTimedOutException;

/**
 * The way of a block that has begun from its body's end to its one outcome. Each step
 * begins once the one before is over, on whatever thread that is.
 */
final class BlockEnding {

	private final RunningBlock<?> block;

	private final ReactiveParticipation participation;

	private final ReactiveTransactionState transaction;

	/** What failed after what the subscriber is told. */
	private final List<Throwable> later = new ArrayList<>(0);

	private @Nullable Throwable told;

	/** What the body failed with, although it is to be committed. */
	private @Nullable Throwable tolerated;

	private @Nullable Throwable cancelled;

	private TransactionOutcome outcome = TransactionOutcome.ROLLED_BACK;

	/** Whether it is certain that it does not commit. */
	private volatile boolean rollback;

	/** Whether its subscriber has gone on before its end was sent. */
	private volatile boolean overtaken;

	private volatile boolean sent;

	BlockEnding(RunningBlock<?> block, ReactiveParticipation participation) {
		this.block = block;
		this.participation = participation;
		this.transaction = participation.transaction();
		if (block.definition().commit().resolved()) {
			this.transaction.resolveCommit();
		}
	}

	/** The body is over. The block can still be cancelled. */
	void prepare(@Nullable Throwable failure) {
		this.block.measurement().ending();
		this.told = failure;
		if (this.block.mark() != null || (failure != null && !this.block.definition().commitsOn(failure))) {
			decide(null);
			return;
		}
		List<ReactiveBlock> atWork = this.block.inner().all(ReactiveBlock::isAtWork);
		if (!atWork.isEmpty()) {
			decide(leftOpen(atWork.get(0)));
		}
		else {
			this.block.inner().whenNone(this::check);
		}
	}

	private IllegalStateException leftOpen(ReactiveBlock inner) {
		return new IllegalStateException(
				"Scope '%s' ends while scope '%s', begun inside it, is still at work; both are rolled back. Make it a part of what the body returns."
					.formatted(this.block.name(), inner.name()));
	}

	private void check() {
		Throwable objection = objection("in its body");
		if (objection == null && this.participation.isOwner() && this.transaction.hasCallbacks()) {
			Step callbacks = new Step(this.block.currentContext()) {

				@Override
				void done(@Nullable Throwable failure) {
					decide((failure != null) ? failure : objection("before the commit"));
				}

			};
			this.block.await(callbacks, this.transaction.runBeforeCommit());
		}
		else {
			decide(objection);
		}
	}

	/** What stands against a commit, found out before anything is sent. */
	private @Nullable Throwable objection(String when) {
		try {
			RollbackMark mark = this.transaction.mark();
			Deadline deadline = this.block.deadline();
			if (mark == null && deadline != null && deadline.isPassed()) {
				// It may have been marked rollback-only for just that.
				return deadline.passed(this.block.name(), when);
			}
			if (!this.participation.isJoined() && (mark != null || this.participation.isRollbackOnly())) {
				return RollbackMark.unexpectedRollback(this.block.name(), mark);
			}
			return (deadline != null && deadline.isPassed()) ? deadline.passed(this.block.name(), when) : null;
		}
		catch (Throwable ex) {
			return ex;
		}
	}

	/** From here on no cancel changes anything. */
	private void decide(@Nullable Throwable objection) {
		boolean asked = this.block.mark() != null;
		boolean failed = this.told != null && !this.block.definition().commitsOn(this.told);
		this.rollback = objection != null || asked || failed;
		this.block.end();
		Throwable cause = this.block.cancellation().cause();
		if (objection != null && objection != cause) {
			instead(objection);
		}
		else if (cause != null && !failed) {
			this.cancelled = cause;
			instead(cause);
		}
		end(objection == null && cause == null && !asked && !failed);
	}

	/** It is cancelled, in its body. */
	void cancel(Throwable cause) {
		this.block.measurement().ending();
		this.cancelled = cause;
		this.told = cause;
		end(false);
	}

	/** It is cancelled, before its body. */
	void cancelUnused(Throwable cause) {
		if (!this.participation.isSavepoint()) {
			cancel(cause);
			return;
		}
		this.cancelled = cause;
		this.told = cause;
		this.block.inner().close();
		// Who has cancelled may have gone on since: neither a rollback nor a release of
		// the
		// savepoint would be of the block's work alone, and it has done none.
		release();
	}

	/** Whether what ends its part is on its way to the server. */
	private boolean isSent() {
		return this.sent && this.participation.isSent();
	}

	/**
	 * Whoever has cancelled it goes on, and may commit the transaction that it takes part
	 * in. Where it is to be rolled back, and that is not sent, nothing can be committed
	 * any more.
	 * @param cancelled whether it ends because it is cancelled
	 */
	void overtake(boolean cancelled) {
		if (isSent()) {
			return;
		}
		this.overtaken = true;
		if (cancelled || this.rollback) {
			doomForGood();
		}
	}

	private void doomForGood() {
		Throwable cause = this.block.cancellation().cause();
		Throwable failure = (cause != null) ? cause : this.told;
		if (this.participation.isSavepoint()) {
			failure = new IllegalStateException(
					"Scope '%s' was cancelled when it could not roll back to its savepoint at once: what the transaction did since may be taken back, too."
						.formatted(this.block.name()),
					failure);
		}
		if (!this.participation.isOwner()) {
			this.participation.doom(new RollbackMark(this.block.name(), null, failure));
		}
	}

	/** It could not go on after its begin. */
	void fail(Throwable failure) {
		this.told = failure;
		this.block.end();
		end(false);
	}

	/**
	 * A failure to commit takes the place of an exception that would have stood for a
	 * commit.
	 */
	private void instead(Throwable objection) {
		if (this.told != null) {
			Failures.suppress(objection, this.told);
		}
		this.told = objection;
	}

	private void end(boolean commit) {
		this.block.inner().close();
		if (commit) {
			List<ReactiveBlock> atWork = this.block.inner().all(ReactiveBlock::isAtWork);
			if (!atWork.isEmpty()) {
				instead(leftOpen(atWork.get(0)));
				end(false);
				return;
			}
			this.block.inner().whenNone(this::commit);
		}
		else {
			this.rollback = true;
			this.block.inner().all((each) -> true).forEach((each) -> each.cancelWithOuter(this.block.name()));
			// Before anything is awaited: who has cancelled may commit at once.
			doom();
			this.block.inner().whenNone(this::interrupt);
		}
	}

	private void commit() {
		if (!this.participation.isJoined() && this.transaction.mark() != null) {
			// By one that was awaited
			instead(RollbackMark.unexpectedRollback(this.block.name(), this.transaction.mark()));
			rollBack();
			return;
		}
		new Step(this.block.currentContext()) {

			@Override
			void done(@Nullable Throwable failure) {
				committed(failure);
			}

		}.run(() -> this.participation.commit(this.later));
		this.sent = true;
	}

	private void committed(@Nullable Throwable failure) {
		if (failure == null) {
			this.outcome = TransactionOutcome.COMMITTED;
		}
		else {
			if (failure instanceof CommitFailedException failed && this.transaction.isCommitFailure(failed)) {
				this.outcome = failed.outcome();
			}
			this.tolerated = this.told;
			instead(failure);
			if (this.participation.isJoined()) {
				this.transaction.doom(RollbackMark.failed(this.block.name(), failure));
			}
		}
		release();
	}

	private void interrupt() {
		if (this.cancelled == null) {
			rollBack();
			return;
		}
		new Step(this.block.currentContext()) {

			@Override
			void done(@Nullable Throwable failure) {
				note(failure);
				rollBack();
			}

		}.run(this.participation::interrupt);
	}

	/** For who joined, and for what follows. */
	private RollbackMark doom() {
		RollbackMark asked = this.block.mark();
		RollbackMark mark = (this.told != null || asked == null) ? new RollbackMark(this.block.name(), null, this.told)
				: asked;
		if (!this.participation.isSavepoint()) {
			this.transaction.doom(mark);
		}
		return mark;
	}

	private void rollBack() {
		RollbackMark mark = doom();
		new Step(this.block.currentContext()) {

			@Override
			public void onNext(Object item) {
				BlockEnding.this.outcome = (TransactionOutcome) item;
			}

			@Override
			void done(@Nullable Throwable failure) {
				rolledBack(failure);
			}

		}.run(() -> this.participation.rollBack(mark, this.later));
		this.sent = true;
	}

	private void rolledBack(@Nullable Throwable failure) {
		if (failure != null) {
			this.told = Failures.join(this.told, failure);
		}
		if (this.participation.isSavepoint() && this.overtaken) {
			doomForGood();
		}
		release();
	}

	private void release() {
		new Step(this.block.currentContext()) {

			@Override
			void done(@Nullable Throwable failure) {
				note(failure);
				verify();
			}

		}.run(() -> this.participation.release(this.later));
	}

	private void verify() {
		Callable<?> verification = this.block.definition().commit().verification();
		if (verification != null && this.outcome == TransactionOutcome.UNKNOWN && this.participation.isOwner()
				&& !this.transaction.isEndedBefore() && this.told instanceof CommitFailedException unknown) {
			new Verification(this.block.outer(), unknown, (outcome) -> verified(outcome, unknown)).begin(verification,
					this.block.deadline());
		}
		else {
			follow();
		}
	}

	private void verified(TransactionOutcome outcome, CommitFailedException unknown) {
		this.outcome = outcome;
		if (outcome == TransactionOutcome.COMMITTED) {
			this.told = this.tolerated;
		}
		else if (outcome == TransactionOutcome.ROLLED_BACK) {
			this.told = this.transaction.commitFailed(CommitFailure.rolledBack(unknown));
		}
		follow();
	}

	private void follow() {
		if (!this.participation.isOwner() || !this.transaction.hasCallbacks()) {
			finish();
			return;
		}
		Outcome seen = (isCancelled() && this.outcome == TransactionOutcome.ROLLED_BACK) ? Outcome.cancelled(this.told)
				: this.transaction.outcome(this.outcome, this.told);
		new Step(this.block.outer()) {

			private @Nullable Throwable followed;

			@Override
			public void onNext(Object item) {
				this.followed = (Throwable) item;
			}

			@Override
			void done(@Nullable Throwable failure) {
				note(failure);
				if (failure == null) {
					BlockEnding.this.told = this.followed;
				}
				finish();
			}

		}.run(() -> this.transaction.follow(seen, this.told, this.later));
	}

	/** By the subscriber, not by a deadline. */
	private boolean isCancelled() {
		return this.cancelled != null && !(this.cancelled instanceof TransactionTimedOutException);
	}

	private void note(@Nullable Throwable failure) {
		if (failure != null) {
			this.later.add(failure);
		}
	}

	private void finish() {
		Throwable told = this.transaction.tell(this.outcome, this.told, this.later);
		TransactionOutcome own = (told != null || !this.participation.isJoined()) ? this.outcome : null;
		this.block.finish(own, told, isCancelled());
	}

}
