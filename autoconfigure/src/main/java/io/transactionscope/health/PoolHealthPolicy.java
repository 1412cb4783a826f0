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

package io.transactionscope.health;

import java.time.Duration;
import java.util.Objects;

/**
 * From when on a pool counts as degraded or out of service, and from when on as well
 * again.
 *
 * @param degradedWait the wait from which on the pool is under strain, and
 * {@link PoolHealthIndicator#DEGRADED}; positive, one second by default
 * @param outOfServiceWait the wait from which on a pool that has been under strain for
 * {@code outOfServiceAfter} is out of service; positive, five seconds by default
 * @param outOfServiceAfter how long strain must have lasted before the pool is out of
 * service; zero or positive, 30 seconds by default
 * @param recovery how long there must have been no strain before the pool is up again;
 * zero or positive, 30 seconds by default
 * @since 0.1.0
 */
public record PoolHealthPolicy(Duration degradedWait, Duration outOfServiceWait, Duration outOfServiceAfter,
		Duration recovery) {

	private static final Duration LONGEST = Duration.ofDays(365);

	private static final PoolHealthPolicy DEFAULTS = new PoolHealthPolicy(Duration.ofSeconds(1), Duration.ofSeconds(5),
			Duration.ofSeconds(30), Duration.ofSeconds(30));

	/**
	 * Create a policy.
	 * @param degradedWait the wait from which on a pool is degraded
	 * @param outOfServiceWait the wait from which on it is out of service, if it has been
	 * under strain for {@code outOfServiceAfter}
	 * @param outOfServiceAfter how long that must have lasted
	 * @param recovery how long there must have been no strain before it is up again
	 * @throws IllegalArgumentException if a wait is not positive, or another duration
	 * negative, or one longer than 365 days
	 */
	public PoolHealthPolicy {
		Objects.requireNonNull(degradedWait, "degradedWait must not be null");
		Objects.requireNonNull(outOfServiceWait, "outOfServiceWait must not be null");
		Objects.requireNonNull(outOfServiceAfter, "outOfServiceAfter must not be null");
		Objects.requireNonNull(recovery, "recovery must not be null");
		requirePositive("degradedWait", degradedWait);
		requirePositive("outOfServiceWait", outOfServiceWait);
		requireNotNegative("outOfServiceAfter", outOfServiceAfter);
		requireNotNegative("recovery", recovery);
	}

	/**
	 * {@return the policy that suits most applications}
	 */
	public static PoolHealthPolicy defaults() {
		return DEFAULTS;
	}

	private static void requirePositive(String name, Duration value) {
		if (value.isNegative() || value.isZero()) {
			throw new IllegalArgumentException("Invalid %s (%s): must be positive.".formatted(name, value));
		}
		requireNotNegative(name, value);
	}

	private static void requireNotNegative(String name, Duration value) {
		if (value.isNegative()) {
			throw new IllegalArgumentException("Invalid %s (%s): must be positive or zero.".formatted(name, value));
		}
		if (value.compareTo(LONGEST) > 0) {
			throw new IllegalArgumentException("Invalid %s (%s): must be at most %s.".formatted(name, value, LONGEST));
		}
	}

}
