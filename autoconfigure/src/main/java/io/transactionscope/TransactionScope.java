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

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;

import javax.sql.DataSource;

import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.resource.async.BlockFuture;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.PropagationOptions;
import org.jspecify.annotations.Nullable;

import org.springframework.core.retry.RetryPolicy;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Isolation;

/**
 * One block, one outcome: what is done inside is committed when the block succeeds and
 * rolled back when it fails, the original exception reaches the caller, and the
 * connection always goes back to its pool.
 *
 * <pre class="code">
 * Order order = transactions.named("place-order").call((tx) -&gt; {
 *     Order placed = orders.insert(request);
 *     tx.afterCommit(() -&gt; mail.confirm(placed));
 *     return placed;
 * });
 * </pre>
 *
 * <p>
 * The contract, whichever way the block is written:
 * <ul>
 * <li>A body that returns commits. A body that throws anything, checked exceptions and
 * errors included, rolls back, and the caller gets the same instance.</li>
 * <li>The first failure wins; each later one (of the rollback, of a callback, of a
 * release) is {@linkplain Throwable#addSuppressed suppressed} by it, in order.</li>
 * <li>A COMMIT that fails reaches the caller as {@link CommitFailedException}, which
 * knows whether the transaction is rolled back or in doubt.</li>
 * <li>A joined block that fails dooms the transaction: if an outer body swallows the
 * failure and returns, the caller gets an
 * {@link org.springframework.transaction.UnexpectedRollbackException} with that failure
 * as its cause.</li>
 * <li>Past its {@linkplain #timeout(Duration) deadline} a block rolls back, also when its
 * body returned normally, with a
 * {@link org.springframework.transaction.TransactionTimedOutException}.</li>
 * </ul>
 *
 * <p>
 * A scope is an immutable description that any number of threads may share: each option
 * returns a new scope, to be used at once or kept in a field. Without options a block
 * joins the transaction that is active or begins one
 * ({@linkplain org.springframework.transaction.annotation.Propagation#REQUIRED
 * required}). It takes part in Spring's transactions in both directions:
 * {@code @Transactional}, {@code JdbcTemplate}, {@code JdbcClient}, JPA and whatever else
 * asks Spring for its connection see the same transaction.
 *
 * <p>
 * The checked exception of {@link #call(Call) call} and {@link #run(Run) run} is what the
 * body declares. One that a resource throws, entered in the body, is not declared by
 * anything: to catch it around the block, name its type, as in
 * {@code transactions.<IOException>run(...)}.
 *
 * @see ActiveScope
 * @see OpenScope
 * @since 0.1.0
 */
public interface TransactionScope extends PropagationOptions<TransactionScope> {

	/**
	 * {@return what the body returned, run in this scope}
	 * @param body what to do, given the handle of the running scope
	 * @param <T> the type of the value
	 * @param <X> the checked exception that the body declares, if any
	 * @throws X what the body threw, after the rollback
	 * @throws org.springframework.transaction.CannotCreateTransactionException if no
	 * connection could be had
	 * @throws CommitFailedException if the COMMIT failed
	 * @throws AfterCommitException if the data is committed and something failed after it
	 */
	<T extends @Nullable Object, X extends Throwable> T call(Call<T, X> body) throws X;

	/**
	 * {@return what a body returned that needs no handle, run in this scope}
	 * @param body what to do
	 * @param <T> the type of the value
	 * @param <X> the checked exception that the body declares, if any
	 * @throws X what the body threw, after the rollback
	 * @see #call(Call)
	 */
	<T extends @Nullable Object, X extends Throwable> T call(PlainCall<T, X> body) throws X;

	/**
	 * Run the body in this scope.
	 * @param body what to do, given the handle of the running scope
	 * @param <X> the checked exception that the body declares, if any
	 * @throws X what the body threw, after the rollback
	 * @see #call(Call)
	 */
	<X extends Throwable> void run(Run<X> body) throws X;

