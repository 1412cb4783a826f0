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

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Operators;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A body that ends on another thread while the one that has subscribed to it is still on
 * its way back.
 */
class BodyOnAnotherThreadTests {

	private static final int BLOCKS = 150_000;

	private static final Duration PATIENCE = Duration.ofSeconds(10);

	private final ScriptedEngine engine = new ScriptedEngine();

	private final ReactiveScopeSettings settings = ReactiveScopeSettings.of(this.engine);

	private final AtomicReference<@Nullable Subscriber<? super Integer>> subscribed = new AtomicReference<>();

	private volatile boolean over;

	@AfterEach
	void stop() {
		this.over = true;
	}

	@Test
	void theEndOfTheBodyIsNotLost() {
		assertThat(endedBefore(Subscriber::onComplete)).isEqualTo(BLOCKS);
	}

	@Test
	void theFailureOfTheBodyIsNotLost() {
		RuntimeException failure = new IllegalArgumentException("body");
		assertThat(endedBefore((body) -> body.onError(failure))).isEqualTo(BLOCKS);
	}

	/** Return how many blocks have ended before the first that did not. */
	private int endedBefore(Consumer<Subscriber<?>> end) {
		Thread other = new Thread(() -> endBodies(end), "other");
		other.setDaemon(true);
		other.start();
		AtomicInteger ended = new AtomicInteger();
		for (int i = 0; i < BLOCKS; i++) {
			BlockMono.of(this.settings, "block", (block) -> body())
				.subscribe(null, (failure) -> ended.incrementAndGet(), ended::incrementAndGet);
			long begin = System.nanoTime();
			while (ended.get() == i) {
				if (System.nanoTime() - begin > PATIENCE.toNanos()) {
					return i;
				}
				Thread.onSpinWait();
			}
			this.engine.calls.clear();
		}
		return BLOCKS;
	}

	private Publisher<Integer> body() {
		return (subscriber) -> {
			subscriber.onSubscribe(Operators.emptySubscription());
			this.subscribed.set(subscriber);
		};
	}

	/** A little later each time, so that some end just as their subscriber goes on. */
	private void endBodies(Consumer<Subscriber<?>> end) {
		int delay = 0;
		while (!this.over) {
			Subscriber<?> body = this.subscribed.getAndSet(null);
			if (body != null) {
				for (int i = 0; i < delay; i++) {
					Thread.onSpinWait();
				}
				delay = (delay + 1) % 16;
				end.accept(body);
			}
		}
	}

}
