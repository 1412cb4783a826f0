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

package io.transactionscope.pool;

import java.lang.ref.WeakReference;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

import io.transactionscope.pool.snapshot.Words;
import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.TransactionExecution;

/**
 * What the current thread says about itself when it asks a pool for a connection: the
 * name of the scope it works in, and the deadline of that scope.
 *
 * <p>
 * Whoever changes either puts the previous value back when its scope ends, so that scopes
 * nest:
 *
 * <pre class="code">
 * Borrower borrower = Borrower.current();
 * String previous = borrower.exchangeName("place-order");
 * try {
 *     report.run(); // the connections that it borrows are held by "place-order"
 * }
 * finally {
 *     borrower.exchangeName(previous);
 * }
 * </pre>
 *
 * <p>
 * There is one borrower for each thread, for as long as anybody knows it; what it has
 * said stays. It must not be passed to another thread.
 *
 * @since 0.1.0
 */
public final class Borrower extends Party {

	/**
	 * The deadline of a thread that has none.
	 */
	public static final long NO_DEADLINE = 0;

	/**
	 * The name of a transaction that nobody has given one.
	 */
	public static final String UNNAMED_TRANSACTION = "unnamed transaction";

	// Never removed: to write to an array costs a nanosecond, a thread-local's removal
	// thirty. So a thread keeps nothing of ours outside of a transaction, but types of
	// the JDK: it may outlive our class loader.
	private static final ThreadLocal<@Nullable Object @Nullable []> CURRENT = new ThreadLocal<>();

	private static final int SELF = 0;

	private static final int NAME = 1;

	private static final int NUMBERS = 2;

	private static final int TRANSACTIONS = 3;

	private static final int CALL = 4;

	/** The numbers; the last two are not zero while that is so. */
	private static final int DEADLINE = 0;

	private static final int BEGINNING = 1;

	private static final int NAMED = 2;

	private final Thread thread = Thread.currentThread();

	/**
	 * What the thread keeps, as {@link #CURRENT} has it. Written and read by the thread
	 * alone.
	 */
	private final @Nullable Object[] said;

	/** A part of what the thread keeps. */
	private final long[] numbers;

	private @Nullable Watch watch;

	private Borrower(@Nullable Object[] said, long[] numbers) {
		this.said = said;
		this.numbers = numbers;
	}

	/**
	 * Return the borrower that the current thread is.
	 * @return the same object at each call from the same thread
	 */
	public static Borrower current() {
		@Nullable Object[] said = CURRENT.get();
		Borrower known = (said != null) ? self(said) : null;
		return (known != null) ? known : introduce(said);
	}

	private static @Nullable Borrower self(@Nullable Object[] said) {
		return (Borrower) ((WeakReference<?>) Objects.requireNonNull(said[SELF])).get();
	}

	private static Borrower introduce(@Nullable Object @Nullable [] known) {
		@Nullable Object[] said = (known != null) ? known
				: new @Nullable Object[] { null, null, new long[] { NO_DEADLINE, 0, 0 }, null, null };
		Borrower self = new Borrower(said, (long[]) Objects.requireNonNull(said[NUMBERS]));
		said[SELF] = new WeakReference<>(self);
		CURRENT.set(said);
		return self;
	}

	/**
	 * Return the name of the scope that the thread works in.
	 * @return the name, or {@code null} outside of any named scope
	 */
	@Override
	public @Nullable String name() {
		if (this.said[TRANSACTIONS] != null) {
			// Managers do not tell of each end: not after a failing beforeCommit, nor
			// once
			// another listener has thrown.
			forget(TransactionExecution::isCompleted);
		}
		return (this.numbers[NAMED] != 0) ? (String) this.said[NAME] : null;
	}

	/**
	 * Say which scope the thread works in from now on.
	 * @param name the name, or {@code null} for none
	 * @return the previous name, to be put back when the scope ends
	 */
	public @Nullable String exchangeName(@Nullable String name) {
		String previous = name();
		say(name);
		return previous;
	}

