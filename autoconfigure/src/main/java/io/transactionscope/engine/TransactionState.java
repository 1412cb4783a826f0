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

import java.util.List;

import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.text.Printable;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.SessionDuties;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.UnexpectedRollbackException;

/**
 * What all blocks of one transaction share: its deadline, what doomed it, and what is to
 * follow its end.
 *
 * <p>
 * Whoever ends the transaction calls {@link #follow} and {@link #tell}: the block that
 * began it, or the transaction manager where a {@code @Transactional} method did.
 *
 * @since 0.1.0
 */
public class TransactionState {

	private final String name;

	private @Nullable Deadline deadline;

	private @Nullable RollbackMark mark;

	private @Nullable TransactionCallbacks callbacks;

	private @Nullable SessionDuties duties;

	private boolean resolvesCommit;

	/** What the caller gets because the COMMIT failed, where a manager ends it. */
	private @Nullable RuntimeException commitFailure;

	/** Said by another thread, where that ends it. */
	private volatile boolean over;

	public TransactionState(String name, @Nullable Deadline deadline) {
		this.name = name;
		this.deadline = deadline;
	}

	/** As it was given, for those who compare it or show it by themselves. */
	public String givenName() {
		return this.name;
	}

	/** As it may stand in a message: to look at each of its characters takes a while. */
	public String name() {
		return Printable.of(this.name);
	}

	public @Nullable Deadline deadline() {
		return this.deadline;
	}

	public void deadline(@Nullable Deadline deadline) {
		this.deadline = deadline;
	}

	/** The first one to doom it stays the reason. */
	public void doom(RollbackMark mark) {
		if (this.mark == null) {
			this.mark = mark;
		}
	}

	public @Nullable RollbackMark mark() {
		return this.mark;
	}

	/** What to throw where it was to be committed, if one of our blocks has doomed it. */
	public @Nullable UnexpectedRollbackException unexpectedRollback() {
		return (this.mark != null) ? RollbackMark.unexpectedRollback(name(), this.mark) : null;
	}

	/** What is to follow the end, made at the first use. */
	public TransactionCallbacks callbacks() {
		TransactionCallbacks callbacks = this.callbacks;
		if (callbacks == null) {
			callbacks = new TransactionCallbacks(name());
			this.callbacks = callbacks;
		}
		return callbacks;
	}

	/** Whether anything was registered with it. */
	boolean hasCallbacks() {
		return this.callbacks != null;
	}

	/** How many callbacks have been registered with it. */
	public int registered() {
		return (this.callbacks != null) ? this.callbacks.registered() : 0;
	}

	/**
	 * The application's callbacks that its commit would run.
	 * @param from how many to leave out, as they were registered earlier
	 */
	public List<TransactionCallbacks.Registered> registeredForCommit(int from) {
		return (this.callbacks != null) ? this.callbacks.forCommit(from) : List.of();
	}

	/** Have its resources see a rollback as a cancel. */
	void cancelled() {
		if (this.callbacks != null) {
			this.callbacks.cancelled();
		}
	}

	/** What to do in its session before that goes back to the pool. */
	SessionDuties duties() {
		SessionDuties duties = this.duties;
		if (duties == null) {
			duties = new SessionDuties();
			this.duties = duties;
		}
		return duties;
	}

	/** As the session is gone, and all that it had. */
	public void dropDuties() {
		this.duties = null;
	}

	/** Have it ask what became of a COMMIT that is not answered. */
	public void resolveCommit() {
		this.resolvesCommit = true;
	}

	public boolean resolvesCommit() {
		return this.resolvesCommit;
	}

	/**
	 * Do it. The transaction has ended, and its connection is still lent.
	 * @param failures takes what failed
	 */
	public void fulfilDuties(List<Throwable> failures) {
		if (this.duties != null) {
			this.duties.fulfil(failures);
		}
	}

	public void runBeforeCommit() throws Exception {
		if (this.callbacks != null) {
			this.callbacks.runBeforeCommit();
		}
	}

	/**
	 * The same for Spring's transaction managers, which roll back neither on checked
	 * exceptions nor on their own: a {@link TransactionException} stands for a failed
	 * COMMIT to them.
	 */
	public void runBeforeCommitUnchecked() {
		try {
			runBeforeCommit();
		}
		catch (Exception ex) {
			if (ex instanceof RuntimeException unchecked && !(ex instanceof TransactionException)) {
				throw unchecked;
			}
			throw new IllegalStateException(
					"A callback before the commit of '%s' failed: %s".formatted(name(), ex.getMessage()), ex);
		}
	}

