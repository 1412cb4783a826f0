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

import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;

/**
 * Spring's {@link TransactionalOperator}.
 *
 * @param operator the operator
 */
record OperatorTransactor(TransactionalOperator operator) implements Transactor {

	OperatorTransactor(ReactiveTransactionManager transactionManager) {
		this(TransactionalOperator.create(transactionManager));
	}

	@Override
	public <T> Mono<T> in(Mono<T> body) {
		return this.operator.transactional(body);
	}

	@Override
	public <T> Flux<T> stream(Flux<T> body) {
		return this.operator.transactional(body);
	}

}
