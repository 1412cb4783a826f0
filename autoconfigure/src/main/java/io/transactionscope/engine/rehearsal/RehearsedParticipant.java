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

package io.transactionscope.engine.rehearsal;

import java.sql.Connection;
import java.util.List;

import io.transactionscope.engine.Participation;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.TransactionCallbacks;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * The part of a block that would have begun the transaction, where there can be no
 * savepoint: it joins, but its resources are not the test's.
 *
 * @param joined the block's part in the transaction
 * @param begin where it began
 */
record RehearsedParticipant(Participation joined, TransactionCallbacks.Position begin) implements Participation {

	@Override
	public TransactionState transaction() {
		return this.joined.transaction();
	}

	@Override
	public boolean isRollbackOnly() {
		return this.joined.isRollbackOnly();
	}

	@Override
	public @Nullable Connection connection() {
		return this.joined.connection();
	}

	@Override
	public @Nullable TransactionEndedException ended() {
		return this.joined.ended();
	}

	@Override
	public void commit(List<Throwable> failures) {
		this.joined.commit(failures);
	}

	@Override
	public TransactionOutcome rollBack(RollbackMark mark, List<Throwable> failures) {
		return this.joined.rollBack(mark, failures);
	}

	@Override
	public void release(List<Throwable> failures) {
		this.joined.release(failures);
	}

	@Override
	public @Nullable Throwable follow(TransactionOutcome outcome, @Nullable Throwable failure, List<Throwable> later) {
		return (outcome == TransactionOutcome.COMMITTED)
				? Rehearsal.followCommit(transaction(), this.begin, failure, later)
				: Rehearsal.followRollback(transaction(), this.begin, List.of(), outcome, failure, later);
	}

	@Override
	public void resume(List<Throwable> failures) {
		this.joined.resume(failures);
	}

}
