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

package io.transactionscope.resource.observation;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What a thread has used since it was started, or between two moments. Each of the
 * numbers is negative where nobody knows it: on a virtual thread, for a thread that has
 * ended, on a JVM that does not measure or was told not to.
 *
 * @param cpuNanos the CPU time, in nanoseconds
 * @param allocatedBytes the memory allocated, be it free again or not
 */
record ThreadUsage(long cpuNanos, long allocatedBytes) {

	private static final long UNKNOWN = -1;

	/**
	 * Return what a thread has used so far.
	 * @param thread its id
	 */
	static ThreadUsage of(long thread) {
		return of(ManagementFactory::getThreadMXBean, thread);
	}

	static ThreadUsage of(Supplier<? extends ThreadMXBean> threads, long thread) {
		return new ThreadUsage(ifKnown(() -> threads.get().getThreadCpuTime(thread)),
				ifKnown(() -> allocatedBytes(threads.get(), thread)));
	}

	ThreadUsage since(ThreadUsage start) {
		return new ThreadUsage(difference(this.cpuNanos, start.cpuNanos),
				difference(this.allocatedBytes, start.allocatedBytes));
	}

	private static long difference(long end, long start) {
		return (end < 0 || start < 0) ? UNKNOWN : end - start;
	}

	/**
	 * Only HotSpot counts them, and its type is in a module that need not be there.
	 */
	private static long allocatedBytes(ThreadMXBean threads, long thread) {
		return (threads instanceof com.sun.management.ThreadMXBean hotSpot) ? hotSpot.getThreadAllocatedBytes(thread)
				: UNKNOWN;
	}

	private static long ifKnown(LongSupplier number) {
		try {
			return number.getAsLong();
		}
		catch (Throwable ex) {
			return UNKNOWN;
		}
	}

}
