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

package io.transactionscope.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/**
 * What came of callers who did one thing again and again, each on a thread of its own.
 *
 * @param duration for how long they did, until the last had finished
 * @param calls what came of each call, from the fastest to the slowest
 */
record Load(Duration duration, List<Call> calls) {

	/**
	 * Let callers do something.
	 * @param callers how many, on virtual threads where the JDK has them
	 * @param duration for how long
	 * @param task what to do, given the number of the caller
	 * @param look what to do once, while they are at it
	 */
	static Load of(int callers, Duration duration, IntConsumer task, Runnable look) throws Exception {
		run(callers, duration.dividedBy(3), task, () -> {
		});
		long start = System.nanoTime();
		List<Call> calls = run(callers, duration, task, look).sorted().toList();
		return new Load(Duration.ofNanos(System.nanoTime() - start), calls);
	}

	private static Stream<Call> run(int callers, Duration duration, IntConsumer task, Runnable look) throws Exception {
		ExecutorService executor = executor();
		try {
			long end = System.nanoTime() + duration.toNanos();
			List<Future<List<Call>>> results = new ArrayList<>();
			for (int i = 0; i < callers; i++) {
				int caller = i;
				results.add(executor.submit(() -> callUntil(end, () -> task.accept(caller))));
			}
			Thread.sleep(duration.multipliedBy(3).dividedBy(4).toMillis());
			look.run();
			List<Call> calls = new ArrayList<>();
			for (Future<List<Call>> result : results) {
				calls.addAll(result.get());
			}
			return calls.stream();
		}
		finally {
			executor.shutdown();
		}
	}

	private static ExecutorService executor() throws ReflectiveOperationException {
		return (Runtime.version().feature() < 21) ? Executors.newCachedThreadPool()
				: (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
	}

	private static List<Call> callUntil(long end, Runnable task) {
		List<Call> calls = new ArrayList<>();
		for (long start = System.nanoTime(); start - end < 0; start = System.nanoTime()) {
			boolean succeeded = succeeds(task);
			calls.add(new Call(System.nanoTime() - start, succeeded));
		}
		return calls;
	}

	private static boolean succeeds(Runnable task) {
		try {
			task.run();
			return true;
		}
		catch (RuntimeException ex) {
			return false;
		}
	}

	long succeeded() {
		return this.calls.stream().filter(Call::succeeded).count();
	}

	double perSecond() {
		return perSecond(succeeded());
	}

	/** How often in a second something happened that happened so often. */
	double perSecond(long times) {
		return times * 1e9 / this.duration.toNanos();
	}

	/** How long a call takes at most, in a share of all cases, in milliseconds. */
	double millis(double share) {
		return this.calls.get((int) Math.ceil(share * this.calls.size()) - 1).millis();
	}

	/**
	 * What came of one call.
	 *
	 * @param nanos how long it took
	 * @param succeeded whether it did
	 */
	record Call(long nanos, boolean succeeded) implements Comparable<Call> {

		double millis() {
			return this.nanos / 1e6;
		}

		@Override
		public int compareTo(Call other) {
			return Long.compare(this.nanos, other.nanos);
		}

	}

}
