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
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.Log;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.SavepointParticipation;
import io.transactionscope.engine.TransactionCallbacks;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.TransactionSystemException;

/**
 * The part of a block that would have begun the transaction if there were no test around
 * it. What fails in it is undone. What it has registered runs at its end, and its
 * resources are released, as if the transaction ended with it; only what is to follow a
 * commit waits for that.
 */
final class RehearsedBlock implements SavepointParticipation {

	/** The class of SQL states. */
	private static final String SAVEPOINT_EXCEPTION = "3B";

	private static final int NO_SUCH_SAVEPOINT_IN_MYSQL = 1305;

	private final String name;

	private final SavepointParticipation savepoint;

	private final TransactionCallbacks.Position begin;

	/** What it had registered by the time it was rolled back. */
	private final List<TransactionCallbacks.Registered> rolledBack = new ArrayList<>(0);

	/**
	 * Create the part of a block.
	 * @param name the block's name
	 * @param savepoint where it began
	 */
	RehearsedBlock(String name, SavepointParticipation savepoint) {
		this.name = name;
		this.savepoint = savepoint;
		this.begin = savepoint.transaction().callbacks().position();
	}

	@Override
	public TransactionState transaction() {
		return this.savepoint.transaction();
	}

	@Override
	public boolean isRollbackOnly() {
		return this.savepoint.isRollbackOnly();
	}

	@Override
	public @Nullable Connection connection() {
		return this.savepoint.connection();
	}

	@Override
	public @Nullable TransactionEndedException ended() {
		return this.savepoint.ended();
	}

	@Override
	public void commit(List<Throwable> failures) {
		try {
			transaction().callbacks().runBeforeCommit(this.begin);
			refuseDoomed();
			refuseLate();
			releaseUnlessGone();
		}
		catch (Throwable ex) {
			rollBack(RollbackMark.failed(this.name, ex), failures);
			throw Failures.rethrow(ex);
		}
		leave(failures);
	}

	private void refuseDoomed() {
		RollbackMark mark = transaction().mark();
		if (mark != null || isRollbackOnly()) {
			throw RollbackMark.unexpectedRollback(this.name, mark);
		}
	}

	private void refuseLate() {
		Deadline deadline = transaction().deadline();
		if (deadline != null && deadline.isPassed()) {
			throw deadline.passed(this.name, "before the commit");
		}
	}

	private void releaseUnlessGone() throws Exception {
		try {
			releaseSavepoint();
		}
		catch (TransactionSystemException ex) {
			if (!isGone(ex)) {
				throw ex;
			}
			Log.debug("Scope '{}' has committed a part of its test's transaction, as some statements do: {}", this.name,
					ex.getMessage());
		}
	}

	/** Whether there is no such savepoint any more. MySQL has a code of its own. */
	private static boolean isGone(TransactionSystemException failure) {
		return failure.getMostSpecificCause() instanceof SQLException cause
				&& (cause.getErrorCode() == NO_SUCH_SAVEPOINT_IN_MYSQL
						|| (cause.getSQLState() != null && cause.getSQLState().startsWith(SAVEPOINT_EXCEPTION)));
	}

	@Override
	public void leave(List<Throwable> failures) {
		this.savepoint.leave(failures);
	}

	@Override
	public void rollBackToSavepoint(RollbackMark mark, List<Throwable> failures) throws Exception {
		this.rolledBack.addAll(transaction().callbacks().since(this.begin));
		this.savepoint.rollBackToSavepoint(mark, failures);
	}

	@Override
	public void releaseSavepoint() throws Exception {
		this.savepoint.releaseSavepoint();
	}

	@Override
	public void release(List<Throwable> failures) {
		this.savepoint.release(failures);
	}

	@Override
	public @Nullable Throwable follow(TransactionOutcome outcome, @Nullable Throwable failure, List<Throwable> later) {
		return (outcome == TransactionOutcome.COMMITTED)
				? Rehearsal.followCommit(transaction(), this.begin, failure, later)
				: Rehearsal.followRollback(transaction(), this.begin, this.rolledBack, outcome, failure, later);
	}

	@Override
	public void resume(List<Throwable> failures) {
		this.savepoint.resume(failures);
	}

}
