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
import io.transactionscope.reactive.engine.ReactiveParticipation;
import io.transactionscope.reactive.engine.ReactiveTransactionState;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.transaction.reactive.TransactionSynchronization;

/**
 * A block that runs without transaction. Its statements share a connection, which Spring
 * gives back at its end.
 *
 * @param transaction what stands for one
 * @param fresh the context of its statements
 * @param synchronizations of that context
 */
record Untransactional(ReactiveTransactionState transaction, FreshContext fresh,
		Synchronizations synchronizations) implements ReactiveParticipation {

	static Untransactional begin(ReactiveTransactionState transaction, FreshContext fresh) {
		Synchronizations synchronizations = new Synchronizations(fresh.synchronizations());
		synchronizations.context().setCurrentTransactionName(transaction.name());
		synchronizations.context().initSynchronization();
		return new Untransactional(transaction, fresh, synchronizations);
	}

	@Override
	public Context context(Context outer) {
		return this.fresh.in(outer);
	}

	@Override
	public boolean isTransactional() {
		return false;
	}

	@Override
	public boolean isOwner() {
		return true;
	}

	@Override
	public boolean isRollbackOnly() {
		return false;
	}

	@Override
	public @Nullable Object connection() {
		return null;
	}

	@Override
	public Mono<Void> commit(List<Throwable> failures) {
		return this.synchronizations.beforeCommit(false)
			.onErrorResume(
					(ex) -> rollBack(RollbackMark.failed(this.transaction.name(), ex), failures).then(Mono.error(ex)))
			.then(Mono.defer(() -> this.synchronizations.beforeCompletion(failures)))
			.then(Mono.defer(() -> this.synchronizations.afterCommit(failures)))
			.then(Mono.defer(() -> this.synchronizations.afterCompletion(TransactionSynchronization.STATUS_COMMITTED,
					failures)));
	}

	@Override
	public Mono<TransactionOutcome> rollBack(RollbackMark mark, List<Throwable> failures) {
		return this.synchronizations.beforeCompletion(failures)
			.then(Mono.defer(() -> this.synchronizations.afterCompletion(TransactionSynchronization.STATUS_ROLLED_BACK,
					failures)))
			.thenReturn(TransactionOutcome.ROLLED_BACK);
	}

	@Override
	public Mono<Void> release(List<Throwable> failures) {
		this.synchronizations.context().clear();
		return Mono.empty();
	}

}
