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

package io.transactionscope.resource.ratelimit;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;

/**
 * So many slots in each window of time. One that is given back may be taken again, as
 * long as the window that it belongs to lasts. To be used with the monitor of the windows
 * held, and their clock set.
 *
 * <p>
 * A slot is only ever taken of the window that lasts, never reserved in one to come: what
 * was reserved could be used too late, and what is given back could not be told from it.
 */
final class WindowedSlots {

	private final int number;

	private final Bucket free;

	/**
	 * Create the slots.
	 * @param number how many each window has
	 * @param windows the windows
	 */
	WindowedSlots(int number, Windows windows) {
		this.number = number;
		this.free = windows.bucket(number);
	}

	/**
	 * Take one of the window that lasts.
	 * @return 0 if one was taken, otherwise how long to wait for the next window
	 */
	long tryTake() {
		ConsumptionProbe probe = this.free.tryConsumeAndReturnRemaining(1);
		return probe.isConsumed() ? 0 : Math.max(1, probe.getNanosToWaitForRefill());
	}

	/**
	 * Give one back that was taken of the window that lasts.
	 */
	void giveBack() {
		this.free.addTokens(1);
	}

	/**
	 * Return whether none is taken.
	 */
	boolean areFree() {
		return this.free.getAvailableTokens() == this.number;
	}

}
