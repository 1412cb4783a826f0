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

package io.transactionscope.reactive;

import java.time.Duration;
import java.util.function.Supplier;

import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.PropagationOptions;
import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.annotation.Isolation;

/**
 * One block, one outcome, for a subscription: what is done inside is committed when the
 * block completes, rolled back when it fails or is cancelled, and the connection always
 * goes back to its pool.
 *
 * <pre class="code">
 * Mono&lt;Order&gt; order = transactions.named("place-order").call((tx) -&gt; orders.save(request)
 *     .doOnNext((placed) -&gt; tx.afterCommit(() -&gt; mail.confirm(placed))));
 * </pre>
 *
 * <p>
 * The contract:
 * <ul>
 * <li>Nothing happens before the subscription, and each subscription is a transaction of
 * its own: a {@code retry()} outside begins a new one each time.</li>
 * <li>A body that completes commits. A body that fails with anything rolls back, and the
 * subscriber gets the same instance. So it does where the body throws before there is a
 * publisher.</li>
 * <li>The value comes after the COMMIT, once the connection is back and all callbacks and
 * releases are done. Only {@link #streamUncommitted} lets anything out before.</li>
 * <li>A subscriber that cancels, in whatever phase, has the block rolled back. Begin,
 * rollback and releases are never cut off by that, nor is a COMMIT that was sent already:
 * it is awaited, and callbacks see what became of it.</li>
 * <li>The first failure wins; each later one is {@linkplain Throwable#addSuppressed
 * suppressed} by it, in order. Where the subscriber has gone and nobody is there to be
 * told, failures are logged at WARN, once, and are a part of what
 * {@link ReactiveActiveScope#ended()} tells.</li>
 * <li>A COMMIT that fails reaches the subscriber as {@link CommitFailedException}, which
 * knows whether the transaction is rolled back or in doubt.</li>
 * <li>A joined block that fails, or is cancelled, dooms the transaction: if an outer body
 * swallows that and completes, the subscriber gets an
 * {@link org.springframework.transaction.UnexpectedRollbackException} with the failure as
 * its cause.</li>
 * <li>Past its {@linkplain #timeout(Duration) deadline} a block rolls back, with a
 * {@link org.springframework.transaction.TransactionTimedOutException}.</li>
 * </ul>
 *
 * <p>
 * A scope is an immutable description that any number of threads may share: each option
 * returns a new scope. Without options a block joins the transaction that is active in
 * the subscriber's context, or begins one. It takes part in Spring's transactions in both
 * directions: reactive {@code @Transactional} methods, {@code TransactionalOperator},
 * {@code DatabaseClient}, {@code R2dbcEntityTemplate} and repositories see the same one.
 *
 * @see ReactiveActiveScope
 * @see io.transactionscope.TransactionScope
 * @since 0.1.0
 */
public interface ReactiveTransactionScope extends PropagationOptions<ReactiveTransactionScope> {

	/**
	 * Run the body in this scope, and emit its value once all is committed and released.
	 * @param body what to do, given the handle of the running scope
	 * @param <T> the type of the value
	 * @return the value of the body, empty if that is empty. It fails with what the body
	 * failed with, after the rollback; with a
	 * {@link org.springframework.transaction.CannotCreateTransactionException} if no
	 * connection could be had; with a {@link CommitFailedException} if the COMMIT failed;
	 * with an {@link AfterCommitException} if the data is committed and something failed
	 * after it; and with an {@link IllegalStateException}, after the rollback, if the
	 * body returned {@code null} or emitted more than one value.
	 */
	<T> Mono<T> call(Call<T> body);

	/**
	 * Run the body in this scope, and emit its value once all is committed and released,
	 * for a body that needs no handle.
	 * @param body what to do
	 * @param <T> the type of the value
	 * @return the value of the body, as for {@link #call(Call)}
	 */
	<T> Mono<T> call(PlainCall<T> body);

	/**
	 * Run what is there already in this scope.
	 *
	 * <pre class="code">
	 * return orders.save(order).then(stock.reduce(order)).as(transactions::transactional);
	 * </pre>
	 * @param body what to do
	 * @param <T> the type of the value
	 * @return the value of the body, as for {@link #call(Call)}
	 */
	<T> Mono<T> transactional(Mono<T> body);

