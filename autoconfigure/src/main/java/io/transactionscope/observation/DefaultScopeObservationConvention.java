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

package io.transactionscope.observation;

import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.transactionscope.observation.ScopeObservationDocumentation.LowCardinalityKeys;

/**
 * Names and keys as documented in {@link ScopeObservationDocumentation}. A
 * {@link io.micrometer.observation.GlobalObservationConvention} for
 * {@link ScopeObservationContext} replaces it.
 *
 * @since 0.1.0
 */
public class DefaultScopeObservationConvention implements ObservationConvention<ScopeObservationContext> {

	/**
	 * Create the convention.
	 */
	public DefaultScopeObservationConvention() {
	}

	@Override
	public boolean supportsContext(Observation.Context context) {
		return context instanceof ScopeObservationContext;
	}

	@Override
	public String getName() {
		return "transaction.scope";
	}

	@Override
	public String getContextualName(ScopeObservationContext context) {
		return context.getScopeName();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(ScopeObservationContext context) {
		String outcome = context.getOutcome();
		return KeyValues.of(LowCardinalityKeys.NAME.withValue(context.getScopeName()),
				LowCardinalityKeys.OUTCOME.withValue((outcome != null) ? outcome : LowCardinalityKeys.NONE),
				LowCardinalityKeys.PROPAGATION.withValue(context.getPropagation()));
	}

}
