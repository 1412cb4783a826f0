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

package io.transactionscope.pool.remote;

import io.transactionscope.pool.RemoteCalls.NoticedCall;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Tells the end of an exchange: that of whatever reads its response, before whoever waits
 * for that goes on.
 */
final class ExchangeEnd {

	private final NoticedCall call;

	private volatile boolean read;

	ExchangeEnd(NoticedCall call) {
		this.call = call;
	}

	/** Nobody waits for the response any more, unless somebody reads it already. */
	void unlessRead() {
		if (!this.read) {
			this.call.end();
		}
	}

	<T> Mono<T> of(Mono<T> reader) {
		return reader.doFirst(this::reads).doOnTerminate(this.call::end).doOnCancel(this.call::end);
	}

	<T> Flux<T> of(Flux<T> reader) {
		return reader.doFirst(this::reads).doOnTerminate(this.call::end).doOnCancel(this.call::end);
	}

	private void reads() {
		this.read = true;
	}

}
