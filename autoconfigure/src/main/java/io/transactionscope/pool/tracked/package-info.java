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
 * How JDBC is watched: the connections of a pool as their borrowers have them, which tell
 * the ledger what they are used for, and keep to the deadline.
 *
 * <p>
 * The way of a call through this package, down to the driver:
 *
 * <pre>
 * TrackedHikariDataSource        the pool itself, lends a connection
 * TrackedDataSource              in front of it, or throws one away
 *   TrackedConnection            creates what is watched in the same way:
 *     TrackedDatabaseMetaData
 *     TrackedStatement, -PreparedStatement, -CallableStatement
 *       TrackedResultSet, FetchedRows, TrackedArray
 *     TrackedTransaction         commit, rollback, savepoints
 *       Interference             what came between begin and end, as TransactionControl
 *                                reads it from SQL, or ServerTransaction from the driver
 *       TrackedLease             statements begin, fail and end; the lease does, too
 *         DeadlineLimits         NetworkLimit, Cancellation and query timeouts
 *         SessionEnd             instead of a return to the pool
 * pool.LedgerEntry               what the ledger sees of it
 * </pre>
 *
 * <p>
 * A connection is one object all the way down: its layers are classes that extend each
 * other, as a borrow should not have to make several. What it hands out knows the
 * {@code TrackedLease} only, and JDBC's types. From outside, {@code EndOfTransaction} and
 * {@code NetworkLimit} are asked about connections behind whatever {@code Handles}.
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>A pool is replaced by one that has its state</b>, by HikariCP's own
 * {@code copyStateTo}, and not wrapped: so it is what applications and tools look for,
 * down to the field that Boot's meters read. Both share the pool by that field, whichever
 * is used first. A proxy of the class would lack the field, cost more at each borrow, and
 * exist in no native image. Where there is more in the class than HikariCP's, nothing can
 * replace it, and {@code TrackedDataSource} stands in front.</li>
 * <li><b>It names HikariCP's class as that of its target</b>, as an AOP proxy would: by
 * that JMX names MBeans, and Spring Cloud knows what it must not bind again.</li>
 * <li><b>What only hands on is written by {@code DelegationGenerator}</b>, as source,
 * before the compiler runs: an IDE, a debugger and a native image see plain Java. Written
 * are interfaces with default methods, so that a prepared statement is a
 * {@code TrackedStatement} and hands on what is its own all the same. Proxies of the JDK
 * cost 3 to 20 times as much, and classes that are changed after the compiler ran are not
 * what an IDE runs.</li>
 * <li><b>JDBC is read as of the oldest Java</b> that is supported: what later ones add
 * has a default there, and does not compile here.</li>
 * <li><b>What leads to a connection or a statement is never handed on.</b> The generator
 * leaves it out, and the compiler asks for it. It leads to what was handed out: past the
 * deadline and the ledger leads only {@code unwrap}.</li>
 * <li><b>Arrays are ours, too,</b> for the rows they can be read as, but only those from
 * {@code getArray} and {@code createArrayOf}: {@code getObject} returns the driver's own,
 * and drivers, who know no others, get theirs back as parameters.</li>
 * <li><b>Rows that are all there cost one call more</b>, which compilers see through.
 * Only those that are fetched in pieces, under a deadline, look at the clock as they go
 * on.</li>
 * </ul>
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.pool.tracked;

import org.jspecify.annotations.NullMarked;
