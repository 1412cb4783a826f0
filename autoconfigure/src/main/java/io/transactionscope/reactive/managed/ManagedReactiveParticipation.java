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

package io.transactionscope.reactive.managed;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

import io.transactionscope.engine.CommitFailure;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.reactive.engine.ReactiveParticipation;
import io.transactionscope.reactive.engine.ReactiveTransactionState;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.transaction.ReactiveTransaction;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.reactive.TransactionContext;
import org.springframework.transaction.support.ResourceHolderSupport;

/**
 * A block's part in a transaction of a manager.
 */
final class ManagedReactiveParticipation implements ReactiveParticipation {

	private final ReactiveTransactionManager manager;

	private final ReactiveTransaction status;

	private final ReactiveTransactionState state;

	private final TransactionContext bound;

	/** Of its own, if it began the transaction. */
	private final @Nullable Context fresh;

	/** What others had bound before. */
	private final Set<Object> others = Collections.newSetFromMap(new IdentityHashMap<>());

	private final @Nullable EndWatch watch;

	/** Where things stood at the savepoint, if it works from one. */
	private final ReactiveTransactionState.@Nullable Position position;

	private ManagedReactiveParticipation(ReactiveTransactionManager manager, ReactiveTransaction status,
			ReactiveTransactionState state, TransactionContext bound, @Nullable Context fresh, @Nullable EndWatch watch,
			ReactiveTransactionState.@Nullable Position position) {
		this.manager = manager;
		this.status = status;
		this.state = state;
		this.bound = bound;
		this.fresh = fresh;
		this.watch = watch;
		this.position = position;
	}

	static ManagedReactiveParticipation owner(ReactiveTransactionManager manager, ReactiveTransaction status,
			ReactiveTransactionState state, Context fresh, @Nullable TransactionContext around,
			@Nullable EndWatch watch) {
		ManagedReactiveParticipation owner = new ManagedReactiveParticipation(manager, status, state,
				fresh.get(TransactionContext.class), fresh, watch, null);
		if (around != null) {
			owner.others.addAll(around.getResources().values());
		}
		return owner;
	}

	static ManagedReactiveParticipation joined(ReactiveTransactionManager manager, ReactiveTransaction status,
			ReactiveTransactionState state, TransactionContext around) {
		return new ManagedReactiveParticipation(manager, status, state, around, null, null, null);
	}

	static ManagedReactiveParticipation nested(ReactiveTransactionManager manager, ReactiveTransaction status,
			ReactiveTransactionState state, TransactionContext around, ReactiveTransactionState.Position position) {
		return new ManagedReactiveParticipation(manager, status, state, around, null, null, position);
	}

	@Override
	public ReactiveTransactionState transaction() {
		return this.state;
	}

	@Override
	public Context context(Context outer) {
		return (this.fresh != null) ? outer.putAll(this.fresh.readOnly()) : outer;
	}

	@Override
	public boolean isTransactional() {
		return this.status.hasTransaction();
	}

	@Override
	public boolean isOwner() {
		return this.fresh != null;
	}

	@Override
	public boolean isSavepoint() {
		return this.position != null;
	}

	@Override
	public void doom(RollbackMark mark) {
		this.state.doom(mark, this.position);
	}

	@Override
	public boolean isRollbackOnly() {
		return this.status.isRollbackOnly() || (isOwner() && isMarked());
	}

	/** By Spring, on what the manager has bound. */
	private boolean isMarked() {
		for (Object each : List.copyOf(this.bound.getResources().values())) {
			if (each instanceof ResourceHolderSupport holder && holder.isRollbackOnly()
					&& !this.others.contains(holder)) {
				return true;
			}
		}
		return false;
	}

	@Override
	public @Nullable Object connection() {
		return null;
	}

	@Override
	public Mono<Void> commit(List<Throwable> failures) {
		Mono<Void> commit = this.manager.commit(this.status);
		return isOwner() ? commit.onErrorResume((failure) -> {
			if (this.watch != null && this.watch.isCommitted()) {
				// A synchronization of Spring's failed after the commit.
				failures.add(failure);
				return Mono.empty();
			}
			return Mono.error(isCommitItself(failure) ? commitFailed(failure) : failure);
		}) : commit;
	}

	private boolean isCommitItself(Throwable failure) {
		return isTransactional() && !(failure instanceof UnexpectedRollbackException)
				&& (this.watch == null || this.watch.isCompleting());
	}

	private CommitFailedException commitFailed(Throwable failure) {
		return this.state.commitFailed((failure instanceof CommitFailedException known) ? known
				: CommitFailure.exception(this.state.name(), CommitFailure.outcomeOf(failure), failure));
	}

	@Override
	public Mono<TransactionOutcome> rollBack(RollbackMark mark, List<Throwable> failures) {
		return Mono.defer(() -> {
			if (this.position != null) {
				// Before it is sent: whoever has cancelled goes on until the answer.
				this.state.rollBackTo(this.position, mark.cause());
			}
			return this.manager.rollback(this.status);
		}).onErrorResume((failure) -> {
			failures.add(failure);
			if (!isOwner()) {
				this.state.doom(mark);
			}
			return Mono.empty();
		}).thenReturn(TransactionOutcome.ROLLED_BACK);
	}

}
