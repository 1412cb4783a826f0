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

package io.transactionscope;

import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.resource.Failures;
import io.transactionscope.resource.LateWork;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.StackReserve;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.ScopePropagation;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * One running block: the handle that its body sees, and the way from its begin to its one
 * outcome.
 */
final class Block implements ActiveScope {

	private final DefaultTransactionScope scope;

	private final String name;

	private final Nesting nesting = Nesting.current();

	private final @Nullable Block outer = this.nesting.enclosing();

	private @Nullable Block inner;

	private final @Nullable String outerName;

	private final long outerDeadline;

	private final Measurement measurement;

	private final Participation participation;

	private final TransactionState transaction;

	private final @Nullable Deadline transactionDeadline;

	/** The block's own wish to roll back. */
	private @Nullable RollbackMark mark;

	/** What it was opened as, where it is not the block of a lambda or method. */
	private @Nullable WeakReference<OpenHandle> handle;

	/** From here on the handle may go, as nobody needs it again. */
	private boolean closing;

	private boolean complete;

	private boolean ended;

	private Block(DefaultTransactionScope scope, String name) {
		StackReserve.probe();
		this.scope = scope;
		this.name = name;
		Deadline own = scope.definition().deadline();
		this.measurement = scope.telemetry().start(name, scope.definition().propagation());
		Borrower borrower = this.nesting.borrower;
		this.outerName = borrower.exchangeName(name);
		long entryDeadline = Deadline.nanoTimeOf(own);
		if (scope.definition().propagation() == ScopePropagation.NESTED) {
			// The savepoint is set in the transaction around it.
			entryDeadline = Deadline.earlier(entryDeadline, borrower.deadline());
		}
		this.outerDeadline = borrower.exchangeDeadline(entryDeadline);
		Participation entered = null;
		try {
			entered = scope.transactions().enter(scope.definition(), name, own);
			this.transactionDeadline = entered.transaction().deadline();
			this.participation = entered;
			this.transaction = entered.transaction();
			Deadline deadline = Deadline.earlier(own, this.transactionDeadline);
			this.transaction.deadline(deadline);
			borrower.exchangeDeadline(Deadline.nanoTimeOf(deadline));
			this.nesting.setInner(this.outer, this);
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
		RollbackMark mark = RollbackMark.failed(this.name, cause);
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

	static OpenScope open(DefaultTransactionScope scope, String name) {
		Block block = new Block(scope, name);
		try {
			OpenHandle handle = new OpenHandle(block);
			block.handle = new WeakReference<>(handle);
			return handle;
		}
		catch (Throwable ex) {
			throw Failures.rethrow(block.endAll(ex));
		}
	}

	/** What the body of the current block knows the block as. */
	static ActiveScope currentHandle() {
		Block current = handle();
		OpenHandle handle = (current.handle != null) ? current.handle.get() : null;
		return (handle != null) ? handle : current;
	}

	static Block current() {
		Block current = Nesting.current().innermost();
		if (current == null) {
			throw new IllegalStateException(
					"Thread '%s' is in no scope: call this from the body of a TransactionScope or from a method annotated with @ScopedTransaction."
						.formatted(Thread.currentThread().getName()));
		}
		return current;
	}

	/**
	 * The handle of the thread, unless it would lead a resource to the wrong transaction.
	 */
	static Block handle() {
		Block current = current();
		Block entering = current.nesting.entering;
		if (entering != null && entering.transaction != current.transaction
				&& current == current.nesting.innermostAtEntry) {
			throw new IllegalStateException(
					"Scope '%s' cannot acquire a resource that works on the current scope while scope '%s', which has a transaction of its own, is active inside it. Enter the resource on the handle of scope '%2$s', or before that scope begins."
						.formatted(entering.name, current.name));
		}
		return current;
	}

	static <T extends @Nullable Object, X extends Throwable> T call(DefaultTransactionScope scope, String name,
			TransactionScope.Call<T, X> body) throws X {
		Block block = new Block(scope, name);
		T result;
		try {
			result = body.call(block);
			if (result != null && LateWork.isLate(result.getClass())) {
				LateWork.refuse("Scope '%s'".formatted(name), result);
			}
		}
		catch (Throwable ex) {
			throw Failures.rethrow(block.endAll(ex));
		}
		block.succeed();
		return result;
	}

	static <X extends Throwable> void run(DefaultTransactionScope scope, String name, TransactionScope.Run<X> body)
			throws X {
		Block block = new Block(scope, name);
		try {
			body.run(block);
		}
		catch (Throwable ex) {
			throw Failures.rethrow(block.endAll(ex));
		}
		block.succeed();
	}

	/** End after a body that returned. */
	private void succeed() {
		if (this.ended) {
			throw new IllegalStateException(
					"Scope '%s' was rolled back inside its body, which closed a scope around it. Close scopes in reverse order, best in try-with-resources."
						.formatted(this.name));
		}
		Throwable failure = (this.inner == null) ? end(null) : endAll(leftOpen());
		if (failure != null) {
			throw Failures.rethrow(failure);
		}
	}

	private IllegalStateException leftOpen() {
		IllegalStateException failure = new IllegalStateException(
				"Scope '%s' ends while scope '%s', opened inside it, is still open; both are rolled back. Open it in try-with-resources."
					.formatted(this.name, current().name));
		this.mark = RollbackMark.failed(this.name, failure);
		return failure;
	}

	/**
	 * Whether it was opened, never closed, and cannot be closed any more. A stack trace
	 * would not tell: a handle may be closed by whoever got it, from wherever.
	 */
	private boolean isDropped() {
		return this.handle != null && !this.closing && this.handle.get() == null;
	}

	/** End it for those who begin next: they would join it, and be lost with it. */
	private Throwable endLeftOpen() {
		IllegalStateException failure = new IllegalStateException(
				"Scope '%s' was opened and never closed; it is rolled back. Open it in try-with-resources."
					.formatted(this.name));
		this.mark = RollbackMark.failed(this.name, failure);
		Throwable told = endFailed(failure);
		Log.error("Scope '{}' was left open on thread '{}'", this.name, this.nesting.thread.getName(), told);
		return told;
	}

	/** End what was dropped on this thread, if a transaction is about to join it. */
	static void endDropped() {
		Nesting.current().enclosing();
	}

	/** The innermost block of the thread, if it is in one. */
	static @Nullable Block innermost() {
		return Nesting.current().innermost();
	}

	/**
	 * End what was opened inside a block, and not closed.
	 * @param outside the block, or {@code null} for all of the thread's
	 * @return the failures that say so, the innermost first
	 */
	static List<Throwable> endLeftOpen(@Nullable Block outside) {
		List<Throwable> failures = new ArrayList<>(0);
		if (outside == null || !outside.ended) {
			for (Block each = innermost(); each != null && each != outside; each = innermost()) {
				failures.add(each.endLeftOpen());
			}
		}
		return failures;
	}

	/** End after a failure, and before it whatever was left open inside. */
	private Throwable endAll(Throwable failure) {
		if (this.ended) {
			return failure;
		}
		Throwable told = failure;
		for (Block each = current(); each != this && each != null; each = each.outer) {
			each.mark = RollbackMark.failed(each.name, told);
			told = each.endFailed(told);
		}
		return endFailed(told);
	}

	private Throwable endFailed(Throwable failure) {
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
		List<Throwable> later = new ArrayList<>(0);
		TransactionOutcome outcome = TransactionOutcome.ROLLED_BACK;
		try {
			this.measurement.ending();
			commit = this.mark == null && (failure == null || this.scope.definition().commitsOn(failure));
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
			if (isJoined()) {
				doom(ex);
			}
		}
		finally {
			this.ended = true;
			leave();
			this.transaction.deadline(this.transactionDeadline);
			this.participation.release(later);
		}
		if (this.participation.isOwner()) {
			this.transaction.follow(outcome, told, later);
		}
		this.participation.resume(later);
		told = this.transaction.tell(outcome, told, later);
		this.measurement.ended((told != null || !isJoined()) ? outcome : null, told);
		if (objection instanceof InterruptedException) {
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
			if (this.participation.isSavepoint() || this.transaction.hasAftermath()) {
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
		if (!isJoined() && (mark != null || this.participation.isRollbackOnly())) {
			throw RollbackMark.unexpectedRollback(this.name, mark);
		}
	}

	private void refuseLate(String when) {
		Deadline deadline = this.transaction.deadline();
		if (deadline != null && deadline.isPassed()) {
			throw deadline.passed(this.name, when);
		}
	}

	private TransactionOutcome rollBack(@Nullable Throwable failure, List<Throwable> later) {
		RollbackMark cause = (failure != null || this.mark == null) ? new RollbackMark(this.name, null, failure)
				: this.mark;
		if (!this.participation.isSavepoint()) {
			// For who joined, and for what follows
			this.transaction.doom(cause);
		}
		return this.participation.rollBack(cause, later);
	}

	private boolean isJoined() {
		return !this.participation.isOwner() && !this.participation.isSavepoint();
	}

	private void doom(Throwable failure) {
		this.transaction.doom(RollbackMark.failed(this.name, failure));
	}

	/** The thread is the outer block's again. */
	private void leave() {
		this.nesting.borrower.exchangeName(this.outerName);
		this.nesting.borrower.exchangeDeadline(this.outerDeadline);
		this.nesting.setInner(this.outer, null);
	}

	private Block inUse() {
		if (Thread.currentThread() != this.nesting.thread) {
			throw new IllegalStateException(
					"Scope '%s' belongs to thread '%s' and cannot be used from thread '%s': a transaction runs on one thread."
						.formatted(this.name, this.nesting.thread.getName(), Thread.currentThread().getName()));
		}
		if (this.ended) {
			throw new IllegalStateException(
					"Scope '%s' has ended: its handle is good only inside its body.".formatted(this.name));
		}
		return this;
	}

	@Override
	public String name() {
		return inUse().name;
	}

	@Override
	public void afterCommit(Callback callback) {
		Assert.notNull(callback, "'callback' must not be null");
		inUse().transaction.aftermath().afterEnd(TransactionOutcome.COMMITTED, (outcome) -> callback.run());
	}

	@Override
	public void afterRollback(Callback callback) {
		Assert.notNull(callback, "'callback' must not be null");
		inUse().transaction.aftermath().afterEnd(TransactionOutcome.ROLLED_BACK, (outcome) -> callback.run());
	}

	@Override
	public void onCompletion(OutcomeCallback callback) {
		Assert.notNull(callback, "'callback' must not be null");
		inUse().transaction.aftermath().afterEnd(null, callback);
	}

	@Override
	public void beforeCommit(Callback callback) {
		Assert.notNull(callback, "'callback' must not be null");
		inUse().transaction.aftermath().beforeCommit(callback);
	}

	@Override
	public <X extends Throwable> void savepoint(TransactionScope.Run<X> body) throws X {
		Assert.notNull(body, "'body' must not be null");
		run(savepointScope(), this.name, body);
	}

	@Override
	public <T extends @Nullable Object, X extends Throwable> T callInSavepoint(TransactionScope.Call<T, X> body)
			throws X {
		Assert.notNull(body, "'body' must not be null");
		return call(savepointScope(), this.name, body);
	}

	private DefaultTransactionScope savepointScope() {
		inUse();
		if (!this.participation.isTransactional()) {
			throw new IllegalStateException(
					"Scope '%s' cannot set a savepoint: it runs without transaction.".formatted(this.name));
		}
		if (current().transaction != this.transaction) {
			throw new IllegalStateException(
					"Scope '%s' cannot set a savepoint while scope '%s', which has a transaction of its own, is active inside it."
						.formatted(this.name, current().name));
		}
		return this.scope.savepoint();
	}

	@Override
	public void setRollbackOnly(String reason) {
		Assert.notNull(reason, "'reason' must not be null");
		inUse().mark = RollbackMark.asked(this.name, reason);
	}

	@Override
	public boolean isRollbackOnly() {
		return inUse().mark != null || this.transaction.mark() != null || this.participation.isRollbackOnly()
				|| this.participation.ended() != null;
	}

	@Override
	public Connection connection() {
		Connection connection = inUse().participation.connection();
		if (connection == null) {
			throw new IllegalStateException(
					"Scope '%s' has no JDBC connection here: it runs without transaction, its transaction is suspended for another one, or its transaction manager works on none."
						.formatted(this.name));
		}
		return GuardedConnection.around(connection, this.name, this.transaction);
	}

	@Override
	public <T extends AutoCloseable> T enter(T resource) {
		Assert.notNull(resource, "'resource' must not be null");
		return inUse().transaction.aftermath().resources().enter(resource);
	}

	@Override
	public <T extends @Nullable Object> T enter(Resource<? extends T> resource) {
		Assert.notNull(resource, "'resource' must not be null");
		Nesting nesting = inUse().nesting;
		Block entering = nesting.entering;
		Block innermost = nesting.innermostAtEntry;
		nesting.entering = this;
		nesting.innermostAtEntry = nesting.innermost();
		try {
			return this.transaction.aftermath().resources().enter(resource);
		}
		finally {
			nesting.entering = entering;
			nesting.innermostAtEntry = innermost;
		}
	}

	@Override
	public void enter(TransactionScope other) {
		Assert.isInstanceOf(DefaultTransactionScope.class, other, "'other' must be a scope of this library");
		inUse();
		CompanionTransaction following = new CompanionTransaction((DefaultTransactionScope) other, this.name,
				this.transaction.deadline());
		enter((Resource<?>) following);
		this.transaction.aftermath().follow(following);
		beforeCommit(following::refuseDoomed);
	}

	void complete() {
		inUse().complete = true;
	}

	void close() {
		if (this.ended) {
			return;
		}
		inUse();
		this.closing = true;
		if (this.inner != null) {
			throw Failures.rethrow(endAll(leftOpen()));
		}
		if (!this.complete && this.mark == null) {
			this.mark = new RollbackMark(this.name, "was closed without complete()",
					isJoined()
							? new IllegalStateException("Scope '%s' was closed without complete()".formatted(this.name))
							: null);
		}
		succeed();
	}

	/**
	 * The blocks that a thread is in. There is one for each thread, for as long as
	 * anybody knows it, like its {@link Borrower}.
	 */
	private static final class Nesting {

		// Types of the JDK, because a thread may outlive our class loader.
		private static final ThreadLocal<@Nullable Object @Nullable []> CURRENT = new ThreadLocal<>();

		private static final int SELF = 0;

		private static final int OUTERMOST = 1;

		/** What the thread keeps. */
		private final @Nullable Object[] kept;

		private final Thread thread = Thread.currentThread();

		private final Borrower borrower = Borrower.current();

		/** The block on whose handle a resource is being acquired. */
		private @Nullable Block entering;

		private @Nullable Block innermostAtEntry;

		private Nesting(@Nullable Object[] kept) {
			this.kept = kept;
		}

		private static Nesting current() {
			@Nullable Object[] kept = CURRENT.get();
			Nesting known = (kept != null) ? self(kept) : null;
			return (known != null) ? known : begin(kept);
		}

		private static @Nullable Nesting self(@Nullable Object[] kept) {
			return (Nesting) ((WeakReference<?>) Objects.requireNonNull(kept[SELF])).get();
		}

		private static Nesting begin(@Nullable Object @Nullable [] known) {
			@Nullable Object[] kept = (known != null) ? known : new @Nullable Object[] { null, null };
			Nesting self = new Nesting(kept);
			kept[SELF] = new WeakReference<>(self);
			CURRENT.set(kept);
			return self;
		}

		private @Nullable Block innermost() {
			Block block = (Block) this.kept[OUTERMOST];
			while (block != null && block.inner != null) {
				block = block.inner;
			}
			return block;
		}

		/** The innermost block that somebody can still close. */
		private @Nullable Block enclosing() {
			Block block = innermost();
			while (block != null && block.isDropped()) {
				block.endLeftOpen();
				block = innermost();
			}
			return block;
		}

		private void setInner(@Nullable Block outer, @Nullable Block block) {
			if (outer == null) {
				// Leads to the others. To write a reference costs a memory barrier here,
				// where an old object is, but not in a block, which is young.
				this.kept[OUTERMOST] = block;
			}
			else {
				outer.inner = block;
			}
		}

	}

}
