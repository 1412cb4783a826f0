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

package io.transactionscope.pool.naming;

import java.util.Objects;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationView;
import io.micrometer.observation.transport.SenderContext;
import io.transactionscope.pool.Borrower;
import org.jspecify.annotations.Nullable;

/**
 * Names what is borrowed after what Micrometer observes meanwhile: a scheduled task, a
 * message, a job.
 *
 * @since 0.1.0
 */
public final class ObservationAtHand implements Borrower.Occasion {

	private volatile ObservationRegistry registry = ObservationRegistry.NOOP;

	/**
	 * Know no registry yet.
	 */
	public ObservationAtHand() {
	}

	/**
	 * Ask a registry from now on.
	 * @param registry knows what is observed
	 */
	public void registry(ObservationRegistry registry) {
		this.registry = Objects.requireNonNull(registry, "registry must not be null");
	}

	@Override
	public @Nullable String name() {
		return name(this.registry.getCurrentObservation());
	}

	/**
	 * {@return the name of what is observed, {@code null} if it is nothing but calls
	 * elsewhere}
	 * @param observation the innermost one, or {@code null} if there is none
	 */
	public static @Nullable String name(@Nullable ObservationView observation) {
		ObservationView view = observation;
		// A call elsewhere is what the borrower does, as a data source that is observed.
		while (view != null && view.getContextView() instanceof SenderContext<?> call) {
			view = call.getParentObservation();
		}
		return (view != null) ? name(view.getContextView()) : null;
	}

	private static @Nullable String name(Observation.ContextView context) {
		String contextual = context.getContextualName();
		return (contextual != null) ? contextual : context.getName();
	}

}