	@SuppressWarnings("ReferenceEquality")
	private void say(@Nullable String name) {
		this.numbers[NAMED] = (name != null) ? 1 : 0;
		// The same one nearly always. To write a reference costs a memory barrier.
		if (name != null && name != this.said[NAME]) {
			this.said[NAME] = name;
		}
	}

	/**
	 * Return the call that the thread is in.
	 * @return the call, or {@code null} if nobody has told of one
	 */
	public @Nullable Call call() {
		return (Call) this.said[CALL];
	}

	/**
	 * Say which call the thread is in from now on.
	 * @param call the call, or {@code null} for none
	 * @return the previous one, to be put back when the call returns
	 */
	public @Nullable Call exchangeCall(@Nullable Call call) {
		Call previous = call();
		this.said[CALL] = call;
		return previous;
	}

	/**
	 * Return what a transaction is called that the thread begins.
	 * @param given the name that it was given, if it was given one
	 * @return that name, or what the caller knows the method by that has it
	 */
	public String nameOfTransaction(@Nullable String given) {
		if (given == null || given.isBlank()) {
			return UNNAMED_TRANSACTION;
		}
		Call call = call();
		return (call != null && given.equals(call.transaction())) ? call.name() : given;
	}

	/**
	 * Say whether a transaction of the thread begins.
	 *
	 * <p>
	 * What is borrowed meanwhile is expected to go back from the thread that has borrowed
	 * it, and to be used by no other, as the connection of a transaction is. On this, the
	 * detection of deadlocks relies. Whatever else a thread borrows, inside of a
	 * transaction or not, it may pass on.
	 * @param beginning whether one begins
	 * @return what was said before, to be put back when it has begun
	 */
	public boolean exchangeBeginning(boolean beginning) {
		boolean previous = isBeginning();
		this.numbers[BEGINNING] = beginning ? 1 : 0;
		return previous;
	}

	@Override
	protected boolean isBeginning() {
		return this.numbers[BEGINNING] != 0;
	}

	/**
	 * Return the moment at which the thread's scope has to be over.
	 * @return a value of {@link System#nanoTime()}, or {@link #NO_DEADLINE}
	 */
	public long deadline() {
		return this.numbers[DEADLINE];
	}

	/**
	 * Say when the thread's scope has to be over. Until the previous deadline is put
	 * back, the deadline bounds each wait of this thread for a pooled connection, each
	 * statement it executes and each COMMIT it sends.
	 * @param deadline a value of {@link System#nanoTime()}, or {@link #NO_DEADLINE}
	 * @return the previous deadline, to be put back when the scope ends
	 */
	public long exchangeDeadline(long deadline) {
		long previous = this.numbers[DEADLINE];
		this.numbers[DEADLINE] = deadline;
		return previous;
	}

	/**
	 * Take the name of a transaction that begins, until that transaction ends.
	 */
	void begins(TransactionExecution transaction) {
		String previous = exchangeName(nameOfTransaction(transaction.getTransactionName()));
		this.said[TRANSACTIONS] = new NamedTransaction(transaction, previous, innermost());
		exchangeBeginning(true);
	}

	/**
	 * Go on after the begin of a transaction.
	 */
	void hasBegun() {
		exchangeBeginning(false);
	}

	void ends(TransactionExecution transaction) {
		forget((each) -> each == transaction);
	}

	/**
	 * Forget the outermost transaction of that kind, and those further in, which never
	 * told of their end.
	 */
	private void forget(Predicate<TransactionExecution> ended) {
		NamedTransaction outermost = null;
		for (NamedTransaction each = innermost(); each != null; each = each.outer) {
			if (ended.test(each.transaction)) {
				outermost = each;
			}
		}
		if (outermost != null) {
			say(outermost.previousName);
			this.said[TRANSACTIONS] = outermost.outer;
		}
	}

	private @Nullable NamedTransaction innermost() {
		return (NamedTransaction) this.said[TRANSACTIONS];
	}

	/**
	 * {@return whether what the thread does has to end by a deadline}
	 */
	public boolean hasDeadline() {
		return this.numbers[DEADLINE] != NO_DEADLINE;
	}

