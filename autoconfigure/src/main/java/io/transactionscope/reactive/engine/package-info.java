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
 * A block of a subscription, and the state of its transaction, for whatever manager
 * begins and ends it: what {@code io.transactionscope.engine} is for threads.
 *
 * <pre>
 * ReactiveScopeSettings      what a block begins with: engine, definition, telemetry
 * BlockMono, BlockFlux       a block for each subscriber
 *   RunningBlock               from its begin to its one outcome
 *     Surroundings               what it is inside of: another block, a boundary
 *     BlockEnding                the way from its body's end on
 *       Verification               what the application says of a COMMIT in doubt
 *   Cancellation               a cancel or a deadline, as the engine hears of it
 *   ReactiveEngine             lets it take part in a transaction: it begins, joins, nests
 *     ReactiveParticipation      that part: commit or rollBack, release
 *       ReactiveTransactionState   what all blocks of a transaction share,
 *         ReactiveCallbacks          and what follows its end
 * </pre>
 *
 * <p>
 * This is for the other packages of this library, and not for applications. Its types may
 * change with each release.
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>Nobody cancels a begin, an end or a release.</b> A block is subscriber and
 * subscription of its own: what its subscriber cancels is the body, and nothing that has
 * been acquired can get lost in an operator on the way.</li>
 * <li><b>A transaction that is begun has a {@code TransactionContext} of its own.</b>
 * Spring suspends by unbinding in the one that it shares with the transaction around,
 * which goes on at once when the inner one is cancelled, while that still rolls
 * back.</li>
 * </ul>
 */
@NullMarked
package io.transactionscope.reactive.engine;

import org.jspecify.annotations.NullMarked;
