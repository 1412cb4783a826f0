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

import java.util.concurrent.Executor;

import io.r2dbc.spi.Connection;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.async.AsyncResource;
import io.transactionscope.transaction.AfterCommitException;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * The handle of a running scope of a subscription, given to its body.
 *
 * <pre class="code">
 * Mono&lt;Order&gt; order = transactions.call((tx) -&gt; orders.save(request)
 *     .doOnNext((placed) -&gt; tx.afterCommit(() -&gt; mail.confirm(placed)))
 *     .delayUntil((placed) -&gt; tx.savepoint((sp) -&gt; coupons.redeem(placed)).onErrorComplete()));
 * </pre>
 *
 * <p>
 * It belongs to that subscription, not to a thread: it may be used from whatever thread
 * the body works on, from several at once, and is found by {@link #current()} anywhere
 * below. It is good only until the body ends: used later, each method but {@link #name()}
 * and {@link #ended()} fails with an {@link IllegalStateException} that says so, or
 * returns a {@link Mono} that does. So does a {@link Mono} of it that is subscribed to
 * from another subscription.
 *
 * @see ReactiveTransactionScope
 * @since 0.1.0
 */
public interface ReactiveActiveScope {

	/**
	 * Find the innermost scope that the subscriber is in.
	 * @return its handle; it fails with an {@link IllegalStateException} if the
	 * subscriber's context is in no scope
	 */
	static Mono<ReactiveActiveScope> current() {
		return ActiveHandle.current();
	}

	/**
	 * Return the name of the scope.
	 * @return the name given to it, or else one made of its body's class and method
	 */
	String name();

	/**
	 * Run the callback once the transaction is committed and its connection is back in
	 * the pool. Callbacks run one after another in the order in which they were
	 * registered, outside of any transaction, and each runs even if an earlier one
	 * failed; the subscriber, whose value waits for them, then gets an
	 * {@link AfterCommitException}. In a block that joined a transaction they wait for
	 * that transaction's end. Registered inside a savepoint that is rolled back, they are
	 * dropped. No cancel reaches them.
	 * @param callback what to do
	 */
	void afterCommit(Callback callback);

	/**
	 * Run the callback once the transaction is rolled back, because of a failure, a
	 * cancel or a wish, and its connection is back in the pool, under the same rules as
	 * {@link #afterCommit}. A callback that fails is suppressed by the failure that
	 * caused the rollback. It does not run when the outcome is
	 * {@linkplain Outcome#isUnknown() unknown}.
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
	 * fails, the transaction is rolled back and its failure reaches the subscriber. It
	 * does not run before a rollback.
	 * @param callback what to do
	 */
	void beforeCommit(Callback callback);

	/**
	 * Run the body from a savepoint: if it fails or is cancelled, what was done since is
	 * taken back, and the transaction can go on. A savepoint is a place in what the one
	 * connection has done, so that two at once, as in a {@code zip}, would not be apart:
	 * the second fails with an {@link IllegalStateException} before it begins. Run them
	 * one after another, as {@code concatMap} does.
	 * @param body what to do
	 * @param <T> the type of its value
	 * @return the value of the body, once the savepoint is released; what the body failed
	 * with, after the rollback to it
	 */
	<T> Mono<T> savepoint(ReactiveTransactionScope.Call<T> body);

	/**
	 * Let the block end in a rollback although its body completes normally. The value
	 * still reaches the subscriber where this block began the transaction or works from a
	 * savepoint. Where it joined a transaction, the outer block fails with an
	 * {@link org.springframework.transaction.UnexpectedRollbackException} that names this
	 * scope and the reason.
	 * @param reason why, for logs and exceptions
	 */
	void setRollbackOnly(String reason);

	/**
	 * Return whether nothing but a rollback is possible any more.
	 * @return {@code true} after {@link #setRollbackOnly}, after a cancel, and after a
	 * joined block or a {@code @Transactional} method that took part has failed
	 */
	boolean isRollbackOnly();

	/**
	 * Return the connection that the transaction runs on. Closing it, committing it and
	 * rolling it back is the scope's business, and not allowed.
	 * @return the connection; it fails with an {@link IllegalStateException} if the scope
	 * runs without transaction, or if its transaction manager works on no R2DBC
	 * connection
	 */
	Mono<Connection> connection();

	/**
	 * Acquire a resource and make it part of the scope: it is released when the
	 * transaction has ended and the connection is back in the pool, in reverse order of
	 * entry, each once the one before is released. In a block that joined a transaction
	 * it is held until that transaction's end, so that a lock is never free before the
	 * data is visible. Its release sees the outcome: success if the transaction was
	 * committed, cancelled if a cancel rolled it back, the failure if it was rolled back
	 * otherwise (or if the savepoint was, inside which it was entered), unknown if the
	 * transaction is in doubt.
	 * <p>
	 * An acquisition is never cancelled. A resource that is there only when nobody waits
	 * for it any more is a part of the scope all the same, and released at once if the
	 * transaction has ended. The block ends once it is there, or its deadline has passed.
	 * @param resource what to acquire
	 * @param <T> the type of its value
	 * @return its value
	 * @see ReactiveResources
	 */
	<T> Mono<T> enter(AsyncResource<T> resource);

	/**
	 * Acquire a blocking resource on an executor and make it part of the scope, under the
	 * same rules as {@link #enter(AsyncResource)}. It is released on that executor, or on
	 * Reactor's bounded elastic scheduler where the executor would block a thread that
	 * must not.
	 * @param resource what to acquire
	 * @param executor where acquire and release may block
	 * @param <T> the type of its value
	 * @return its value; it fails with an {@link IllegalStateException} where the
	 * executor runs on a thread that must not block, as {@code Runnable::run} does on an
	 * event loop
	 * @see io.transactionscope.resource.Resources
	 */
	<T> Mono<T> enter(Resource<T> resource, Executor executor);

	/**
	 * Wait until the block is over, whatever becomes of it, so that whoever cancels it
	 * can know when everything is rolled back and released. It may be subscribed to from
	 * anywhere and at any time, but waits for ever where the body itself waits for it.
	 * @return what became of the block. With a failure that nobody else could be told, it
	 * is a part of that outcome. For a block that joined a transaction, success means
	 * that it did its part. It never fails, and cancelling it leaves the block alone.
	 */
	Mono<Outcome> ended();

	/**
	 * What to do before or after the end of a transaction.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface Callback {

		/**
		 * Say what to do.
		 * @return what to subscribe to and wait for; its items are passed over
		 * @throws Exception if it fails
		 */
		Publisher<?> run() throws Exception;

	}

	/**
	 * What to do after the end of a transaction, whatever its outcome.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface OutcomeCallback {

		/**
		 * Say what to do.
		 * @param outcome what became of the transaction
		 * @return what to subscribe to and wait for; its items are passed over
		 * @throws Exception if it fails
		 */
		Publisher<?> completed(Outcome outcome) throws Exception;

	}

}
