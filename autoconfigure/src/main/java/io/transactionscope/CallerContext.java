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

package io.transactionscope;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.engine.Log;
import io.transactionscope.engine.ScopeSettings;
import io.transactionscope.resource.release.ThreadContext;
import org.jspecify.annotations.Nullable;

/**
 * What a block on another thread has of its caller's.
 *
 * @param thread the MDC and the class loader
 * @param observation what the caller is in, the parent of the block's own
 */
record CallerContext(ThreadContext thread, @Nullable Observation observation) {

	static CallerContext current(ScopeSettings settings) {
		return new CallerContext(ThreadContext.current(), settings.currentObservation());
	}

	void run(Runnable task) {
		this.thread.run((this.observation != null) ? () -> observed(this.observation, task) : task);
	}

	private static void observed(Observation observation, Runnable task) {
		Runnable end = null;
		try {
			end = open(observation);
		}
		catch (Throwable ex) {
			unaffected(ex);
		}
		try {
			task.run();
		}
		finally {
			if (end != null) {
				close(end);
			}
		}
	}

	private static Runnable open(Observation observation) {
		ObservationRegistry registry = observation.getObservationRegistry();
		Observation.Scope outer = registry.getCurrentObservationScope();
		try {
			Observation.Scope scope = observation.openScope();
			return () -> {
				try {
					scope.close();
				}
				finally {
					restore(registry, outer);
				}
			};
		}
		catch (Throwable ex) {
			restore(registry, outer);
			throw ex;
		}
	}

	/** What a handler that failed has kept from happening. */
	private static void restore(ObservationRegistry registry, Observation.@Nullable Scope outer) {
		if (registry.getCurrentObservationScope() != outer) {
			registry.setCurrentObservationScope(outer);
		}
	}

	private static void close(Runnable end) {
		try {
			end.run();
		}
		catch (Throwable ex) {
			unaffected(ex);
		}
	}

	private static void unaffected(Throwable ex) {
		Log.warn("An observation could not be carried to another thread; the block there is not affected", ex);
	}

}
