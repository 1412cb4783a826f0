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
 * Blocks in a transaction that is a test's as a whole, and is never committed: the
 * outermost ones of the application rehearse there what they would do on their own.
 *
 * <pre>
 * Rehearsal               knows whether the thread is in such a transaction, and in no
 *                         block or method of the application yet
 *   RehearsedBlock          takes part by a savepoint, as if it had begun the transaction
 *     HeldResources           what it holds for callbacks that the test runs
 *   RehearsedParticipant    joins, where there are no savepoints
 *   RehearsedOutside        is outside of any, as far as it can know
 * </pre>
 *
 * <p>
 * For applications there is nothing here: {@code io.transactionscope.test.spring} says
 * when a test begins.
 */
@NullMarked
package io.transactionscope.engine.rehearsal;

import org.jspecify.annotations.NullMarked;
