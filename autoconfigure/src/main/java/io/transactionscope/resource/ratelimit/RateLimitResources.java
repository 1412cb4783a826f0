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

import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceUnavailableException;

/**
 * Limits on how often something happens. Need the library
 * {@code com.bucket4j:bucket4j_jdk17-core}.
 *
 * <p>
 * Waits are bounded as those of {@link io.transactionscope.resource.lock.LockResources}.
 */
public final class RateLimitResources {

	private RateLimitResources() {
	}

	/**
	 * Let at most so many entries begin in a window of time, not counting those that fail
	 * while their window lasts: they give their slots back.
	 * <p>
	 * Windows follow one another without a gap, the first one from this call on; entries
	 * late in one and early in the next may come close together. Needs the library
	 * {@code com.bucket4j:bucket4j_jdk17-core}.
	 * @param entries how many, at least one
	 * @param window how long a window is, more than zero and at most 365 days
	 * @param maxWait how long to wait for a slot at most. An entry fails as soon as the
	 * next window begins too late for it; those that wait for one window have no order
	 * @return a resource to keep and share, as it is what counts. It throws
	 * {@link ResourceUnavailableException} if there is no slot in that time; its value is
	 * how long the entry waited
	 */
	public static Resource<Duration> rateLimit(int entries, Duration window, Duration maxWait) {
		Objects.requireNonNull(window, "window must not be null");
		try {
			return new RateLimit(entries, window, maxWait, System::nanoTime);
		}
		catch (NoClassDefFoundError ex) {
			throw new IllegalStateException(
					"A rate limit needs Bucket4j: add com.bucket4j:bucket4j_jdk17-core to the dependencies", ex);
		}
	}

}
