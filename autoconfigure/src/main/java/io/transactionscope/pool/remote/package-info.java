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
 * holds a connection, and tells the ledger of them. It sees what Micrometer observes:
 * nothing is wrapped, and no client library is known here.
 *
 * <pre>
 * RemoteCallHandler      is told of each call that is observed
 *   CallName             what to call it
 *   RemoteCallException  why it is not made
 * </pre>
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.pool.remote;

import org.jspecify.annotations.NullMarked;
