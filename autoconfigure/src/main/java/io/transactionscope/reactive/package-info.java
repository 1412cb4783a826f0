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
 * Scopes for Reactor: one block, one outcome, for a subscription.
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>A value comes after the COMMIT</b>, and so do several: {@code callMany} keeps
 * them until then. Who wants them earlier says so, {@code streamUncommitted}.</li>
 * <li><b>The acquisition of a resource is never cancelled</b>: between a cancel and the
 * one who lends, a lock that is just being given would be lost. What arrives late is
 * released. A deadline bounds how long the end waits for it.</li>
 * <li><b>Savepoints beside one another are refused</b>: one connection has done what it
 * has done in one order, so that a rollback to one would take the other one along.</li>
 * <li><b>A boundary ends what an exchange has left only if that has failed.</b> What is
 * still at work after a success was left so on purpose.</li>
 * </ul>
 */
@NullMarked
package io.transactionscope.reactive;

import org.jspecify.annotations.NullMarked;
