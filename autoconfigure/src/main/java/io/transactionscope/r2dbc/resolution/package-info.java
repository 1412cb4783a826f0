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
 * What became of a transaction on an R2DBC connection whose link was lost in its COMMIT.
 * What is asked, and how the answers are read, is in
 * {@code io.transactionscope.resolution}.
 *
 * <pre>
 * ReactiveCommitResolution   notes the transaction before the COMMIT, and asks when it has to
 *   ReactiveCommitInquiry      over one fresh connection after the other
 *     BesidePool                 where those are opened
 * </pre>
 *
 * <p>
 * This is for the other packages of this library, and not for applications. Its types may
 * change with each release.
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>No thread is held</b>, and no subscription is cancelled in order to stop in
 * time: a driver that is cancelled while it connects may lose a session. What arrives too
 * late is closed.</li>
 * <li><b>It asks outside of any transaction</b>: in the context of one that suspends the
 * lost one, a connection factory that looks there would hand out the connection of
 * that.</li>
 * </ul>
 */
@NullMarked
package io.transactionscope.r2dbc.resolution;

import org.jspecify.annotations.NullMarked;
