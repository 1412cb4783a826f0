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

package io.transactionscope.benchmark;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * A reactive block that does nothing, on a driver that does nothing and whose publishers
 * complete at once: bookkeeping only.
 */
@SuppressWarnings("NullAway.Init") // JMH sets it up
public class ReactiveEmptyBlock extends Measured {

	@Param
	public ReactivePeer peer;

	private final Mono<Integer> body = Mono.just(1);

	private ReactiveBlocks blocks;

	@Setup
	public void start() {
		this.blocks = this.peer.blocks(new StubConnectionFactory());
	}

	@Benchmark
	public int empty() {
		Sink sink = new Sink();
		this.blocks.in(this.body).subscribe(sink);
		return sink.value();
	}

	/** Cheaper than {@code block()}. */
	private static final class Sink implements CoreSubscriber<Integer> {

		private @Nullable Integer value;

		private boolean completed;

		int value() {
			if (!this.completed || this.value == null) {
				throw new IllegalStateException("It has not completed at once");
			}
			return this.value;
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			subscription.request(Long.MAX_VALUE);
		}

		@Override
		public void onNext(Integer value) {
			this.value = value;
		}

		@Override
		public void onError(Throwable failure) {
			throw new IllegalStateException(failure);
		}

		@Override
		public void onComplete() {
			this.completed = true;
		}

	}

}
