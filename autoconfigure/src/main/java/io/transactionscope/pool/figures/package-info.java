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
 *     Stay                 what has come of that so far
 *     ScopeCounters        what was counted there, summed up as ScopeTotals of Times
 *       Lot                draws the leases that are timed to stand for others
 *       Sampling           how often, and who is told of each instead
 *       Timing             how one lease spends its time
 * DemandMeter              how many are asked for at a time, while somebody waits
 * CpuMeter                 how busy the machine is
 * PauseDetector            when the process stood still
 * WatchTimer               how long the watch itself has been at work
 * CallTotals               the calls elsewhere of the last minute
 *   CallsOfLease           and those of one lease, each an OngoingCall at first
 * </pre>
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>Whether a lease counts as it is must not depend on the lot</b>: it does if it
 * meets pressure, or if the watch has seen it last, drawn or not. Otherwise those that
 * are exact would stand for others, too.</li>
 * <li><b>Drawn by moments, weighed by pauses.</b> To time the first lease after each
 * interval would prefer what comes first after a pause, which is what is slow first. The
 * likelihood to be drawn is known for each lease, so its inverse is what the lease counts
 * for. A lease that lasts as long as the interval is drawn nearly always.</li>
 * <li><b>What is under way counts.</b> Sums over some time are differences of sums, each
 * with what had come by then of those who were there: so a lease is in the last minute
 * with what fell into it, and a meter moves while connections are stuck.</li>
 * <li><b>Slots go</b> when the crowd has that they were for: from then on, nobody takes
 * one behind the others, and once all behind are empty they are no more.</li>
 * </ul>
 *
 * <p>
 * All of this is public for the ledger alone.
 */
@NullMarked
package io.transactionscope.pool.figures;

import org.jspecify.annotations.NullMarked;
