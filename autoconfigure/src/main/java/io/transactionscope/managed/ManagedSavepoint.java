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

package io.transactionscope.managed;

import java.sql.Connection;
import java.util.List;

import io.transactionscope.engine.SavepointParticipation;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.NestedTransactionNotSupportedException;

/**
 * A block that works from a savepoint of a transaction that a transaction manager has
 * begun. The savepoint is the block's own: one that the manager held would doom the
 * transaction where it cannot be released.
 *
 * @param joined the block's part in the transaction
 * @param savepoint where it began
 * @param position where the transaction stood then
 */
record ManagedSavepoint(ManagedParticipant joined, Object savepoint,
		TransactionState.Position position) implements SavepointParticipation {

	static ManagedSavepoint begin(ManagedParticipant joined) {
		TransactionState shared = joined.transaction();
		if (shared.mark() != null || joined.isRollbackOnly()) {
			throw RollbackMark.noSavepoint(shared.name(), shared.mark());
		}
		return new ManagedSavepoint(joined, createSavepoint(joined), shared.position());
	}

	private static Object createSavepoint(ManagedParticipant joined) {
		try {
			return joined.status().createSavepoint();
		}
		catch (NestedTransactionNotSupportedException | UnsupportedOperationException ex) {
			throw new NestedTransactionNotSupportedException(
					"Could not set a savepoint in transaction '%s': %s. Use requiresNew() for work that is to be taken back on its own."
						.formatted(joined.transaction().name(), ex.getMessage()),
					ex);
		}
	}

	@Override
	public TransactionState transaction() {
		return this.joined.transaction();
	}

	@Override
	public boolean isRollbackOnly() {
		return this.joined.isRollbackOnly();
	}

	@Override
	public @Nullable TransactionEndedException ended() {
		return this.joined.ended();
	}

	@Override
	public @Nullable Connection connection() {
		return this.joined.connection();
	}

	@Override
	public void commit(List<Throwable> failures) {
		try {
			releaseSavepoint();
		}
		catch (Throwable ex) {
			try {
				rollBackToSavepoint(RollbackMark.failed(transaction().name(), ex), failures);
			}
			catch (Throwable later) {
				Failures.suppress(ex, later);
			}
			throw ex;
		}
		leave(failures);
	}

	@Override
	public void leave(List<Throwable> failures) {
		this.joined.commit(failures);
	}

	@Override
	public void rollBackToSavepoint(RollbackMark mark, List<Throwable> failures) {
		TransactionState shared = transaction();
		Throwable failure = mark.cause();
		shared.rollBackTo(this.position, failure);
		try {
			this.joined.status().rollbackToSavepoint(this.savepoint);
		}
		catch (Throwable ex) {
			// Whoever noticed has not seen the body's failure.
			shared.rollBackTo(this.position, failure);
			shared.doom(new RollbackMark(shared.name(), "could not roll back to its savepoint", failure));
			this.joined.rollBack(mark, failures);
			throw ex;
		}
		if (isRollbackOnly()) {
			// JPA takes no mark back that a failed flush has set.
			shared.doom(mark);
		}
	}

	@Override
	public void releaseSavepoint() {
		this.joined.status().releaseSavepoint(this.savepoint);
	}

	@Override
	public void release(List<Throwable> failures) {
		if (!this.joined.isEnded()) {
			try {
				this.joined.commit(failures);
			}
			catch (Throwable ex) {
				failures.add(ex);
			}
		}
	}

}
