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

import java.time.Duration;
import java.util.Objects;
import java.util.Set;

import io.transactionscope.text.Printable;

/**
 * A thread that serves several connections in turn, such as an event loop, and has been
 * in the same code for a while, so that it serves none of them.
 *
 * @param thread the name of the thread
 * @param frame the innermost of an application's own code that it is in
 * @param time for how long it is known to be there
 * @param leases the {@link Lease#id() ids} of the leases that depend on it
 * @param free how many connections it serves that nobody has
 * @param waiters how many of those who wait for a connection depend on it
 * @param handsOut whether the pool hands out its connections on that thread, and on no
 * other until it has gone on
 * @since 0.1.0
 */
public record BlockedThread(String thread, String frame, Duration time, Set<String> leases, int free, int waiters,
		boolean handsOut) {

	/**
	 * Create one from its facts.
	 * @param thread the name of the thread
	 * @param frame the innermost of an application's own code that it is in
	 * @param time for how long it is known to be there
	 * @param leases the ids of the leases that depend on it
	 * @param free how many connections it serves that nobody has
	 * @param waiters how many of those who wait for a connection depend on it
	 * @param handsOut whether the pool hands out its connections on that thread
	 */
	public BlockedThread {
		thread = Printable.of(Objects.requireNonNull(thread, "thread must not be null"));
		Objects.requireNonNull(frame, "frame must not be null");
		Objects.requireNonNull(time, "time must not be null");
		leases = Set.copyOf(Objects.requireNonNull(leases, "leases must not be null"));
	}

	/**
	 * {@return the same thread, with those who depend on it}
	 * @param leases the {@link Lease#id() ids} of their leases
	 * @param free how many connections it serves that nobody has
	 * @param waiters how many of them wait for a connection
	 */
	public BlockedThread serving(Set<String> leases, int free, int waiters) {
		Objects.requireNonNull(leases, "leases must not be null");
		return new BlockedThread(this.thread, this.frame, this.time, leases, free, waiters, this.handsOut);
	}

}
