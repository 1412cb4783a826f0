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

package io.transactionscope.pool.remote;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationView;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import io.transactionscope.pool.Party;
import io.transactionscope.pool.RemoteCalls;
import io.transactionscope.pool.RemoteCalls.NoticedCall;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a call by what is observed around it.
 */
final class Observations {

	/** Of a call that is noticed by what it is observed within, and not by its thread. */
	private static final String WITHIN = NoticedCall.class.getName() + ".within";

	/** Who watches databases by observations, calls them by them, and nobody else. */
	private static final List<String> DATABASES = List.of("jdbc.", "r2dbc.");

	private Observations() {
	}

	/**
	 * Return whether something is a call elsewhere.
	 */
	static boolean isCall(Observation.ContextView context) {
		return context instanceof SenderContext<?> sender
				&& (sender.getKind() == Kind.CLIENT || sender.getKind() == Kind.PRODUCER) && !isOfDatabase(context);
	}

	private static boolean isOfDatabase(Observation.ContextView context) {
		String name = context.getName();
		return name != null && DATABASES.stream().anyMatch(name::startsWith);
	}

	/**
	 * Return who holds connections for the blocks that something is observed within.
	 * @return none for what is a part of a call
	 */
	static Collection<Party> holdersAround(Observation.ContextView context) {
		Collection<Party> holders = List.of();
		for (ObservationView each = context.getParentObservation(); each != null; each = each.getContextView()
			.getParentObservation()) {
			if (isCall(each.getContextView())) {
				return List.of();
			}
			RemoteCalls.@Nullable Callers callers = each.getContextView().get(RemoteCalls.Callers.class);
			if (callers != null) {
				holders = plus(holders, callers.holders());
			}
		}
		return holders;
	}

	/** Most often, there is nothing to add to nothing. */
	static Collection<Party> plus(Collection<Party> some, Collection<Party> others) {
		if (some.isEmpty() || others.isEmpty()) {
			return some.isEmpty() ? others : some;
		}
		Collection<Party> all = new ArrayList<>(some);
		others.stream().filter((each) -> !all.contains(each)).forEach(all::add);
		return all;
	}

	/**
	 * Remember a call by what it was observed within.
	 */
	static void keep(Observation.Context context, NoticedCall noticed) {
		context.put(WITHIN, noticed);
	}

	/**
	 * Return a call that was remembered, unless somebody has taken it over.
	 */
	static @Nullable NoticedCall kept(Observation.Context context) {
		return context.get(WITHIN);
	}

	/**
	 * Take over the call, if it was remembered, from who would end it with what is
	 * observed.
	 */
	static @Nullable NoticedCall takeOver(Observation.Context context) {
		NoticedCall noticed = context.get(WITHIN);
		context.remove(WITHIN);
		return noticed;
	}

}
