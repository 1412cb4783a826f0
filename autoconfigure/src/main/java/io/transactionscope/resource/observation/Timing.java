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

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.StringJoiner;

import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

/**
 * How long a scope takes, and what the thread that entered it uses meanwhile. All of it
 * may be asked at any time, from any thread: as long as the scope runs for what it is so
 * far, and then for what it was in the end.
 *
 * <pre class="code">
 * Timing timing = scope.enter(ObservedResources.timed(registry, "invoice.print"));
 * print(invoices);
 * log.info("{} invoices in {}", invoices.size(), timing.elapsed());
 * </pre>
 *
 * @see ObservedResources#timed(io.micrometer.observation.ObservationRegistry, String)
 * @since 0.1.0
 */
public final class Timing {

	private final String name;

	private final Observation observation;

	private final long thread = Thread.currentThread().getId();

	private final ThreadUsage usedBefore = ThreadUsage.of(this.thread);

	private final long start = System.nanoTime();

	private volatile @Nullable Reading end;

	Timing(String name, Observation observation) {
		this.name = name;
		this.observation = observation;
	}

	/**
	 * Return how long it takes by the clock.
	 * @return the time since the scope was entered; after its end, until then
	 */
	public Duration elapsed() {
		Reading last = this.end;
		return (last != null) ? last.elapsed() : Duration.ofNanos(System.nanoTime() - this.start);
	}

	/**
	 * Return how long the thread was busy, and did not wait or sleep.
	 * @return the CPU time of the thread that entered the scope; empty where there is
	 * none to be had: on a virtual thread, and on a JVM that does not measure it
	 */
	public Optional<Duration> cpuTime() {
		long nanos = reading().used().cpuNanos();
		return (nanos < 0) ? Optional.empty() : Optional.of(Duration.ofNanos(nanos));
	}

	/**
	 * Return how much memory the thread has allocated, be it free again or not.
	 * @return the number of bytes, a few hundred of the measuring included, that were
	 * allocated by the thread that entered the scope; empty where there is none to be
	 * had: on a virtual thread, and on a JVM that does not count them, as others than
	 * HotSpot
	 */
	public OptionalLong allocatedBytes() {
		long bytes = reading().used().allocatedBytes();
		return (bytes < 0) ? OptionalLong.empty() : OptionalLong.of(bytes);
	}

	/**
	 * Return the observation, to add key values or events to.
	 * @return the observation, which runs until the end of the scope
	 */
	public Observation observation() {
		return this.observation;
	}

	/**
	 * Return all that is known, for a log.
	 * @return text such as {@code invoice.print: 250 ms (40 ms of CPU, 1048576 bytes)}
	 */
	@Override
	public String toString() {
		return this.name + ": " + elapsed().toMillis() + " ms" + used();
	}

	/** What was used and is known, in brackets after a space. */
	String used() {
		StringJoiner used = new StringJoiner(", ", " (", ")").setEmptyValue("");
		cpuTime().ifPresent((time) -> used.add(time.toMillis() + " ms of CPU"));
		allocatedBytes().ifPresent((bytes) -> used.add(bytes + " bytes"));
		return used.toString();
	}

	void end() {
		this.end = reading();
	}

	private Reading reading() {
		Reading last = this.end;
		return (last != null) ? last : new Reading(Duration.ofNanos(System.nanoTime() - this.start),
				ThreadUsage.of(this.thread).since(this.usedBefore));
	}

	private record Reading(Duration elapsed, ThreadUsage used) {
	}

}
