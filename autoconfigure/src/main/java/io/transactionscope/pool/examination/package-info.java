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
 * Finds out why a pool is dry, by functions on facts: an {@code Examination} of a
 * snapshot and of what the holders do asks its rules one after the other, and the first
 * that has an answer gives the {@code Diagnosis}.
 *
 * <pre>
 * Examination            the order of the rules, each of which looks at the Symptoms
 *   Connecting           a pool with fewer connections than it may have
 *   Silence              the database answers nobody
 *   Losses               the database knows nothing of the statements that wait for it
 *   Locks                statements that wait for a lock, and who has it
 *   Leaks                connections that nobody is going to give back
 *   Staying              those in the same hands for most of the wait
 *   Passing              those that come and go, and are too few
 *     PoolLoad           what the figures of the last minute say
 *     CallsElsewhere     what connections are held for that is no SQL
 * </pre>
 *
 * <p>
 * All of this is public for the ledger alone, and may change with any version.
 */
@NullMarked
package io.transactionscope.pool.examination;

import org.jspecify.annotations.NullMarked;
