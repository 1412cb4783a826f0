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

package io.transactionscope.pool.r2dbc;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;

import io.r2dbc.spi.Connection;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * Which event loop serves a connection, as was seen from its signals: it stays the same
 * as long as there is the connection, whoever has it.
 */
final class ConnectionLoops {

	private final Map<Connection, Thread> loops = Collections.synchronizedMap(new WeakHashMap<>());

	/**
	 * Return the event loop of a connection of the driver's.
	 * @return {@code null} if none has been seen
	 */
	@Nullable Thread of(Connection own) {
		return this.loops.get(own);
	}

	void learn(Connection own, Thread loop) {
		this.loops.put(own, loop);
	}

	/**
	 * Return those of all connections but some, one for each.
	 * @param ids by which those are told, as {@link R2dbcLease#connectionId()} has it
	 */
	Collection<Thread> ofOthers(Set<Integer> ids) {
		synchronized (this.loops) {
			return this.loops.entrySet()
				.stream()
				.filter((loop) -> !ids.contains(System.identityHashCode(loop.getKey())))
				.map(Map.Entry::getValue)
				.toList();
		}
	}

	/**
	 * Return the current thread if it serves others, too, and so is not to be blocked.
	 */
	static @Nullable Thread current() {
		return Schedulers.isInNonBlockingThread() ? Thread.currentThread() : null;
	}

}
