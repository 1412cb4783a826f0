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

package io.transactionscope.engine;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.resource.StackReserve;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.ScopePropagation;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * The engine of one running block: the way from its begin to its one outcome. What its
 * body sees of it is its subclass, so that a block is one object.
 */
abstract class Block extends NestedBlock {

	private final ScopeSettings settings;

	private final CurrentScope current;

	private final @Nullable String outerName;

	private long outerDeadline;

	private final Measurement measurement;

	private final Participation participation;

	private final TransactionState transaction;

	private @Nullable Deadline transactionDeadline;

	/** The block's own wish to roll back. */
	private @Nullable RollbackMark mark;

	/** What it was opened as, where it is not the block of a lambda or method. */
	private @Nullable WeakReference<?> handle;

	/** From here on the handle may go, as nobody needs it again. */
	private boolean closing;

	private boolean complete;

	private boolean ended;

	Block(ScopeSettings settings, String name) {
		this(settings, name, settings.definition().deadline());
	}

	Block(ScopeSettings settings, String name, @Nullable Deadline own) {
		this(settings, name, own, CurrentScope.ofThread());
	}

	private Block(ScopeSettings settings, String name, @Nullable Deadline own, CurrentScope current) {
		super(name, current.enclosing());
		StackReserve.probe();
		this.settings = settings;
		this.current = current;
		this.measurement = settings.telemetry().start(name, settings.definition().propagation());
		Borrower borrower = current.borrower();
		this.outerName = borrower.exchangeName(name);
		long entryDeadline = Deadline.nanoTimeOf(own);
		if (settings.definition().propagation() == ScopePropagation.NESTED) {
			// The savepoint is set in the transaction around it.
			entryDeadline = Deadline.earlier(entryDeadline, borrower.deadline());
		}
		this.outerDeadline = borrower.exchangeDeadline(entryDeadline);
		Participation entered = null;
		try {
			entered = settings.engine().enter(settings.definition(), name, own);
			this.transactionDeadline = entered.transaction().deadline();
			this.participation = entered;
			this.transaction = entered.transaction();
			if (settings.definition().commit().resolved()) {
				this.transaction.resolveCommit();
			}
			Deadline deadline = Deadline.earlier(own, this.transactionDeadline);
			this.transaction.deadline(deadline);
			borrower.exchangeDeadline(Deadline.nanoTimeOf(deadline));
			current.setInner(this.outer, this);
			this.measurement.begun();
		}
		catch (Throwable ex) {
			abandon(entered, ex);
			throw ex;
		}
	}

	/** Undo what a block has done that failed before its body. */
	private void abandon(@Nullable Participation entered, Throwable cause) {
		this.ended = true;
		try {
			if (entered != null) {
				undo(entered, cause);
			}
		}
		finally {
			leave();
			this.measurement.failedToBegin(cause);
		}
	}

	private void undo(Participation entered, Throwable cause) {
		List<Throwable> failures = new ArrayList<>(0);
		RollbackMark mark = RollbackMark.failed(givenName(), cause);
		try {
			if (!entered.isOwner() && !entered.isSavepoint()) {
				entered.transaction().doom(mark);
			}
			entered.rollBack(mark, failures);
		}
		finally {
			entered.transaction().deadline(this.transactionDeadline);
			entered.release(failures);
			entered.resume(failures);
		}
		Failures.suppressAll(cause, failures);
	}

	/** Let only its handle keep it open: it is ended once that is gone. */
	protected final void openAs(Object handle) {
		this.handle = new WeakReference<>(handle);
	}

	@Override
	final Object handle() {
		Object handle = (this.handle != null) ? this.handle.get() : null;
		return (handle != null) ? handle : this;
	}

	/** End after a body that returned. */
	protected final void succeed() {
		if (this.ended) {
			throw new IllegalStateException(
					"Scope '%s' was rolled back inside its body, which closed a scope around it. Close scopes in reverse order, best in try-with-resources."
						.formatted(givenName()));
		}
		Throwable failure = (this.inner == null) ? end(null) : endAll(leftOpen());
		if (failure != null) {
			throw Failures.rethrow(failure);
		}
	}

