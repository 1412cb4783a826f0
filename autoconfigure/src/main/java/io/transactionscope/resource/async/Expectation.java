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

package io.transactionscope.resource.async;

import org.slf4j.LoggerFactory;

/**
 * How many entries a scope is expected to have: one more is most likely left over by a
 * loop, and said once.
 */
final class Expectation {

	private static final int USUAL = 1_000;

	/** How many entries there are before one too many, that one included. */
	private int room = USUAL + 1;

	synchronized void expect(int entries, int held) {
		if (entries < 1) {
			throw new IllegalArgumentException("Invalid entries (%d): must be at least 1".formatted(entries));
		}
		this.room = (int) Math.max(1, Math.min(entries - (long) held + 1, Integer.MAX_VALUE));
	}

	synchronized void moveTo(Expectation other) {
		other.room = this.room;
		this.room = USUAL + 1;
	}

	void counted(Object entered, int held) {
		synchronized (this) {
			if (--this.room != 0) {
				return;
			}
		}
		try {
			LoggerFactory.getLogger("io.transactionscope.resource.async.AsyncResourceScope")
				.warn("An AsyncResourceScope holds {} entries until its end, the last of them {}. If a loop has entered"
						+ " them, let each of its rounds have an AsyncResourceScope of its own; otherwise, expect(...) more.",
						held, entered.getClass().getName(), new IllegalStateException("Entered here"));
		}
		catch (Throwable ex) {
			// An appender that fails has no say in what becomes of the scope.
		}
	}

}