	/** Whether the manager that ends it asks for the {@link #mark}, and no other. */
	public boolean isEndedByOurManager() {
		return false;
	}

	/** What failed inside the manager that ended it, and that it had nobody to tell. */
	public List<Throwable> failuresOfManager() {
		return List.of();
	}

	/** Where things stand, to be noted at a savepoint. */
	public Position position() {
		return new Position(this.mark,
				(this.callbacks != null) ? this.callbacks.position() : TransactionCallbacks.Position.START);
	}

	/**
	 * Forget what was registered, and who doomed the transaction, since a savepoint.
	 * @param position where things stood
	 * @param failure what caused the rollback to the savepoint
	 */
	public void rollBackTo(Position position, Throwable failure) {
		this.mark = position.mark;
		if (this.callbacks != null) {
			this.callbacks.rollBackTo(position.callbacks, failure);
		}
	}

	/**
	 * Note that the COMMIT of a transaction manager failed.
	 * @param outcome rolled back or unknown
	 * @param translated Spring's exception for it, if it has one
	 * @param failure the driver's, or the provider's
	 * @return what the manager has to throw, so that Spring's synchronizations hear the
	 * outcome: a {@link TransactionException} stands for an unknown one to it
	 */
	public RuntimeException commitFailed(TransactionOutcome outcome, @Nullable RuntimeException translated,
			Throwable failure) {
		if (translated == null || translated instanceof TransactionException) {
			return toSpring(outcome, failure);
		}
		if (outcome == TransactionOutcome.ROLLED_BACK && !CommitFailure.isLinkLost(failure)) {
			this.commitFailure = translated;
			return translated;
		}
		return toSpring(outcome, translated);
	}

	/**
	 * Note that the transaction had ended before its COMMIT was sent.
	 * @param ended what had ended it
	 * @return what the manager has to throw
	 */
	public RuntimeException commitFailed(TransactionEndedException ended) {
		RuntimeException failure = CommitFailure.ended(name(), ended);
		this.commitFailure = failure;
		return failure;
	}

	private RuntimeException toSpring(TransactionOutcome outcome, Throwable cause) {
		CommitFailedException failed = commitFailed(outcome, cause);
		return (outcome == TransactionOutcome.ROLLED_BACK) ? new CommitRefused(failed) : failed;
	}

	/**
	 * Note that the COMMIT failed.
	 * @param outcome rolled back or unknown
	 * @param cause why
	 * @return what the caller gets
	 */
	public CommitFailedException commitFailed(TransactionOutcome outcome, Throwable cause) {
		return commitFailed(CommitFailure.exception(name(), outcome, cause));
	}

	public CommitFailedException commitFailed(CommitFailedException failure) {
		this.commitFailure = failure;
		return failure;
	}

	/**
	 * Return whether it is the failure of this transaction's own COMMIT, and not one of
	 * another's that came through it.
	 * @param failure what was thrown
	 */
	boolean isCommitFailure(Throwable failure) {
		return failure == this.commitFailure;
	}

	/** Note that it has ended, as whoever does that may be unable to unbind it. */
	public void over() {
		this.over = true;
	}

	/** Whether it is bound only because it was ended on another thread. */
	public boolean isOver() {
		return this.over;
	}

	/** What the caller gets because the COMMIT failed. */
	public @Nullable RuntimeException commitFailure() {
		return this.commitFailure;
	}

	/** What is still to be thrown in place of a {@link CommitRefused}, if anything. */
	public @Nullable RuntimeException refusal() {
		return (this.commitFailure instanceof CommitFailedException failed
				&& failed.outcome() == TransactionOutcome.ROLLED_BACK) ? failed : null;
	}

	/**
	 * Let everything follow that was to follow the end.
	 * @param outcome what became of the transaction
	 * @param failure the caller's failure so far
	 * @param later what failed already after that, in order; what fails here is added
	 * @return the caller's failure, or what a resource has translated it into
	 */
	public @Nullable Throwable follow(TransactionOutcome outcome, @Nullable Throwable failure, List<Throwable> later) {
		if (this.callbacks == null) {
			return failure;
		}
		return this.callbacks.follow(outcome, failure, () -> RollbackMark.unexpectedRollback(name(), this.mark), later);
	}

