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

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * How many blocks are open, for who waits until none is.
 *
 * @since 0.1.0
 */
public final class OpenBlocks {

	private final AtomicLong open = new AtomicLong();

	private final List<MonoSink<Void>> waiting = new ArrayList<>(0);

	void opened() {
		this.open.incrementAndGet();
	}

	void closed() {
		if (this.open.decrementAndGet() == 0) {
			tell();
		}
	}

	/** Completes as soon as none is open, and does not keep any from beginning. */
	public Mono<Void> none() {
		return Mono.create((sink) -> {
			synchronized (this.waiting) {
				this.waiting.add(sink);
			}
			sink.onDispose(() -> {
				synchronized (this.waiting) {
					this.waiting.remove(sink);
				}
			});
			if (this.open.get() == 0) {
				tell();
			}
		});
	}

	private void tell() {
		List<MonoSink<Void>> told;
		synchronized (this.waiting) {
			if (this.waiting.isEmpty()) {
				return;
			}
			told = List.copyOf(this.waiting);
			this.waiting.clear();
		}
		told.forEach(MonoSink::success);
	}

}
