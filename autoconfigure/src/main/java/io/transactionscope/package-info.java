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
 * Scopes: one block, one outcome.
 *
 * <p>
 * The way of a block through this package: {@code DefaultTransactionScope} names it,
 * {@code Block} runs it, {@code TransactionEngine} lets it take part in a transaction (it
 * begins, joins or nests), {@code Participation} is that part, and
 * {@code TransactionState} is what all blocks of one transaction have in common: the
 * deadline, what doomed it, and, in {@code TransactionCallbacks}, what follows its end.
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
 * <li><b>{@code requiresNew()} does not inherit the deadline</b> of the block around it:
 * what it writes is often about the failure of that block.</li>
 * <li><b>Callbacks run before the suspended transaction is resumed</b>, so that what they
 * do is never a part of it by accident.</li>
 * <li><b>Spring's own {@code afterCommit} and {@code @TransactionalEventListener} keep
 * the connection</b> under our managers, as under Spring's: what they read goes through
 * the connection that is bound to the thread, with the transaction's isolation level, its
 * temporary tables and its locks, and what they write is committed when auto-commit is
 * restored. On a connection of their own all of that would change, silently. On a small
 * pool, whoever borrows another one there still waits for itself: that is what the
 * scope's callbacks are for.</li>
 * <li><b>The JPA manager stands in this package</b> and not in one of its own: it shares
 * the engine's inner types, which would have to be public otherwise. It is the only class
 * here, with its dialect, that needs JPA on the class path.</li>
 * <li><b>Nothing stays bound to the thread between blocks.</b> On Java 17, most of what
 * an empty block costs is to make Spring's thread-locals and their collections at each
 * begin and to remove them at each end. To keep them would be cheaper, and a lie to
 * whoever asks Spring on that thread. Likewise, a block that joins asks Spring which
 * transaction the thread is in instead of relying on the block around it: somebody may
 * have suspended that one in between.</li>
 * <li><b>The managers extend Spring's</b>, with all its final methods, and
 * {@code @Transactional} keeps Spring's interceptor. Ones of our own would save the
 * look-up of a qualifier at each call and some thread-locals, but applications and
 * frameworks rely on those types.</li>
 * </ul>
 */
@NullMarked
package io.transactionscope;

import org.jspecify.annotations.NullMarked;
