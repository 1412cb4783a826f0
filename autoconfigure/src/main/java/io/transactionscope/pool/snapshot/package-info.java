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
 * A pool at one moment, as facts: nothing here knows a pool or a thread, so that what is
 * concluded from them can be tested by a table of facts.
 *
 * <p>
 * A {@code PoolSnapshot} says who has a {@code Lease}, who is a {@code Waiter}, and what
 * the scopes use the pool for; each {@code Holder} adds what it does at the moment.
 *
 * <p>
 * Facts with many parts are made by builders, and may get more parts. A builder takes
 * what it is given: nobody but the ledger and tests makes them. {@code Frames},
 * {@code SqlText} and {@code Words} are public for the packages of this project, and may
 * change with any version.
 *
 * <pre>
 * Holder, PoolSnapshot
 *   → Lease, Waiter, ScopeStatistics → Phase, TimeSpent, Usage, Frames, Words
 * </pre>
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.pool.snapshot;

import org.jspecify.annotations.NullMarked;
