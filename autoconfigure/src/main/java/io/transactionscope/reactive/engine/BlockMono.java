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
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * Runs a body in a block of its own for each subscriber, and emits its one value, if it
 * has one, once all is over.
 *
 * @param <T> the type of the value
 * @since 0.1.0
 */
public final class BlockMono<T> extends Mono<T> {

	private final ReactiveScopeSettings settings;

	private final String name;

	private final Body<? extends T> body;

	private BlockMono(ReactiveScopeSettings settings, String name, Body<? extends T> body) {
		this.settings = settings;
		this.name = name;
		this.body = body;
	}

	public static <T> Mono<T> of(ReactiveScopeSettings settings, String name, Body<? extends T> body) {
		return onAssembly(new BlockMono<>(settings, name, body));
	}

	@Override
	public void subscribe(CoreSubscriber<? super T> actual) {
		MonoBlock<T> block = new MonoBlock<>(this.settings, this.name, this.body, actual);
		actual.onSubscribe(block);
		block.begin();
	}

	/**
	 * Keeps the value to the end.
	 */
	private static final class MonoBlock<T> extends RunningBlock<T> {

		private static final int REQUESTED = 1;

		private static final int READY = 2;

		private static final int DELIVERED = 3;

		@SuppressWarnings("rawtypes")
		private static final AtomicIntegerFieldUpdater<MonoBlock> DELIVERY = AtomicIntegerFieldUpdater
			.newUpdater(MonoBlock.class, "delivery");

		private final CoreSubscriber<? super T> actual;

		private @Nullable T value;

		@SuppressWarnings("UnusedVariable") // By its updater
		private volatile int delivery;

		private MonoBlock(ReactiveScopeSettings settings, String name, Body<? extends T> body,
				CoreSubscriber<? super T> actual) {
			super(settings, name, body, actual.currentContext());
			this.actual = actual;
		}

		@Override
		void subscribed(Subscription body) {
			body.request(Long.MAX_VALUE);
		}

		@Override
		public void onNext(T item) {
			Objects.requireNonNull(item, "item must not be null");
			if (!isInBody()) {
				Operators.onDiscard(item, this.actual.currentContext());
			}
			else if (this.value == null) {
				this.value = item;
			}
			else {
				Operators.onDiscard(item, this.actual.currentContext());
				fail(new IllegalStateException(
						"Scope '%s' is rolled back: its body emitted a second value. Use callMany or streamUncommitted for several."
							.formatted(name())));
			}
		}

		@Override
		public void request(long count) {
			if (Operators.validate(count) && !DELIVERY.compareAndSet(this, 0, REQUESTED)
					&& DELIVERY.compareAndSet(this, READY, DELIVERED)) {
				emit();
			}
		}

		@Override
		void deliver() {
			if (this.value == null) {
				this.actual.onComplete();
			}
			else if (!DELIVERY.compareAndSet(this, 0, READY) && DELIVERY.compareAndSet(this, REQUESTED, DELIVERED)) {
				emit();
			}
		}

		private void emit() {
			T value = Objects.requireNonNull(this.value);
			this.value = null;
			this.actual.onNext(value);
			this.actual.onComplete();
		}

		@Override
		void deliverFailure(Throwable failure) {
			discard();
			this.actual.onError(failure);
		}

		@Override
		void discard() {
			T value = this.value;
			this.value = null;
			if (value != null) {
				Operators.onDiscard(value, this.actual.currentContext());
			}
		}

		@Override
		public void cancel() {
			super.cancel();
			if (DELIVERY.compareAndSet(this, READY, DELIVERED)) {
				discard();
			}
		}

	}

}
