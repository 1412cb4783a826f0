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

package io.transactionscope.reference;

// tag::convention[]
import io.micrometer.common.KeyValues;
import io.micrometer.observation.GlobalObservationConvention;
import io.transactionscope.observation.DefaultScopeObservationConvention;
import io.transactionscope.observation.ScopeObservationContext;

import org.springframework.stereotype.Component;

// end::convention[]
/**
 * Has one key more.
 */
// tag::convention[]
@Component
class TeamConvention extends DefaultScopeObservationConvention
		implements GlobalObservationConvention<ScopeObservationContext> {

	@Override
	public KeyValues getLowCardinalityKeyValues(ScopeObservationContext context) {
		return super.getLowCardinalityKeyValues(context).and("team", "orders");
	}

}
// end::convention[]
