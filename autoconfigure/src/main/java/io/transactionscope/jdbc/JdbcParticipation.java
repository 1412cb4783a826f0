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

import io.transactionscope.engine.Participation;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.pool.tracked.TransactionEndedException;
import org.jspecify.annotations.Nullable;

/**
 * A block's part in a transaction on a JDBC connection.
 */
interface JdbcParticipation extends Participation {

	JdbcTransaction active();

	@Override
	default TransactionState transaction() {
		return active().shared();
	}

	@Override
	default boolean isRollbackOnly() {
		return active().isRollbackOnly();
	}

	@Override
	default Connection connection() {
		return active().getConnection();
	}

	@Override
	default @Nullable TransactionEndedException ended() {
		return active().ended();
	}

}
