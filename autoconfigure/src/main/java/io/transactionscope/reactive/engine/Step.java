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
import java.util.concurrent.atomic.AtomicBoolean;

import io.transactionscope.engine.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One thing to be done and waited for: all of its items are passed over, and it has one
 * end, whatever it throws, and however often it ends.
 */
abstract class Step extends AtomicBoolean implements CoreSubscriber<Object> {

	private final Context context;

	private volatile @Nullable Subscription subscription;

	Step(Context context) {
		this.context = context;
	}

	/**
	 * It is over.
	 * @param failure what it failed with, if it did
	 */
	abstract void done(@Nullable Throwable failure);

	/** Begin it. */
	final void run(Callable<? extends @Nullable Publisher<?>> source) {
		try {
			Publisher<?> publisher = source.call();
			if (publisher == null) {
				throw new IllegalStateException("null was returned in place of a publisher");
			}
			publisher.subscribe(this);
		}
		catch (Throwable ex) {
			onError(ex);
		}
	}

	/** End it now, and pass over what it comes to. */
	final void end(@Nullable Throwable cause) {
		if (leave()) {
			done(cause);
		}
	}

	/** Wait for it no longer, unless it is over. */
	final boolean leave() {
		if (!compareAndSet(false, true)) {
			return false;
		}
		Subscription subscription = this.subscription;
		if (subscription != null) {
			subscription.cancel();
		}
		return true;
	}

	@Override
	public final Context currentContext() {
		return this.context;
	}

	@Override
	public final void onSubscribe(Subscription subscription) {
		if (Operators.validate(this.subscription, subscription)) {
			this.subscription = subscription;
			if (get()) {
				subscription.cancel();
			}
			else {
				subscription.request(Long.MAX_VALUE);
			}
		}
	}

	@Override
	public void onNext(Object item) {
	}

	@Override
	public final void onError(Throwable failure) {
		Objects.requireNonNull(failure, "failure must not be null");
		if (compareAndSet(false, true)) {
			done(failure);
		}
		else {
			Log.warn("Something failed once more after its end", failure);
		}
	}

	@Override
	public final void onComplete() {
		if (compareAndSet(false, true)) {
			done(null);
		}
	}

}
