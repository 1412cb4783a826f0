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
import io.transactionscope.observation.ScopeObservationDocumentation.RetryHighCardinalityKeys;
import io.transactionscope.observation.ScopeObservationDocumentation.RetryLowCardinalityKeys;

/**
 * Names and keys of a repetition, as documented in {@link ScopeObservationDocumentation}.
 * A {@link io.micrometer.observation.GlobalObservationConvention} for
 * {@link ScopeRetryObservationContext} replaces it.
 *
 * @since 0.1.0
 */
public class DefaultScopeRetryObservationConvention implements ObservationConvention<ScopeRetryObservationContext> {

	/**
	 * Create the convention.
	 */
	public DefaultScopeRetryObservationConvention() {
	}

	@Override
	public boolean supportsContext(Observation.Context context) {
		return context instanceof ScopeRetryObservationContext;
	}

	@Override
	public String getName() {
		return "transaction.scope.retry";
	}

	@Override
	public String getContextualName(ScopeRetryObservationContext context) {
		return context.getScopeName() + " retry";
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(ScopeRetryObservationContext context) {
		String result = context.getResult();
		return KeyValues.of(RetryLowCardinalityKeys.NAME.withValue(context.getScopeName()),
				RetryLowCardinalityKeys.RESULT.withValue((result != null) ? result : LowCardinalityKeys.NONE));
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(ScopeRetryObservationContext context) {
		return KeyValues.of(RetryHighCardinalityKeys.ATTEMPTS.withValue(String.valueOf(context.getAttempts())));
	}

}
