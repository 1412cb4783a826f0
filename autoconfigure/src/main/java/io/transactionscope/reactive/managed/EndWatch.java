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

import io.transactionscope.engine.RollbackMark;
import io.transactionscope.reactive.engine.ReactiveTransactionState;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.core.Ordered;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionContext;
import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;

/**
 * Hears of a transaction's end through Spring's synchronization. Where others than a
 * block began it, it lets follow what blocks have registered: as the last one, so that no
 * other is skipped if a callback fails.
 */
final class EndWatch implements TransactionSynchronization, Ordered {

	private final Key key;

	private final ReactiveTransactionState shared;

	private final TransactionContext bound;

	/** Whether no block ends it. */
	private final boolean others;

	private volatile boolean completing;

	private volatile boolean committed;

	private volatile boolean ended;

	private EndWatch(Key key, ReactiveTransactionState shared, TransactionContext bound, boolean others) {
		this.key = key;
		this.shared = shared;
		this.bound = bound;
		this.others = others;
	}

	/** Watch what a block has begun; {@code null} if it does not synchronize. */
	static @Nullable EndWatch ofBlock(Key key, ReactiveTransactionState shared, TransactionContext bound) {
		TransactionSynchronizationManager synchronizations = new TransactionSynchronizationManager(bound);
		if (!synchronizations.isSynchronizationActive()) {
			return null;
		}
		EndWatch watch = new EndWatch(key, shared, bound, false);
		synchronizations.registerSynchronization(watch);
		return watch;
	}

	/** Let what others began be followed by what blocks have registered. */
	static void ofOthers(Key key, ReactiveTransactionState shared, TransactionContext bound) {
		new TransactionSynchronizationManager(bound).registerSynchronization(new EndWatch(key, shared, bound, true));
	}

	boolean isCompleting() {
		return this.completing;
	}

	boolean isCommitted() {
		return this.committed;
	}

	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

	@Override
	public Mono<Void> suspend() {
		return Mono.fromRunnable(() -> this.bound.getResources().remove(this.key));
	}

	@Override
	public Mono<Void> resume() {
		return Mono.fromRunnable(() -> {
			if (!this.ended) {
				this.bound.getResources().put(this.key, this.shared);
			}
		});
	}

	@Override
	public Mono<Void> beforeCommit(boolean readOnly) {
		if (!this.others) {
			return Mono.empty();
		}
		return refuseDoomed().then(this.shared.runBeforeCommitUnchecked()).then(refuseDoomed());
	}

	/** Not as what it is: managers of Spring's take it for a rollback that is done. */
	private Mono<Void> refuseDoomed() {
		return Mono.defer(() -> {
			RollbackMark mark = this.shared.mark();
			if (mark == null) {
				return Mono.empty();
			}
			RuntimeException doomed = RollbackMark.unexpectedRollback(this.shared.name(), mark);
			return Mono.error(new IllegalStateException(doomed.getMessage(), doomed));
		});
	}

	@Override
	public Mono<Void> beforeCompletion() {
		return Mono.fromRunnable(() -> this.completing = true);
	}

	@Override
	public Mono<Void> afterCommit() {
		return Mono.defer(() -> {
			this.committed = true;
			return this.others ? end(TransactionOutcome.COMMITTED) : Mono.empty();
		});
	}

	@Override
	public Mono<Void> afterCompletion(int status) {
		return Mono.defer(() -> {
			boolean told = this.ended;
			this.ended = true;
			this.bound.getResources().remove(this.key);
			if (told || !this.others) {
				return Mono.empty();
			}
			return end((status == STATUS_COMMITTED) ? TransactionOutcome.COMMITTED
					: (status == STATUS_ROLLED_BACK) ? TransactionOutcome.ROLLED_BACK : TransactionOutcome.UNKNOWN);
		});
	}

	private Mono<Void> end(TransactionOutcome outcome) {
		this.ended = true;
		// The blocks of callbacks must not join what has ended.
		this.bound.getResources().remove(this.key);
		return this.shared.finishWithoutBlock(outcome);
	}

	/**
	 * Under which it is bound.
	 *
	 * @param manager the transaction manager that ends it
	 */
	record Key(ReactiveTransactionManager manager) {
	}

}
