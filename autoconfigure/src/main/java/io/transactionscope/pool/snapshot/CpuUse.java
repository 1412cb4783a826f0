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
import java.util.Objects;

/**
 * How busy the machine, or the container, has been lately.
 *
 * @param share the share of its CPU time that was in use, from 0 to 1
 * @param delay how late the ledger's own watch was on average, for want of a CPU
 * @param window the time that the figures are of
 * @since 0.1.0
 */
public record CpuUse(double share, Duration delay, Duration window) implements Serializable {

	/**
	 * Nothing is known.
	 */
	public static final CpuUse UNKNOWN = new CpuUse(0, Duration.ZERO, Duration.ZERO);

	private static final double USED_UP = 0.9;

	private static final Duration LATE = Duration.ofMillis(100);

	/**
	 * Create one from its facts.
	 * @param share the share of its CPU time that was in use, from 0 to 1
	 * @param delay how late the ledger's own watch was on average, for want of a CPU
	 * @param window the time that the figures are of
	 */
	public CpuUse {
		Objects.requireNonNull(delay, "delay must not be null");
		Objects.requireNonNull(window, "window must not be null");
	}

	/**
	 * {@return whether threads have to wait for a CPU, so that times say more about that
	 * than about what they were spent on}
	 */
	public boolean isUsedUp() {
		return this.share >= USED_UP || this.delay.compareTo(LATE) >= 0;
	}

}