	/**
	 * Run the body in this scope, and emit its items once all is committed and released.
	 * Until then they are kept in memory.
	 * @param body what to do, given the handle of the running scope
	 * @param <T> the type of the items
	 * @return the items of the body, or what {@link #call(Call)} fails with
	 */
	<T> Flux<T> callMany(Stream<T> body);

	/**
	 * Run the body in this scope, and emit its items as they come, at the pace of the
	 * subscriber: nothing of what they tell is committed then, and it may still be rolled
	 * back. The completion comes after the COMMIT, once all is released.
	 * <p>
	 * A subscriber that has enough and cancels, as {@code take(n)} may, has the block
	 * rolled back.
	 * @param body what to do, given the handle of the running scope
	 * @param <T> the type of the items
	 * @return the items of the body; at its end, what {@link #call(Call)} fails with
	 */
	<T> Flux<T> streamUncommitted(Stream<T> body);

	/**
	 * Return the name of this scope.
	 * @return the name given with {@link #named}, or {@code null} if each block is named
	 * after its body's class and method
	 */
	@Nullable String name();

	/**
	 * Name the scope: in logs, observations and exceptions. Keep it low in cardinality: a
	 * name for the use case, not for the order.
	 * @param name the name, not blank
	 * @return a scope of that name
	 */
	ReactiveTransactionScope named(String name);

	/**
	 * Only read: a hint for the driver and the database, as
	 * {@link org.springframework.transaction.TransactionDefinition#isReadOnly()} is.
	 * @return a scope that only reads
	 */
	ReactiveTransactionScope readOnly();

	/**
	 * Use an isolation level of its own where this scope begins the transaction.
	 * @param isolation the level; {@link Isolation#DEFAULT} is the database's own
	 * @return a scope with that level
	 */
	ReactiveTransactionScope isolation(Isolation isolation);

	/**
	 * Set one deadline for the wait for the connection, the body and the commit. It
	 * starts anew with each block. Past it the body is cancelled, a statement under way
	 * is broken off where the driver can, and the block rolls back. A COMMIT that was
	 * sent in time is awaited.
	 * <p>
	 * Nothing else ends a block whose body never ends. Such is one in which, on another
	 * thread than the one that subscribed, something throws an {@link Error} that Reactor
	 * takes for fatal (a {@link VirtualMachineError}, a {@link LinkageError}): Reactor
	 * throws it at that thread, and tells no subscriber.
	 * @param timeout how long the block may take: at least a millisecond and at most 24
	 * days
	 * @return a scope with that deadline
	 */
	ReactiveTransactionScope timeout(Duration timeout);

	/**
	 * Work from a savepoint where a transaction is active, and begin one where none is. A
	 * nested block that fails or is cancelled takes back only what was done since the
	 * savepoint. Savepoints lie one inside the other: a block that would nest beside one
	 * that is still at work, as {@code flatMap} and {@code zip} have it, fails with an
	 * {@link IllegalStateException} before it begins; {@code concatMap} runs them one
	 * after another.
	 * @return a scope that nests
	 */
	@Override
	default ReactiveTransactionScope nested() {
		return propagation(ScopePropagation.NESTED);
	}

	/**
	 * Commit also when the body fails with one of these, and let the failure reach the
	 * subscriber all the same. A COMMIT that fails then takes precedence, as the failure
	 * would otherwise stand for a commit that did not happen; it suppresses the body's.
	 * @param types the exception types, subclasses included; they replace earlier ones
	 * @return a scope that commits on these types and rolls back on any other
	 * @throws IllegalArgumentException if one of them is no {@link Throwable}
	 */
	ReactiveTransactionScope commitOn(Class<?>... types);

	/**
	 * Ask the database what became of a COMMIT that it has not answered, because the link
	 * was lost, instead of leaving that unknown. If the transaction is committed, the
	 * block completes, and its callbacks and resources see a commit. If it is rolled
	 * back, the {@link CommitFailedException} says so. It stays unknown where the
	 * database is not back by the deadline, or 30 seconds without one, or where it is not
	 * the one that had the transaction: a standby that has taken over, for one. A
	 * subscriber that cancels meanwhile does not end that.
	 * <p>
	 * PostgreSQL can tell, from version 15 on, by the transaction's id. To learn that
	 * costs one round trip before each COMMIT. Another database is not asked, nor is any
	 * through another transaction manager than Spring's {@code R2dbcTransactionManager}
	 * or {@link io.transactionscope.r2dbc.ScopedR2dbcTransactionManager}: see
	 * {@link #verifiedBy}. A session that is idle in the transaction is ended. It counts
	 * as rolled back what has written nothing, if it was to {@code NOTIFY}, too.
	 * <p>
	 * A block with it that joins a transaction asks for it on behalf of that, unless
	 * Spring's own manager has begun that.
	 * @return a scope that resolves its commits
	 * @see <a href=
	 * "https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT">
	 * pg_xact_status</a>
	 */
	ReactiveTransactionScope resolveCommit();

