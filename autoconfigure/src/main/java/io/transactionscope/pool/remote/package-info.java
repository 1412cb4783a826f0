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
 * Notices calls that are made elsewhere, such as to another service, by somebody who
 * holds a connection, and tells the ledger of them. It sees what Micrometer observes,
 * without knowing any client library. With {@code WebClient}, it also sees in which
 * reactive transaction a call is made, which nobody may observe.
 *
 * <pre>
 * RemoteCallHandler      is told of each call that is observed
 *   Observations         by whom it is made, if not by the current thread
 * RemoteCallFilter       is part of each exchange of a WebClient
 *   ExchangeEnd          when the exchange is over
 *     NoticedResponse    by the reading of its response
 * CallName               what to call a call
 * Judgement              whether to make it
 *   RemoteCallException  why it is not made
 * </pre>
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.pool.remote;

import org.jspecify.annotations.NullMarked;
