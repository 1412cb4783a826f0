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
 * How many connections were asked for at a time, as long as somebody has been waiting
 * without a pause.
 *
 * @param lasting for how long somebody has, up to now
 * @param window the end of that time which the mean is of: a minute at most
 * @param mean how many connections were lent or waited for at a time, on average
 * @since 0.1.0
 */
public record Demand(Duration lasting, Duration window, double mean) implements Serializable {

	/**
	 * Nobody has been waiting.
	 */
	public static final Demand NONE = new Demand(Duration.ZERO, Duration.ZERO, 0);

	/**
	 * Create one from its facts.
	 * @param lasting for how long somebody has, up to now
	 * @param window the end of that time which the mean is of: a minute at most
	 * @param mean how many connections were lent or waited for at a time, on average
	 */
	public Demand {
		Objects.requireNonNull(lasting, "lasting must not be null");
		Objects.requireNonNull(window, "window must not be null");
	}

}
