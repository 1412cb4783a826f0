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
import io.transactionscope.engine.TransactionState;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * The part of a block that runs without transaction: it leaves the test's alone, in which
 * its statements are all the same.
 *
 * @param transaction what it has in place of a transaction
 */
record RehearsedOutside(TransactionState transaction) implements Participation {

	@Override
	public boolean isTransactional() {
		return false;
	}

	@Override
	public boolean isOwner() {
		return true;
	}

	@Override
	public boolean isRollbackOnly() {
		return false;
	}

	@Override
	public @Nullable Connection connection() {
		return null;
	}

	@Override
	public void commit(List<Throwable> failures) {
	}

	@Override
	public TransactionOutcome rollBack(RollbackMark mark, List<Throwable> failures) {
		return TransactionOutcome.ROLLED_BACK;
	}

}
