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

package io.transactionscope;

import java.sql.Connection;
import java.util.List;

import io.transactionscope.transaction.TransactionOutcome;

/**
 * A block that has joined a transaction on a JDBC connection.
 *
 * @param active the transaction
 */
record JdbcParticipant(JdbcTransaction active) implements Participation {

	@Override
	public TransactionState transaction() {
		return this.active.shared();
	}

	@Override
	public boolean isOwner() {
		return false;
	}

	@Override
	public boolean isSavepoint() {
		return false;
	}

	@Override
	public boolean isRollbackOnly() {
		return this.active.isRollbackOnly();
	}

	@Override
	public Connection connection() {
		return this.active.getConnection();
	}

	@Override
	public void commit(List<Throwable> failures) {
	}

	@Override
	public TransactionOutcome rollBack(RollbackMark mark, List<Throwable> failures) {
		this.active.setRollbackOnly();
		return TransactionOutcome.ROLLED_BACK;
	}

	@Override
	public void release(List<Throwable> failures) {
	}

	@Override
	public void resume(List<Throwable> failures) {
	}

}
