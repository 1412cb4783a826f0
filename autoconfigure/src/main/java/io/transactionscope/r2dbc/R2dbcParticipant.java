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

import io.transactionscope.engine.RollbackMark;
import io.transactionscope.transaction.TransactionOutcome;
import reactor.core.publisher.Mono;

/**
 * A block that has joined a transaction on an R2DBC connection.
 *
 * @param active the transaction
 */
record R2dbcParticipant(R2dbcTransaction active) implements R2dbcParticipation {

	@Override
	public Mono<Void> commit(List<Throwable> failures) {
		return Mono.empty();
	}

	@Override
	public Mono<TransactionOutcome> rollBack(RollbackMark mark, List<Throwable> failures) {
		this.active.setRollbackOnly();
		return Mono.just(TransactionOutcome.ROLLED_BACK);
	}

}