	/**
	 * Let follow what a part of it has registered, as that ends before the transaction.
	 * @param part which part
	 * @param callbacks what to run
	 * @param outcome what became of the part
	 * @param failure the caller's failure so far
	 * @param later what failed already after that, in order; what fails here is added
	 * @return the caller's failure, or what a resource has translated it into
	 */
	public @Nullable Throwable follow(TransactionCallbacks.Part part, List<TransactionCallbacks.Registered> callbacks,
			TransactionOutcome outcome, @Nullable Throwable failure, List<Throwable> later) {
		return callbacks().follow(part, callbacks, outcome, failure,
				() -> RollbackMark.unexpectedRollback(name(), this.mark), later);
	}

	/**
	 * Decide what the caller has to be told: the first failure wins, and a committed
	 * transaction never looks rolled back.
	 * @param outcome what became of the transaction
	 * @param failure the caller's failure
	 * @param later what failed after that, in order
	 * @return what to throw, or {@code null}
	 */
	public @Nullable Throwable tell(TransactionOutcome outcome, @Nullable Throwable failure, List<Throwable> later) {
		return later.isEmpty() ? failure : tell(name(), outcome, failure, later);
	}

	/** The same, for a transaction of that name. */
	public static @Nullable Throwable tell(String name, TransactionOutcome outcome, @Nullable Throwable failure,
			List<Throwable> later) {
		if (later.isEmpty()) {
			return failure;
		}
		Throwable told = failure;
		if (told == null) {
			if (outcome == TransactionOutcome.COMMITTED) {
				return new AfterCommitException(name, later);
			}
			String what = (outcome == TransactionOutcome.ROLLED_BACK)
					? "The transaction of '%s' is rolled back as asked, but what was to follow failed: %s"
					: "The transaction of '%s' was to be rolled back, and it is not known whether all of it is: %s";
			told = new TransactionSystemException(what.formatted(name, later), later.remove(0));
		}
		Failures.suppressAll(told, later);
		return told;
	}

	/**
	 * Let everything follow that was to follow the end of a transaction that a
	 * {@code @Transactional} method began, which no block is there to tell about.
	 * @param outcome what became of the transaction
	 * @param later what failed already after the end
	 * @return what the caller of the method has to be told, if anything
	 */
	public @Nullable RuntimeException finishWithoutBlock(TransactionOutcome outcome, List<Throwable> later) {
		// The failure of a block that joined is most likely on its way to that caller.
		Throwable failure = (this.commitFailure != null) ? this.commitFailure
				: (this.mark != null && outcome != TransactionOutcome.COMMITTED) ? this.mark.failure() : null;
		Throwable followed = follow(outcome, failure, later);
		boolean onlyTranslated = failure != null && later.isEmpty();
		Throwable told = tell(outcome, followed, later);
		if (told != failure) {
			if (told instanceof RuntimeException translation && failure != null && failure == refusal()) {
				// Thrown in the place of Spring's exception anyway
				return translation;
			}
			// Not that of another transaction, which has doomed this one.
			if (told instanceof AfterCommitException afterCommit) {
				return afterCommit;
			}
			if (onlyTranslated) {
				Log.warn("The failure that ended transaction '{}' ({}) was translated after its caller had got it; "
						+ "enter what translates around the method that began the transaction, as with @WithResource",
						name(), outcome, told);
			}
			else {
				Log.error("Something failed after transaction '{}' had ended ({}); its caller gets the failure that "
						+ "ended it, which is not known here", name(), outcome, told);
			}
		}
		return refusal();
	}

	/**
	 * Says to Spring that a failed COMMIT is known to be rolled back; its cause, which
	 * only stands for a commit in doubt there, takes its place before the caller.
	 */
	private static final class CommitRefused extends RuntimeException {

		private CommitRefused(CommitFailedException failure) {
			super(failure.getMessage(), failure, false, false);
		}

	}

	/**
	 * What the thread has bound for it, if that is not the state itself.
	 *
	 * @since 0.1.0
	 */
	public interface Source {

		TransactionState shared();

	}

	/**
	 * Where things stood at a savepoint.
	 *
	 * @param mark who had doomed the transaction by then, if anybody had
	 * @param callbacks how much was registered by then
	 * @since 0.1.0
	 */
	public record Position(@Nullable RollbackMark mark, TransactionCallbacks.Position callbacks) {

		static final Position START = new Position(null, TransactionCallbacks.Position.START);

	}

	/**
	 * Under which it is bound to the thread where it is not its own connection holder.
	 *
	 * @param manager the transaction manager that ends it
	 * @since 0.1.0
	 */
	public record Key(PlatformTransactionManager manager) {
	}

}