	/**
	 * Run the body in this scope, for a body that needs no handle.
	 * @param body what to do
	 * @param <X> the checked exception that the body declares, if any
	 * @throws X what the body threw, after the rollback
	 * @see #call(Call)
	 */
	<X extends Throwable> void run(PlainRun<X> body) throws X;

	/**
	 * Open this scope for try-with-resources. It commits at {@link OpenScope#close()
	 * close()} if {@link OpenScope#complete() complete()} was called, and rolls back
	 * otherwise.
	 *
	 * <pre class="code">
	 * try (OpenScope tx = transactions.named("place-order").open()) {
	 *     orders.insert(request);
	 *     tx.complete();
	 * }
	 * </pre>
	 * @return the running scope, to be closed by the same thread
	 */
	OpenScope open();

	/**
	 * Run the blocks of this scope on an executor, while their callers go on with a
	 * future.
	 * @param executor what they run on, best with a virtual thread for each; whoever
	 * shuts it down waits for them
	 * @return the asynchronous form of this scope
	 */
	Async async(Executor executor);

	/**
	 * {@return the same on the {@linkplain #asyncExecutor executor} of this scope}
	 * @throws IllegalStateException if it has none
	 */
	Async async();

	/**
	 * Set the executor for {@link #async()}. An auto-configured scope has the bean
	 * {@code applicationTaskExecutor}, which Spring Boot makes of virtual threads where
	 * {@code spring.threads.virtual.enabled} is set; a context that is closed waits for
	 * the blocks that have begun on it, and cancels those in its queue.
	 * @param executor what the blocks run on
	 * @return a scope with that executor
	 */
	TransactionScope asyncExecutor(Executor executor);

	/**
	 * {@return the name given with {@link #named}, or {@code null} if each block is named
	 * after its body's class and method}
	 */
	@Nullable String name();

	/**
	 * Name the scope: in logs, observations, exceptions, and as the holder of its
	 * connection. Keep it low in cardinality: a name for the use case, not for the order.
	 * @param name the name, not blank
	 * @return a scope of that name
	 */
	TransactionScope named(String name);

	/**
	 * {@return a scope that only reads} A hint for the driver, the database and JPA, as
	 * {@link org.springframework.transaction.TransactionDefinition#isReadOnly()} is.
	 */
	TransactionScope readOnly();

	/**
	 * {@return a scope that begins its transactions with an isolation level of its own}
	 * @param isolation the level; {@link Isolation#DEFAULT} is the database's own
	 */
	TransactionScope isolation(Isolation isolation);

	/**
	 * Set one deadline for the wait for the connection, the statements and the commit. It
	 * starts anew with each block. Past it the block rolls back, also when its body
	 * returned normally. A block that joins a transaction is bounded by the earlier of
	 * its own deadline and that of the block around it.
	 * <p>
	 * Statements are bounded through {@link java.sql.Statement#setQueryTimeout}, which
	 * counts whole seconds, rounded up here. Code that does not ask the database is not
	 * interrupted.
	 * @param timeout how long the block may take: at least a millisecond and at most 24
	 * days (JDBC counts milliseconds in an {@code int})
	 * @return a scope with that deadline
	 */
	TransactionScope timeout(Duration timeout);

	/**
	 * Commit also when the body throws one of these, and let the exception reach the
	 * caller all the same. A COMMIT that fails then takes precedence, as the exception
	 * would otherwise stand for a commit that did not happen; it suppresses the body's
	 * exception.
	 * @param types the exception types, subclasses included; they replace earlier ones
	 * @return a scope that commits on these types and rolls back on any other
	 * @throws IllegalArgumentException if one of them is no {@link Throwable}
	 */
	TransactionScope commitOn(Class<?>... types);