	private IllegalStateException leftOpen() {
		IllegalStateException failure = new IllegalStateException(
				"Scope '%s' ends while scope '%s', opened inside it, is still open; both are rolled back. Open it in try-with-resources."
					.formatted(givenName(), this.current.require().givenName()));
		this.mark = RollbackMark.failed(givenName(), failure);
		return failure;
	}

	/**
	 * Whether it was opened, never closed, and cannot be closed any more. A stack trace
	 * would not tell: a handle may be closed by whoever got it, from wherever.
	 */
	@Override
	boolean isDropped() {
		return this.handle != null && !this.closing && this.handle.get() == null;
	}

	/** End it for those who begin next: they would join it, and be lost with it. */
	@Override
	Throwable endLeftOpen() {
		IllegalStateException failure = new IllegalStateException(
				"Scope '%s' was opened and never closed; it is rolled back. Open it in try-with-resources."
					.formatted(givenName()));
		this.mark = RollbackMark.failed(givenName(), failure);
		Throwable told = endFailed(failure);
		Log.error("Scope '{}' was left open on thread '{}'", givenName(), this.current.thread().getName(), told);
		return told;
	}

	@Override
	Throwable fail(Throwable failure) {
		this.mark = RollbackMark.failed(givenName(), failure);
		return endFailed(failure);
	}

	/** End after a failure, and before it whatever was left open inside. */
	protected final Throwable endAll(Throwable failure) {
		if (this.ended) {
			return failure;
		}
		Throwable told = failure;
		for (NestedBlock each = this.current.require(); each != this && each != null; each = each.outer) {
			told = each.fail(told);
		}
		return endFailed(told);
	}

	private Throwable endFailed(Throwable failure) {
		// Else what its end begins would find it dropped, and end it within that.
		this.closing = true;
		Throwable told = end(failure);
		return (told != null) ? told : failure;
	}

	/**
	 * Bring the block to its outcome, give everything back, and say what the caller has
	 * to be told.
	 */
	private @Nullable Throwable end(@Nullable Throwable failure) {
		Throwable told = failure;
		Throwable objection = null;
		boolean commit = false;
		boolean interrupted = false;
		List<Throwable> later = new ArrayList<>(0);
		TransactionOutcome outcome = TransactionOutcome.ROLLED_BACK;
		Deadline deadline = this.transaction.deadline();
		try {
			this.measurement.ending();
			commit = this.mark == null && (failure == null || this.settings.definition().commitsOn(failure));
			if (commit) {
				objection = objectionToCommit();
				told = (objection != null) ? instead(failure, objection) : failure;
				commit = objection == null && this.mark == null;
			}
			this.ended = true;
			if (commit) {
				this.participation.commit(later);
				outcome = TransactionOutcome.COMMITTED;
			}
			else {
				outcome = rollBack(told, later);
			}
		}
		catch (Throwable ex) {
			if (ex instanceof CommitFailedException failed && this.transaction.isCommitFailure(failed)) {
				outcome = failed.outcome();
			}
			told = commit ? instead(failure, ex) : Failures.join(told, ex);
			if (this.participation.isJoined()) {
				doom(ex);
			}
		}
		finally {
			this.ended = true;
			leave();
			this.transaction.deadline(this.transactionDeadline);
			this.participation.release(later);
		}
		if (commit && outcome == TransactionOutcome.UNKNOWN && told instanceof CommitFailedException unknown) {
			// An interrupt is no answer.
			interrupted = Thread.interrupted();
			outcome = CommitFailure.verify(unknown, this.settings.definition().commit(), deadline);
			interrupted |= Thread.interrupted();
			told = switch (outcome) {
				case COMMITTED -> failure;
				case ROLLED_BACK -> CommitFailure.rolledBack(unknown);
				case UNKNOWN -> unknown;
			};
		}
		told = this.participation.follow(outcome, told, later);
		this.participation.resume(later);
		told = this.transaction.tell(outcome, told, later);
		this.measurement.ended((told != null || !this.participation.isJoined()) ? outcome : null, told);
		if (interrupted || objection instanceof InterruptedException) {
			// Not earlier, or it would interrupt the rollback and what followed.
			Thread.currentThread().interrupt();
		}
		return told;
	}

