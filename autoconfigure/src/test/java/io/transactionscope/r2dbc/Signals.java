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

import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/**
 * Notes what a publisher signals, and lets its subscription be cancelled however late.
 */
final class Signals implements CoreSubscriber<Object> {

	private final List<Object> seen;

	private @Nullable Subscription subscription;

	private Signals(List<Object> seen) {
		this.seen = seen;
	}

	/**
	 * Subscribe.
	 * @param publisher what to subscribe to
	 * @param seen takes values, the failure, or "completed"
	 */
	static Subscription of(Publisher<?> publisher, List<Object> seen) {
		Signals signals = new Signals(seen);
		publisher.subscribe(signals);
		return Objects.requireNonNull(signals.subscription);
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		this.subscription = subscription;
		subscription.request(Long.MAX_VALUE);
	}

	@Override
	public void onNext(Object value) {
		this.seen.add(value);
	}

	@Override
	public void onError(Throwable failure) {
		this.seen.add(failure);
	}

	@Override
	public void onComplete() {
		this.seen.add("completed");
	}

}
