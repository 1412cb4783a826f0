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

package io.transactionscope.pool.examination;

import java.util.List;
import java.util.Set;

import io.transactionscope.pool.snapshot.Holder;

/**
 * Which threads stand and wait for something, and do not want a CPU.
 */
final class Standing {

	/** The innermost frames of those. */
	private static final Set<String> WAITS = Set.of("jdk.internal.misc.Unsafe.park", "java.lang.Object.wait",
			"java.lang.Object.wait0", "java.lang.Thread.sleep", "java.lang.Thread.sleep0",
			"java.lang.Thread.sleepNanos0", "java.lang.VirtualThread.park", "java.lang.VirtualThread.yieldContinuation",
			"sun.nio.ch.Net.poll", "sun.nio.ch.EPoll.wait", "sun.nio.ch.KQueue.poll",
			"sun.nio.ch.SocketDispatcher.read0", "java.net.SocketInputStream.socketRead0");

	private Standing() {
	}

	/**
	 * Return whether most of some holders do.
	 */
	static boolean isMostOf(List<Holder> holders) {
		return !holders.isEmpty() && holders.stream().filter(Standing::waits).count() * 2 > holders.size();
	}

	private static boolean waits(Holder holder) {
		return holder.stack()
			.stream()
			.limit(1)
			.anyMatch((frame) -> WAITS.contains(frame.getClassName() + "." + frame.getMethodName()));
	}

}
