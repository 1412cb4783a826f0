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

package io.transactionscope.pool.r2dbc;

import io.micrometer.observation.ObservationView;
import io.transactionscope.pool.naming.ObservationAtHand;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

import org.springframework.util.ClassUtils;

/**
 * Names what is borrowed outside of scopes after what Reactor's context tells of: the
 * call of a repository, the exchange of a web server, or what Micrometer observes, as it
 * does a scheduled task.
 */
final class ContextNames {

	static final Object CALL = new Object() {

		@Override
		public String toString() {
			return "io.transactionscope.call";
		}

	};

	/** As Micrometer's {@code ObservationThreadLocalAccessor} has it. */
	private static final String OBSERVATION_KEY = "micrometer.observation";

	private static final boolean OBSERVATIONS = ClassUtils.isPresent("io.micrometer.observation.ObservationView",
			ContextNames.class.getClassLoader());

	private ContextNames() {
	}

	/**
	 * Return the name of what a subscription is at.
	 * @return {@code null} if the context tells none
	 */
	static @Nullable String of(ContextView context) {
		try {
			String call = context.getOrDefault(CALL, null);
			if (call != null) {
				return call;
			}
			Exchange exchange = Exchange.of(context);
			String name = (exchange != null) ? exchange.name() : null;
			return (name != null || !OBSERVATIONS) ? name : Observed.name(context);
		}
		catch (Throwable ex) {
			// Nobody goes without a connection for want of a name.
			return null;
		}
	}

	/**
	 * Is loaded where Micrometer's observations are there.
	 */
	private static final class Observed {

		private static @Nullable String name(ContextView context) {
			return (context.getOrDefault(OBSERVATION_KEY, null) instanceof ObservationView observation)
					? ObservationAtHand.name(observation) : null;
		}

	}

}
