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

package io.transactionscope.pool.report;

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * A thread that waits for a connection.
 *
 * @param scope the name of the scope or transaction that asks, or {@code null} if the
 * thread asks outside of any
 * @param thread the name of the thread
 * @param waited how long it has been waiting
 * @param holds how many connections it holds already, of this pool and of others
 */
public record Waiter(@Nullable String scope, String thread, Duration waited, int holds) implements Serializable {

	public Waiter {
		Objects.requireNonNull(thread, "thread must not be null");
		Objects.requireNonNull(waited, "waited must not be null");
	}

}
