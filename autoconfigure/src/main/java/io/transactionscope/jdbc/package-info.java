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
 * Transactions on plain JDBC connections.
 *
 * <pre>
 * JdbcEngine                         a block's way into one
 *   JdbcOwner                          began it, and ends it
 *   JdbcParticipant, JdbcSavepoint     joined it, or works from a savepoint
 *   JdbcCompanion                      follows a scope on another data source
 * ScopedJdbcTransactionManager       the way of a {@code @Transactional} method
 *     JdbcTransaction                    both: one connection, from begin to return
 * </pre>
 *
 * <p>
 * For applications there is the manager; what else is public is for our other packages.
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>Blocks end JDBC transactions themselves</b> instead of delegating to
 * {@code TransactionTemplate}: Spring's managers replace the failure of a COMMIT by that
 * of the rollback they try after it, stop at the first callback that fails, and tell
 * nobody when the connection is back. What they bind to the thread is bound here in the
 * same way, so that they and blocks join each other's transactions. For managers that are
 * not plain JDBC, and for subclasses that override something, the blocks go through the
 * manager.</li>
 * <li><b>Spring's own {@code afterCommit} and {@code @TransactionalEventListener} keep
 * the connection</b> under our managers, as under Spring's: what they read goes through
 * the connection that is bound to the thread, with the transaction's isolation level, its
 * temporary tables and its locks, and what they write is committed when auto-commit is
 * restored. On a connection of their own all of that would change, silently. On a small
 * pool, whoever borrows another one there still waits for itself: that is what the
 * scope's callbacks are for.</li>
 * <li><b>The managers extend Spring's</b>, with all its final methods, and
 * {@code @Transactional} keeps Spring's interceptor. Ones of our own would save the
 * look-up of a qualifier at each call and some thread-locals, but applications and
 * frameworks rely on those types.</li>
 * </ul>
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.jdbc;

import org.jspecify.annotations.NullMarked;
