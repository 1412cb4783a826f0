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

import java.time.Duration;
import java.util.Objects;

import io.transactionscope.resource.lock.BoundedWait;

/**
 * How much a limit allows.
 *
 * @param entries how many entries
 * @param window in how long a time
 */
record Allowance(int entries, Duration window) {

	private static final Duration LONGEST = Duration.ofDays(365);

	Allowance {
		Objects.requireNonNull(window, "window must not be null");
		if (entries < 1) {
			throw new IllegalArgumentException("Invalid rate limit (%d): it must be at least 1".formatted(entries));
		}
		if (window.isNegative() || window.isZero() || window.compareTo(LONGEST) > 0) {
			throw new IllegalArgumentException(
					"Invalid window of a rate limit (%s): it must be positive and not longer than %s".formatted(window,
							LONGEST));
		}
		if (entries > window.toNanos()) {
			throw new IllegalArgumentException(
					"Invalid rate limit (%d in %s): it must be at most 1 in a nanosecond; leave it out for no limit"
						.formatted(entries, window));
		}
	}

	/**
	 * Return the wait for a slot.
	 * @param whose whose it is, for the error
	 */
	BoundedWait waitFor(Object whose, Duration maxWait) {
		return new BoundedWait("slot of rate limit", whose, maxWait,
				"allow more entries in a window, or a longer wait");
	}

	@Override
	public String toString() {
		return this.entries + " in " + BoundedWait.text(this.window);
	}

}
