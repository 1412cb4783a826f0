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

/**
 * The ledger of a pool of {@code r2dbc-pool}: the same as for HikariCP, of those who have
 * no thread.
 *
 * <pre>
 * TrackedR2dbcPool                  is asked: TrackedConnectionPool, or what leads to one
 *   Borrowing                         one wait, by the rules of the ledger
 *     ReactiveBorrower                  who asks, by Reactor's context
 *     R2dbcLease in a WatchedConnectionPool   what the ledger has of it
 *       TrackedR2dbcConnection            what the borrower gets
 *         PhaseSignals, WantedRows          what the connection is used for
 *     R2dbcServerProcesses              which of the database's processes serves it
 *   R2dbcOpener, R2dbcSession         what the database is asked over, outside of the pool
 * </pre>
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.pool.r2dbc;

import org.jspecify.annotations.NullMarked;
