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
 * What became of a transaction whose link was lost in its COMMIT, as PostgreSQL knows it.
 *
 * <pre>
 * CommitResolution       of one on a JDBC connection: notes, and asks when it has to
 *   TransactionMark        what is noted before the COMMIT: which transaction, which server
 *   Interrogation          what is asked over a fresh connection, step by step
 *     ServerState            whether that is the server, and still has what it had
 *   GrowingPause           between one question and the next
 *   RoutedDataSource       where the question goes, if that depends on the thread
 *   Verdict                committed, rolled back, or why that cannot be told
 * </pre>
 *
 * <p>
 * This is for the other packages of this library, and not for applications. Its types may
 * change with each release.
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>The server is asked by the transaction's id</b>, which costs the round trip that
 * learns it, and neither a table of ours nor a row for each transaction. That is not all
 * that Oracle's Transaction Guard has, which keeps the outcome in a table: it is not
 * there once a standby has taken over.</li>
 * <li><b>An id alone proves nothing.</b> A server that has crashed gives the ids of what
 * it had not written yet to others, and one that has lost its data, or another one behind
 * the same name, has transactions of its own by that id. So the mark has the server's
 * identifier and timeline, since when it runs and has its statistics, which a crash
 * discards, and how far its log was written. Once the server was started again, the
 * checkpoint that was made by then tells whether it still had all that, and the id; once
 * there are others, nothing does, and the outcome stays unknown.</li>
 * <li><b>After a crash, "committed" is believed only of an id that had been written
 * before the COMMIT.</b> Any other may have been lost in one crash, given to another
 * transaction, and be known by the next crash, of which nothing in the server tells that
 * it was not the first. "Aborted" is right whichever transaction it is said of.</li>
 * <li><b>Statistics that somebody has reset</b> look like a crash, of which no checkpoint
 * tells: the outcome stays unknown.</li>
 * <li><b>With {@code synchronous_commit=off}, committed is what it always is then</b>:
 * seen by all, and lost in a crash before the log is written, a moment later. An answer
 * that had arrived would have promised no more.</li>
 * <li><b>What cannot be told apart</b> is an older copy of the server's data that has
 * been put in its place on the same timeline, has written as much since, and was started
 * once more, within the time for which is asked.</li>
 * <li><b>A session that is idle in the transaction is ended</b>, as its COMMIT may still
 * be on its way; one that is at work on the COMMIT is waited for: to end it while it
 * waits for a synchronous standby would leave a commit that the standby lacks.</li>
 * <li><b>Nothing assigned is rolled back</b>: who has written nothing can begin again.
 * The one effect that this passes over is a {@code NOTIFY} and nothing else.</li>
 * <li><b>It asks outside of the pool</b> where the pool is HikariCP's: what is in the
 * pool is as broken as the link was, or lent to others.</li>
 * </ul>
 */
@NullMarked
package io.transactionscope.resolution;

import org.jspecify.annotations.NullMarked;
