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
 * The ledger of a connection pool: who holds its connections, who waits for one, and
 * whether that will ever resolve.
 *
 * <p>
 * The way of a connection through this package, down from whoever asks:
 *
 * <pre>
 * tracked.TrackedPool                is asked, on behalf of the current Borrower
 *   PoolLedger                       the face: whoever looks at the pool asks it
 *     Acquisition                    has the wait bounded, or a Deadlock broken
 *     Reports, LeaseWatch, Drought   tell of the pool; look at it from time to time
 *       LedgerEntry in a WatchedPool a waiter first, then a lease, of some Party
 *         figures                    where an entry stands, and what the scopes do
 * inquiry                            what only the database knows
 * snapshot, diagnosis, report        what comes of all that: facts, their cause, a text,
 * incident                           and what is told of them over time
 * </pre>
 *
 * <p>
 * With the pool's connection the entry is a lease, the {@code TrackedConnection} that the
 * borrower gets, and tells its phases until it is closed. Nothing here calls back up:
 * each type knows only what is below it.
 *
 * <p>
 * Nothing here is to be implemented or extended by applications. {@code LedgerEntry},
 * {@code Party}, {@code RemoteCalls}, {@code WatchedPool}, {@code WatchedHikariPool},
 * {@code Aside} and {@code RemainingTime} are public for the packages of this project,
 * and may change with any version.
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>Slots, not a map.</b> A thread takes the slot that it had last by one
 * compare-and-set, and keeps its figures there. All threads would write to the same map.
 * What threads still share is the pool: the garbage collector may lay one of HikariCP's
 * entries, which are written at each borrow, beside what all of them read.</li>
 * <li><b>Counters are collected</b> from the slots into one place when they have not been
 * used for some seconds, by whoever looks after the figures, who takes the free slot for
 * that as a thread would: there are as many as are in use, and no borrow pays for
 * it.</li>
 * <li><b>Who holds is a {@code Party}</b>, and need not be a thread: what a deadlock is,
 * or a leak, says nothing of threads. Where an application has pools of one kind only,
 * its calls are direct ones.</li>
 * <li><b>Who waits is read from the slots</b>, and not written down with the thread: G1
 * has a memory barrier for each reference that is written into an old object.</li>
 * <li><b>One reading of the clock for each borrow</b>, as it costs about as much as all
 * the rest together. Leases are timed in detail where it matters: when they last, when
 * somebody waits, and in a sample that stands for the others. A tick that the watch keeps
 * meanwhile would save that reading, 36 to 51 of 320 to 460 ns where it was measured:
 * less than a thousandth of a transaction on PostgreSQL. It needs a thread that wakes all
 * the time, pays from ten thousand borrows a second on, and says how long somebody has
 * waited wrongly just when the process stands still. The watch looks four times a second
 * anyway, but who came first decides a diagnosis, and a quarter of a second is too long
 * for that. So it is read.</li>
 * <li><b>An entry is the young object that its borrower has</b>, and its slot refers to
 * it. With nothing but numbers in the slot, a borrow would save 20 ns by one memory
 * barrier less, and as much by a compare-and-set; but each statement would have to be
 * written into the old slot instead, with a barrier of its own, and whoever looks at a
 * lease would have to look again whether it still was that one. As above, nobody would
 * notice the gain, and every reader of this code the way to it.</li>
 * <li><b>Two compare-and-sets end a lease</b>: who gives it back first, and who takes it
 * out of the ledger, in between which the connection is made fit to go back. One for both
 * where there is nothing to be made fit saves 4 to 21 of 320 to 460 ns: two compilations
 * of the same code differ by as much.</li>
 * <li><b>What a transaction borrows as it begins stays with its thread</b>, as far as the
 * detection of deadlocks goes, until another thread is seen to use it: this is what
 * transactions do. All others get {@code PoolSettings.deadlockGrace()} to show that they
 * were handed over, those borrowed in the middle of a transaction, too.</li>
 * <li><b>Who holds connections and finds no other free has another thread wait</b>, as a
 * wait in HikariCP cannot be ended by others, and a deadlock may become complete in it.
 * All others wait themselves.</li>
 * <li><b>The database is asked when a report is made</b>, and only if statements take
 * long or free connections do not reach who waits. A dry pool has no connection for that,
 * so it is one past the pool, opened on a thread of its own: on a link that hangs,
 * whoever is turned away goes on. That it does not come about is what tells a silent
 * database from slow statements.</li>
 * <li><b>Event loops are looked at</b>, four times a second, and only where somebody
 * waits, or of leases that last. What one is at is compared from look to look by its
 * stack: no task is put into it, which would wake it up.</li>
 * <li><b>Hardly any stacks are taken while all goes well.</b> What a holder does is asked
 * of its thread when somebody wants to know. Where a connection was borrowed is
 * remembered only of those that may leak, a hundred in a second: only that tells whether
 * the code that has borrowed is still at work.</li>
 * </ul>
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.pool;

import org.jspecify.annotations.NullMarked;
