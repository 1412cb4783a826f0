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

package io.transactionscope.pool.tracked;

import java.sql.SQLException;
import java.sql.Savepoint;

import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.RemainingTime;
import io.transactionscope.pool.snapshot.Phase;
import org.jspecify.annotations.Nullable;

/**
 * How a transaction begins and ends on a connection, and whether it has ended without
 * having been asked to by whoever manages it.
 */
abstract class TrackedTransaction extends TrackedLease implements Delegation.OfConnection {

	private boolean endCalled;

	/** Whether it was switched to manual commit, by whoever began a transaction. */
	private boolean manual;

	TrackedTransaction(PoolLedger ledger, Borrower borrower) {
		super(ledger, borrower);
	}

	/**
	 * Send COMMIT and wait for the answer until the deadline. Past the deadline, on a
	 * connection known to be dead, or in a managed transaction that has ended already, it
	 * is not sent.
	 */
	@Override
	public final void commit() throws SQLException {
		Borrower user = user();
		RemainingTime remaining = user.hasDeadline() ? RemainingTime.require(user, "COMMIT was not sent") : null;
		requireNotEnded();
		CommitNotSentException.requireOpen(this);
		if (isLeftInAutoCommit()) {
			endTransaction();
		}
		else if (remaining != null) {
			commitWithin(remaining);
		}
		else {
			liftNetworkLimit();
			sendCommit();
		}
		noteEnd();
	}

	private void requireNotEnded() throws TransactionEndedException {
		if (isInScope()) {
			TransactionEndedException ended = whatEnded();
			if (ended != null) {
				throw ended;
			}
		}
	}

	private void commitWithin(RemainingTime remaining) throws SQLException {
		limits().limitCommit(remaining);
		try {
			sendCommit();
		}
		finally {
			liftNetworkLimit();
		}
	}

	private void sendCommit() throws SQLException {
		beginEndOfTransaction();
		awaitsEnd();
		try {
			delegate().commit();
		}
		finally {
			answered();
			endTransaction();
		}
	}

	@Override
	public final void rollback() throws SQLException {
		beginEndOfTransaction();
		awaitsEnd();
		try {
			if (!isLeftInAutoCommit()) {
				limited().rollback();
			}
		}
		finally {
			answered();
			endTransaction();
		}
		noteEnd();
	}

	private void noteEnd() {
		forgetInterference();
		this.endCalled = true;
	}

	@Override
	public final void rollback(Savepoint savepoint) throws SQLException {
		awaitsEnd();
		try {
			limited().rollback(savepoint);
		}
		catch (SQLException ex) {
			// Which has taken the savepoint with it.
			TransactionEndedException committed = whatCommittedAPart(ex);
			throw (committed != null) ? committed : ex;
		}
		finally {
			answered();
		}
		Interference interference = interferenceIfAny();
		if (interference != null) {
			interference.rolledBackToSavepoint();
		}
	}

	@Override
	public final void releaseSavepoint(Savepoint savepoint) throws SQLException {
		awaitsEnd();
		try {
			limited().releaseSavepoint(savepoint);
		}
		catch (SQLException ex) {
			if (whatCommittedAPart(ex) == null) {
				throw ex;
			}
			// A commit has released it.
		}
		finally {
			answered();
		}
	}

	@Override
	public final Savepoint setSavepoint() throws SQLException {
		return limited().setSavepoint();
	}

	@Override
	public final Savepoint setSavepoint(String name) throws SQLException {
		return limited().setSavepoint(name);
	}

	@Override
	public final void setAutoCommit(boolean autoCommit) throws SQLException {
		requireNotGivenBack();
		boolean interferes = autoCommit && phase() == Phase.BETWEEN_STATEMENTS && isInScope()
				&& !delegate().getAutoCommit();
		limited().setAutoCommit(autoCommit);
		if (this.manual == autoCommit) {
			this.manual = !autoCommit;
			this.endCalled &= autoCommit;
		}
		if (interferes) {
			interference().switchedToAutoCommit();
		}
	}

	/**
	 * Whether somebody has switched it in the middle and left it so: there is nothing to
	 * be ended any more, and some drivers fail when they are asked to.
	 */
	private boolean isLeftInAutoCommit() throws SQLException {
		return whatCommittedAPart(null) != null && delegate().getAutoCommit();
	}

	final @Nullable TransactionEndedException whatEnded() {
		Interference interference = interferenceIfAny();
		if (interference != null) {
			return interference.whatEnded();
		}
		return ServerTransaction.isFailed(delegate()) ? TransactionEndedException.failedByServer(null) : null;
	}

	final @Nullable TransactionEndedException whatCommittedAPart(@Nullable SQLException cause) {
		Interference interference = interferenceIfAny();
		return (interference != null) ? interference.whatCommittedAPart(cause) : null;
	}

	/**
	 * Return whether {@code commit()} or {@code rollback()} was called since the
	 * connection was borrowed.
	 */
	final boolean isEndCalled() {
		return this.endCalled;
	}

	/**
	 * Return whether that was done in the transaction that a switch to manual commit has
	 * begun, and that switch has not been taken back.
	 */
	final boolean isOver() {
		return this.manual && this.endCalled;
	}

}
