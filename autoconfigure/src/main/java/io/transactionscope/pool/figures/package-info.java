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
 * Where the entries of a ledger stand, and what is counted as they come and go: by slot,
 * as no two threads write to the same one, and by scope.
 *
 * <pre>
 * Statistics               since the start, and over the last minute
 *   Slots                  a place for each who waits or holds
 *     ScopeCounters        what was counted there, summed up as ScopeTotals
 *       Timing             how one lease spends its time
 * </pre>
 *
 * <p>
 * All of this is public for the ledger alone.
 */
@NullMarked
package io.transactionscope.pool.figures;

import org.jspecify.annotations.NullMarked;
