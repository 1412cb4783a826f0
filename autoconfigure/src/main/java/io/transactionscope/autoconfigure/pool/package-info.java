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
 * The wiring of the ledgers. {@link PoolAutoConfiguration} has one kept of each HikariCP
 * pool that a bean is or leads to, says which those are, and names the borrowers, those
 * outside of transactions by what {@link BorrowerNamingAutoConfiguration} has to tell;
 * {@link RemoteCallsAutoConfiguration} notices what they call. In packages below are the
 * pools of R2DBC, and what is checked at start-up. Health, metrics and the endpoint, each
 * in the package beside this one, build on what is made here.
 *
 * <p>
 * A pool that cannot open its first connection is analyzed where that fails the start, of
 * Hibernate too, which has forgotten by then. Where nobody borrows as the application
 * starts, nothing is tried and nothing is said: to look would open a connection that
 * nobody has asked for, and make the start wait for a database that is down. The first
 * one who borrows is told by the exception, and the log has the same analysis then.
 *
 * <p>
 * A router does not tell of what it is given while the application runs, and is the
 * application's own object, so that nothing can be put around it. It is looked at once a
 * second, which is a few reads where nothing has changed, by a thread of its own: the
 * threads of the ledgers go with their pools, and at the start there may be none. Whoever
 * borrows pays nothing for that, and what is lent in the meantime is in no ledger.
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.autoconfigure.pool;

import org.jspecify.annotations.NullMarked;
