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
 * Blocks on any transaction manager that is not one for plain JDBC, and in whatever such
 * a manager has begun: it begins and ends their transactions.
 *
 * <pre>
 * ManagedEngine             a block's way into a manager's transaction
 *   ManagedParticipant        a block that began or joined one, or runs without
 *     ManagedSavepoint          works from a savepoint of it
 *     ForeignTransaction        hears of the end of one that no block began
 *     UnconfirmedBranches       what JTA leaves untold of its end
 *   ManagedSuspension         what was suspended before
 * </pre>
 *
 * <p>
 * For applications there is nothing here; what is public is for our other packages.
 */
@NullMarked
package io.transactionscope.managed;

import org.jspecify.annotations.NullMarked;