	/**
	 * Ask the database what became of a COMMIT that it has not answered, as the link was
	 * lost. If the transaction is committed, the block returns normally, and its
	 * callbacks and resources see a commit. If it is rolled back, or has written nothing
	 * (a {@code NOTIFY} does not count), the {@link CommitFailedException} says so. It
	 * stays unknown if no server that had the transaction answers by the deadline, or in
	 * 30 seconds without one.
	 * <p>
	 * PostgreSQL can tell, from version 15 on, by the transaction's id, which costs a
	 * round trip before each COMMIT; a session that is idle in it is ended. A block that
	 * joins a transaction asks on its behalf. For other databases see
	 * {@link #verifiedBy}.
	 * @return a scope that resolves its commits
	 * @see <a href="https://www.postgresql.org/docs/current/functions-info.html">
	 * pg_xact_status</a>
	 */
	TransactionScope resolveCommit();

	/**
	 * Set what tells whether the transaction is committed where the database has not
	 * answered its COMMIT, nor said so since: by what the transaction has written, as
	 * {@code () -> orders.exists(id)} does.
	 * <p>
	 * It is called on the block's thread, outside of the transaction, once the connection
	 * is gone, and what it returns is believed: it has to wait for a COMMIT that may
	 * still be under way, by a lock on what that has written. What it throws leaves the
	 * outcome unknown, and is suppressed by the {@link CommitFailedException}. Spring's
	 * own synchronizations have been told by then that the outcome is unknown.
	 * @param verification returns {@code true} if the transaction is committed,
	 * {@code false} if it is not and will not be
	 * @return a scope whose commits are verified by that
	 */
	TransactionScope verifiedBy(Callable<Boolean> verification);

	/**
	 * Repeat the block, with a new transaction and handle, when others made it fail: by
	 * what is, or has as a cause, Spring's {@code ConcurrencyFailureException} (after a
	 * serialization failure, a deadlock, a stale version), or by a COMMIT that lost its
	 * link and is known to be rolled back. The policy bounds that, and what it excludes
	 * is not repeated; one that does not accept just anything adds what it accepts. Never
	 * repeated is what is or may be committed, interrupted, cancelled or late: the
	 * {@linkplain #timeout deadline} is one for all attempts, and no pause passes it. The
	 * last failure reaches the caller and suppresses the earlier ones. Inside of a
	 * transaction, without one, or {@linkplain #open opened}, it is refused.
	 * @param policy how often, after which pauses, and when else
	 * @return a scope whose blocks are repeated
	 */
	TransactionScope retry(RetryPolicy policy);

	/**
	 * {@return a scope with the same options on another transaction manager}
	 * @param transactionManager whose transactions to begin and join
	 */
	TransactionScope transactionManager(PlatformTransactionManager transactionManager);

	/**
	 * {@return the same on a {@link ScopedJdbcTransactionManager} of a data source}
	 * @param dataSource whose connections to use
	 */
	default TransactionScope dataSource(DataSource dataSource) {
		return transactionManager(new ScopedJdbcTransactionManager(dataSource));
	}

	/**
	 * Observe each block: as a timer, a span, or whatever the registry's handlers make of
	 * it. The auto-configured scope uses the application's registry.
	 * @param registry where to report; {@link ObservationRegistry#NOOP} costs nothing
	 * @return a scope that reports there
	 * @see io.transactionscope.observation.ScopeObservationDocumentation
	 */
	TransactionScope observationRegistry(ObservationRegistry registry);

	/**
	 * Log each block that takes longer, at WARN and with the split of its time: waiting
	 * for the connection, body, end.
	 * @param threshold the limit, positive; {@code null} for none, which is the default
	 * @return a scope with that threshold
	 */
	TransactionScope slowThreshold(@Nullable Duration threshold);

	/**
	 * {@return a scope on a transaction manager, without options or observation}
	 * @param transactionManager whose transactions to begin and join
	 */
	static TransactionScope create(PlatformTransactionManager transactionManager) {
		return new DefaultTransactionScope(transactionManager);
	}

