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

import java.util.List;

import io.transactionscope.engine.RollbackMark;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * One block's part in a transaction: it began it, joined it, works from a savepoint of
 * it, or runs without any.
 *
 * <p>
 * The block subscribes either to {@link #commit} or to {@link #rollBack}, then to
 * {@link #release}: each once, each whatever became of the others, and it cancels none of
 * them. They are subscribed with the {@link #context context} of the body.
 *
 * @since 0.1.0
 */
public interface ReactiveParticipation {

	ReactiveTransactionState transaction();

	/**
	 * The context of everything inside of the block.
	 * @param outer the context of the block's subscriber
	 */
	Context context(Context outer);

	/** Whether there is a transaction at all. */
	default boolean isTransactional() {
		return true;
	}

	/** Whether the transaction ends with the block. */
	default boolean isOwner() {
		return false;
	}

	/** Whether a failed block leaves the transaction able to commit. */
	default boolean isSavepoint() {
		return false;
	}

	/** Whether the transaction was there before, and is the block's as a whole. */
	default boolean isJoined() {
		return !isOwner() && !isSavepoint();
	}

	/** Doom the transaction, so that a rollback to the savepoint does not change that. */
	default void doom(RollbackMark mark) {
		transaction().doom(mark);
	}

	/** Whether a participant has marked the transaction, other than one of our blocks. */
	boolean isRollbackOnly();

	/**
	 * The connection that the transaction runs on, an {@code io.r2dbc.spi.Connection},
	 * which need not be on the class path; {@code null} if it runs on none.
	 */
	@Nullable Object connection();

	/**
	 * Ask the server to break off the statement under way, where the driver can, so that
	 * the rollback does not wait for it. It never fails. From a savepoint it must be over
	 * at once: whoever has cancelled the block goes on in the transaction, and the
	 * rollback to the savepoint has to be sent before that.
	 */
	default Mono<Void> interrupt() {
		return Mono.empty();
	}

	/**
	 * Commit where the block began the transaction, release the savepoint where there is
	 * one. It fails with a {@link io.transactionscope.transaction.CommitFailedException}
	 * if it was the COMMIT that failed; whatever else it fails with came before it, and
	 * has led to a rollback.
	 * @param failures takes what failed once the commit had succeeded
	 */
	Mono<Void> commit(List<Throwable> failures);

	/**
	 * Roll back as far as the block's part goes.
	 * @param mark what caused it
	 * @param failures takes what failed on the way
	 * @return what became of the block's work
	 */
	Mono<TransactionOutcome> rollBack(RollbackMark mark, List<Throwable> failures);

	/**
	 * Whether what was subscribed to of these two is on its way to the server, and not
	 * still waiting for a statement of the body to be sent.
	 */
	default boolean isSent() {
		return true;
	}

	/**
	 * Give the connection back. It never fails.
	 * @param failures takes what failed on the way
	 */
	default Mono<Void> release(List<Throwable> failures) {
		return Mono.empty();
	}

}
