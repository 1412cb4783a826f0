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

package io.transactionscope.pool.diagnosis;

import java.time.Duration;
import java.util.Objects;

import io.transactionscope.pool.snapshot.Words;

/**
 * Threads have to wait for a CPU, so that connections are held for longer than what they
 * are used for takes.
 *
 * @param load the share of the CPUs' time that was in use, from 0 to 1
 * @param delay how late the ledger's own watch was on average
 * @param window the time that the figures are of
 * @since 0.1.0
 */
public record StarvedOfCpu(double load, Duration delay, Duration window) implements Diagnosis {

	/**
	 * Create one from its facts.
	 * @param load the share of the CPUs' time that was in use, from 0 to 1
	 * @param delay how late the ledger's own watch was on average
	 * @param window the time that the figures are of
	 */
	public StarvedOfCpu {
		Objects.requireNonNull(delay, "delay must not be null");
		Objects.requireNonNull(window, "window must not be null");
	}

	@Override
	public String summary() {
		return ("The CPUs were %d %% busy over the last %s, the ledger's own watch was %s late on average, and the "
				+ "connections come and go.")
			.formatted(Math.round(this.load * 100), Words.of(this.window), Words.of(this.delay));
	}

	@Override
	public String advice() {
		return "Find out what uses the CPUs, or give the process more of them; a larger pool would not help.";
	}

}
