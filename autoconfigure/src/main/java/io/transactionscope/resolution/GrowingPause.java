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

package io.transactionscope.resolution;

import java.time.Duration;

/**
 * The pauses between one question and the next, each longer than the one before.
 *
 * @since 0.1.0
 */
public final class GrowingPause {

	private static final Duration FIRST = Duration.ofMillis(10);

	private static final Duration LONGEST = Duration.ofMillis(500);

	private Duration next = FIRST;

	/** How long the pause is that begins now. */
	public Duration next() {
		Duration now = this.next;
		Duration doubled = now.multipliedBy(2);
		this.next = (doubled.compareTo(LONGEST) < 0) ? doubled : LONGEST;
		return now;
	}

}
