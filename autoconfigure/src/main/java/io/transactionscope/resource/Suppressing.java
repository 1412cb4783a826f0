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

package io.transactionscope.resource;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps failures of the listed types from leaving a scope. Each one is logged at WARN
 * with its stack trace, and counted.
 *
 * @see Resources#suppressing(Class[])
 */
public final class Suppressing implements Resource<Suppressing> {

	private static final Logger logger = LoggerFactory.getLogger(Suppressing.class);

	private static final LongAdder total = new LongAdder();

	private final List<Class<? extends Throwable>> types;

	private final LongAdder count = new LongAdder();

	Suppressing(List<Class<? extends Throwable>> types) {
		this.types = types;
	}

	/**
	 * Return how many failures were suppressed since the application started, here and by
	 * everything else that suppresses.
	 * @return the number of failures
	 */
	public static long total() {
		return total.sum();
	}

	/**
	 * Return how many failures were suppressed by this resource, wherever it was entered.
	 * @return the number of failures
	 */
	public long count() {
		return this.count.sum();
	}

	@Override
	public Held<Suppressing> acquire() {
		return new SuppressingHeld();
	}

	private boolean matches(Throwable failure) {
		for (Class<? extends Throwable> type : this.types) {
			if (type.isInstance(failure)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Log and count a failure that nobody is going to see.
	 */
	static void suppressed(String reason, Throwable failure) {
		total.increment();
		try {
			logger.warn("Suppressed a failure, {}", reason, failure);
		}
		catch (Throwable ex) {
			// An appender that fails has no say in what becomes of the scope.
		}
	}

	private final class SuppressingHeld extends UnwindingHeld<Suppressing> {

		@Override
		public Suppressing value() {
			return Suppressing.this;
		}

		@Override
		void unwind(ResourceScope scope) {
			Throwable failure = scope.suppressFailure(Suppressing.this::matches);
			if (failure != null) {
				Suppressing.this.count.increment();
				suppressed("as the scope was told to", failure);
			}
		}

		/**
		 * Called by others than a scope, who go on with the failure that they have.
		 */
		@Override
		public void release(Outcome outcome) {
		}

	}

}
