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

package io.transactionscope.pool.figures;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.DoubleSupplier;

import com.sun.management.OperatingSystemMXBean;
import io.transactionscope.pool.snapshot.CpuUse;
import org.jspecify.annotations.Nullable;

/**
 * How busy the machine is, as the watch sees it from look to look: by what the JVM knows
 * of it, and by how late the watch itself comes. Under its monitor, which nobody keeps
 * for more than a look at a few numbers.
 *
 * @since 0.1.0
 */
public final class CpuMeter {

	private static final long INTERVAL = 1_000_000_000L;

	private static final int KEPT = 10;

	private final long interval;

	private final DoubleSupplier load;

	/** Of the last seconds. */
	private final Deque<Reading> readings = new ArrayDeque<>();

	private long last = System.nanoTime();

	private long looks;

	private long late;

	/**
	 * Create a meter.
	 * @param interval after which the watch should look again
	 * @param load the share of all CPUs that is in use, negative if that is not known
	 */
	public CpuMeter(Duration interval, DoubleSupplier load) {
		this.interval = interval.toNanos();
		this.load = load;
		this.readings.addLast(new Reading(this.last, 0, 0, 0));
	}

	/**
	 * Return what tells the load of this machine, or of the container.
	 */
	public static DoubleSupplier loadOfThisMachine() {
		return Machine::load;
	}

	public synchronized void look(long now) {
		this.looks++;
		this.late += Math.max(0, now - this.last - this.interval);
		this.last = now;
		if (now - this.readings.getLast().at() < INTERVAL) {
			return;
		}
		double share = this.load.getAsDouble();
		this.readings.addLast(new Reading(now, (share >= 0) ? share : 0, this.looks, this.late));
		if (this.readings.size() > KEPT + 1) {
			this.readings.removeFirst();
		}
	}

	public synchronized CpuUse use() {
		Reading first = this.readings.getFirst();
		Reading last = this.readings.getLast();
		if (this.readings.size() <= KEPT / 2) {
			return CpuUse.UNKNOWN;
		}
		double share = this.readings.stream().skip(1).mapToDouble(Reading::share).average().orElse(0);
		long looks = Math.max(1, last.looks() - first.looks());
		return new CpuUse(share, Duration.ofNanos((last.late() - first.late()) / looks),
				Duration.ofNanos(last.at() - first.at()));
	}

	/**
	 * Looked for by who asks first, which is never who starts the application: that takes
	 * the JVM some milliseconds.
	 */
	private static final class Machine {

		// Other virtual machines may not know it.
		private static final @Nullable OperatingSystemMXBean KNOWN = (ManagementFactory
			.getOperatingSystemMXBean() instanceof OperatingSystemMXBean machine) ? machine : null;

		static double load() {
			return (KNOWN != null) ? KNOWN.getCpuLoad() : -1;
		}

	}

	private record Reading(long at, double share, long looks, long late) {
	}

}
