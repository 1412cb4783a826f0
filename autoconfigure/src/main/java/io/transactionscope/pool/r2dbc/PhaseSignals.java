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

import java.util.concurrent.atomic.AtomicBoolean;

import io.r2dbc.spi.Result;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * What the driver does for a statement, or for the end of a transaction, from the
 * subscription to its last signal: that is when the connection is at it. Nothing of that
 * is changed.
 *
 * @param <T> what the driver signals
 */
final class PhaseSignals<T> extends Flux<T> {

	private final R2dbcLease lease;

	private final Object handle;

	private final Publisher<? extends T> source;

	private final @Nullable String sql;

	private final boolean ending;

	/**
	 * Take notice of something.
	 * @param lease of the connection
	 * @param handle what the borrower has of it, not collected while this is under way
	 * @param source what the driver does
	 * @param sql the statement, or {@code null} if it is not known
	 * @param ending whether it ends a transaction
	 */
	PhaseSignals(R2dbcLease lease, Object handle, Publisher<? extends T> source, @Nullable String sql, boolean ending) {
		this.lease = lease;
		this.handle = handle;
		this.source = source;
		this.sql = sql;
		this.ending = ending;
	}

	@Override
	public void subscribe(CoreSubscriber<? super T> actual) {
		Signals<T> signals = new Signals<>(actual, new Work(this.lease, this.handle, this.sql, this.ending));
		try {
			this.source.subscribe(signals);
		}
		catch (Throwable ex) {
			signals.end();
			Operators.error(actual, ex);
		}
	}

	/**
	 * One subscription.
	 */
	private static final class Signals<T> implements CoreSubscriber<T>, Subscription {

		private final CoreSubscriber<? super T> actual;

		private final Work work;

		private final AtomicBoolean ended = new AtomicBoolean();

		private boolean resulted;

		// There before anything is asked of it.
		@SuppressWarnings("NullAway.Init")
		private Subscription upstream;

		Signals(CoreSubscriber<? super T> actual, Work work) {
			this.actual = actual;
			this.work = work;
		}

		void end() {
			if (this.ended.compareAndSet(false, true)) {
				this.work.close();
			}
		}

		@Override
		public Context currentContext() {
			return this.actual.currentContext();
		}

		@Override
		public void onSubscribe(Subscription upstream) {
			this.upstream = upstream;
			this.actual.onSubscribe(this);
		}

		@Override
		@SuppressWarnings("unchecked") // A statement signals results.
		public void onNext(T item) {
			if (item instanceof Result result) {
				// Not from the database as long as nobody has read anything of it.
				this.resulted = true;
				this.actual.onNext((T) new TrackedR2dbcResult(result, this.work));
				return;
			}
			this.work.signals();
			this.actual.onNext(item);
		}

		@Override
		public void onError(Throwable failure) {
			this.work.signals();
			this.work.fail(failure);
			end();
			this.actual.onError(failure);
		}

		@Override
		public void onComplete() {
			if (!this.resulted) {
				this.work.signals();
			}
			end();
			this.actual.onComplete();
		}

		@Override
		public void request(long count) {
			this.upstream.request(count);
		}

		@Override
		public void cancel() {
			end();
			this.upstream.cancel();
		}

	}

}
