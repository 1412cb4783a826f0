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

package io.transactionscope.pool.r2dbc;

import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * The way of a connection back to its pool, which goes on when whoever has closed it does
 * not wait for that any more: a pool that is cancelled while it rolls a transaction back
 * never gets the connection.
 */
final class Closing extends Mono<Void> {

	private final R2dbcLease lease;

	/** Somebody who has this has the connection in hand. */
	@SuppressWarnings("UnusedVariable") // To be reachable is enough
	private final Object handle;

	private final Publisher<Void> source;

	/**
	 * Prepare it.
	 * @param lease what goes back
	 * @param handle what the borrower has of it, not collected before it goes back
	 * @param source gives it back to the pool
	 */
	Closing(R2dbcLease lease, Object handle, Publisher<Void> source) {
		this.lease = lease;
		this.handle = handle;
		this.source = source;
	}

	@Override
	public void subscribe(CoreSubscriber<? super Void> actual) {
		if (!this.lease.giveBack()) {
			// It has gone back already, and may be somebody else's by now.
			Operators.complete(actual);
			return;
		}
		try {
			this.source.subscribe(new Uncancelled(actual));
		}
		catch (Throwable ex) {
			Operators.error(actual, ex);
		}
	}

	/**
	 * One subscription.
	 */
	private static final class Uncancelled implements CoreSubscriber<Void>, Subscription {

		private final CoreSubscriber<? super Void> actual;

		private volatile boolean cancelled;

		Uncancelled(CoreSubscriber<? super Void> actual) {
			this.actual = actual;
		}

		@Override
		public Context currentContext() {
			return this.actual.currentContext();
		}

		@Override
		public void onSubscribe(Subscription upstream) {
			try {
				this.actual.onSubscribe(this);
			}
			finally {
				upstream.request(Long.MAX_VALUE);
			}
		}

		@Override
		public void onNext(Void ignored) {
		}

		@Override
		public void onError(Throwable failure) {
			if (this.cancelled) {
				Operators.onErrorDropped(failure, currentContext());
			}
			else {
				this.actual.onError(failure);
			}
		}

		@Override
		public void onComplete() {
			if (!this.cancelled) {
				this.actual.onComplete();
			}
		}

		@Override
		public void request(long count) {
		}

		@Override
		public void cancel() {
			this.cancelled = true;
		}

	}

}
