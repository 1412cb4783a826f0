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

import java.sql.Connection;

import io.transactionscope.engine.CurrentScope;
import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * The handle of a running scope, given to its body.
 *
 * <pre class="code">
 * transactions.run((tx) -&gt; {
 *     Order order = orders.insert(request);
 *     try {
 *         tx.savepoint((sp) -&gt; coupons.redeem(order));
 *     }
 *     catch (ExpiredException ex) {
 *         log.info("No coupon for {}", order);
 *     }
 *     tx.afterCommit(() -&gt; mail.confirm(order));
 * });
 * </pre>
 *
 * <p>
 * It belongs to the thread that runs the body, and only until the body ends: used later
 * or from another thread, each method fails with an {@link IllegalStateException} that
 * says so. So it forks no tasks, as a {@link io.transactionscope.resource.ResourceScope}
 * does: the connection of a transaction serves one thread. What is to be done at once
 * needs a scope for each task, in {@link TransactionScope#async} or inside of the forks
 * of a {@code ResourceScope}.
 *
 * @see TransactionScope
 * @since 0.1.0
 */
public interface ActiveScope {

	/**
	 * Return the innermost scope that the current thread is in.
	 * @return the handle
	 * @throws IllegalStateException if the thread is in no scope, or if this is called
	 * for a resource that is entered on the handle of an outer scope with another
	 * transaction
	 */
	static ActiveScope current() {
		return (ActiveScope) CurrentScope.handle();
	}

	/**
	 * Return the name of the scope.
	 * @return the name given to it, or else one made of its body's class and method
	 */
	String name();

	/**
	 * Run the callback once the transaction is committed and its connection is back in
	 * the pool. Callbacks run in the order in which they were registered, outside of any
	 * transaction of this scope, and each runs even if an earlier one failed; the caller
	 * then gets an {@link AfterCommitException}. In a block that joined a transaction
	 * they wait for that transaction's end. Registered inside a savepoint that is rolled
	 * back, they are dropped.
	 * @param callback what to do
	 */
	void afterCommit(Callback callback);

	/**
	 * Run the callback once the transaction is rolled back and its connection is back in
	 * the pool, under the same rules as {@link #afterCommit}. A callback that fails is
	 * suppressed by the failure that caused the rollback. It does not run when the
	 * outcome is {@linkplain TransactionOutcome#UNKNOWN unknown}.
	 * @param callback what to do
	 */
	void afterRollback(Callback callback);

	/**
	 * Run the callback once the transaction has ended either way and its connection is
	 * back in the pool, under the same rules as {@link #afterCommit}.
	 * @param callback what to do, given the outcome
	 */
	void onCompletion(OutcomeCallback callback);

	/**
	 * Run the callback right before the COMMIT, still inside the transaction. If it
	 * fails, the transaction is rolled back and its failure reaches the caller. It does
	 * not run before a rollback.
	 * @param callback what to do
	 */
	void beforeCommit(Callback callback);

	/**
	 * Run the body from a savepoint: if it fails, what was done since is taken back, its
	 * exception reaches the caller, and the transaction can go on.
	 * @param body what to do
	 * @param <X> the checked exception that the body declares, if any
	 * @throws X what the body threw, after the rollback to the savepoint
	 */
	<X extends Throwable> void savepoint(TransactionScope.Run<X> body) throws X;

	/**
	 * Run the body from a savepoint, as {@link #savepoint} does, and return its value.
	 * @param body what to do
	 * @param <T> the type of the value
	 * @param <X> the checked exception that the body declares, if any
	 * @return what the body returned
	 * @throws X what the body threw, after the rollback to the savepoint
	 */
	<T extends @Nullable Object, X extends Throwable> T callInSavepoint(TransactionScope.Call<T, X> body) throws X;

	/**
	 * Let the block end in a rollback although its body returns normally. The value still
	 * reaches the caller where this block began the transaction or works from a
	 * savepoint. Where it joined a transaction, the outer block fails with an
	 * {@link org.springframework.transaction.UnexpectedRollbackException} that names this
	 * scope and the reason.
	 * @param reason why, for logs and exceptions
	 */
	void setRollbackOnly(String reason);

	/**
	 * Return whether nothing but a rollback is possible any more.
	 * @return {@code true} after {@link #setRollbackOnly}, and after a joined block or a
	 * {@code @Transactional} method that took part has failed
	 */
	boolean isRollbackOnly();

	/**
	 * Return the connection that the transaction runs on, as Spring has bound it to the
	 * thread. Closing it does nothing. Committing it, rolling it back or changing its
	 * auto-commit mode fails with an {@link java.sql.SQLException}: that is the scope's
	 * business. With lazy connection fetching, the pool is asked at the first statement.
	 * @return the bound connection
	 * @throws IllegalStateException if the scope runs without transaction, or if its
	 * transaction manager works on no JDBC connection
	 */
	Connection connection();

	/**
	 * Make a resource part of the scope: it is closed when the transaction has ended and
	 * the connection is back in the pool, in reverse order of entry. In a block that
	 * joined a transaction it is held until that transaction's end, so that a lock is
	 * never free before the data is visible.
	 * @param resource what to close
	 * @param <T> the type of the resource
	 * @return the resource
	 */
	<T extends AutoCloseable> T enter(T resource);

	/**
	 * Acquire a resource and make it part of the scope, under the same rules as
	 * {@link #enter(AutoCloseable)}. Its release sees the outcome: success if the
	 * transaction was committed, the failure if it was rolled back (or if the savepoint
	 * was, inside which it was entered), unknown if the transaction is in doubt.
	 * @param resource what to acquire
	 * @param <T> the type of its value
	 * @return its value
	 * @see io.transactionscope.resource.Resources
	 */
	<T extends @Nullable Object> T enter(Resource<? extends T> resource);

	/**
	 * Take over something that is held already, under the same rules as
	 * {@link #enter(Resource)}.
	 * @param held what is held; where this method throws, it is not taken over
	 * @param <T> the type of its value
	 * @return its value
	 */
	default <T extends @Nullable Object> T adopt(Held<? extends T> held) {
		Assert.notNull(held, "'held' must not be null");
		// Not in enter(...), where it is taken over already
		held.value();
		return enter(asResource(held));
	}

	/**
	 * Expect up to so many resources until the transaction's end, in place of 1,000. One
	 * more is logged at WARN, once, with a stack trace: most likely, a loop enters what
	 * only its current round needs.
	 * @param resources how many, at least 1
	 */
	void expect(int resources);

	/**
	 * Begin a transaction on another data source and make it a part of this scope: it is
	 * committed once this scope's own is, and rolled back if this one is rolled back or
	 * in doubt. Everything on the thread that uses that data source takes part in it.
	 * <p>
	 * This is not a two-phase commit: nothing is prepared, and there is a time, of a
	 * round trip mostly, in which this scope's own data is committed and that of the
	 * other one is not. If the other's COMMIT fails then, the caller gets an
	 * {@link AfterCommitException} that says so, with the {@link CommitFailedException}
	 * of the other one as its cause: its outcome tells whether the other is rolled back
	 * or in doubt. If the process ends in that time, nobody is told, and the other is
	 * rolled back by its database. Several are committed in reverse order of entry; after
	 * one that fails, the rest is rolled back.
	 * <p>
	 * Use it where the loss of the other part can be repaired or borne: a report, a
	 * search index, statistics, what a job can build again from this scope's own data. So
	 * the data that must not be lost belongs into this scope, and the rest into the one
	 * that is entered. It needs no other driver, pool or server setting, and costs no
	 * round trip more than the two transactions.
	 * <p>
	 * Use JTA where neither may be without the other: a scope of a
	 * {@link org.springframework.transaction.jta.JtaTransactionManager
	 * JtaTransactionManager} with XA data sources, in whose transaction both take part by
	 * themselves, without this method. Each is prepared before any is committed, which a
	 * crash cannot undo: what is left prepared is ended by the recovery of the
	 * transaction manager. It needs XA drivers and a log on disk, costs a round trip more
	 * to each database, and leaves locks held where one is lost between prepare and
	 * commit: the caller gets a {@link CommitFailedException} with outcome
	 * {@link TransactionOutcome#UNKNOWN unknown} then, and the recovery ends it later. A
	 * third way is an outbox: one transaction on one database, from which a job writes to
	 * the other.
	 * @param other a scope of another data source, with its options, whose transaction
	 * manager is one for JDBC; of its propagation, its {@link TransactionScope#commitOn
	 * commitOn} and its {@link TransactionScope#verifiedBy verifiedBy} no use is made,
	 * and its deadline is that of this scope if that is earlier
	 * @throws org.springframework.transaction.IllegalTransactionStateException if the
	 * thread has a transaction on that data source, if the other scope's transaction
	 * manager is not one for JDBC, or if the other scope is to be
	 * {@linkplain TransactionScope#retry repeated}
	 */
	void enter(TransactionScope other);

	private static <T extends @Nullable Object> Resource<T> asResource(Held<T> held) {
		return () -> held;
	}

	/**
	 * What to do before or after the end of a transaction.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface Callback {

		/**
		 * Do the work.
		 * @throws Exception if it fails
		 */
		void run() throws Exception;

	}

	/**
	 * What to do after the end of a transaction, whatever its outcome.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface OutcomeCallback {

		/**
		 * Do the work.
		 * @param outcome what became of the transaction
		 * @throws Exception if it fails
		 */
		void completed(TransactionOutcome outcome) throws Exception;

	}

}
