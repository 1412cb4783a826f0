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
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * Something to be done, as a {@link Mono} that passes over its items, and fails with
 * whatever it throws, which Reactor would let through where it takes it for fatal.
 *
 * @since 0.1.0
 */
public final class Guarded extends Mono<Void> {

	private final Callable<? extends @Nullable Publisher<?>> source;

	/**
	 * Guard something.
	 * @param source makes what is subscribed to
	 */
	public Guarded(Callable<? extends @Nullable Publisher<?>> source) {
		this.source = Objects.requireNonNull(source, "source must not be null");
	}

	@Override
	public void subscribe(CoreSubscriber<? super Void> actual) {
		Follower follower = new Follower(actual, actual.currentContext());
		actual.onSubscribe(follower);
		if (!follower.get()) {
			follower.run(this.source);
		}
	}

	/**
	 * Hands on its end.
	 */
	private static final class Follower extends Step implements Subscription {

		private final CoreSubscriber<? super Void> actual;

		private Follower(CoreSubscriber<? super Void> actual, Context context) {
			super(context);
			this.actual = actual;
		}

		@Override
		void done(@Nullable Throwable failure) {
			if (failure != null) {
				this.actual.onError(failure);
			}
			else {
				this.actual.onComplete();
			}
		}

		@Override
		public void request(long count) {
		}

		@Override
		public void cancel() {
			leave();
		}

	}

}