	/**
	 * Set what tells whether the transaction is committed where the database has not
	 * answered its COMMIT, nor said so since: by what the transaction has written, as
	 * {@code () -> orders.exists(id)} does.
	 * <p>
	 * It is called, and what it returns is subscribed to, outside of any transaction,
	 * once the connection is gone, by the block that has begun the transaction. The first
	 * value is believed: it has to wait for a COMMIT that may still be under way, by a
	 * lock on what that has written. What fails, has no value, or has none by the
	 * deadline (but half a second is left past it, and 30 seconds without one) leaves the
	 * outcome unknown, and is suppressed by the {@link CommitFailedException}. Spring's
	 * own synchronizations have been told by then that the outcome is unknown.
	 * @param verification has the value {@code true} if the transaction is committed,
	 * {@code false} if it is not and will not be; called once for each COMMIT in doubt,
	 * on any thread, which it must not block
	 * @return a scope whose commits are verified by that
	 */
	ReactiveTransactionScope verifiedBy(Supplier<? extends Publisher<Boolean>> verification);

	/**
	 * Use another transaction manager.
	 * @param transactionManager whose transactions to begin and join
	 * @return a scope with the same options on that manager
	 */
	ReactiveTransactionScope transactionManager(ReactiveTransactionManager transactionManager);

	/**
	 * Observe each block, as a child of the observation in the subscriber's context, and
	 * as the parent of what is observed in its body. The auto-configured scope uses the
	 * application's registry.
	 * @param registry where to report; {@link ObservationRegistry#NOOP} costs nothing
	 * @return a scope that reports there
	 * @see io.transactionscope.observation.ScopeObservationDocumentation
	 */
	ReactiveTransactionScope observationRegistry(ObservationRegistry registry);

	/**
	 * Log each block that takes longer, at WARN and with the split of its time: waiting
	 * for the connection, body, end.
	 * @param threshold the limit, positive; {@code null} for none, which is the default
	 * @return a scope with that threshold
	 */
	ReactiveTransactionScope slowThreshold(@Nullable Duration threshold);

	/**
	 * Wait until no block is open of this scope, of the one that it was made from with
	 * options, and of all others made from that. One is open until its subscriber has
	 * been told of its end. It neither cancels any nor keeps new ones from beginning: an
	 * application that shuts down stops what begins them first.
	 * @return completes at once where none is open; it never fails, and cancelling it
	 * leaves the blocks alone
	 */
	Mono<Void> quiesce();

	/**
	 * Create a scope on a transaction manager, without observation.
	 * @param transactionManager whose transactions to begin and join
	 * @return a scope without options
	 */
	static ReactiveTransactionScope create(ReactiveTransactionManager transactionManager) {
		return new DefaultReactiveTransactionScope(transactionManager);
	}

	/**
	 * A body that uses the handle of its scope.
	 *
	 * @param <T> the type of its value
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface Call<T> {

		/**
		 * Say what to do.
		 * @param tx the running scope
		 * @return what to subscribe to, with a value for the subscriber of the scope
		 * @throws Exception to roll back
		 */
		Mono<T> call(ReactiveActiveScope tx) throws Exception;

	}

	/**
	 * A body that needs no handle.
	 *
	 * @param <T> the type of its value
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface PlainCall<T> {

		/**
		 * Say what to do.
		 * @return what to subscribe to, with a value for the subscriber of the scope
		 * @throws Exception to roll back
		 */
		Mono<T> call() throws Exception;

	}

	/**
	 * A body of several items that uses the handle of its scope.
	 *
	 * @param <T> the type of its items
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface Stream<T> {

		/**
		 * Say what to do.
		 * @param tx the running scope
		 * @return what to subscribe to, with items for the subscriber of the scope
		 * @throws Exception to roll back
		 */
		Publisher<T> stream(ReactiveActiveScope tx) throws Exception;

	}

}
