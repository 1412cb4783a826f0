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

import javax.sql.DataSource;

import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.PoolLedger;

import org.springframework.aop.RawTargetAccess;
import org.springframework.core.InfrastructureProxy;

/**
 * A data source whose connections are entered in a {@link PoolLedger}, and keep to the
 * deadline of whoever borrows them.
 *
 * <p>
 * While the current thread's {@link Borrower} has a deadline, it bounds the wait for a
 * connection, each statement and the COMMIT. Without a deadline, all of that is as the
 * pool has it. Nothing here costs a round trip to the database.
 *
 * <p>
 * {@code getConnection} waits until the pool's {@code connectionTimeout} or the deadline
 * of the current scope, whichever comes first; the call that starts the pool is bounded
 * by {@code connectionTimeout} only. It throws a
 * {@link io.transactionscope.pool.PoolDeadlockException} if the wait could never end, a
 * {@link io.transactionscope.pool.PoolExhaustedException} if the wait has been ended, and
 * a {@link java.sql.SQLTransientConnectionException} if the deadline had passed before.
 *
 * @since 0.1.0
 */
public interface TrackedPool extends DataSource, InfrastructureProxy, RawTargetAccess {

	/**
	 * {@return the ledger of the pool}
	 */
	PoolLedger ledger();

	/**
	 * {@return the data source that others may have in place of this one: Spring has one
	 * transaction for both}
	 */
	@Override
	Object getWrappedObject();

}
