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
 * What only PostgreSQL has: advisory locks as resources of a scope.
 *
 * <pre>
 * AdvisoryLocks        a lock of the transaction, or of its session
 *   SessionLock          gives the latter back, as a duty of the session
 *     LockStatements       asks the server, for a bounded time
 *       InterruptWatch       and until the thread is interrupted
 * </pre>
 */
@NullMarked
package io.transactionscope.postgresql;

import org.jspecify.annotations.NullMarked;
