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

package io.transactionscope.reactive;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The contract, through a manager of which nothing is known.
 */
class ManagedReactiveContractTests extends ReactiveContract {

	@Override
	ReactiveDatabase database(int size) {
		return ReactiveDatabase.h2(size);
	}

	@Override
	ReactiveTransactionManager manager(ReactiveDatabase database) {
		return new UnknownManager(new R2dbcTransactionManager(database.pool()));
	}

	@Test
	void nestsTransactionsOfTheirOwnBesideOneAnotherInAPlainTransactionOfAnotherManager() {
		ReactiveTransactionScope nested = this.transactions.nested();
		Sinks.Empty<Void> go = Sinks.empty();
		try (ReactiveDatabase other = ReactiveDatabase.h2(1)) {
			Mono<?> first = nested.call(() -> this.database.insert("a").delayUntil((rows) -> go.asMono()));
			Mono<?> second = nested.call(() -> this.database.insert("b")).doOnTerminate(go::tryEmitEmpty);
			Mono.when(first, second)
				.as(TransactionalOperator.create(new R2dbcTransactionManager(other.pool()))::transactional)
				.block(PATIENCE);
		}
		assertThat(this.database.names()).containsExactly("a", "b");
	}

}
