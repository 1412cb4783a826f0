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

package io.transactionscope.pool.examination;

import java.time.Duration;

/**
 * Whether anybody suffers from a pool. Nothing is said of one that nobody does.
 */
final class Suffering {

	private static final Duration LONG = Duration.ofMillis(200);

	private static final int OF_PATIENCE = 10;

	private Suffering() {
	}

	/**
	 * Return whether somebody has been turned away, has been waiting for long, or nearly
	 * everybody waits for longer than for the work itself.
	 */
	static boolean isSeenBy(Symptoms symptoms) {
		Circumstances circumstances = symptoms.circumstances();
		Duration waited = circumstances.waited();
		if (circumstances.endedInVain() || waited.compareTo(longWait(circumstances.patience())) >= 0) {
			return true;
		}
		return !waited.isZero() && isCrowded(symptoms) && new PoolLoad(symptoms.snapshot()).isMostlyWaitedFor();
	}

	/**
	 * Return whether as many wait as hold connections, not only earlier in the last
	 * minute.
	 */
	private static boolean isCrowded(Symptoms symptoms) {
		return symptoms.circumstances().demand().mean() >= 2.0 * symptoms.snapshot().maximum();
	}

	/**
	 * Return the wait that is worth a name: a fifth of a second, or a tenth of what the
	 * pool lets everybody wait if that is less.
	 */
	private static Duration longWait(Duration patience) {
		Duration part = patience.dividedBy(OF_PATIENCE);
		return (part.isZero() || part.compareTo(LONG) > 0) ? LONG : part;
	}

}
