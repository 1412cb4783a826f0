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

package io.transactionscope.reactive.engine;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * Runs a body in a block of its own for each subscriber, emits its items as they come,
 * and completes once all is over.
 *
 * @param <T> the type of the items
 * @since 0.1.0
 */
public final class BlockFlux<T> extends Flux<T> {

	private final ReactiveScopeSettings settings;

	private final String name;

	private final Body<? extends T> body;

	private BlockFlux(ReactiveScopeSettings settings, String name, Body<? extends T> body) {
		this.settings = settings;
		this.name = name;
		this.body = body;
	}

	public static <T> Flux<T> of(ReactiveScopeSettings settings, String name, Body<? extends T> body) {
		return onAssembly(new BlockFlux<>(settings, name, body));
	}

	@Override
	public void subscribe(CoreSubscriber<? super T> actual) {
		FluxBlock<T> block = new FluxBlock<>(this.settings, this.name, this.body, actual);
		actual.onSubscribe(block);
		block.begin();
	}

	/**
	 * Hands the items on. A deadline may end it while it does so, on another thread: the
	 * end is then told after the item.
	 */
	private static final class FluxBlock<T> extends RunningBlock<T> {

		private static final int IDLE = 0;

		private static final int EMITTING = 1;

		private static final int OVER = 2;

		@SuppressWarnings("rawtypes")
		private static final AtomicLongFieldUpdater<FluxBlock> REQUESTED = AtomicLongFieldUpdater
			.newUpdater(FluxBlock.class, "requested");

		private final CoreSubscriber<? super T> actual;

		private final AtomicInteger emission = new AtomicInteger();

		@SuppressWarnings("UnusedVariable") // By its updater
		private volatile long requested;

		private @Nullable Throwable failure;

		private FluxBlock(ReactiveScopeSettings settings, String name, Body<? extends T> body,
				CoreSubscriber<? super T> actual) {
			super(settings, name, body, actual.currentContext());
			this.actual = actual;
		}

		@Override
		void subscribed(Subscription body) {
			ask(body);
		}

		@Override
		public void request(long count) {
			if (Operators.validate(count)) {
				Operators.addCap(REQUESTED, this, count);
				Subscription body = upstream();
				if (body != null) {
					ask(body);
				}
			}
		}

		private void ask(Subscription body) {
			long count = REQUESTED.getAndSet(this, 0);
			if (count > 0) {
				body.request(count);
			}
		}

		@Override
		public void onNext(T item) {
			Objects.requireNonNull(item, "item must not be null");
			if (!isInBody() || !this.emission.compareAndSet(IDLE, EMITTING)) {
				Operators.onDiscard(item, this.actual.currentContext());
				return;
			}
			try {
				this.actual.onNext(item);
			}
			finally {
				if (!this.emission.compareAndSet(EMITTING, IDLE)) {
					tell();
				}
			}
		}

		@Override
		void deliver() {
			over();
		}

		@Override
		void deliverFailure(Throwable failure) {
			this.failure = failure;
			over();
		}

		private void over() {
			if (this.emission.getAndSet(OVER) == IDLE) {
				tell();
			}
		}

		private void tell() {
			if (this.failure != null) {
				this.actual.onError(this.failure);
			}
			else {
				this.actual.onComplete();
			}
		}

		@Override
		void discard() {
		}

	}

}
