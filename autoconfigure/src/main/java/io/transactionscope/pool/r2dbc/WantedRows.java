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
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * The rows of a statement, which is under way while they are read, and pauses while
 * nobody has asked for the next one. Nothing of what is signalled is changed.
 *
 * @param <T> what is made of a row
 */
final class WantedRows<T> extends Flux<T> {

	private final Publisher<? extends T> source;

	private final Work work;

	WantedRows(Publisher<? extends T> source, Work work) {
		this.source = source;
		this.work = work;
	}

	@Override
	public void subscribe(CoreSubscriber<? super T> actual) {
		Rows<T> rows = new Rows<>(actual, this.work);
		this.work.open();
		try {
			this.source.subscribe(rows);
		}
		catch (Throwable ex) {
			rows.end();
			Operators.error(actual, ex);
		}
	}

	/**
	 * One subscription.
	 */
	private static final class Rows<T> implements CoreSubscriber<T>, Subscription {

		@SuppressWarnings("rawtypes") // as a class has none
		private static final AtomicLongFieldUpdater<Rows> WANTED = AtomicLongFieldUpdater.newUpdater(Rows.class,
				"wanted");

		private final CoreSubscriber<? super T> actual;

		private final Work work;

		private final AtomicBoolean ended = new AtomicBoolean();

		/** How many have been asked for that have not come. */
		private volatile long wanted;

		// There before anything is asked of it.
		@SuppressWarnings("NullAway.Init")
		private Subscription upstream;

		Rows(CoreSubscriber<? super T> actual, Work work) {
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
		public void request(long count) {
			if (count > 0 && Operators.addCap(WANTED, this, count) == 0) {
				this.work.resume();
			}
			this.upstream.request(count);
		}

		@Override
		public void onNext(T row) {
			this.work.signals();
			if (this.wanted != Long.MAX_VALUE && WANTED.decrementAndGet(this) == 0) {
				this.work.pause();
				if (this.wanted != 0) {
					// It was asked for meanwhile.
					this.work.resume();
				}
			}
			this.actual.onNext(row);
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
			this.work.signals();
			end();
			this.actual.onComplete();
		}

		@Override
		public void cancel() {
			end();
			this.upstream.cancel();
		}

	}

}
