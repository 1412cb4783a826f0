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
 * Scopes: one block, one outcome. This is the door: what an application writes its blocks
 * with, and what their bodies see.
 *
 * <pre>
 * TransactionScope         an immutable description; its call, run and open begin
 *   DefaultTransactionScope    names the block, has the engine for its manager, begins
 *     ActiveBlock              a running block, which its body sees as ActiveScope
 *       engine.Block           brings it to its outcome
 *         jdbc | managed       begins, joins, commits, rolls back
 *           the driver's commit()
 * </pre>
 *
 * <p>
 * The way goes down only, and what becomes of the block comes back the same way: as what
 * the engine returns or throws.
 */
@NullMarked
package io.transactionscope;

import org.jspecify.annotations.NullMarked;
