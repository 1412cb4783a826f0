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

package io.transactionscope.r2dbc;

import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

/**
 * What is sent to a connection goes through here, until the transaction is to end. A body
 * that is cancelled may just be about to subscribe to its next statement, on another
 * thread: behind the ROLLBACK, that would be committed by itself, or run in the
 * transaction of the connection's next borrower.
 */
final class Gate {

	private static final int CLOSED = Integer.MIN_VALUE;

	private final String name;

	/** How many are on their way through, and whether it is closed. */
	private final AtomicInteger state = new AtomicInteger();

	private volatile @Nullable Runnable closed;

	/**
	 * Make an open one.
	 * @param name the transaction's
	 */
	Gate(String name) {
		this.name = name;
	}

	/**
	 * Let nothing through any more.
	 * @param then what to do once the last one is through, on that one's thread; at once,
	 * if none is on its way
	 */
	void close(Runnable then) {
		this.closed = then;
		if (this.state.getAndUpdate((state) -> state | CLOSED) == 0) {
			then.run();
		}
	}

	private boolean enter() {
		return this.state.getAndUpdate((state) -> (state >= 0) ? state + 1 : state) >= 0;
	}

	private void leave() {
		Runnable closed = (this.state.decrementAndGet() == CLOSED) ? this.closed : null;
		if (closed != null) {
			closed.run();
		}
	}

	/** The same, but that it fails where it is subscribed to too late. */
	<T> Publisher<T> guard(Publisher<? extends T> sent) {
		return new Guarded<>(this, sent);
	}

	private IllegalStateException refusal() {
		return new IllegalStateException(
				"Transaction '%s' has ended, and has no connection any more".formatted(this.name));
	}

	private static final class Guarded<T> extends Flux<T> {

		private final Gate gate;

		private final Publisher<? extends T> sent;

		private Guarded(Gate gate, Publisher<? extends T> sent) {
			this.gate = gate;
			this.sent = sent;
		}

		@Override
		public void subscribe(CoreSubscriber<? super T> actual) {
			Passage<T> passage = new Passage<>(this.gate, actual);
			if (!this.gate.enter()) {
				passage.refuse();
				return;
			}
			try {
				this.sent.subscribe(passage);
			}
			finally {
				this.gate.leave();
			}
		}

	}

	/**
	 * One subscriber, whose first request may be what sends, and goes through the gate as
	 * well.
	 */
	private static final class Passage<T> implements CoreSubscriber<T>, Subscription {

		private final Gate gate;

		private final CoreSubscriber<? super T> actual;

		private @Nullable Subscription sent;

		private volatile boolean requested;

		private volatile boolean cancelled;

		private Passage(Gate gate, CoreSubscriber<? super T> actual) {
			this.gate = gate;
			this.actual = actual;
		}

		/** Most often nobody is there to hear it, as it came too late because of that. */
		private void refuse() {
			this.requested = true;
			this.actual.onSubscribe(this);
			if (!this.cancelled) {
				this.actual.onError(this.gate.refusal());
			}
		}

		@Override
		public void request(long count) {
			Subscription sent = this.sent;
			if (sent == null) {
				return;
			}
			if (this.requested) {
				sent.request(count);
			}
			else if (this.gate.enter()) {
				try {
					this.requested = true;
					sent.request(count);
				}
				finally {
					this.gate.leave();
				}
			}
			else {
				sent.cancel();
				if (!this.cancelled) {
					this.actual.onError(this.gate.refusal());
				}
			}
		}

		@Override
		public void cancel() {
			this.cancelled = true;
			Subscription sent = this.sent;
			if (sent != null) {
				sent.cancel();
			}
		}

		@Override
		public Context currentContext() {
			return this.actual.currentContext();
		}

		@Override
		public void onSubscribe(Subscription sent) {
			this.sent = sent;
			this.actual.onSubscribe(this);
		}

		@Override
		public void onNext(T item) {
			this.actual.onNext(item);
		}

		@Override
		public void onError(Throwable failure) {
			this.actual.onError(failure);
		}

		@Override
		public void onComplete() {
			this.actual.onComplete();
		}

	}

}
