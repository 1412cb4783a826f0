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

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * What happens once, however many subscribe: it begins with the first of them, and goes
 * on to its end even if all of them have gone.
 */
final class Once extends Mono<Void> {

	private final Consumer<Once> task;

	private final Runnable onCancel;

	private @Nullable List<Consumer<@Nullable Throwable>> listeners;

	private boolean begun;

	private boolean ended;

	private @Nullable Throwable failure;

	/**
	 * Prepare it.
	 * @param task calls {@link #end} once it is done, and never throws
	 * @param onCancel told that a subscriber has gone before the end
	 */
	Once(Consumer<Once> task, Runnable onCancel) {
		this.task = task;
		this.onCancel = onCancel;
	}

	void end(@Nullable Throwable failure) {
		List<Consumer<@Nullable Throwable>> told;
		synchronized (this) {
			if (this.ended) {
				return;
			}
			this.ended = true;
			this.failure = failure;
			told = (this.listeners != null) ? this.listeners : List.of();
			this.listeners = null;
		}
		told.forEach((each) -> each.accept(failure));
	}

	/** Begin, unless that is done, and tell somebody of the end. */
	void run(Consumer<@Nullable Throwable> listener) {
		boolean first = false;
		boolean over;
		synchronized (this) {
			over = this.ended;
			if (!over) {
				this.listeners = (this.listeners != null) ? this.listeners : new ArrayList<>(1);
				this.listeners.add(listener);
				first = !this.begun;
				this.begun = true;
			}
		}
		if (over) {
			listener.accept(this.failure);
		}
		else if (first) {
			this.task.accept(this);
		}
	}

	@Override
	public void subscribe(CoreSubscriber<? super Void> actual) {
		Follower follower = new Follower(actual, this.onCancel);
		actual.onSubscribe(follower);
		run(follower);
	}

	/**
	 * A subscriber, until it cancels.
	 */
	private static final class Follower extends AtomicBoolean implements Subscription, Consumer<@Nullable Throwable> {

		private final CoreSubscriber<? super Void> actual;

		private final Runnable onCancel;

		private Follower(CoreSubscriber<? super Void> actual, Runnable onCancel) {
			this.actual = actual;
			this.onCancel = onCancel;
		}

		@Override
		public void accept(@Nullable Throwable failure) {
			if (!compareAndSet(false, true)) {
				return;
			}
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
			if (compareAndSet(false, true)) {
				this.onCancel.run();
			}
		}

	}

}
