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

package io.transactionscope.jdbc;

import java.sql.Connection;
import java.util.List;

import io.transactionscope.engine.RollbackMark;
import io.transactionscope.transaction.TransactionOutcome;

/**
 * A block that has joined a transaction on a JDBC connection.
 *
 * @param active the transaction
 */
record JdbcParticipant(JdbcTransaction active) implements JdbcParticipation {

	@Override
	public void commit(List<Throwable> failures) {
	}

	@Override
	public TransactionOutcome rollBack(RollbackMark mark, List<Throwable> failures) {
		this.active.setRollbackOnly();
		return TransactionOutcome.ROLLED_BACK;
	}

}