	/**
	 * A scope whose blocks run on the threads of an executor, each on one, with a
	 * transaction of its own even if the caller is in one. (Only an executor that runs a
	 * block on the caller's thread, as some do when they are saturated, lets it join what
	 * that is in.) What the blocking form returns or throws, the future has, once all is
	 * released. In addition:
	 * <ul>
	 * <li>Whatever else completes the future (a cancel, a timeout) cancels the block. In
	 * the executor's queue, it never begins. In its body it is interrupted, with its
	 * statement under way ended at the server if its pool is watched, and rolls back,
	 * whatever the body makes of that; resources see it as
	 * {@linkplain io.transactionscope.resource.Outcome#isCancelled() cancelled}. Nothing
	 * else of the thread is interrupted: no rollback, no release, no later task. Once the
	 * COMMIT is about to be sent, it is too late; {@link BlockFuture#ended()} knows.</li>
	 * <li>The {@linkplain #timeout deadline} includes the time in the executor's queue:
	 * past it there, the future fails and nothing begins. So it does with what the
	 * executor throws if it refuses the block; the future of one that it drops without a
	 * word has the deadline alone. A body is not interrupted by it, as in the blocking
	 * form, but by {@link BlockFuture#orTimeout}.</li>
	 * <li>A block that is {@linkplain #retry repeated} waits on its thread. A cancel ends
	 * that wait, and no attempt follows.</li>
	 * <li>The MDC, the context class loader and the observation are the caller's.</li>
	 * </ul>
	 *
	 * @see #async(Executor)
	 * @since 0.1.0
	 */
	interface Async {

		/**
		 * {@return the future of a body's value, run on a thread of the executor}
		 * @param body what to do, given the handle of the running scope
		 * @param <T> the type of the value
		 */
		<T extends @Nullable Object> BlockFuture<T> call(Call<T, ?> body);

		/**
		 * {@return the future of the value of a body that needs no handle}
		 * @param body what to do
		 * @param <T> the type of the value
		 */
		<T extends @Nullable Object> BlockFuture<T> call(PlainCall<T, ?> body);

		/**
		 * {@return the future of a body that returns nothing}
		 * @param body what to do, given the handle of the running scope
		 */
		BlockFuture<@Nullable Void> run(Run<?> body);

		/**
		 * {@return the future of a body that returns nothing and needs no handle}
		 * @param body what to do
		 */
		BlockFuture<@Nullable Void> run(PlainRun<?> body);

	}

	/**
	 * A body that uses the handle of its scope and returns a value.
	 *
	 * @param <T> the type of the value
	 * @param <X> the checked exception that it declares, if any
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface Call<T extends @Nullable Object, X extends Throwable> {

		/**
		 * {@return a value for the caller of the scope}
		 * @param tx the running scope
		 * @throws X to roll back
		 */
		T call(ActiveScope tx) throws X;

	}

	/**
	 * A body that returns a value and needs no handle.
	 *
	 * @param <T> the type of the value
	 * @param <X> the checked exception that it declares, if any
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface PlainCall<T extends @Nullable Object, X extends Throwable> extends Call<T, X> {

		/**
		 * {@return a value for the caller of the scope}
		 * @throws X to roll back
		 */
		T call() throws X;

		@Override
		default T call(@Nullable ActiveScope tx) throws X {
			return call();
		}

	}

	/**
	 * A body that uses the handle of its scope and returns nothing.
	 *
	 * @param <X> the checked exception that it declares, if any
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface Run<X extends Throwable> {

		/**
		 * Do the work.
		 * @param tx the running scope
		 * @throws X to roll back
		 */
		void run(ActiveScope tx) throws X;

	}

	/**
	 * A body that returns nothing and needs no handle.
	 *
	 * @param <X> the checked exception that it declares, if any
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface PlainRun<X extends Throwable> extends Run<X> {

		/**
		 * Do the work.
		 * @throws X to roll back
		 */
		void run() throws X;

		@Override
		default void run(@Nullable ActiveScope tx) throws X {
			run();
		}

	}

}
