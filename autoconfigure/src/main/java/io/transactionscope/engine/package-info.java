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
 * A block and the state of its transaction, for whatever manager begins and ends it.
 *
 * <pre>
 * ScopeSettings            what a block begins with: engine, definition, telemetry
 * Block                    from its begin to its one outcome
 *   CurrentScope             the blocks that the thread is in
 *   TransactionEngine        lets it take part in a transaction: it begins, joins, nests
 *     Participation            that part: commit or rollBack, release, resume
 *       TransactionState         what all blocks of a transaction share: the deadline,
 *         RollbackMark             what doomed it,
 *         TransactionCallbacks     and what follows its end
 * </pre>
 *
 * <p>
 * This is for the other packages of this library, and not for applications: its types are
 * public because the ways through JDBC, JPA and other managers have packages of their
 * own. They may change with each release.
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>{@code requiresNew()} does not inherit the deadline</b> of the block around it:
 * what it writes is often about the failure of that block.</li>
 * <li><b>Callbacks run before the suspended transaction is resumed</b>, so that what they
 * do is never a part of it by accident.</li>
 * <li><b>Nothing stays bound to the thread between blocks.</b> On Java 17, most of what
 * an empty block costs is to make Spring's thread-locals and their collections at each
 * begin and to remove them at each end. To keep them would be cheaper, and a lie to
 * whoever asks Spring on that thread. Likewise, a block that joins asks Spring which
 * transaction the thread is in instead of relying on the block around it: somebody may
 * have suspended that one in between.</li>
 * <li><b>The thread leads to its outermost block by a reference of its own</b>, and that
 * one to those inside. To write it costs a memory barrier, 7 of 570 ns of an empty block
 * on Java 25. It could hang on what Spring binds to the thread anyway, which is as young
 * as the block; but that is another thing with each manager, and nothing without a
 * transaction, so that whoever looks for the block had to know them all.</li>
 * <li><b>A block is one object</b>, its engine and its body's handle in one: that is why
 * the handle is a subclass.</li>
 * </ul>
 */
@NullMarked
package io.transactionscope.engine;

import org.jspecify.annotations.NullMarked;
