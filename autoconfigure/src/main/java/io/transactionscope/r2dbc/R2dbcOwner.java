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

import java.util.ArrayList;
import java.util.List;

import io.transactionscope.engine.RollbackMark;
import io.transactionscope.jdbc.ExecutionListeners;
import io.transactionscope.transaction.TransactionOutcome;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.reactive.TransactionSynchronization;

/**
 * A block that has begun a transaction on an R2DBC connection, and ends it.
 *
 * @param active the transaction
 * @param fresh the context that it is bound in
 * @param synchronizations of that context
 * @param readOnly whether it only reads
 * @param listeners the transaction manager's listeners
 * @param manager makes Spring's exceptions of the driver's
 */
record R2dbcOwner(R2dbcTransaction active, FreshContext fresh, Synchronizations synchronizations, boolean readOnly,
		ExecutionListeners listeners, ScopedR2dbcTransactionManager manager) implements R2dbcParticipation {

	@Override
	public boolean isOwner() {
		return true;
	}

	@Override
	public Context context(Context outer) {
		return this.fresh.in(outer);
	}

	/**
	 * Whether anybody follows the end of the transaction: else, nobody can come to do so
	 * any more once it has begun.
	 */
	private boolean isObserved() {
		return !this.listeners.isNone() || !this.synchronizations.isNone();
	}

	@Override
	public Mono<Void> commit(List<Throwable> failures) {
		if (!isObserved()) {
			return this.active.isRollbackOnly() ? refuse(unexpectedRollback(), failures) : commit();
		}
		return this.synchronizations.beforeCommit(this.readOnly).then(Mono.<Void>fromRunnable(() -> {
			if (this.active.isRollbackOnly()) {
				throw unexpectedRollback();
			}
			this.listeners.beforeCommit();
		}))
			.onErrorResume((ex) -> refuse(ex, failures))
			.then(Mono.defer(() -> this.synchronizations.beforeCompletion(failures)))
			.then(Mono.defer(() -> commitObserved(failures)));
	}

	private UnexpectedRollbackException unexpectedRollback() {
		return RollbackMark.unexpectedRollback(transaction().name(), transaction().mark());
	}

	private Mono<Void> refuse(Throwable cause, List<Throwable> failures) {
		return rollBack(RollbackMark.failed(transaction().name(), cause), failures).then(Mono.error(cause));
	}

	private Mono<Void> commitObserved(List<Throwable> failures) {
		return commit().onErrorResume((ex) -> {
			boolean unknown = this.active.outcome() == TransactionOutcome.UNKNOWN;
			return this.synchronizations
				.afterCompletion(unknown ? TransactionSynchronization.STATUS_UNKNOWN
						: TransactionSynchronization.STATUS_ROLLED_BACK, failures)
				.then(Mono.defer(() -> {
					this.listeners.afterCommit((ex.getCause() != null) ? ex.getCause() : ex);
					return Mono.error(ex);
				}));
		})
			.then(Mono.defer(() -> this.synchronizations.afterCommit(failures)))
			.then(Mono.defer(
					() -> this.synchronizations.afterCompletion(TransactionSynchronization.STATUS_COMMITTED, failures)))
			.then(Mono.fromRunnable(() -> this.listeners.afterCommit(null)));
	}

	private Mono<Void> commit() {
		return this.active.commit().onErrorMap(this::commitFailed);
	}

	private Throwable commitFailed(Throwable failure) {
		TransactionOutcome outcome = this.active.outcome();
		if (failure instanceof UnexpectedRollbackException || outcome == null) {
			return failure;
		}
		return transaction()
			.commitFailed(CommitReading.exception(transaction().name(), outcome, this.manager.translate(failure)));
	}

	@Override
	public Mono<TransactionOutcome> rollBack(RollbackMark mark, List<Throwable> failures) {
		List<Throwable> own = new ArrayList<>(0);
		Mono<Void> rollback = this.active.rollBack().onErrorResume((ex) -> Mono.fromRunnable(() -> {
			own.add(ex);
			failures.add(ex);
		}));
		if (isObserved()) {
			rollback = this.synchronizations.beforeCompletion(failures)
				.then(Mono.fromRunnable(this.listeners::beforeRollback))
				.then(rollback)
				.then(Mono.defer(() -> this.synchronizations
					.afterCompletion(TransactionSynchronization.STATUS_ROLLED_BACK, failures)))
				.then(Mono.fromRunnable(() -> this.listeners.afterRollback(own.isEmpty() ? null : own.get(0))));
		}
		// Also after a failed rollback: the connection will be discarded, uncommitted.
		return rollback.thenReturn(TransactionOutcome.ROLLED_BACK);
	}

	@Override
	public Mono<Void> release(List<Throwable> failures) {
		this.synchronizations.context().clear();
		return this.active.release().doOnSuccess((done) -> failures.addAll(this.active.releaseFailures()));
	}

}
