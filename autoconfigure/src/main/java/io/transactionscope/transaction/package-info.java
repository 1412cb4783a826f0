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
 * What is known of a transaction, whoever has run it: how a block relates to it, what it
 * owes to its session, and what became of it. Facts alone, for callers and handlers of
 * exceptions; nothing in here runs anything.
 *
 * <pre>
 * ScopePropagation         how it is asked for
 *   PropagationOptions       by a scope
 * SessionDuties            what it owes before the connection goes back
 * TransactionOutcome       what became of it
 * CommitFailedException    a COMMIT that failed, with its outcome
 * AfterCommitException     committed, and something failed after it
 * </pre>
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>A failed COMMIT is always a {@code CommitFailedException}</b> in a scope, with
 * Spring's translation as its cause: what became of the transaction matters more than why
 * the database refused. What fails before the COMMIT keeps its own type, a constraint
 * violated by a flush for example. Plain {@code @Transactional} methods keep the
 * translated exception where the server has answered, as they always had it.</li>
 * <li><b>A rollback that fails still ends in {@code ROLLED_BACK}</b>: COMMIT was never
 * sent and the connection is discarded, which ends its session.</li>
 * <li><b>{@code AfterCommitException} does not carry what the body returned</b>: it would
 * be an untyped value in an exception that is logged and stored. What identifies the work
 * that is committed, such as a key, the body can set aside before it returns.</li>
 * </ul>
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.transaction;

import org.jspecify.annotations.NullMarked;
