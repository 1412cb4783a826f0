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
 * Reactive blocks and transactions on R2DBC connections, which begin and end them
 * themselves.
 *
 * <pre>
 * ScopedR2dbcTransactionManager   for Spring       R2dbcEngine   for blocks
 *   ManagedBegin                                     EngineBegin
 *     Beginning          borrow, BEGIN: what is cancelled on the way is undone
 *       R2dbcTransaction   commit, rollBack, release: each once, none cancelled
 *         Gate               nothing is sent behind the end, or from a savepoint behind its end
 *         DriverCall         one call of the driver, awaited, bounded where it may be
 *         Discard            what is not surely clean is closed, not pooled
 *         r2dbc.resolution   what became of a COMMIT that is not answered
 * </pre>
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>A cancel that reaches the begin abandons the transaction, however late.</b>
 * Spring's {@code getReactiveTransaction} is final, and operators between it and whoever
 * asked may drop what they were given. Reactor's {@code thenReturn} does so in the moment
 * of a cancel, and passes that on to nobody; it is seen at the state of the operators
 * below. What they drop otherwise is found once nobody holds it any more.</li>
 * <li><b>The inner connection is closed before the pool's.</b> A pool takes back what it
 * is given; it sees that a session is closed, not that its transaction is open.</li>
 * <li><b>The question before a COMMIT may be given up at the deadline</b>, and then it is
 * a rollback. What comes past the deadline on a dead link, the COMMIT and the question
 * what became of it, shares the one second that the COMMIT alone has otherwise.</li>
 * <li><b>A failed ROLLBACK is logged under Spring's manager</b>, as with JDBC: the
 * manager is not told the failure that it must not replace.</li>
 * </ul>
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.r2dbc;

import org.jspecify.annotations.NullMarked;
