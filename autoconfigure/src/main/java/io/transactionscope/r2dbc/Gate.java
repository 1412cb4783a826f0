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
import reactor.util.context.ContextView;

/**
 * What is sent to a connection goes through here, until the transaction is to end. A body
 * that is cancelled may just be about to subscribe to its next statement, on another
 * thread: behind the ROLLBACK, that would be committed by itself, or run in the
 * transaction of the connection's next borrower. Behind a ROLLBACK TO SAVEPOINT, it would
 * stay in the transaction, as a half of the body's work.
 */
final class Gate {

	private static final int CLOSED = Integer.MIN_VALUE;

	private final String name;

	/** What is sent through this one goes through that one as well. */
	private final @Nullable Gate outer;

	/** How many are on their way through, and whether it is closed. */
	private final AtomicInteger state = new AtomicInteger();

	private volatile @Nullable Runnable closed;

	/**
	 * Make an open one.
	 * @param name the transaction's
	 */
	Gate(String name) {
		this(name, null);
	}

	private Gate(String name, @Nullable Gate outer) {
		this.name = name;
		this.outer = outer;
	}

	/**
	 * Make one for what is sent from a savepoint of the transaction, by those who have it
	 * in their context.
	 * @param context of whoever wants the savepoint
	 */
	Gate ofSavepoint(ContextView context) {
		return new Gate(this.name, innermost(context));
	}

	/** What somebody's statements go through. */
	private Gate innermost(ContextView context) {
		Gate innermost = context.getOrDefault(Gate.class, null);
		return (innermost != null && innermost.outermost() == this) ? innermost : this;
	}

	private Gate outermost() {
		Gate outer = this.outer;
		return (outer != null) ? outer.outermost() : this;
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
		if (this.outer != null && !this.outer.enter()) {
			return false;
		}
		boolean open = this.state.getAndUpdate((state) -> (state >= 0) ? state + 1 : state) >= 0;
		if (!open && this.outer != null) {
			this.outer.leave();
		}
		return open;
	}

	private void leave() {
		Runnable closed = (this.state.decrementAndGet() == CLOSED) ? this.closed : null;
		if (closed != null) {
			closed.run();
		}
		if (this.outer != null) {
			this.outer.leave();
		}
	}

	/** The same, but that it fails where it is subscribed to too late. */
	<T> Publisher<T> guard(Publisher<? extends T> sent) {
		return new Guarded<>(this, sent);
	}

	private IllegalStateException refusal() {
		boolean ended = outermost().state.get() < 0;
		return new IllegalStateException((ended ? "Transaction '%s' has ended, and has no connection any more"
				: "A block from a savepoint of transaction '%s' has ended, and nothing is sent for it any more")
			.formatted(this.name));
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
			Passage<T> passage = new Passage<>(this.gate.innermost(actual.currentContext()), actual);
			if (!passage.enter()) {
				passage.refuse();
				return;
			}
			try {
				this.sent.subscribe(passage);
			}
			finally {
				passage.leave();
			}
		}

	}

	/**
	 * One subscriber, whose first request may be what sends, and goes through the gate as
	 * well. It is through at its first signal, at the latest: a driver that answers at
	 * once does so to somebody who may go on to the end of the transaction.
	 */
	private static final class Passage<T> implements CoreSubscriber<T>, Subscription {

		private final Gate gate;

		private final CoreSubscriber<? super T> actual;

		/** How often it has entered the gate, and not left. */
		private final AtomicInteger inside = new AtomicInteger();

		private @Nullable Subscription sent;

		private volatile boolean requested;

		private volatile boolean cancelled;

		private Passage(Gate gate, CoreSubscriber<? super T> actual) {
			this.gate = gate;
			this.actual = actual;
		}

		private boolean enter() {
			boolean entered = this.gate.enter();
			if (entered) {
				this.inside.incrementAndGet();
			}
			return entered;
		}

		private void leave() {
			if (this.inside.getAndUpdate((times) -> Math.max(0, times - 1)) > 0) {
				this.gate.leave();
			}
		}

		private void answered() {
			while (this.inside.get() > 0) {
				leave();
			}
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
			else if (enter()) {
				try {
					this.requested = true;
					sent.request(count);
				}
				finally {
					leave();
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
			answered();
			this.actual.onNext(item);
		}

		@Override
		public void onError(Throwable failure) {
			answered();
			this.actual.onError(failure);
		}

		@Override
		public void onComplete() {
			answered();
			this.actual.onComplete();
		}

	}

}
