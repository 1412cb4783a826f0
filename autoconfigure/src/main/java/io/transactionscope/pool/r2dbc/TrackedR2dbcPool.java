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

package io.transactionscope.pool.r2dbc;

import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Wrapped;
import io.transactionscope.pool.PoolLedger;

/**
 * A connection factory whose connections are those of an R2DBC pool, and are entered in
 * the {@link PoolLedger} of that.
 *
 * <p>
 * {@code create()} waits until the pool's {@code max-acquire-time} or the deadline of the
 * current scope, whichever comes first. It fails with an
 * {@link R2dbcPoolDeadlockException} if the wait could never end, and with an
 * {@link R2dbcPoolExhaustedException} if the wait has been ended. Where a connection
 * could not be opened it fails with the driver's own exception, which has the report
 * suppressed. None of that blocks whoever subscribes.
 *
 * @since 0.1.0
 */
public interface TrackedR2dbcPool extends ConnectionFactory, Wrapped<ConnectionFactory> {

	/**
	 * {@return the ledger of the pool}
	 */
	PoolLedger ledger();

}