	/**
	 * A failure to commit takes the place of an exception that would have stood for a
	 * commit.
	 */
	private static Throwable instead(@Nullable Throwable failure, Throwable objection) {
		if (failure != null) {
			Failures.suppress(objection, failure);
		}
		return objection;
	}

	/** What stands against a commit, found out before anything is sent. */
	private @Nullable Throwable objectionToCommit() {
		try {
			if (this.transaction.mark() == null) {
				// It may have been marked rollback-only for just that.
				refuseLate("in its body");
			}
			refuseDoomed();
			refuseLate("in its body");
			if (this.participation.isSavepoint() || this.transaction.hasCallbacks()) {
				// Before anything works on it in vain.
				refuseEnded();
			}
			if (this.participation.isOwner()) {
				this.transaction.runBeforeCommit();
				refuseDoomed();
				refuseLate("before the commit");
			}
			return null;
		}
		catch (Throwable ex) {
			return ex;
		}
	}

	private void refuseEnded() {
		TransactionEndedException ended = this.participation.ended();
		if (ended != null) {
			throw CommitFailure.ended(this.transaction.name(), ended);
		}
	}

	private void refuseDoomed() {
		RollbackMark mark = this.transaction.mark();
		if (!this.participation.isJoined() && (mark != null || this.participation.isRollbackOnly())) {
			throw RollbackMark.unexpectedRollback(givenName(), mark);
		}
	}

	private void refuseLate(String when) {
		Deadline deadline = this.transaction.deadline();
		if (deadline != null && deadline.isPassed()) {
			throw deadline.passed(givenName(), when);
		}
	}

	private TransactionOutcome rollBack(@Nullable Throwable failure, List<Throwable> later) {
		RollbackMark cause = (failure != null || this.mark == null) ? new RollbackMark(givenName(), null, failure)
				: this.mark;
		if (!this.participation.isSavepoint()) {
			// For who joined, and for what follows
			this.transaction.doom(cause);
		}
		return this.participation.rollBack(cause, later);
	}

	private void doom(Throwable failure) {
		this.transaction.doom(RollbackMark.failed(givenName(), failure));
	}

	/** The thread is the outer block's again. */
	private void leave() {
		this.current.borrower().exchangeName(this.outerName);
		this.current.borrower().exchangeDeadline(this.outerDeadline);
		this.current.setInner(this.outer, null);
	}

	@Override
	final TransactionState transaction() {
		return this.transaction;
	}

	@Override
	final void advance(Duration time) {
		this.outerDeadline = Deadline.sooner(this.outerDeadline, time);
		this.transactionDeadline = Deadline.sooner(this.transactionDeadline, time);
	}

	@Override
	final boolean isTransactional() {
		return this.participation.isTransactional();
	}

	@Override
	final boolean takesPart() {
		return !this.participation.isOwner();
	}

	@Override
	final boolean hasEnded() {
		return this.ended;
	}

	final ScopeSettings settings() {
		return this.settings;
	}

	final CurrentScope current() {
		return this.current;
	}

	final Participation participation() {
		return this.participation;
	}

	final @Nullable RollbackMark mark() {
		return this.mark;
	}

	final void mark(RollbackMark mark) {
		this.mark = mark;
	}

	/** Let it commit when its handle is closed. */
	final void agree() {
		this.complete = true;
	}

	/** End it as its handle is closed. */
	final void endByHandle() {
		this.closing = true;
		if (this.inner != null) {
			throw Failures.rethrow(endAll(leftOpen()));
		}
		if (!this.complete && this.mark == null) {
			this.mark = new RollbackMark(givenName(), "was closed without complete()", this.participation.isJoined()
					? new IllegalStateException("Scope '%s' was closed without complete()".formatted(givenName()))
					: null);
		}
		succeed();
	}

}
