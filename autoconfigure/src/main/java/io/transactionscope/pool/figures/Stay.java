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

import io.transactionscope.pool.snapshot.Phase;

/**
 * Somebody who is there at this moment, and waits or holds a connection: what has come of
 * that so far counts already.
 *
 * @since 0.1.0
 */
public final class Stay {

	private final ScopeCounters counters;

	private final boolean lent;

	private final Times times;

	private Stay(ScopeCounters counters, boolean lent, Times times) {
		this.counters = counters;
		this.lent = lent;
		this.times = times;
	}

	/**
	 * Return the stay of somebody who waits.
	 */
	public static Stay ofWaiter(ScopeCounters counters, long waited) {
		return new Stay(counters, false, new Times(1, Math.max(0, waited), 0, 0, 0, 0, 0));
	}

	/**
	 * Return the stay of somebody whose lease is timed.
	 */
	public static Stay ofHolder(ScopeCounters counters, Timing timing, long now) {
		return new Stay(counters, true, timing.until(now));
	}

	/**
	 * Return the stay of somebody whose lease is not timed: nobody knows how the time was
	 * spent, unless it was on nothing.
	 */
	public static Stay ofHolder(ScopeCounters counters, Phase phase, long age) {
		long held = Math.max(0, age);
		long idle = (phase == Phase.BEFORE_FIRST_STATEMENT) ? held : 0;
		return new Stay(counters, true, new Times(1, 0, held, 0, idle, 0, 0));
	}

	String scope() {
		return this.counters.scope();
	}

	ScopeTotals totals() {
		return ScopeTotals.ofPresent(this.lent, this.times);
	}

}
