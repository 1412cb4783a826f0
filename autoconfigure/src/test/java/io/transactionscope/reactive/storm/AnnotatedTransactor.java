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

package io.transactionscope.reactive.storm;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.transaction.annotation.Transactional;

/**
 * Methods that are {@link Transactional}.
 */
class AnnotatedTransactor implements Transactor {

	@Override
	@Transactional
	public <T> Mono<T> in(Mono<T> body) {
		return body;
	}

	@Override
	@Transactional
	public <T> Flux<T> stream(Flux<T> body) {
		return body;
	}

	/** The same, through whatever proxy there is of the given bean. */
	static Transactor through(Transactor proxy) {
		return new Transactor() {

			@Override
			public <T> Mono<T> in(Mono<T> body) {
				return proxy.in(body);
			}

			@Override
			public <T> Flux<T> stream(Flux<T> body) {
				return proxy.stream(body);
			}

		};
	}

}
