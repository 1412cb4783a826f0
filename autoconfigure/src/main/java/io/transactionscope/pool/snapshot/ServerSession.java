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

package io.transactionscope.pool.snapshot;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * A session of a database server, as the server tells of it. What it does not tell to
 * this user is {@code null}.
 *
 * @param process the number of the process that serves it
 * @param client who is at the other end: the name of the application, the user, the
 * address, as far as they are known
 * @param activity what it does, in the server's words
 * @param since for how long it has done that
 * @param sql its statement, or the last one, without values
 * @param waitsForLock whether it waits for a lock
 * @param blockedBy the processes that hold, or have asked before for, that lock, as far
 * as they are known
 * @since 0.1.0
 */
public record ServerSession(long process, @Nullable String client, @Nullable String activity, @Nullable Duration since,
		@Nullable String sql, boolean waitsForLock, List<Long> blockedBy) implements Serializable {

	/**
	 * Create one from its facts, and copy {@code blockedBy}.
	 * @param process the number of the process that serves it
	 * @param client who is at the other end: the name of the application, the user, the
	 * address, as far as they are known
	 * @param activity what it does, in the server's words
	 * @param since for how long it has done that
	 * @param sql its statement, or the last one, without values
	 * @param waitsForLock whether it waits for a lock
	 * @param blockedBy the processes that hold, or have asked before for, that lock, as
	 * far as they are known
	 */
	public ServerSession {
		Objects.requireNonNull(blockedBy, "blockedBy must not be null");
		blockedBy = List.copyOf(blockedBy);
	}

	/**
	 * {@return whether the server says that it waits for its client, in a transaction or
	 * not}
	 */
	public boolean isIdle() {
		return this.activity != null && this.activity.startsWith("idle");
	}

}