	/**
	 * {@return whether there is a {@link #watch()}, for code that is to be inlined}
	 */
	public boolean isWatched() {
		return this.watch != null;
	}

	/**
	 * Return who watches what the thread sends.
	 * @return the watch, or {@code null} if nobody does
	 */
	public @Nullable Watch watch() {
		return this.watch;
	}

	/**
	 * Say who watches what the thread sends from now on.
	 * @param watch the watch, or {@code null} for none
	 * @return the previous one, to be put back when the scope ends
	 */
	public @Nullable Watch exchangeWatch(@Nullable Watch watch) {
		Watch previous = this.watch;
		this.watch = watch;
		return previous;
	}

	/**
	 * {@return the scope that the thread works in, for a sentence about its own deadline}
	 */
	String describe() {
		String name = name();
		return (name != null) ? Words.ofScope(name) : "the current scope";
	}

	/**
	 * {@return whether the caller's thread is the borrower}
	 */
	public boolean isCurrentThread() {
		return this.thread == Thread.currentThread();
	}

	@Override
	protected boolean isCurrent() {
		return isCurrentThread();
	}

	@Override
	protected boolean isAlive() {
		return this.thread.isAlive();
	}

	/**
	 * {@return what its thread goes by, in the leases of a snapshot as well}
	 */
	@Override
	public String description() {
		return describe(this.thread);
	}

	/**
	 * {@return by what people tell a thread from others}
	 */
	static String describe(Thread thread) {
		return thread.getName().isEmpty() ? "thread " + thread.getId() : Printable.of(thread.getName());
	}

	@Override
	protected List<StackTraceElement> activity() {
		return List.of(this.thread.getStackTrace());
	}

	@Override
	protected int spread() {
		return Long.hashCode(this.thread.getId());
	}

	/**
	 * Somebody who may want to stop the thread while it waits for an answer of the
	 * database, which an interrupt would not do, or would do by tearing the connection.
	 *
	 * @since 0.1.0
	 */
	public interface Watch {

		/**
		 * Take notice of a statement that is about to be sent.
		 * @param cancellation asks the database to end it; returns at once
		 * @throws SQLException if it is not to be sent
		 */
		void sends(Runnable cancellation) throws SQLException;

		/**
		 * Take notice of a wait that has to be undisturbed: for the end of a transaction.
		 */
		void awaitsEnd();

		/** Take notice of the answer to either. */
		void answered();

		/** Take notice of a connection that the thread has got. */
		void borrows();

		/**
		 * Take notice of a call elsewhere that begins while the thread holds a
		 * connection.
		 * @param name what is called
		 */
		void calls(String name);

	}

	/**
	 * A call of a method that its caller knows by another name than transactions have, as
	 * that of an interface which a class of a framework implements.
	 *
	 * @param name the name by which its caller knows the method
	 * @param transaction the name that a transaction gets which the method begins
	 * @since 0.1.0
	 */
	public record Call(String name, String transaction) {

		/**
		 * Create one from its facts.
		 * @param name the name by which its caller knows the method
		 * @param transaction the name that a transaction gets which the method begins
		 */
		public Call {
			Objects.requireNonNull(name, "name must not be null");
			Objects.requireNonNull(transaction, "transaction must not be null");
		}

	}

	/**
	 * Knows a name for what the current thread does while it is in no scope, and in no
	 * transaction that has a name: the request it answers, the job it runs. It is asked
	 * only then, as the thread asks for a connection, so it has to be quick. What it
	 * throws reaches nobody.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Occasion {

		/**
		 * Return a name that is the same each time that the same is done: a ledger has
		 * figures for a limited number of names.
		 * @return the name, or {@code null} if nothing is known
		 */
		@Nullable String name();

	}

	/**
	 * A transaction that the thread is in, and what its name replaced.
	 */
	private record NamedTransaction(TransactionExecution transaction, @Nullable String previousName,
			@Nullable NamedTransaction outer) {
	}

}
