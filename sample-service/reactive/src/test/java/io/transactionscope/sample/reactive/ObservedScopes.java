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

package io.transactionscope.sample.reactive;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationView;

/**
 * Notes each scope that was observed, and what it was a part of.
 */
class ObservedScopes implements ObservationHandler<Observation.Context> {

	private final List<String> scopes = new CopyOnWriteArrayList<>();

	@Override
	public boolean supportsContext(Observation.Context context) {
		return true;
	}

	@Override
	public void onStop(Observation.Context context) {
		ObservationView parent = context.getParentObservation();
		if ("transaction.scope".equals(context.getName())) {
			this.scopes.add(context.getContextualName() + " in "
					+ ((parent != null) ? parent.getContextView().getName() : "nothing"));
		}
	}

	List<String> scopes() {
		return this.scopes;
	}

	void reset() {
		this.scopes.clear();
	}

}
